"""The 28 principles of persuasive systems design (PSD), in four categories.

The principles are those of Oinas-Kukkonen & Harjumaa (2009), Communications of the Association
for Information Systems 24:28, doi:10.17705/1CAIS.02428; the list was checked against Table 1 of
PMC8907579 and Table 1 of npj Digital Medicine (2025), doi:10.1038/s41746-025-01567-5. Definitions
are in our words. What telemetry shows a principle is our inference, not a published finding.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """One of the four groups of principles."""

    id: str
    label: str


@dataclass(frozen=True)
class Principle:
    """A way in which a system can persuade, and the traces that it may leave in a log."""

    id: str
    label: str
    category: Category
    definition: str
    telemetry: str


PRIMARY_TASK = Category("primary_task", "Primary task support")
DIALOGUE = Category("dialogue", "Dialogue support")
CREDIBILITY = Category("credibility", "System credibility support")
SOCIAL = Category("social", "Social support")
CATEGORIES: tuple[Category, ...] = (PRIMARY_TASK, DIALOGUE, CREDIBILITY, SOCIAL)


def _group(category: Category, *rows: tuple[str, str, str]) -> tuple[Principle, ...]:
    return tuple(
        Principle(
            id=label.lower().replace(" ", "_").replace("-", "_"),
            label=label,
            category=category,
            definition=definition,
            telemetry=telemetry,
        )
        for label, definition, telemetry in rows
    )


PRINCIPLES: tuple[Principle, ...] = (
    *_group(
        PRIMARY_TASK,
        (
            "Reduction",
            "Makes the wanted behaviour less effort.",
            "one-tap start; prefilled form shown or used; number of steps",
        ),
        ("Tunneling", "Leads step by step.", "step entered or completed in a fixed order"),
        ("Tailoring", "Content fits a group of users.", "content served by a segment's rule"),
        (
            "Personalization",
            "Content or interface fits the one person.",
            "setting changed; personalised item shown",
        ),
        (
            "Self-monitoring",
            "Lets users see their own status and progress.",
            "mood logged; progress or graph viewed",
        ),
        (
            "Simulation",
            "Shows cause and effect of a behaviour.",
            "before-and-after or what-if screen viewed",
        ),
        ("Rehearsal", "Lets users practise the behaviour.", "exercise trial completed"),
    ),
    *_group(
        DIALOGUE,
        ("Praise", "Gives positive feedback.", "praise message shown"),
        ("Rewards", "Gives credit for what was done.", "badge, streak or points granted or viewed"),
        (
            "Reminders",
            "Prompts the wanted behaviour.",
            "notification or message delivered, opened or dismissed",
        ),
        ("Suggestion", "Proposes what to do next.", "recommendation shown or accepted"),
        (
            "Similarity",
            "Resembles its users in some way.",
            "story of a peer or matched character shown",
        ),
        ("Liking", "Looks and sounds attractive.", "theme chosen; media played"),
        ("Social role", "Acts as a coach or companion.", "turn of an agent; dialogue of an avatar"),
    ),
    *_group(
        CREDIBILITY,
        ("Trustworthiness", "Is truthful and fair.", "page on privacy or on reasons viewed"),
        ("Expertise", "Shows knowledge and competence.", "page on evidence or authors viewed"),
        (
            "Surface credibility",
            "Looks competent at first sight.",
            "rarely an event; version of the app, crash rate as the contrary",
        ),
        (
            "Real-world feel",
            "Shows the people and organisation behind it.",
            "page on team or contact viewed",
        ),
        ("Authority", "Refers to people or bodies in authority.", "clinician's statement shown"),
        ("Third-party endorsement", "Is endorsed by others.", "seal or testimonial shown"),
        ("Verifiability", "Lets claims be checked elsewhere.", "link to a reference opened"),
    ),
    *_group(
        SOCIAL,
        ("Social learning", "Lets users observe others.", "examples of others viewed"),
        (
            "Social comparison",
            "Lets users compare their performance with others'.",
            "comparison chart viewed",
        ),
        ("Normative influence", "Uses norms or peer pressure.", "message on what most do shown"),
        ("Social facilitation", "Shows that others are doing it too.", "number of others shown"),
        ("Cooperation", "Lets users work together.", "group task joined"),
        ("Competition", "Lets users compete.", "leaderboard viewed"),
        ("Recognition", "Gives public credit.", "public mention shown"),
    ),
)
BY_ID = {principle.id: principle for principle in PRINCIPLES}
