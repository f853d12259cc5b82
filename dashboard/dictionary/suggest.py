"""What an event that no feature asks for may be: names near it, and a section to begin with."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

STAGE_WORDS: Mapping[str, tuple[str, ...]] = {
    "offered": ("scheduled", "granted", "offered", "planned", "queued", "unlocked"),
    "delivered": ("delivered", "sent", "received", "pushed"),
    "seen": ("shown", "viewed", "view", "seen", "opened", "read", "displayed", "impression"),
    "acted": (
        *("tapped", "clicked", "completed", "accepted", "answered", "finished", "edited"),
        *("saved", "started", "log", "logged", "submitted"),
    ),
}
PRINCIPLE_WORDS: Mapping[str, tuple[str, ...]] = {
    "reminders": ("reminder", "notification", "push", "sms"),
    "praise": ("praise", "congrats", "congratulation", "cheer"),
    "rewards": ("badge", "reward", "points", "streak", "trophy"),
    "self_monitoring": ("mood", "progress", "graph", "chart", "diary", "log", "tracker"),
    "suggestion": ("suggestion", "recommendation", "tip"),
    "social_role": ("coach", "agent", "avatar", "bot", "chat"),
    "rehearsal": ("exercise", "practice", "trial", "rehearsal"),
    "similarity": ("story", "stories", "peer"),
    "personalization": ("plan", "setting", "settings", "profile", "preference"),
    "competition": ("leaderboard", "ranking"),
    "real_world_feel": ("team", "contact", "staff"),
    "expertise": ("evidence", "research", "article", "about"),
    "trustworthiness": ("privacy", "consent"),
    "social_comparison": ("comparison", "compare"),
    "tunneling": ("step", "onboarding", "wizard"),
}
"""Words in names of events by the principle that they often stand for: a guess to be checked."""
TECHNICAL = frozenset(
    {"app", "screen", "session", "debug", "ping", "error", "crash", "sync", "install", "login"}
)
"""Words of events that report on the app itself and mostly belong to no feature."""
_NEAR = 0.6


def near_names(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Known names of events that look like this one, the nearest first."""
    names = list(dict.fromkeys(known))
    plain = {_plain(one): one for one in reversed(names)}
    return [plain[one] for one in get_close_matches(_plain(name), plain, n=most, cutoff=_NEAR)]


def stage_of(name: str) -> str | None:
    """The stage that the last telling word of a name speaks of; None where none does."""
    for word in reversed(_words(name)):
        for stage, spoken in STAGE_WORDS.items():
            if word in spoken:
                return stage
    return None


def principle_of(name: str) -> str | None:
    """The principle that a word of a name often stands for; None where no word does."""
    for word in _words(name):
        for principle, spoken in PRINCIPLE_WORDS.items():
            if word in spoken:
                return principle
    return None


def is_technical(name: str) -> bool:
    """Whether a name speaks of the app itself, and of nothing that stands for a principle."""
    return principle_of(name) is None and bool(TECHNICAL & set(_words(name)))


def section(name: str) -> str:
    """A section of study.toml to begin with; what cannot be guessed is left to be filled in."""
    stage = stage_of(name) or "seen"
    words = [word for word in _words(name) if not any(word in one for one in STAGE_WORDS.values())]
    feature = "_".join(words) or "feature"
    principle = principle_of(name) or "WHICH_PRINCIPLE"
    return "\n".join(
        [
            "[[features]]",
            f'id = "{feature}"',
            f'label = "{feature.replace("_", " ").capitalize()}"',
            f'principle = "{principle}"',
            f'exposure_stage = "{stage}"',
            "[features.stages]",
            f'{stage} = {{ event = "{name}" }}',
        ]
    )


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]


def _plain(name: str) -> str:
    return "_".join(_words(name))
