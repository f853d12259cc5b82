"""Multiverse: does an association hang on one choice of the analyst?"""

from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from access.cells import Cells
from access.viewer import Viewer
from dashboard import filters_bar, panel, panel_wiring, tall_charts, theme
from dashboard.context import Context
from dashboard.figures import multiverse as figures
from dashboard.multiverse import frames
from dashboard.multiverse.words import view as words_view
from dashboard.panel import Panel
from dashboard.sources import Sources
from models import analyses
from models.multiverse.result import Multiverse
from queries import features as feature_reads
from queries.filters import Filters

PATH, TITLE, AUDIENCE = "/multiverse", "Multiverse", "Designers"
FILTERS = ()
_CHOICES = ("exposure", "outcome_of")
_NOT_COMPUTED = (
    "Nothing to show: the specifications were not computed yet, or the study measures no dimension "
    "of alliance. Run: rapport fit"
)
_DEFINITION = (
    "Within-person association of one exposure with one outcome, under every combination of "
    "choices that could as well have been made. Each specification is a mixed model of its own, "
    "with all features in it; estimates are made comparable by the standard deviation of exposure "
    "within participants. The declared one is the study file's first model. "
)


def saved(sources: Sources) -> Multiverse | None:
    """The kept specifications of the viewer's edition, if there are any."""
    found = analyses.saved(sources.results, "multiverse", Multiverse)
    return None if found is None else found.result


def read_curve(
    sources: Sources,
    viewer: Viewer,
    _filters: Filters,
    *,
    exposure: str | None,
    outcome_of: str | None,
) -> pl.DataFrame:
    """Every specification of the chosen association, smallest estimate first."""
    found = saved(sources)
    return frames.curve(found, exposure, outcome_of, _expected(sources, viewer, found))


def _expected(sources: Sources, viewer: Viewer, found: Multiverse | None) -> list[tuple[str, str]]:
    """Pairs of feature and dimension that the study file expects to be linked."""
    if found is None:
        return []
    catalogue = feature_reads.feature_catalogue(sources.con, viewer).select("feature_id")
    links = feature_reads.hypothesised_links(sources.con, viewer)
    ordered = catalogue.join(links, on="feature_id", maintain_order="left_right")
    return ordered.select("feature_id", "dimension_id").rows()


def read_choices(
    sources: Sources, viewer: Viewer, filters: Filters, **choices: Any
) -> pl.DataFrame:
    """What each level of each choice gives."""
    return frames.choices(read_curve(sources, viewer, filters, **choices))


def read_words(sources: Sources, viewer: Viewer, filters: Filters, **choices: Any) -> pl.DataFrame:
    """The curve in sentences."""
    return frames.words(read_curve(sources, viewer, filters, **choices))


def _title(frame: pl.DataFrame) -> str:
    row = frame.row(0, named=True)
    return f"{row['feature_label']} × {row['outcome_label']}: every specification"


def _caption(frame: pl.DataFrame) -> str:
    shown = frames.with_numbers(frame)
    people = shown["n_participants"].drop_nulls()
    rows = shown["n_rows"].drop_nulls()
    if people.is_empty():
        return f"{theme.counted(frame.height, 'specification')}, none with an estimate"
    return (
        f"n = {theme.whole(rows.min())} to {theme.whole(rows.max())} rows of "
        f"{theme.whole(people.min())} to {theme.whole(people.max())} participants · "
        f"{theme.counted(frame.height, 'specification')}"
    )


def _counts(frame: pl.DataFrame) -> str:
    people = frame["n_participants"].drop_nulls()
    return "" if people.is_empty() else f"n = {theme.whole(people.min())} participants or more"


_NUMBERS = tuple(
    name
    for name, kind in frames.CURVE.items()
    if kind in {pl.Float64, pl.Int64} and name not in {"n_participants", "rank"}
)
CURVE_CELLS = Cells(
    ("n_participants",),
    hides=_NUMBERS,
    keys=tuple(
        name
        for name in frames.CURVE
        if name not in {*_NUMBERS, "n_participants", "lost", "explanation"}
    ),
    texts=("lost", "explanation"),
)
CHOICE_CELLS = Cells(
    ("n_participants",),
    hides=("n_specifications", "lowest", "middle", "highest", "n_rows"),
    keys=("choice", "level", "is_main"),
)
WORD_CELLS = Cells(("n_participants",), keys=("section",), texts=("words",))

