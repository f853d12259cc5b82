"""Cox's partial likelihood with Efron's ties, for rows that enter and leave the risk set."""

from dataclasses import dataclass

import numpy as np

from models.panel import Codes, Flags, Floats


@dataclass(frozen=True, eq=False)
class RiskRows:
    """Rows (start, stop] of follow-up: at risk after `start`, up to and including `stop`.

    `start` is minus infinity where a row is at risk from the beginning. `strata` (n,) number the
    strata 0, 1, 2, ...: only rows of one stratum are ever compared.
    """

    start: Floats
    stop: Floats
    is_event: Flags
    covariates: Floats
    strata: Codes

    def stratum(self, number: int) -> Flags:
        """Which rows belong to a stratum."""
        return np.asarray(self.strata == number)

    @property
    def n_strata(self) -> int:
        """Strata with at least one row."""
        return int(self.strata.max()) + 1


@dataclass(frozen=True, eq=False)
class RiskSets:
    """What one stratum's rows say at its event times, at given coefficients.

    Efron's ties take the d events of one time one after another, the k-th with a share
    (k - 1) / d of each of the d removed; every such step is a row here (d steps per time).

    Attributes
    ----------
    times
        (t,) distinct event times, ascending.
    step_time, step_share
        (m,) index of each step's time, and the share removed.
    total, mean
        (m,) and (m, p): sum of the risk scores at the step, and the mean covariates under them.
    first, last
        (n,) indices into `times`: row i is at risk at times[first[i]:last[i]].
    event_time
        (events,) index of each event row's time, `event_rows` its row.
    risk
        (n,) exp of the linear predictor, up to a factor.
    """

    times: Floats
    step_time: Codes
    step_share: Floats
    total: Floats
    mean: Floats
    first: Codes
    last: Codes
    event_rows: Codes
    event_time: Codes
    risk: Floats
    log_risk: Floats

    @property
    def per_time(self) -> Floats:
        """Sum over the steps of each time of 1 / total."""
        return np.bincount(self.step_time, weights=1 / self.total).astype(np.float64)

    @property
    def per_time_removed(self) -> Floats:
        """Sum over the steps of each time of share / total."""
        weights = self.step_share / self.total
        return np.bincount(self.step_time, weights=weights).astype(np.float64)


def risk_sets(rows: RiskRows, beta: Floats) -> RiskSets:
    """The risk sets of one stratum; `rows` holds that stratum only, with at least one event."""
    log_risk = rows.covariates @ beta
    log_risk = log_risk - log_risk.max()
    risk = np.exp(log_risk)
    event_rows = np.flatnonzero(rows.is_event)
    times, event_time = np.unique(rows.stop[event_rows], return_inverse=True)
    n_events = np.bincount(event_time)
    step_time = np.repeat(np.arange(len(times)), n_events)
    place = np.arange(len(step_time)) - np.repeat(np.cumsum(n_events) - n_events, n_events)
    share = place / n_events[step_time]
    first = np.searchsorted(times, rows.start, side="right")
    last = np.searchsorted(times, rows.stop, side="right")
    weighted = np.column_stack((risk, risk[:, None] * rows.covariates))
    at_risk = _at_times(weighted, first, last, len(times))
    failing = np.zeros_like(at_risk)
    np.add.at(failing, event_time, weighted[event_rows])
    left = at_risk[step_time] - share[:, None] * failing[step_time]
    return RiskSets(
        times=times,
        step_time=step_time,
        step_share=share,
        total=left[:, 0],
        mean=left[:, 1:] / left[:, :1],
        first=first,
        last=last,
        event_rows=event_rows,
        event_time=event_time,
        risk=risk,
        log_risk=log_risk,
    )


