"""The raw data beneath a model's line: binned partial residuals, as a panel of the Models page."""

import math

import polars as pl

from access.cells import Cells
from access.viewer import Viewer
from dashboard import model_frames, theme
from dashboard.figures import raw_points as figures
from dashboard.intervals import span_words
from dashboard.model_panels import model_panel
from dashboard.result_frames import marginal_opinion
from dashboard.sources import Sources
from models import analyses, store
from models.raw_points import Curve, ModelPoints, RawPoints, partial
from models.results import FitResult
from queries import features as feature_reads
from queries.filters import Filters

SCHEMA = {
    "model_id": pl.String,
    "outcome_label": pl.String,
    "is_share": pl.Boolean,
    "feature_id": pl.String,
    "label": pl.String,
    "part": pl.String,
    "unit": pl.String,
    "bin": pl.Int64,
    "x": pl.Float64,
    "y": pl.Float64,
    "fitted": pl.Float64,
    "n_in_bin": pl.Int64,
    "n_rows_in_bin": pl.Int64,
    "n_rows": pl.Int64,
    "n_participants": pl.Int64,
}
CELLS = Cells(
    ("n_participants", "n_in_bin"),
    hides=("x", "y", "fitted", "n_rows_in_bin", "n_rows"),
    keys=(
        *("model_id", "outcome_label", "is_share", "feature_id", "label", "part", "unit", "bin"),
    ),
)


def read_raw(
    sources: Sources,
    viewer: Viewer,
    _filters: Filters,
    *,
    model: str | None,
    feature: str | None,
) -> pl.DataFrame:
    """Bins of the chosen model: of one feature in both parts, or of all within a participant."""
    result = model_frames.chosen(store.load_all(sources.results), model)
    kept = analyses.saved(sources.results, "raw_points", RawPoints)
    if result is None or not result.is_trusted or kept is None or kept.result is None:
        return pl.DataFrame(schema=SCHEMA)
    points = next((one for one in kept.result.models if one.model_id == result.model_id), None)
    if points is None:
        return pl.DataFrame(schema=SCHEMA)
    order = feature_reads.feature_catalogue(sources.con, viewer)["feature_id"].to_list()
    wanted = feature if feature in {one.feature_id for one in points.curves} else None
    curves = [
        one
        for one in points.curves
        if one.feature_id in order
        and (one.feature_id == wanted if wanted else one.part == "within")
    ]
    curves.sort(key=lambda one: (order.index(one.feature_id), one.part != "within"))
    rows = [row for one in curves for row in _rows(one, points, result)]
    return pl.DataFrame(rows, schema=SCHEMA)


def _rows(curve: Curve, points: ModelPoints, result: FitResult) -> list[dict[str, object]]:
    known = result.coefficient(curve.term)
    if known is None:
        return []
    about = {
        "model_id": result.model_id,
        "outcome_label": result.outcome_label,
        "is_share": points.is_share,
        "feature_id": curve.feature_id,
        "label": model_frames.stem(curve.label),
        "part": curve.part,
        "unit": curve.unit,
        "n_rows": result.n_rows,
        "n_participants": result.n_participants,
    }
    fitted = _line(curve, points, result)
    return [
        {
            **about,
            "bin": number,
            "x": one.x,
            "y": one.y if points.is_share else partial(one, curve.term, points.terms, result),
            "fitted": fitted[number],
            "n_in_bin": one.n_participants,
            "n_rows_in_bin": one.n_rows,
        }
        for number, one in enumerate(curve.bins)
    ]


def _line(curve: Curve, points: ModelPoints, result: FitResult) -> list[float]:
    """The model's line at each bin; of shares, the population's, through their mean."""
    known = result.coefficient(curve.term)
    assert known is not None
    if not points.is_share:
        return [known.estimate * one.x for one in curve.bins]
    other = marginal_opinion(result, curve.term)
    slope = known.estimate if other is None else other.estimate
    weights = [one.n_rows for one in curve.bins]
    total = sum(weights)
    share = sum(one.y * n for one, n in zip(curve.bins, weights, strict=True)) / total
    centre = sum(one.x * n for one, n in zip(curve.bins, weights, strict=True)) / total
    # Bins of which all or nothing was done have no log odds; their mean over all bins seldom is.
    level = math.log(min(max(share, 1e-6), 1 - 1e-6) / (1 - min(max(share, 1e-6), 1 - 1e-6)))
    return [1 / (1 + math.exp(-(level + slope * (one.x - centre)))) for one in curve.bins]


def _caption(frame: pl.DataFrame) -> str:
    first = frame.row(0, named=True)
    rows = theme.counted(first["n_rows"] or 0, "row")
    n = theme.counted(first["n_participants"] or 0, "participant")
    bins = span_words(frame["n_in_bin"].drop_nulls())
    return f"n = {rows} of {n} · a dot: the mean of a bin of {bins} participants"


RAW = model_panel(
    id="models-raw",
    analyses=("raw_points",),
    title="The raw data beneath the fit",
    definition="Dots: means of the rows in bins along the exposure, each of a group large enough "
    "to be shown; the larger, the more rows. Line: what the model says. Scores: partial residuals, "
    "which are the score less what all other terms of the model account for, within a participant "
    "less their own mean as well. A bow of the dots around the line is a shape that the model has "
    "not. Adherence: the share of sessions done of those due as it is, not adjusted for other "
    "terms, under the population's (marginal) curve. A cell of the map on Features leads here with "
    "its feature in both parts; otherwise all features, within a participant.",
    read=read_raw,
    figure=figures.beneath,
    columns={
        "label": "Feature",
        "part": "Part",
        "x": "Exposure (mean of the bin)",
        "y": "Outcome (partial residual, or share)",
        "fitted": "The model's line",
        "n_rows_in_bin": "Rows",
        "n_in_bin": "Participants",
        "unit": "Unit of exposure",
    },
    caption=_caption,
    empty="Not computed for this model, or its numbers are withheld (see the trust card). Run: "
    "rapport fit",
    choices=("model", "feature"),
    height="tall",
    width="full",
    cells=CELLS,
)
