"""What panels of one model have in common, and those that draw its residuals and own levels."""

from collections.abc import Callable
from functools import partial

import polars as pl

from access.viewer import Viewer
from dashboard import model_frames, panel_cells, theme
from dashboard.figures import models as figures
from dashboard.panel import Panel
from dashboard.sources import Sources
from models import store
from models.results import FitResult
from queries import features as feature_reads
from queries.filters import Filters

Rows = Callable[[FitResult | None], pl.DataFrame]

model_panel = partial(Panel, choices=("model",), reads="both", uses=())


def read_model(
    make: Rows,
    sources: Sources,
    viewer: Viewer,
    _filters: Filters,
    *,
    model: str | None,
) -> pl.DataFrame:
    """One frame of the result that the address asks for, its terms in the study's order."""
    result = model_frames.chosen(store.load_all(sources.results), model)
    if result is None:
        return make(None)
    catalogue = feature_reads.feature_catalogue(sources.con, viewer)
    return make(model_frames.in_study_order(result, catalogue))


def analysed(frame: pl.DataFrame) -> str:
    """How many rows of how many participants a model saw."""
    row = frame.row(0, named=True)
    return (
        f"n = {theme.counted(row['n_rows'], 'row')} of "
        f"{theme.counted(row['n_participants'], 'participant')}"
    )


def _reading(words: str) -> Callable[[pl.DataFrame], str]:
    """A caption with a sentence that says how the plot is read."""
    return lambda frame: f"{analysed(frame.drop_nulls('n_rows'))}. {words}"


RESIDUALS = model_panel(
    id="models-residuals",
    title="Residuals against a normal",
    definition="Quantiles of the standardised residuals against those of a standard normal. No "
    "point is a participant: quantiles are of all rows together. Those of a logistic model are "
    "randomised quantile residuals (Dunn & Smyth 1996), which are normal if the model holds.",
    read=partial(read_model, model_frames.residual_quantiles),
    figure=figures.quantiles,
    columns={"expected": "Expected (SD)", "observed": "Observed (SD)"},
    caption=_reading(
        "On the dashed line: as the model assumes. Ends that bend away from it: "
        "more extreme rows than it expects"
    ),
    empty="Not computed for this model, or it has no numbers; see the trust card.",
    width="third",
    cells=panel_cells.QUANTILES,
)
LEVELS = model_panel(
    id="models-levels",
    title="Participants' own levels against a normal",
    definition="Quantiles of the predicted random intercepts, standardised, against those of a "
    "standard normal. Predictions are shrunk, so gentle bends say little.",
    read=partial(read_model, model_frames.level_quantiles),
    figure=figures.quantiles,
    columns={"expected": "Expected (SD)", "observed": "Observed (SD)"},
    caption=_reading(
        "On the dashed line: as the model assumes. Steps or a gap: groups of "
        "participants that the model does not know"
    ),
    empty="Not computed: own levels do not vary in this model, or it has no numbers.",
    width="third",
    cells=panel_cells.QUANTILES,
)
FITTED = model_panel(
    id="models-fitted",
    title="Residuals along the fitted values",
    definition="Mean of the standardised residuals in bins of the fitted values (log odds for a "
    "logistic model); the band runs one standard deviation either way.",
    read=partial(read_model, model_frames.residuals_by_fitted),
    figure=figures.by_fitted,
    columns={
        "fitted": "Fitted",
        "mean": "Mean residual",
        "low": "One SD below",
        "high": "One SD above",
    },
    caption=_reading(
        "A line near 0 and a band of even height: as the model assumes. A bow: a "
        "bend it lacks. A funnel: its standard errors are off"
    ),
    empty="Not computed for this model, or it has no numbers; see the trust card.",
    width="third",
    cells=panel_cells.FITTED,
)
