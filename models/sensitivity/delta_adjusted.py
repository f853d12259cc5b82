"""What if missing surveys would have been worse than the model expects? Delta-adjusted imputation.

A mixed model assumes that a missing score is like those that the participant's other scores
predict (missing at random). People who stop using an app also stop answering, so it may not be.
Here missing scores are imputed as the model predicts, shifted by delta scale points, and the model
is fitted again: a pattern-mixture model. The delta at which a finding goes is its tipping point.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from models.errors import NoNumberError, NotConvergedError, NotEstimableError
from models.linear.fit import fit_linear
from models.linear.linear_fit import LinearFit
from models.linear.satterthwaite import satterthwaite_df
from models.panel import Flags, Floats
from models.random_terms import RandomTerm
from models.sensitivity.imputation import Imputer, rows_of
from models.sensitivity.rubin import Pooled, pool

MOST_FAILURES = 0.05
"""Share of imputations that may fail to converge; beyond it there is no answer."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class DeltaRow:
    """One term at one delta: the pooled estimate with its interval.

    `delta` is in scale points added to each imputed score. `fraction_missing` and
    `simulation_error` as in `models.sensitivity.rubin`; both are 0 for the fit of observed rows.
    """

    term: str
    delta: float
    estimate: float
    se: float
    df: float
    ci_low: float
    ci_high: float
    p_value: float
    fraction_missing: float
    simulation_error: float


@dataclass(frozen=True)
class TippingPoint:
    """The deltas nearest to 0, on either side, at which a term's interval first includes 0.

    None: not reached on the grid, or (with `is_finding` False) nothing to tip: the interval
    includes 0 without any shift.
    """

    term: str
    is_finding: bool
    delta_below: float | None
    delta_above: float | None
    explanation: str


@dataclass(frozen=True)
class Sensitivity:
    """Everything that delta-adjusted imputation says.

    `observed` is the fit of observed rows (missing at random), to be compared with `rows` at 0.
    """

    rows: tuple[DeltaRow, ...]
    observed: tuple[DeltaRow, ...]
    tipping: tuple[TippingPoint, ...]
    deltas: tuple[float, ...]
    n_rows: int
    n_missing: int
    n_imputations: int
    seed: int
    confidence: float
    warnings: tuple[str, ...]

    def of(self, term: str) -> tuple[DeltaRow, ...]:
        """One term's rows, by rising delta."""
        return tuple(row for row in self.rows if row.term == term)

    def of_delta(self, delta: float) -> tuple[DeltaRow, ...]:
        """All terms' rows at one delta of the grid."""
        return tuple(row for row in self.rows if row.delta == delta)


def delta_adjusted(
    y: Floats,
    X: Floats,
    names: Sequence[str],
    random: Sequence[RandomTerm],
    is_missing: Flags,
    deltas: Sequence[float],
    *,
    m: int = 20,
    seed: int = 1,
    weights: Floats | None = None,
    confidence: float = 0.95,
    on_progress: Progress | None = None,
) -> Sensitivity:
    """Refit a linear mixed model with missing outcomes imputed and shifted by each delta.

    Parameters
    ----------
    y
        (n,) outcome of every occasion that was due; missing ones may be NaN.
    X, names, random
        Design (n, p), its terms, and the random terms, on all rows: exposure is known from the log
        also where the survey is missing. Within and between parts are those of all rows.
    is_missing
        (n,) occasions that were due and not answered.
    deltas
        Shifts in scale points; negative for "those who did not answer were worse off". 0 should be
        among them.
    m
        Imputations. The same draws serve all deltas, so that differences between deltas are not
        noise.
    seed
        Makes the result repeatable.
    weights
        (n,) multiples of delta for single rows, such as 1 in one arm and 0 in the other; default 1.
    on_progress
        Called as (fits done, fits in all).

    Raises
    ------
    NotEstimableError
        If nothing is missing, or the observed rows alone cannot be fitted.
    NotConvergedError
        If more than 5 % of the imputed data sets could not be fitted.

    References
    ----------
    Carpenter & Kenward (2013), Multiple Imputation and its Application, ch. 10.
    Cro, Morris, Kenward & Carpenter (2020), Stat Med 39:2815-2842. doi:10.1002/sim.8569
    """
    grid = tuple(sorted({float(delta) for delta in deltas}))
    if not grid:
        raise ValueError("deltas must hold at least one shift, such as 0.")
    if not is_missing.any():
        raise NotEstimableError(
            "No survey that was due is missing: there is nothing to be sensitive to.",
            "nothing_missing",
        )
    seen = ~is_missing
    base = fit_linear(y[seen], X[seen], names, rows_of(random, seen))
    imputer = Imputer(base, y, X, random, is_missing)
    shift = is_missing * (np.ones(len(y)) if weights is None else weights)
    fits, n_failed = _refit(imputer, X, names, random, (grid, shift), (m, seed), on_progress)
    rows = [
        row
        for delta in grid
        for row in _rows(names, delta, pool(*_stacked(fits[delta])), confidence)
    ]
    observed = _observed(base, names, confidence)
    return Sensitivity(
        rows=tuple(rows),
        observed=observed,
        tipping=tuple(_tipping(term, rows, grid) for term in names),
        deltas=grid,
        n_rows=len(y),
        n_missing=int(is_missing.sum()),
        n_imputations=m,
        seed=seed,
        confidence=confidence,
        warnings=_warnings(base, n_failed, m * len(grid), float(is_missing.mean())),
    )


