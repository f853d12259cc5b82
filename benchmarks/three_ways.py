"""One model from polars' rows, DuckDB's sums and Spark's: seconds, and how far estimates differ.

    python -m benchmarks.three_ways --participants 1000000
    python -m benchmarks.three_ways --participants 2000 --engine polars duckdb --model slope

Participants are seen in up to twelve weeks (a tenth of the rows is missing); *site* adds a level of
each site to *slope*. Estimates are fixed effects, standard errors, variances, covariances and the
log-likelihood; each is compared with that of the first engine, relative to its own size.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.model_data import SITE, SLOPE, Floats, formula, write_table
from etl.sums.answer import EngineWish, wish_of
from etl.sums.engine import NAMES
from etl.table_fit import fit_file
from models.table.answer import TableFit

MODELS = {"slope": SLOPE, "site": f"{SLOPE} + {SITE}"}


def numbers(fit: TableFit) -> Floats:
    """All estimates in one row."""
    assert fit.error is None, fit.error
    fixed = [number for row in fit.fixed for number in (row.estimate, row.se)]
    random = [row.variance_or_covariance for row in fit.random]
    return np.array([fit.loglik, fit.residual_variance, *fixed, *random], dtype=np.float64)


def compare(path: Path, model: str, wishes: list[EngineWish]) -> None:
    """One line an engine."""
    first: TableFit | None = None
    for wish in wishes:
        began = time.perf_counter()
        fit = fit_file(path, formula("gaussian", MODELS[model]), wish=wish)
        seconds = time.perf_counter() - began
        first = first or fit
        apart = np.abs(numbers(fit) / numbers(first) - 1).max()
        pairs = zip(fit.fixed, first.fixed, strict=True)
        apart_df = max(abs((one.df or 1) / (two.df or 1) - 1) for one, two in pairs)
        print(
            f"{model:6} {wish.name:7} {fit.n_rows:12,} rows {seconds:7.1f} s  estimates within "
            f"{apart:.1e}, df within {apart_df:.1e}",
            flush=True,
        )


def main() -> None:
    """Write the table unless it is there, and fit it by each engine."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--participants", type=int, default=20_000)
    parser.add_argument("--engine", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--model", nargs="+", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--master", help="where Spark runs; without it, here")
    parser.add_argument("--folder", type=Path, help="keep the table here and use it again")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as aside:
        path = (args.folder or Path(aside)) / f"weeks-{args.participants}.parquet"
        if not path.exists():
            write_table(path, args.participants, "gaussian")
        for model in args.model:
            wishes = [
                wish_of(name, args.master if name == "spark" else None, ()) for name in args.engine
            ]
            compare(path, model, wishes)


if __name__ == "__main__":
    main()
