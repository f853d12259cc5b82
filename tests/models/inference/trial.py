"""The generated three-arm trial and lme4's fits of it; see tests/reference/inference/."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.linear.linear_fit import LinearFit
from models.panel import Codes, Floats, within_between
from models.random_terms import RandomCovariance, RandomTerm

FOLDER = Path(__file__).parents[2] / "reference" / "inference"
NAMES = ("(Intercept)", "armb", "armc", "week", "w", "b")
ARM = np.eye(6)[1:3]


@cache
def numbers() -> dict[str, Any]:
    return json.loads((FOLDER / "inference.json").read_text())


@cache
def rows() -> pl.DataFrame:
    return pl.read_csv(FOLDER / "trial.csv")


def participants() -> Codes:
    return rows()["participant"].to_numpy() - 1


def sites() -> Codes:
    return rows()["site"].to_numpy() - 1


def outcome(model: str = "slope") -> Floats:
    return rows()["mood" if model == "singular" else "alliance"].to_numpy()


def design() -> Floats:
    frame = rows()
    within, between = within_between(frame["exposure"].to_numpy().astype(float), participants())
    arm = frame["arm"].to_numpy()
    week = frame["week"].to_numpy().astype(float)
    return np.column_stack([np.ones(len(frame)), arm == "b", arm == "c", week, within, between])


def random_terms(model: str) -> tuple[RandomTerm, ...]:
    X, codes = design(), participants()

    def term(*columns: int) -> RandomTerm:
        return RandomTerm("participant", tuple(NAMES[j] for j in columns), X[:, columns], codes)

    site = RandomTerm("site", ("(Intercept)",), X[:, :1], sites())
    terms = {
        "singular": (term(0),),
        "intercept": (term(0),),
        "slope": (term(0, 3),),
        "nested": (term(0, 3), site),
        "two_slopes": (term(0, 3, 4),),
        "uncorrelated": (term(0), term(3)),
    }
    return terms[model]


def lme4_fit(model: str) -> LinearFit:
    """lme4's estimates as this package holds them; what only the engine knows is left empty."""
    given = numbers()["fits"][model]
    matrices = [np.array(each) for each in given["covariances"].values()]
    random = tuple(
        RandomCovariance(term.group, term.names, matrix)
        for term, matrix in zip(random_terms(model), matrices, strict=True)
    )
    return LinearFit(
        names=NAMES,
        beta=np.array(given["estimate"]),
        cov_beta=np.array(given["cov"]),
        random=random,
        residual_variance=given["residual"],
        log_likelihood=given["loglik"],
        is_reml=True,
        n_rows=rows().height,
        n_groups=tuple((term.group, term.n_groups) for term in random_terms(model)),
        is_singular=given["singular"],
        theta=np.empty(0),
        theta_names=(),
        hessian=np.empty((0, 0)),
        cov_slopes=np.empty((0, 6, 6)),
        gradient_norm=0.0,
        optimisers=(),
    )


def dense_covariance(model: str, fit: LinearFit) -> Floats:
    """V (n, n) written out, the slow and plain way."""
    V = fit.residual_variance * np.eye(fit.n_rows)
    for term, estimate in zip(random_terms(model), fit.random, strict=True):
        same = term.codes[:, None] == term.codes
        V += same * (term.values @ estimate.covariance @ term.values.T)
    return V


def dense_estimates(model: str, fit: LinearFit, kept: Codes) -> tuple[Floats, Floats]:
    """Generalised least squares on some rows (repeats are new participants): beta, covariance."""
    V = dense_covariance(model, fit)[np.ix_(kept, kept)]
    return dense_gls(outcome(model)[kept], design()[kept], V)


def dense_gls(y: Floats, X: Floats, V: Floats) -> tuple[Floats, Floats]:
    weighted = np.linalg.solve(V, X)
    covariance = np.linalg.inv(X.T @ weighted)
    return covariance @ (weighted.T @ y), covariance
