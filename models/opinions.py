"""Second opinions on a linear mixed model: other standard errors, another estimator, resampling."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import NoNumberError
from models.inference import critical
from models.linear.bootstrap import cluster_bootstrap
from models.linear.cluster_robust import cluster_robust
from models.linear.exchangeable import fit_exchangeable
from models.linear.group_sums import GroupSums
from models.linear.linear_fit import LinearFit
from models.panel import Codes, Floats
from models.random_terms import RandomTerm
from models.results import Opinion

N_DRAWS = 500
SEED = 20250109


@dataclass(frozen=True)
class Opinions:
    """What each method says, term by term, and why a method said nothing."""

    rows: tuple[Opinion, ...]
    silent: tuple[tuple[str, str], ...]


def second_opinions(
    y: Floats,
    X: Floats,
    codes: Codes,
    random: Sequence[RandomTerm],
    fit: LinearFit,
    sums: GroupSums | None,
) -> Opinions:
    """The same terms by three methods that assume less.

    Cluster-robust CR2 with its own degrees of freedom keeps the estimates and drops the assumed
    covariance; estimating equations with exchangeable working correlation and a
    Mancl-DeRouen-corrected sandwich estimate anew; the bootstrap draws participants. A method
    without an answer is named with its reason, and does not hinder the others.
    """
    rows: list[Opinion] = []
    silent: list[tuple[str, str]] = []
    asked: dict[str, Callable[[], list[Opinion]]] = {
        "cluster_robust": lambda: _robust(y, X, random, fit, sums),
        "gee": lambda: _estimating_equations(y, X, codes, fit.names),
        "cluster_bootstrap": lambda: _bootstrap(fit, sums),
    }
    for method, ask in asked.items():
        try:
            rows += ask()
        except NoNumberError as error:
            silent.append((method, str(error)))
    return Opinions(tuple(rows), tuple(silent))


def _robust(
    y: Floats,
    X: Floats,
    random: Sequence[RandomTerm],
    fit: LinearFit,
    sums: GroupSums | None,
) -> list[Opinion]:
    found = cluster_robust(y, X, None, fit, random, sums=sums)
    df = found.df(np.eye(len(fit.names)))
    return _with_t("cluster_robust", fit.names, fit.beta, found.se, df.tolist())


def _estimating_equations(
    y: Floats, X: Floats, codes: Codes, names: Sequence[str]
) -> list[Opinion]:
    found = fit_exchangeable(y, X, codes, names)
    se = np.sqrt(np.diag(found.cov_mancl_derouen))
    return _with_t("gee", names, found.beta, se, [float(found.df)] * len(names))


def _with_t(
    method: str, names: Sequence[str], beta: Floats, se: Floats, df: Sequence[float]
) -> list[Opinion]:
    half = np.array([critical(own) for own in df]) * se
    ends = zip(
        names,
        beta.tolist(),
        se.tolist(),
        (beta - half).tolist(),
        (beta + half).tolist(),
        strict=True,
    )
    return [Opinion(term, method, *numbers) for term, *numbers in ends]


def _bootstrap(fit: LinearFit, sums: GroupSums | None) -> list[Opinion]:
    if sums is None:
        return []
    found = cluster_bootstrap(sums, n_draws=N_DRAWS, seed=SEED)
    parts = (fit.beta, found.se, found.ci_low, found.ci_high)
    rows = zip(fit.names, *(part.tolist() for part in parts), strict=True)
    return [Opinion(term, "cluster_bootstrap", *numbers) for term, *numbers in rows]
