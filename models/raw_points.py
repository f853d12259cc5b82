"""The raw data beneath a fit: rows in bins along one exposure, for a figure under the model's line.

What is kept needs no estimate: means of the outcome and of every design column in each bin. With
the coefficients of the saved model they give partial residuals (`partial`), which are linear.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models import adherence, alliance
from models.analyses import Inputs, Tell
from models.design import Design
from models.errors import NoNumberError
from models.panel import Codes, Floats, first_rows, person_means
from models.results import FitResult
from models.screen import Column
from models.spec import ModelSpec
from study.presets import WEEKLY_ADHERENCE

BINS = 12
"""Most bins along an exposure."""


@dataclass(frozen=True)
class Bin:
    """Rows that lie together along an exposure.

    `x` and `y` are means in the bin: of the exposure part, and of the outcome (a score less the
    participant's own mean within, a participant's mean between; a share of sessions done of due).
    `columns` are the means of all design columns, in the order of the curve's model, centred like
    `y`; empty for shares.
    """

    x: float
    y: float
    n_rows: int
    n_participants: int
    columns: tuple[float, ...]


@dataclass(frozen=True)
class Curve:
    """The bins of one term."""

    term: str
    feature_id: str
    label: str
    part: str
    unit: str
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class ModelPoints:
    """The curves of one model; `terms` name the columns of its bins."""

    model_id: str
    is_share: bool
    terms: tuple[str, ...]
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class RawPoints:
    """Every model's curves. Bins hold at least `smallest` participants, or all there are."""

    smallest: int
    models: tuple[ModelPoints, ...]


def compute(inputs: Inputs, tell: Tell) -> RawPoints:
    """The bins of every model that has rows and a design.

    Parameters
    ----------
    inputs
        `frames`: by model id, what the model is fitted to (`model_rows` or `model_weeks`).
        `options`: `models`, their `ModelSpec`s, and `smallest`, participants a bin has at least.
    """
    specs: Sequence[ModelSpec] = inputs.options["models"]
    smallest = int(inputs.options["smallest"])
    found = []
    for done, spec in enumerate(specs):
        tell(done, len(specs))
        points = _of_model(inputs, spec, smallest)
        found += [] if points is None else [points]
    return RawPoints(smallest, tuple(found))


def partial(bin_: Bin, term: str, terms: Sequence[str], result: FitResult) -> float:
    """A bin's outcome less what the model's other terms account for: its partial residual.

    References
    ----------
    Larsen & McCleary (1972), Technometrics 14:781-790. doi:10.1080/00401706.1972.10488966
    """
    known = {row.term: row.estimate for row in result.coefficients}
    others = sum(
        known.get(name, 0.0) * value
        for name, value in zip(terms, bin_.columns, strict=True)
        if name != term
    )
    return bin_.y - others


def _of_model(inputs: Inputs, spec: ModelSpec, smallest: int) -> ModelPoints | None:
    is_share = spec.outcome == WEEKLY_ADHERENCE
    module = adherence if is_share else alliance
    panel = module.analysed(inputs.frames[spec.model_id], spec)
    if panel.rows.is_empty():
        return None
    try:
        design = (
            adherence.adherence_design(panel, spec)
            if is_share
            else alliance.alliance_design(panel, spec)
        )
    except NoNumberError:
        # The model itself says why; there is nothing to draw beneath it.
        return None
    drawn = [one for one in design.columns if one.feature_id and one.kind in {"within", "between"}]
    curves = tuple(
        Curve(
            one.term,
            one.feature_id or "",
            one.label,
            one.kind,
            one.unit,
            _shares(one, design, smallest) if is_share else _scores(one, design, smallest),
        )
        for one in drawn
    )
    return ModelPoints(spec.model_id, is_share, () if is_share else design.terms, curves)


def _scores(column: Column, design: Design, smallest: int) -> tuple[Bin, ...]:
    """Within: rows, everything less the participant's own mean. Between: participants' means."""
    score = design.panel.rows["score"].cast(float).to_numpy()
    codes, matrix = design.codes, design.matrix
    y_mean, x_mean = person_means(score, codes), person_means(matrix, codes)
    if column.kind == "within":
        y, others, x = score - y_mean, matrix - x_mean, column.values
    else:
        first = first_rows(codes)
        y, others, x = y_mean[first], x_mean[first], column.values[first]
        codes = np.arange(len(first))
    return tuple(
        Bin(
            float(x[rows].mean()),
            float(y[rows].mean()),
            len(rows),
            len(np.unique(codes[rows])),
            tuple(float(f"{value:.6g}") for value in others[rows].mean(axis=0)),
        )
        for rows in binned(x, codes, smallest)
    )


def _shares(column: Column, design: Design, smallest: int) -> tuple[Bin, ...]:
    """Sessions done of those due, in bins of participant-weeks."""
    rows_of = design.panel.rows
    due = rows_of["due_sessions"].cast(float).to_numpy()
    done = np.minimum(rows_of["done_sessions"].fill_null(0).cast(float).to_numpy(), due)
    return tuple(
        Bin(
            float(np.average(column.values[rows], weights=due[rows])),
            float(done[rows].sum() / due[rows].sum()),
            len(rows),
            len(np.unique(design.codes[rows])),
            (),
        )
        for rows in binned(column.values, design.codes, smallest)
    )


def binned(x: Floats, codes: Codes, smallest: int) -> list[Codes]:
    """Row numbers of bins along `x`, near equal in rows, none of fewer participants than asked.

    Rows with one value of `x` stay together. A bin that is too small goes with the one before it
    (the first ones with the next); where all together are too few there is no bin.
    """
    edges = np.unique(np.quantile(x, np.linspace(0, 1, BINS + 1)[1:-1]))
    place = np.searchsorted(edges, x, side="left")
    bins: list[Codes] = []
    for number in range(len(edges) + 1):
        rows = np.flatnonzero(place == number)
        if bins and len(np.unique(codes[bins[-1]])) < smallest:
            bins[-1] = np.concatenate((bins[-1], rows))
        elif len(rows):
            bins.append(rows)
    if len(bins) > 1 and len(np.unique(codes[bins[-1]])) < smallest:
        last = bins.pop()
        bins[-1] = np.concatenate((bins[-1], last))
    if len(bins) == 1 and len(np.unique(codes[bins[0]])) < smallest:
        return []
    return bins
