"""Features: what reached whom, and what goes with alliance and adherence?"""

from typing import Any

import duckdb
import polars as pl
from dash import ALL, Dash, Input, Output, ctx, html, no_update
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import (
    effect_adjust,
    effect_detail,
    effect_map,
    filters_bar,
    funnel,
    panel,
    panel_cells,
    panel_wiring,
    tall_charts,
    theme,
    wide_charts,
)
from dashboard.context import Context
from dashboard.effect_adjust import adjusted
from dashboard.effect_moderation import MODERATION
from dashboard.figures import features as figures
from dashboard.intervals import span_words, with_t_interval
from dashboard.panel import Panel
from dashboard.result_frames import (
    chosen_cell,
    effects,
    grid,
    of_preset,
    withhold_small,
)
from dashboard.sources import Sources
from dashboard.usage import feature_choices
from dashboard.usage.reach import DOSE, REACH
from models import store
from models.results import FitResult
from queries import alliance as alliance_reads
from queries import features as reads
from queries.filters import Filters

PATH, TITLE, AUDIENCE = "/features", "Features", "Designers"
FILTERS = ("site", "arm", "cohort", "weeks")
_MODELLED = (
    "The models see every participant; the filters of the page do not change them. An association "
    "is not an effect unless the exposure was randomised."
)


def read_exposure(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, category: str | None
) -> pl.DataFrame:
    """Exposure per week by category, or by the features of a chosen category, with intervals."""
    if category is None:
        frame = reads.exposure_by_category(con, viewer, filters)
    else:
        frame = reads.exposure_by_feature(con, viewer, filters).filter(category_id=category)
    return with_t_interval(frame, mean="mean_exposures", sd="sd_exposures")


def read_funnel(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, least: str | None
) -> pl.DataFrame:
    """Stages of every feature with their shares; participants count from `least` times on."""
    asked = int(least) if least in feature_choices.LEAST else 1
    return funnel.with_shares(reads.exposure_funnel(con, viewer, filters, least=asked))


def read_map(
    sources: Sources,
    viewer: Viewer,
    filters: Filters,
    *,
    preset: str | None,
    feature: str | None,
    outcome: str | None,
    adjust: str | None,
) -> pl.DataFrame:
    """Every cell of the map, with `is_chosen` where the address points (see `chosen_cell`)."""
    results = adjusted(of_preset(store.load_all(sources.results).values(), preset), adjust)
    catalogue = reads.feature_catalogue(sources.con, viewer)
    cells = grid(
        effects(results, catalogue["feature_id"]),
        catalogue,
        alliance_reads.dimension_measures(sources.con, viewer),
        reads.hypothesised_links(sources.con, viewer),
    )
    cells = withhold_small(cells, viewer.smallest_cell)
    chosen = chosen_cell(cells, feature, outcome or filters.dimension)
    names = chosen or (None, None)
    return cells.with_columns(
        is_chosen=pl.col("feature_id").eq_missing(names[0]) & pl.col("outcome").eq_missing(names[1])
    )


def read_forest(sources: Sources, viewer: Viewer, filters: Filters, **choices: Any) -> pl.DataFrame:
    """The map's rows of the chosen cell's outcome."""
    cells = read_map(sources, viewer, filters, **choices)
    return cells.filter(pl.col("is_chosen").any().over("outcome"))


def read_detail(sources: Sources, viewer: Viewer, filters: Filters, **choices: Any) -> pl.DataFrame:
    """What there is to say of the chosen cell, as rows of section, label and value."""
    cell = read_map(sources, viewer, filters, **choices).filter("is_chosen")
    if cell.is_empty() or not _has_models(cell):
        return pl.DataFrame(schema=effect_detail.SCHEMA)
    is_small = 0 < (cell["n_participants"][0] or 0) < viewer.smallest_cell
    found = None if is_small else _result(sources, cell, choices.get("adjust"))
    return effect_detail.lines(cell, found)


def _result(sources: Sources, cell: pl.DataFrame, adjust: str | None) -> FitResult | None:
    every = adjusted(store.load_all(sources.results).values(), adjust)
    return next((one for one in every if one.model_id == cell["model_id"][0]), None)


def _has_models(cells: pl.DataFrame) -> bool:
    return cells["model_id"].is_not_null().any()


def _no_models(cells: pl.DataFrame) -> bool:
    return not _has_models(cells)


def _exposure_caption(frame: pl.DataFrame) -> str:
    n = span_words(frame["n_participants"].drop_nulls())
    return f"n = {n} participants at risk · hollow: week not over"


def _map_caption(cells: pl.DataFrame) -> str:
    fitted = cells.filter(pl.col("model_id").is_not_null())
    words = f"n = {span_words(fitted['n_participants'].drop_nulls())} participants a model"
    within = cells.filter(pl.col("part") == "within")
    kept = within.filter(pl.col("state") == "withheld").height
    blanks = within.filter(pl.col("state").is_in(["not_estimable", "not_converged"])).height
    counts = f"{within.height} cells, {blanks} not estimable"
    if kept:
        counts += f", {kept} withheld"
    return f"{words} · {counts} · fitted {_fitted(fitted)}"