_Estimates = tuple[Floats, Floats, Floats]


def _refit(
    imputer: Imputer,
    X: Floats,
    names: Sequence[str],
    random: Sequence[RandomTerm],
    shifts: tuple[tuple[float, ...], Floats],
    repeats: tuple[int, int],
    on_progress: Progress | None,
) -> tuple[dict[float, list[_Estimates]], int]:
    """Estimates, variances and df of every imputation at every delta, and how many failed."""
    grid, shift = shifts
    m, seed = repeats
    fits: dict[float, list[_Estimates]] = {delta: [] for delta in grid}
    n_failed = 0
    contrasts = np.eye(X.shape[1])
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(m)):
        completed = imputer.draw(np.random.default_rng(child))
        for j, delta in enumerate(grid):
            if on_progress is not None:
                on_progress(i * len(grid) + j, m * len(grid))
            try:
                fit = fit_linear(completed + delta * shift, X, names, random)
            except NoNumberError:
                n_failed += 1
                continue
            variances = np.diag(fit.cov_beta)
            fits[delta].append((fit.beta, variances, satterthwaite_df(fit, contrasts)))
    if n_failed > MOST_FAILURES * m * len(grid) or min(len(own) for own in fits.values()) < 2:
        raise NotConvergedError(
            f"{n_failed} of {m * len(grid)} imputed data sets could not be fitted. Simplify the "
            "random effects.",
            "not_converged",
        )
    return fits, n_failed


def _stacked(fits: list[_Estimates]) -> _Estimates:
    estimates, variances, dfs = (np.array(part) for part in zip(*fits, strict=True))
    return estimates, variances, dfs.mean(axis=0)


def _rows(names: Sequence[str], delta: float, pooled: Pooled, confidence: float) -> list[DeltaRow]:
    reach = special.stdtrit(pooled.df, (1 + confidence) / 2) * pooled.se
    p_values = 2 * special.stdtr(pooled.df, -np.abs(pooled.estimate / pooled.se))
    return [
        DeltaRow(
            term=term,
            delta=delta,
            estimate=float(pooled.estimate[j]),
            se=float(pooled.se[j]),
            df=float(pooled.df[j]),
            ci_low=float(pooled.estimate[j] - reach[j]),
            ci_high=float(pooled.estimate[j] + reach[j]),
            p_value=float(p_values[j]),
            fraction_missing=float(pooled.fraction_missing[j]),
            simulation_error=float(pooled.simulation_error[j]),
        )
        for j, term in enumerate(names)
    ]


def _observed(fit: LinearFit, names: Sequence[str], confidence: float) -> tuple[DeltaRow, ...]:
    nothing = np.zeros(len(names))
    df = satterthwaite_df(fit, np.eye(len(names)))
    se = np.sqrt(np.diag(fit.cov_beta))
    return tuple(_rows(names, 0.0, Pooled(fit.beta, se, df, nothing, nothing), confidence))


def _tipping(term: str, rows: Sequence[DeltaRow], grid: tuple[float, ...]) -> TippingPoint:
    own = [row for row in rows if row.term == term]
    start = min(range(len(grid)), key=lambda j: abs(grid[j]))
    if _gap(own[start]) <= 0:
        said = (
            f"The interval of {term} includes 0 without a shift of missing scores: there is no "
            "finding to tip."
        )
        return TippingPoint(term, False, None, None, said)
    sign = float(np.sign(own[start].estimate))
    below = _crossing(own[start::-1], sign)
    above = _crossing(own[start:], sign)
    if below is None and above is None:
        said = (
            f"The interval of {term} excludes 0 for every shift from {grid[0]:g} to {grid[-1]:g} "
            "scale points."
        )
    else:
        points = " or ".join(f"{point:.2f}" for point in (below, above) if point is not None)
        said = (
            f"The interval of {term} includes 0 once missing scores are shifted by {points} scale "
            "points from what the model expects."
        )
    return TippingPoint(term, True, below, above, said)


def _gap(row: DeltaRow) -> float:
    """How far the interval stays away from 0; 0 or less where it includes 0."""
    return max(row.ci_low, -row.ci_high)


def _crossing(rows: Sequence[DeltaRow], sign: float) -> float | None:
    """Delta at which the interval's near end reaches 0, going outwards along `rows`."""
    ends = [row.ci_low if sign > 0 else -row.ci_high for row in rows]
    for before, after, end, next_end in zip(rows, rows[1:], ends, ends[1:], strict=False):
        if next_end <= 0:
            share = end / (end - next_end)
            return before.delta + share * (after.delta - before.delta)
    return None


def _warnings(base: LinearFit, n_failed: int, n_fits: int, share: float) -> tuple[str, ...]:
    said = []
    if base.is_singular:
        said.append(
            "The model of the observed scores is singular: imputations take the variance that it "
            "puts at 0 for 0."
        )
    if n_failed:
        said.append(
            f"{n_failed} of {n_fits} imputed data sets could not be fitted and are left out."
        )
    if share > 0.5:
        said.append(
            f"{share:.0%} of the surveys that were due are missing: results rest on the model and "
            "on delta more than on answers."
        )
    return tuple(said)
