"""How long mixed models take, beside statsmodels, lme4, glmmTMB and the package glmm.

Run with `python -m benchmarks.models` (`make bench` runs the sizes that end soon). Engines take
turns on the same file within one run, each in a process of its own; the *ratio* is what carries
over to another machine. R is found as `Rscript`; the package glmm in the Python given by
`--glmm-python`. What is not installed is said to be missing, and what would take longer than
`--patience` seconds is not started at the next size.

Two numbers for Rapport: `fit` is fitting a table in memory, as for the others; `file` is the whole
command `rapport fit --data FILE.parquet`, from the start of Python to the printed result.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.model_data import LEVEL, SITE, SLOPE, formula, write_table

ROOT = Path(__file__).parents[1]
R_SCRIPT = Path(__file__).parent / "r" / "fit.R"
MODELS = {
    "slope": ("gaussian", SLOPE),
    "site": ("gaussian", f"{SLOPE} + {SITE}"),
    "logistic": ("binomial", LEVEL),
    "logistic slope": ("binomial", SLOPE),
    "poisson": ("poisson", LEVEL),
    "poisson slope": ("poisson", SLOPE),
}
SLOW = 3.0
"""Seconds above which one run of an engine is enough."""
REPEATS = {250: 3, 2_500: 3, 25_000: 1}


@dataclass
class Engines:
    """What is installed, and which engines have run out of patience for which model."""

    glmm_python: str | None
    patience: float
    without: frozenset[str] = frozenset()
    tired: set[tuple[str, str]] = field(default_factory=set)

    def commands(self, model: str, file: Path) -> dict[str, list[str]]:
        """Command per engine that can fit this model and still has patience."""
        family, random = MODELS[model]
        asked = [str(file), formula(family, random), family]
        repeat = "1" if file.stat().st_size < 200e6 else "0"
        worker = [sys.executable, "-m", "benchmarks.model_worker"]
        made = {"rapport": [*worker, "rapport", *asked, repeat]}
        if model == "slope":
            for name in ("statsmodels", "statsmodels_lbfgs"):
                made[name] = [*worker, name, *asked, "0"]
        if self.glmm_python:
            script = str(Path(__file__).parent / "model_worker.py")
            made["glmm"] = [self.glmm_python, script, "glmm", *asked, repeat]
        if shutil.which("Rscript") and file.with_suffix(".csv").exists():
            rest = [str(file.with_suffix(".csv")), *asked[1:]]
            made["lme4"] = ["Rscript", str(R_SCRIPT), "lme4", *rest]
            if family != "gaussian":
                made["glmmTMB"] = ["Rscript", str(R_SCRIPT), "glmmTMB", *rest]
        return {
            name: line
            for name, line in made.items()
            if name not in self.without and (name, model) not in self.tired
        }


def run(line: list[str]) -> dict[str, Any] | None:
    """What one engine printed; None where it failed, with its last line of complaint shown."""
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run(
        line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        print("   ", (done.stderr.strip().splitlines() or ["no output"])[-1][:150])
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def whole_command(model: str, file: Path) -> dict[str, float] | None:
    """Seconds and peak memory of `rapport fit --data FILE`, as GNU time or the clock sees it."""
    family, random = MODELS[model]
    line = [sys.executable, "app.py", "fit", "--data", str(file), "--family", family]
    line += ["--formula", formula(family, random), "--json"]
    began = time.perf_counter()
    child = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, complaint = child.communicate()
    seconds = time.perf_counter() - began
    if child.returncode != 0:
        print("   ", (complaint.decode().strip().splitlines() or ["no output"])[-1][:150])
        return None
    return {"seconds": seconds, "loglik": json.loads(out)["loglik"]}


def compare(model: str, n: int, file: Path, engines: Engines) -> list[dict[str, Any]]:
    """One row per engine: best of the repeats, which take turns; slow engines have one."""
    rows: dict[str, dict[str, Any]] = {}
    for _ in range(REPEATS.get(n, 1)):
        for name, line in engines.commands(model, file).items():
            if name in rows and rows[name]["seconds"] > SLOW:
                continue
            found = run(line)
            if found is None:
                engines.tired.add((name, model))
            elif name not in rows or found["seconds"] < rows[name]["seconds"]:
                rows[name] = {"model": model, "participants": n, "engine": name, **found}
    whole = whole_command(model, file)
    for name, row in rows.items():
        row["ratio"] = row["seconds"] / rows["rapport"]["seconds"] if "rapport" in rows else None
        row["file_seconds"] = whole["seconds"] if whole and name == "rapport" else None
        if row["seconds"] * (12 if n < 25_000 else 10) > engines.patience:
            engines.tired.add((name, model))
    if engines.glmm_python is None:
        engines.tired.add(("glmm", model))
    return list(rows.values())


def accuracy(rows: list[dict[str, Any]]) -> None:
    """Adds how far each engine's log-likelihood and fixed effects are from Rapport's."""
    import numpy as np

    ours = next((row for row in rows if row["engine"] == "rapport"), None)
    for row in rows:
        if ours is None or len(row.get("beta", [])) != len(ours["beta"]):
            continue
        gap = np.subtract(_by_name(row, ours), ours["beta"]) / np.array(ours["se"])
        row["beta_gap_se"] = float(np.abs(gap).max())
        row["loglik_gap"] = row["loglik"] - ours["loglik"] if "loglik" in row else None


def _by_name(row: dict[str, Any], ours: dict[str, Any]) -> list[float]:
    """Engines name and order arms differently: sorted by the name without brackets."""
    if "terms" not in row:
        return list(row["beta"])
    plain = [_plain(term) for term in row["terms"]]
    return [row["beta"][plain.index(_plain(term))] for term in ours["terms"]]


def _plain(term: str) -> str:
    return term.replace("[T.", "").replace("]", "").strip("()")


def show(rows: list[dict[str, Any]]) -> None:
    """The rows as lines of a Markdown table."""
    for row in rows:
        size = f"{row['participants']:,}"
        gap = row.get("beta_gap_se")
        lower = row.get("loglik_gap")
        print(
            f"| {row['model']} | {size} | {row['engine']} | {row['seconds']:.3g} | "
            f"{_ratio(row)} | {row['peak_mb']:.0f} | "
            f"{'' if row['file_seconds'] is None else format(row['file_seconds'], '.3g')} | "
            f"{'' if lower is None else format(lower, '.2g')} | "
            f"{'' if gap is None else format(gap, '.1g')} |",
            flush=True,
        )


def _ratio(row: dict[str, Any]) -> str:
    return "" if row["ratio"] is None else format(row["ratio"], ".3g")


HEAD = (
    "| model | participants | engine | fit, s | of Rapport's | peak, MB | file to result, s | "
    "log-lik. less Rapport's | largest gap of a fixed effect, SE |\n"
    "|---|---:|---|---:|---:|---:|---:|---:|---:|"
)


def main() -> None:
    """Print the table, size by size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", default="250,2500", help="participants, with commas between")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--glmm-python", default=None, help="Python that has the package glmm")
    parser.add_argument(
        "--patience", type=float, default=120, help="seconds for one fit of another engine"
    )
    parser.add_argument("--csv-up-to", type=int, default=25_000, help="largest size given to R")
    parser.add_argument("--without", default="", help="engines to leave out, with commas between")
    asked = parser.parse_args()
    engines = Engines(asked.glmm_python, asked.patience, frozenset(asked.without.split(",")))
    if not shutil.which("Rscript"):
        print("R is not installed: lme4 and glmmTMB are left out.")
    print(HEAD)
    for n in [int(size) for size in asked.sizes.split(",")]:
        for model in asked.models.split(","):
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "table.parquet"
                write_table(file, n, MODELS[model][0])
                if n <= asked.csv_up_to:
                    pl.read_parquet(file).write_csv(file.with_suffix(".csv"))
                rows = compare(model, n, file, engines)
                accuracy(rows)
                show(rows)


if __name__ == "__main__":
    main()