def _fitted(fitted: pl.DataFrame) -> str:
    stamps = fitted["fitted_at"].drop_nulls()
    return str(stamps.max())[:16].replace("T", ", ") + " UTC" if stamps.len() else "–"


def _forest_caption(cells: pl.DataFrame) -> str:
    row = cells.filter(pl.col("model_id").is_not_null()).row(0, named=True)
    return (
        f"{row['outcome_label']} · n = {theme.counted(row['n_rows'], 'row')} of "
        f"{theme.counted(row['n_participants'], 'participant')}"
    )


def _detail_caption(lines: pl.DataFrame) -> str:
    analysed = lines.filter(pl.col("label") == "Analysed")["value"]
    return f"n = {analysed[0]}" if analysed.len() else "no model"


_CHOICES = ("preset", "feature", "outcome", "adjust")
_PRESETS = (
    "Windows and lags are those that presets of study.toml were fitted with. For another one add "
    "[[models]] with id, window_days and lag_days, then run: rapport fit"
)
_NOT_FITTED = "No model has been fitted on this study yet. Run: rapport fit"
_NUMBER_COLUMNS = {
    "feature_label": "Feature",
    "category_label": "Category",
    "outcome_label": "Outcome",
    "part": "Part",
    "state": "State",
    "estimate": "Estimate (points, or conditional odds ratio)",
    "ci_low": "95 % from",
    "ci_high": "95 % to",
    "marginal": "Marginal odds ratio",
    "marginal_low": "Marginal, 95 % from",
    "marginal_high": "Marginal, 95 % to",
    "p_value": "p",
    "p_adjusted": "Adjusted p",
    "se": "SE (log odds for odds ratios)",
    "df": "df",
    "n_rows": "Rows",
    "n_participants": "Participants",
    "unit": "Unit",
    "is_hypothesised": "Expected by the study",
    "explanation": "Why there is no number",
}

EXPOSURE = Panel(
    id="features-exposure",
    title="Exposures per participant at risk, by study week",
    definition="An exposure is counted at the stage that the study file names for the feature "
    "(offered, delivered, seen or acted). Every participant at risk counts, with 0 where nothing "
    "reached them; weeks not yet begun and weeks after withdrawal do not. Intervals are 95 % t "
    "intervals of that week's mean. Choose a category to see its features, each on its own axis.",
    read=read_exposure,
    figure=figures.exposure_over_weeks,
    columns={
        "group_label": "Category or feature",
        "study_week": "Study week",
        "n_participants": "At risk",
        "n_exposed": "Exposed",
        "mean_exposures": "Mean exposures",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "sd_exposures": "SD",
        "n_open": "Week not over",
    },
    caption=_exposure_caption,
    empty="Nobody was at risk in this part of the study, or no feature is mapped. Widen the "
    "filters, or add [[features]] to study.toml.",
    choices=("category",),
    height="large",
    width="full",
    cells=panel_cells.EXPOSURE,
)
FUNNEL = Panel(
    id="features-funnel",
    title="How far each feature reached",
    definition="Times each stage was reached in the weeks shown, and by how many participants, "
    "once or as often as chosen. "
    "Only stages that the study file maps to events are listed. The stage in bold is the one that "
    "counts as exposure. A stage can be logged more often than the one before it.",
    read=read_funnel,
    content=lambda frame, _filters: funnel.view(frame),
    view_name="Bars",
    columns={
        "feature_label": "Feature",
        "category_label": "Category",
        "stage": "Stage",
        "is_exposure": "Counts as exposure",
        "n_exposures": "Times reached",
        "share_of_previous": "Share of the stage before",
        "n_participants": "Participants",
        "share_reached": "Share of participants",
    },
    caption=lambda frame: f"n = {theme.counted(frame['n_in_scope'].max(), 'participant')}",
    empty="No feature is mapped to events. Add [[features]] with stages to study.toml.",
    width="full",
    choices=("least",),
    is_empty=lambda frame: frame.is_empty() or frame["n_in_scope"].max() == 0,
    cells=panel_cells.FUNNEL,
)
MAP = Panel(
    id="features-map",
    title="Exposure × dimension: within-person associations",
    definition="Each cell: when a participant had one more exposure than they usually have, how "
    "much higher or lower was the next survey's score of that participant (points), or what were "
    "the odds of doing next week's session (odds ratio)? From a linear mixed model per dimension "
    "and a logistic mixed model of adherence, both with the between-person part, week and arm. The "
    "map's odds ratios are conditional: a participant compared with themself. The detail puts the "
    "marginal one beside it, which is averaged over the population and nearer to 1. A model whose "
    "required checks did not all pass shows no numbers: withheld. Beneath, after a square: the "
    "same between participants, which compares people and not weeks. "
    f"{_MODELLED} Adjusted p: Benjamini-Hochberg over the whole map, or Holm if chosen; the total, "
    "which repeats the dimensions, is a family of its own.",
    read=read_map,
    content=lambda frame, _filters: effect_map.view(frame),
    view_name="Map",
    columns=_NUMBER_COLUMNS,
    caption=_map_caption,
    empty=_NOT_FITTED,
    choices=_CHOICES,
    width="full",
    reads="both",
    uses=("dimension",),
    shows_tests=True,
    cells=panel_cells.MAP,
    is_empty=_no_models,
)
DETAIL = Panel(
    id="features-detail",
    title="The chosen cell in full",
    definition=f"The model behind the cell that is chosen on the map or in the lists. {_MODELLED} "
    "'Within' compares a participant with themself at other times; 'between' compares participants "
    "with each other and is more open to confounding. An odds ratio is conditional where it is "
    "that of participants at their own level, marginal where it is averaged over the population.",
    read=read_detail,
    content=lambda frame, _filters: effect_detail.view(frame),
    columns={"section": "Section", "label": "What", "value": "Value"},
    caption=_detail_caption,
    empty=_NOT_FITTED,
    choices=_CHOICES,
    reads="both",
    uses=("dimension",),
    shows_tests=True,
    cells=panel_cells.DETAIL,
)
FOREST = Panel(
    id="features-forest",
    title="All features with the chosen outcome, within and between",
    definition=f"Estimates of one model with their 95 % intervals. {_MODELLED} Where the two parts "
    "disagree, who is exposed matters as well as when.",
    read=read_forest,
    figure=figures.forest,
    columns=_NUMBER_COLUMNS,
    caption=_forest_caption,
    empty=_NOT_FITTED,
    choices=_CHOICES,
    height="tall",
    reads="both",
    uses=("dimension",),
    shows_tests=True,
    cells=panel_cells.MAP,
    is_empty=_no_models,
)
_CONTENTS = (
    (MAP.id, "Map"),
    (DETAIL.id, "Chosen cell"),
    (FOREST.id, "All features"),
    (MODERATION.id, "For whom"),
    (REACH.id, "Breadth × frequency"),
    (EXPOSURE.id, "Exposure by week"),
    (DOSE.id, "Dose"),
    (FUNNEL.id, "Funnels"),
)
PANELS = (MAP, DETAIL, FOREST, MODERATION, REACH, EXPOSURE, DOSE, FUNNEL)


