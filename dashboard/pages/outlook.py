"""Outlook: who may be lost, what hangs on missed surveys, and how sharp the end will be."""

from functools import partial
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import filters_bar, panel, panel_wiring, tall_charts, theme
from dashboard.context import Context
from dashboard.figures import outlook as figures
from dashboard.figures import outlook_forecast as forecast_figures
from dashboard.figures import outlook_tipping as tipping_figures
from dashboard.outlook import basis, cells, checks_table, frames, sentences
from dashboard.panel import Panel
from queries.filters import Filters

PATH, TITLE, AUDIENCE = "/outlook", "Outlook", "Trial team"
FILTERS = ()
_NOT_THERE = (
    "It is not computed yet, or the data hold no answer: the panel at the top says which. "
    "It is computed after the models, by: rapport fit"
)
_EVERYBODY = "All participants of the study count, whatever the filters of other pages say."

outlook_panel = partial(Panel, reads="results", uses=(), shows_tests=True)


def read_summary(results: Path, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """The three answers."""
    return sentences.summary(results)


def read_ratios(results: Path, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """Hazard ratios."""
    return frames.ratios(results)


def read_curves(
    results: Path, _viewer: Viewer, _filters: Filters, *, loss: str | None
) -> pl.DataFrame:
    """Curves of the chosen loss."""
    return frames.curves(results, loss)


def read_checks(results: Path, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """Tests of proportional hazards."""
    return frames.checks(results)


def read_deltas(
    results: Path, _viewer: Viewer, _filters: Filters, *, association: str | None
) -> pl.DataFrame:
    """The chosen association at every shift."""
    return frames.deltas(results, association)


def read_tips(results: Path, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """Tipping points of all associations."""
    return frames.tips(results)


def read_widths(
    results: Path, _viewer: Viewer, _filters: Filters, *, interval: str | None
) -> pl.DataFrame:
    """Expected widths of the chosen interval."""
    return frames.widths(results, interval)


def read_basis(results: Path, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """Blinded estimates."""
    return basis.basis(results)


def read_answers(results: Path, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """Surveys that gave a row."""
    return frames.answers(results)


def _people(frame: pl.DataFrame, name: str = "n_participants") -> str:
    return f"n = {theme.counted(frame[name].max() or 0, 'participant')}"


def _curves_caption(frame: pl.DataFrame) -> str:
    row = frame.row(0, named=True)
    return f"{_people(frame)}, {theme.counted(row['n_events'] or 0, 'event')}"


def _deltas_caption(frame: pl.DataFrame) -> str:
    row = frame.row(0, named=True)
    return f"{_people(frame)} · {row['label']}, {row['outcome_label']}: {row['said']}"


def _widths_caption(frame: pl.DataFrame) -> str:
    label = frame["interval_label"][0]
    return f"{_people(frame, 'n_analysed')} so far · {label} · band: 80 % range of the plan's line"


SUMMARY = outlook_panel(
    id="outlook-summary",
    analyses=("dropout", "tipping", "forecast"),
    title="In short",
    definition="The three answers of this page in a sentence each, made of the numbers in the "
    f"panels below. Associations, not effects: nothing here was randomised. {_EVERYBODY}",
    read=read_summary,
    content=sentences.view,
    columns={"question": "Question", "answer": "Answer", "detail": "Detail"},
    caption=lambda frame: f"{_people(frame)} at most",
    empty=sentences.NOT_YET,
    width="full",
    cells=cells.SUMMARY,
)
RATIOS = outlook_panel(
    id="outlook-ratios",
    analyses=("dropout",),
    title="Do alliance and use go along with being lost?",
    definition="Cox models of the day of withdrawal, and of the day on which use ceased. Alliance: "
    "the last total score; use: sessions of the last whole week of the plan. Both count from the "
    "day after they were known, so nothing is explained by what came later; participants enter "
    "once both are known. Arms have baseline hazards of their own. A ratio below 1: who has one "
    "unit more is lost later. An association: what makes people stay may also make them score "
    "high.",
    read=read_ratios,
    figure=figures.ratios,
    columns={
        "loss_label": "Loss",
        "measure_label": "Measure",
        "adjustment_label": "Model",
        "ratio": "Hazard ratio",
        "ratio_low": "95 % from",
        "ratio_high": "95 % to",
        "p_value": "p",
        "n_events": "Events",
        "n_participants": "Participants",
        "explanation": "Why there is no number",
    },
    caption=_people,
    empty=_NOT_THERE,
    height="large",
    cells=cells.RATIOS,
)
CURVES = outlook_panel(
    id="outlook-curves",
    analyses=("dropout",),
    title="Expected curves at a low, middle and high alliance",
    definition="What the model with alliance alone expects of somebody whose alliance stays at the "
    "median of the low, middle or high third of all scores at risk, with 95 % intervals. Drawn at "
    "days between which at least as many were lost as the study's smallest cell. At risk: "
    "participants whose last score was in that third on that day; on day 0, those who entered with "
    "it.",
    read=read_curves,
    figure=figures.curves,
    columns={
        "level_label": "Alliance",
        "score": "Score",
        "day": "Study day",
        "survival": "Left",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "n_at_risk": "At risk",
    },
    caption=_curves_caption,
    choices=("loss",),
    empty=_NOT_THERE,
    height="large",
    cells=cells.CURVES,
)
CHECKS = outlook_panel(
    id="outlook-checks",
    analyses=("dropout",),
    title="Do the hazard ratios hold over the whole time?",
    definition="Score tests of a ratio that changes with the log of time (Grambsch and Therneau), "
    "for the models with both measures. The correlation of the residuals with log time says which "
    "way: below 0, the ratio falls. Where one changes, the number shown is an average over the "
    "follow-up.",
    read=read_checks,
    content=checks_table.view,
    view_name="Checks",
    columns={
        "loss_label": "Loss",
        "measure_label": "Measure",
        "correlation": "Correlation with log time",
        "statistic": "Chi-square",
        "df": "df",
        "p_value": "p",
        "verdict": "In words",
    },
    caption=_people,
    empty=_NOT_THERE,
    width="full",
    cells=cells.CHECKS,
)
DELTAS = outlook_panel(
    id="outlook-deltas",
    analyses=("tipping",),
    title="What if the missed surveys had been worse, or better?",
    definition="The study's main alliance model, with every survey that was due and missed imputed "
    "as the model expects it, shifted by so many points, and fitted again (delta-adjusted multiple "
    "imputation, 20 draws). At 0: as expected from each participant's own scores and exposure. "
    "The association tips where its 95 % interval first includes 0 (shaded). Excused surveys, and "
    "those after a withdrawal, were not due.",
    read=read_deltas,
    figure=tipping_figures.tipping,
    columns={
        "label": "Association",
        "delta": "Shift (points)",
        "delta_sd": "Shift (SD)",
        "estimate": "Estimate",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "p_value": "p",
        "fraction_missing": "Fraction of information missing",
    },
    caption=_deltas_caption,
    choices=("association",),
    empty=_NOT_THERE,
    height="large",
    width="half",
    cells=cells.DELTAS,
)
TIPS = outlook_panel(
    id="outlook-tips",
    analyses=("tipping",),
    title="Where each association would go",
    definition="The shift of missed surveys, in points, at which the interval of each "
    "within-person association first includes 0. The bar: shifts that it survives, of those that "
    "were tried. Bold: the main association. Whether people who did not answer can have felt so "
    "much worse, or better, is for the reader to judge.",
    read=read_tips,
    figure=tipping_figures.tips,
    columns={
        "label": "Association",
        "estimate": "As answered",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "tip_below": "Tips below",
        "tip_above": "Tips above",
        "said": "In words",
    },
    caption=_people,
    empty=_NOT_THERE,
    height="large",
    cells=cells.TIPS,
)
WIDTHS = outlook_panel(
    id="outlook-widths",
    analyses=("forecast",),
    title="Expected half width of the 95 % interval",
    definition="From the mixed model's information, with variances, exposure and losses as they "
    "are so far, pooled over arms: no estimate of any effect takes part, so looking costs nothing. "
    "Each line: surveys up to that week, at the pace of the schedule's last ones where it goes on. "
    "Band: 10th to 90th percentile, given how well the variances are known.",
    read=read_widths,
    figure=forecast_figures.widths,
    columns={
        "interval_label": "Interval of",
        "n_planned_participants": "Participants",
        "last_week": "Surveys to week",
        "n_surveys": "Surveys each",
        "half_width": "Half width",
        "low": "Likely from",
        "high": "Likely to",
        "against_plan": "Against the plan",
        "unit": "Unit",
    },
    caption=_widths_caption,
    choices=("interval",),
    empty=_NOT_THERE,
    height="large",
    width="two-thirds",
    cells=cells.WIDTHS,
)
BASIS = outlook_panel(
    id="outlook-basis",
    analyses=("forecast",),
    title="What the forecast rests on",
    definition="Estimates of the model without arms, of all rows so far, and what is assumed of "
    "those to come. A difference of arms is part of the pooled variance, so widths are a little "
    "too large rather than too small.",
    read=read_basis,
    content=basis.view,
    columns={"label": "What", "value": "Value", "words": "Meaning"},
    caption=_people,
    empty=_NOT_THERE,
    width="third",
    cells=cells.BASIS,
)
ANSWERS = outlook_panel(
    id="outlook-answers",
    analyses=("forecast",),
    title="Surveys that can be analysed, by week",
    definition="Of all whose survey's window is over, those who left as well: the share with a "
    "score and known exposure. Dashed: the share of everybody expected in the end, from a chain in "
    "which a survey depends on the two before it.",
    read=read_answers,
    figure=forecast_figures.answers,
    columns={
        "week": "Study week",
        "n_passed": "Window over",
        "n_analysed": "Can be analysed",
        "share": "Share",
        "expected": "Expected in the end",
    },
    caption=lambda frame: _people(frame, "n_passed"),
    empty=_NOT_THERE,
    height="small",
    width="full",
    cells=cells.ANSWERS,
)
PANELS = (SUMMARY, RATIOS, CURVES, CHECKS, DELTAS, TIPS, WIDTHS, BASIS, ANSWERS)


def layout() -> Component:
    """The page without data."""
    lead = "Who may be lost, what hangs on missed surveys, and how sharp the answer will be."
    by_id = {one.id: panel.view(one) for one in PANELS}
    return panel.page(
        TITLE,
        lead,
        by_id[SUMMARY.id],
        _heading("Dropout lens"),
        _choice("loss", "Curves of", list(frames.LOSSES.items())),
        *(by_id[one.id] for one in (RATIOS, CURVES, CHECKS)),
        _heading("Tipping point"),
        _choice("association", "Association", []),
        *(by_id[one.id] for one in (DELTAS, TIPS)),
        _heading("Forecast"),
        _choice("interval", "Interval of", list(frames.INTERVALS.items())),
        *(by_id[one.id] for one in (WIDTHS, BASIS, ANSWERS)),
    )


def _heading(words: str) -> Component:
    return html.P(words, className="outlook-part")


def _choice(key: str, label: str, pairs: list[tuple[str, str]]) -> Component:
    """A chooser over its panels; without a choice the first, or the main one, is shown."""
    return html.Div(
        dmc.Select(
            id=filters_bar.choice_id(key),
            label=label,
            data=[{"value": value, "label": words} for value, words in pairs],
            placeholder=pairs[0][1] if pairs else "The main one",
            clearable=True,
            size="xs",
        ),
        className="page-controls",
    )


def register(app: Dash, context: Context) -> None:
    """Wire the panels, and what the list of associations offers."""
    panel_wiring.register(app, context, PANELS)
    tall_charts.fit(app, RATIOS)
    tall_charts.fit(app, TIPS)

    @app.callback(
        Output(filters_bar.choice_id("association"), "data"),
        Input("build", "data"),
    )
    def _offer(_build: str | None) -> list[dict[str, Any]]:
        return options(context)


def options(context: Context) -> list[dict[str, Any]]:
    """Associations whose tipping point was computed, in the order of the study file."""
    saved = frames.tipping_of(context.results_of(context.viewer()))
    return [
        {"value": term.feature_id, "label": term.label.removesuffix(", within a participant")}
        for term in (saved.result.terms if saved and saved.result else ())
    ]