def _at_times(values: Floats, first: Codes, last: Codes, n_times: int) -> Floats:
    """Sums (t, k) of rows (n, k) over those at risk at each time.

    A row counts from its first time to its last: added at one, taken off after the other. Summed
    from the end, so that late and small risk sets do not come out of large differences.
    """
    inside = first < last
    jumps = np.zeros((n_times + 1, values.shape[1]))
    np.add.at(jumps, last[inside], values[inside])
    np.subtract.at(jumps, first[inside], values[inside])
    return np.asarray(np.cumsum(jumps[::-1], axis=0)[::-1][1:], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class PartialLikelihood:
    """Log partial likelihood, its gradient (p,) and its information (p, p)."""

    value: float
    gradient: Floats
    information: Floats


def partial_likelihood(rows: RiskRows, beta: Floats) -> PartialLikelihood:
    """Value, gradient and information at `beta`, summed over the strata.

    Raises
    ------
    ValueError
        If no row is an event.

    References
    ----------
    Efron (1977), JASA 72:557-565. doi:10.1080/01621459.1977.10480613
    """
    parts = [_one_stratum(part, beta) for part, _ in strata_with_events(rows)]
    if not parts:
        raise ValueError("there is no event")
    return PartialLikelihood(
        value=float(sum(part.value for part in parts)),
        gradient=np.sum([part.gradient for part in parts], axis=0),
        information=np.sum([part.information for part in parts], axis=0),
    )


def strata_with_events(rows: RiskRows) -> list[tuple[RiskRows, Codes]]:
    """Each stratum's rows and their places among all; strata without an event say nothing."""
    found = []
    for number in range(rows.n_strata):
        place = np.flatnonzero(rows.stratum(number))
        if rows.is_event[place].any():
            found.append((_take(rows, place), place))
    return found


def _take(rows: RiskRows, place: Codes) -> RiskRows:
    return RiskRows(
        rows.start[place],
        rows.stop[place],
        rows.is_event[place],
        rows.covariates[place],
        np.zeros(len(place), dtype=np.int64),
    )


def _one_stratum(rows: RiskRows, beta: Floats) -> PartialLikelihood:
    sets = risk_sets(rows, beta)
    X, events = rows.covariates, sets.event_rows
    value = sets.log_risk[events].sum() - np.log(sets.total).sum()
    gradient = X[events].sum(axis=0) - sets.mean.sum(axis=0)
    information = weighted_squares(rows, sets, np.ones(len(sets.times)))
    return PartialLikelihood(float(value), gradient, information)


def weighted_squares(rows: RiskRows, sets: RiskSets, weights: Floats) -> Floats:
    """Sum over event times of a weight (t,) times the covariates' (p, p) variance in the risk set.

    The sum of second moments over risk sets is a cross-product of the rows, each weighted by what
    adds up over the times that it is at risk, so no (n, p, p) array is ever made.
    """
    per_time = np.concatenate(([0.0], np.cumsum(weights * sets.per_time)))
    row_weight = sets.risk * (per_time[sets.last] - per_time[np.minimum(sets.first, sets.last)])
    removed = weights * sets.per_time_removed
    row_weight[sets.event_rows] -= sets.risk[sets.event_rows] * removed[sets.event_time]
    X = rows.covariates
    outer = sets.mean * weights[sets.step_time][:, None]
    return np.asarray(X.T @ (X * row_weight[:, None]) - outer.T @ sets.mean, dtype=np.float64)


def mean_at_times(sets: RiskSets) -> Floats:
    """Mean covariates (t, p) at each event time, over the steps of its ties."""
    counts = np.bincount(sets.step_time)
    sums = np.zeros((len(sets.times), sets.mean.shape[1]))
    np.add.at(sums, sets.step_time, sets.mean)
    return sums / counts[:, None]


def score_residuals(rows: RiskRows, beta: Floats) -> Floats:
    """What each row adds to the gradient (n, p), its expected part taken off; for robust errors.

    References
    ----------
    Lin & Wei (1989), JASA 84:1074-1078. doi:10.1080/01621459.1989.10478874
    """
    residuals = np.zeros_like(rows.covariates)
    for part, place in strata_with_events(rows):
        residuals[place] = _score_residuals(part, risk_sets(part, beta))
    return residuals


def _score_residuals(rows: RiskRows, sets: RiskSets) -> Floats:
    X, risk, events = rows.covariates, sets.risk[:, None], sets.event_rows
    n_times = len(sets.times)
    hazard = np.concatenate(([0.0], np.cumsum(sets.per_time)))
    drift = np.zeros((n_times, X.shape[1]))
    np.add.at(drift, sets.step_time, sets.mean / sets.total[:, None])
    drift = np.vstack((np.zeros((1, X.shape[1])), np.cumsum(drift, axis=0)))
    first = np.minimum(sets.first, sets.last)
    exposed = (hazard[sets.last] - hazard[first])[:, None]
    residuals = -risk * (X * exposed - (drift[sets.last] - drift[first]))
    spared = np.zeros((n_times, X.shape[1]))
    share = (sets.step_share / sets.total)[:, None]
    np.add.at(spared, sets.step_time, share * sets.mean)
    back = X[events] * sets.per_time_removed[sets.event_time][:, None] - spared[sets.event_time]
    residuals[events] += X[events] - mean_at_times(sets)[sets.event_time] + risk[events] * back
    return np.asarray(residuals, dtype=np.float64)