CURVE = Panel(
    id="multiverse-curve",
    title="Every specification of one association",
    definition=_DEFINITION + "Above: estimates with 95 % intervals, from smallest to largest. "
    "Below: a mark in the row of each choice that was made. How many exclude 0 is a count, not a "
    "test: the specifications share their data.",
    read=read_curve,
    figure=figures.specification_curve,
    columns={
        "rank": "No.",
        "name": "Specification",
        "is_main": "Declared",
        "state": "State",
        "standardised": "Points per SD of exposure",
        "std_low": "95 % from",
        "std_high": "95 % to",
        "estimate": "Estimate per unit of its scale",
        "ci_low": "Per unit, 95 % from",
        "ci_high": "Per unit, 95 % to",
        "n_rows": "Rows",
        "n_participants": "Participants",
        "n_lost": "Rows lost",
        "lost": "Why they were lost",
        "explanation": "Why there is no number",
    },
    caption=_caption,
    titled=_title,
    empty=_NOT_COMPUTED,
    choices=_CHOICES,
    height="tall",
    width="full",
    reads="both",
    analyses=("multiverse",),
    uses=(),
    shows_tests=True,
    cells=CURVE_CELLS,
    view_name="Curve",
)
WORDS = Panel(
    id="multiverse-words",
    title="What the specifications say together",
    definition=_DEFINITION + "Shares are of the specifications that have an estimate.",
    read=read_words,
    content=lambda frame, _filters: words_view(frame),
    view_name="Words",
    columns={"section": "About", "words": "In words"},
    caption=_counts,
    empty=_NOT_COMPUTED,
    choices=_CHOICES,
    reads="both",
    analyses=("multiverse",),
    uses=(),
    shows_tests=True,
    cells=WORD_CELLS,
)
BY_CHOICE = Panel(
    id="multiverse-choices",
    title="What each choice does to the estimate",
    definition=_DEFINITION + "For each level of each choice: the median estimate of all "
    "specifications that share it, from the least to the greatest. Diamonds: the declared levels.",
    read=read_choices,
    figure=figures.by_choice,
    columns={
        "choice": "Choice",
        "level": "Level",
        "is_main": "Declared",
        "n_specifications": "Specifications",
        "lowest": "Least",
        "middle": "Median",
        "highest": "Greatest",
        "n_rows": "Fewest rows",
        "n_participants": "Fewest participants",
    },
    caption=_counts,
    empty=_NOT_COMPUTED,
    choices=_CHOICES,
    height="large",
    reads="both",
    analyses=("multiverse",),
    uses=(),
    shows_tests=True,
    cells=CHOICE_CELLS,
)
PANELS = (CURVE, WORDS, BY_CHOICE)


def layout() -> Component:
    """The page without data."""
    lead = (
        "Does an association between a feature and alliance stay when windows, scales and models "
        "are chosen otherwise?"
    )
    controls = html.Div(
        [
            _choice("exposure", "Exposure", "First expected link"),
            _choice("outcome_of", "Outcome", "First expected link"),
        ],
        className="page-controls",
    )
    return panel.page(TITLE, lead, controls, *(panel.view(part) for part in PANELS))


def _choice(key: str, label: str, placeholder: str) -> Component:
    return dmc.Select(
        id=filters_bar.choice_id(key),
        label=label,
        placeholder=placeholder,
        data=[],
        clearable=True,
        size="xs",
    )


def register(app: Dash, context: Context) -> None:
    """Wire the panels, and what the lists offer."""
    panel_wiring.register(app, context, PANELS)
    tall_charts.fit(app, CURVE)

    @app.callback(
        *(Output(filters_bar.choice_id(key), "data") for key in _CHOICES),
        Input("build", "data"),
    )
    def _offer(_build: str | None) -> list[list[dict[str, str]]]:
        return options(context)


def options(context: Context) -> list[list[dict[str, str]]]:
    """What the page's lists offer: exposures that have a number somewhere, and outcomes."""
    found = analyses.saved(context.results_of(context.viewer()), "multiverse", Multiverse)
    if found is None or found.result is None:
        return [[], []]
    with_numbers = {
        line.feature_id
        for outcome in found.result.outcomes
        for line in outcome.curves
        if any(value is not None for value in line.estimate)
    }
    exposures = [pair for pair in found.result.features if pair[0] in with_numbers]
    outcomes = [(one.outcome, one.label) for one in found.result.outcomes]
    return [
        [{"value": value, "label": label} for value, label in some]
        for some in (exposures, outcomes)
    ]
