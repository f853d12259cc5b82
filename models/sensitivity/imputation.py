"""Proper draws of missing outcomes from a linear mixed model of the observed ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from models.linear.linear_fit import LinearFit
from models.linear.satterthwaite import covariance_of_parameters
from models.panel import Codes, Flags, Floats
from models.random_terms import RandomTerm


@dataclass(frozen=True, eq=False)
class Parameters:
    """One draw: fixed effects (p,), relative factors (q, q) per term, residual SD."""

    beta: Floats
    factors: tuple[Floats, ...]
    sigma: float


def rows_of(random: Sequence[RandomTerm], is_kept: Flags) -> tuple[RandomTerm, ...]:
    """The random terms on some of the rows, groups numbered anew."""
    return tuple(
        replace(term, values=term.values[is_kept], codes=_renumbered(term.codes[is_kept]))
        for term in random
    )


def _renumbered(codes: Codes) -> Codes:
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def draw_parameters(fit: LinearFit, rng: np.random.Generator) -> Parameters:
    """Parameters from their large-sample distribution: normal in (beta), and (theta, log sigma).

    Notes
    -----
    Without this draw imputations would treat estimates as truth, and pooled intervals would be too
    narrow. A theta of either sign gives a valid covariance, so none is refused.
    """
    sigma = float(np.sqrt(fit.residual_variance))
    spread = _root(covariance_of_parameters(fit))
    step = spread @ rng.normal(size=len(spread))
    beta = fit.beta + _root(fit.cov_beta) @ rng.normal(size=len(fit.beta))
    theta = (fit.theta if fit.scaled_theta is None else fit.scaled_theta) + step[:-1]
    factors = fit.triangles(theta)
    if fit.units:  # from standardised columns to their own
        turned = zip(fit.units, factors, strict=True)
        factors = tuple(np.asarray(np.linalg.solve(unit, one)) for unit, one in turned)
    return Parameters(beta, factors, sigma * float(np.exp(step[-1] / sigma)))


def _root(covariance: Floats) -> Floats:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


class Imputer:
    """Draws the outcomes of missing rows, given those of the others.

    Parameters
    ----------
    fit
        The model of the observed rows.
    y, X, random
        All rows: outcome (n,), of which those of missing rows are not looked at, design (n, p) and
        random terms, in the order of the fit's.
    is_missing
        (n,) rows without an outcome.
    """

    def __init__(
        self,
        fit: LinearFit,
        y: Floats,
        X: Floats,
        random: Sequence[RandomTerm],
        is_missing: Flags,
    ) -> None:
        known = {(term.group, term.names): term for term in random}
        self.terms = tuple(known[term.group, term.names] for term in fit.random)
        self.fit, self.X, self.is_missing = fit, X, is_missing
        self.y = np.where(is_missing, 0.0, y)

    def draw(self, rng: np.random.Generator) -> Floats:
        """Outcomes (n,) with the missing ones drawn; observed ones as they are.

        Participants' effects are drawn given their observed rows (from the population where a
        participant has none), then the residual of each missing row.
        """
        drawn = draw_parameters(self.fit, rng)
        Z = sparse.hstack(
            [_design(term, factor) for term, factor in zip(self.terms, drawn.factors, strict=True)]
        ).tocsr()
        mean = self.X @ drawn.beta
        seen = np.flatnonzero(~self.is_missing)
        effects = _draw_effects(Z[seen], (self.y - mean)[seen] / drawn.sigma, rng)
        gone = np.flatnonzero(self.is_missing)
        noise = Z[gone] @ effects + rng.normal(size=len(gone))
        completed = self.y.copy()
        completed[gone] = mean[gone] + drawn.sigma * noise
        return completed


def _design(term: RandomTerm, factor: Floats) -> sparse.csr_array:
    """Z times the relative factor, (n, groups x q), so that its effects are standard normal."""
    n, q = term.values.shape
    columns = term.codes[:, None] * q + np.arange(q)
    rows = np.repeat(np.arange(n), q)
    return sparse.csr_array(
        ((term.values @ factor).ravel(), (rows, columns.ravel())), shape=(n, term.n_groups * q)
    )


def _draw_effects(Z: sparse.csr_array, residuals: Floats, rng: np.random.Generator) -> Floats:
    """Standard normal effects given residuals = Z effects + standard normal noise.

    A draw from the prior is moved by what the data say against it (Matheron's rule), which takes
    one solve for any mixture of grouping factors, also where variances are 0.
    """
    prior = rng.normal(size=Z.shape[1])
    surprise = residuals - Z @ prior - rng.normal(size=len(residuals))
    precision = (sparse.eye_array(Z.shape[1]) + Z.T @ Z).tocsc()
    return np.asarray(prior + splu(precision).solve(Z.T @ surprise))
