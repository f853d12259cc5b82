"""Fits one table with one engine in a process of its own, and prints what it took as JSON.

Started by `benchmarks.models`; runs under any Python that has the engine (polars reads the file).
Seconds are of fitting a table that is in memory already, the second of two fits, so that neither
reading nor first calls count; `peak_mb` is the whole process.
"""

import json
import resource
import sys
import time
import warnings

import polars as pl


def rapport(frame: pl.DataFrame, formula: str, family: str) -> dict[str, object]:
    from models.table.fit import fit_table

    answer = fit_table(frame, formula, family=family).to_dict()
    rows = answer["fixed"]
    return {
        "loglik": answer["loglik"],
        "beta": [row["estimate"] for row in rows],
        "se": [row["se"] for row in rows],
        "terms": [row["term"] for row in rows],
    }


def statsmodels(
    frame: pl.DataFrame, formula: str, family: str, method: str | None = None
) -> dict[str, object]:
    from statsmodels.formula.api import mixedlm

    if family != "gaussian" or "site" in formula:
        raise SystemExit("statsmodels has no such model")
    fixed = formula.split(" + (")[0]
    table = frame.to_pandas()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = mixedlm(fixed, table, groups=table["participant"], re_formula="~ week")
        fit = model.fit() if method is None else model.fit(method=method)
    names = list(fit.fe_params.index)
    return {
        "loglik": float(fit.llf),
        "beta": fit.fe_params.tolist(),
        "se": fit.bse_fe.tolist(),
        "terms": names,
    }


def statsmodels_lbfgs(frame: pl.DataFrame, formula: str, family: str) -> dict[str, object]:
    """Its default optimiser can stop short of the maximum and report convergence."""
    return statsmodels(frame, formula, family, "lbfgs")


def glmm(frame: pl.DataFrame, formula: str, family: str) -> dict[str, object]:
    import glmm as package

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = package.fit(frame, formula, family=family, anova_test="Wald")
    found = {}
    for name in ("loglik", "log_likelihood", "llf"):
        if hasattr(fit, name):
            found["loglik"] = float(getattr(fit, name))
    for key, names in {
        "beta": ("beta", "coef", "coefficients"),
        "se": ("se", "std_errors"),
    }.items():
        for name in names:
            if hasattr(fit, name):
                found[key] = [float(value) for value in getattr(fit, name)]
                break
    return found


ENGINES = {
    "rapport": rapport,
    "statsmodels": statsmodels,
    "statsmodels_lbfgs": statsmodels_lbfgs,
    "glmm": glmm,
}


def main() -> None:
    engine, path, formula, family, repeat = sys.argv[1:6]
    frame = pl.read_parquet(path)
    for _ in range(1 + int(repeat)):
        began = time.perf_counter()
        found = ENGINES[engine](frame, formula, family)
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, **found}))


if __name__ == "__main__":
    main()
