"""Dictionary: what does each event of the app mean in this study, and since when?"""

import polars as pl
from dash import Dash
from dash.development.base_component import Component

from access.cells import Cells
from dashboard import panel, panel_wiring, theme
from dashboard.context import Context
from dashboard.dictionary import frames, view
from dashboard.panel import Panel

PATH, TITLE, AUDIENCE = "/dictionary", "Dictionary", "Designers"
FILTERS = ()

_ENTRIES = Cells(
    ("n_participants",),
    hides=("n_exposures",),
    keys=(
        *("feature_id", "feature_label", "principle_label", "category_id", "category_label"),
        *("position", "stage", "stage_rank", "is_exposure", "event", "properties"),
        *("versions", "versions_outside"),
    ),
)
_UNMAPPED = Cells(
    ("n_participants",),
    hides=("n_events", "share"),
    by=(),
    keys=("event_name", "near", "stage", "principle", "is_technical", "section"),
)


def _entries_caption(frame: pl.DataFrame) -> str:
    features = theme.counted(frame["feature_id"].n_unique(), "feature")
    principles = theme.counted(frame["principle_label"].n_unique(), "principle")
    outside = frame.filter(pl.col("versions_outside") != "").height
    words = f" · {outside} with versions of the app outside" if outside else ""
    return f"n = {theme.counted(frame.height, 'pattern')} of {features}, {principles}{words}"


def _changes_caption(frame: pl.DataFrame) -> str:
    builds = theme.counted(frame["build_id"].n_unique(), "build")
    return f"n = {theme.counted(frame.height, 'change')} in {builds}"


ENTRIES = Panel(
    id="dictionary-entries",
    title="Event → feature → principle → stage",
    definition="Every pattern of the study file: an event of that name (* stands for anything) "
    "with all the properties named counts as the feature's stage, in the versions named. Times "
    "reached: of the stage, by all of its patterns together. Versions outside: versions of the app "
    "that were seen and for which the pattern does not hold; events of theirs are counted nowhere, "
    "so exposure looks lower in them than it was if the event means the same there.",
    read=frames.read_entries,
    columns={
        "event": "Event",
        "properties": "With properties",
        "feature_label": "Feature",
        "principle_label": "Principle",
        "stage": "Stage",
        "is_exposure": "Counts as exposure",
        "versions": "App versions",
        "versions_outside": "Versions seen outside",
        "n_exposures": "Times reached",
    },
    caption=_entries_caption,
    empty="No feature is mapped to events. Add [[features]] with stages to study.toml.",
    width="full",
    height="tall",
    uses=(),
    cells=_ENTRIES,
)
UNMAPPED = Panel(
    id="dictionary-unmapped",
    title="Events that belong to no feature",
    definition="Names of loaded events that no feature, session or survey of the study file asks "
    "for, by volume. Near names, stage and principle are guesses from the name alone: ask those "
    "who built the app before you map it. A mapping added later holds for all data from the next "
    "load on, and is listed under what changed.",
    read=frames.read_unmapped,
    content=lambda frame, _filters: view.unmapped(frame),
    view_name="Hints",
    columns={
        "event_name": "Event",
        "n_events": "Events",
        "share": "Share of all",
        "n_participants": "Participants",
        "near": "Names near it",
        "stage": "Stage by its name",
        "principle": "Principle by its name",
        "is_technical": "Of the app itself",
    },
    caption=lambda frame: f"n = {theme.counted(frame.height, 'name')} of events",
    empty="Every event of the log belongs to a feature, a session or a survey.",
    empty_title="Nothing is left over",
    uses=(),
    cells=_UNMAPPED,
)
CHANGED = Panel(
    id="dictionary-changes",
    title="What changed, by build",
    definition="Differences between the definitions of one build and the next, as the study file "
    "had them: features that are new or gone, and labels, principles, counting stages, events, "
    "properties or versions that changed. Numbers of earlier reports may rest on the definition "
    "before. The study file's own changes are in the audit log, as definition_changed.",
    read=frames.read_changes,
    columns={
        "as_of": "Data up to",
        "build_id": "Build",
        "feature_label": "Feature",
        "kind": "Change",
        "what": "Of what",
        "before": "Before",
        "after": "Now",
    },
    caption=_changes_caption,
    empty="No build so far changed what a feature means. Definitions are kept with each build, "
    "from the first that this version of Rapport made.",
    empty_title="No change so far",
    reads="both",
    uses=(),
    level="study",
)
PANELS = (ENTRIES, UNMAPPED, CHANGED)


def layout() -> Component:
    """The page without data."""
    lead = "What each event of the app means in this study, for which versions, and since when."
    return panel.page(TITLE, lead, *(panel.view(part) for part in PANELS))


def register(app: Dash, context: Context) -> None:
    """Wire the panels."""
    panel_wiring.register(app, context, PANELS)