def layout() -> Component:
    """The page without data."""
    lead = (
        "Which features go with alliance and adherence when a participant meets more of them than "
        "usual, and how far each one reaches."
    )
    chooses_cell = html.Div(
        [
            feature_choices.choice("preset", "Window, lag and scale: preset", "First of the study"),
            feature_choices.choice("feature", "Feature", "First of the map"),
            feature_choices.choice("outcome", "Outcome", "Alliance in total"),
            feature_choices.choice("adjust", "Adjusted p by", effect_adjust.METHODS["bh"]),
            html.P(_PRESETS, className="preset-words"),
        ],
        className="page-controls",
    )
    views = {part.id: panel.view(part) for part in PANELS}
    chosen = {
        REACH.id: ("version", "Version of the app", "Any"),
        EXPOSURE.id: ("category", "Features and principles of", "All categories"),
        FUNNEL.id: ("least", "Participants count who reached a stage", feature_choices.LEAST["1"]),
    }
    below: list[Component] = []
    for name, one in views.items():
        if name in chosen:
            below.append(html.Div(feature_choices.choice(*chosen[name]), className="page-controls"))
        below.append(one)
    return panel.page(TITLE, lead, panel.contents(*_CONTENTS), chooses_cell, *below)


def register(app: Dash, context: Context) -> None:
    """Wire the panels, what their lists offer, and the map's cells to the lists."""
    panel_wiring.register(app, context, PANELS)
    wide_charts.register(app, (EXPOSURE, REACH))
    tall_charts.fit(app, DOSE)

    @app.callback(
        *(Output(filters_bar.choice_id(key), "data") for key in feature_choices.OFFERED),
        Input("build", "data"),
    )
    def _offer(_build: str | None) -> list[list[dict[str, str]]]:
        return feature_choices.options(context)

    @app.callback(
        Output(filters_bar.choice_id("feature"), "value", allow_duplicate=True),
        Output(filters_bar.choice_id("outcome"), "value", allow_duplicate=True),
        Input(effect_map.cell_id(ALL, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _choose(_clicks: list[int | None]) -> tuple[Any, Any]:
        clicked = ctx.triggered_id
        # A map that was just drawn also triggers: with no click on any cell.
        if not isinstance(clicked, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        return clicked["map-feature"], clicked["map-outcome"]
