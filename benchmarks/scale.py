"""What a load and a build cost as events grow, on DuckDB and on Spark, stage by stage.

    python -m benchmarks.scale --events 1e6 1e7 1e8 --engine duckdb
    python -m benchmarks.scale --events 1e6 1e7 --engine spark
    python -m benchmarks.scale --tell

or all of it with `make bench-scale`. Each stage runs in a process of its own: `load` (reading,
judging, removing duplicates), `lake` (events as Parquet by month), `build` (every mart, by the
engine). Events are those of `benchmarks.load`, a thousand a participant, over twelve weeks. What is
measured is kept in a file (`--results`), so that parts can be run one by one; the table holds all
that is there, the last measurement of each, with the slope of cost against rows: 1 means that ten
times the events cost ten times as much.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.load import _folder
from benchmarks.load_data import write_once

ROOT = Path(__file__).parents[1]
ENGINES = ("duckdb", "spark")
PER_PARTICIPANT = 1_000
STAGES = ("load", "lake", "build")
RESULTS = Path(tempfile.gettempdir()) / "rapport-scale.jsonl"
Told = dict[str, float | str]


def measure(n_events: int, engine: str, folder: Path, args: argparse.Namespace) -> Iterator[Told]:
    """Write the file unless it is there, and run the stages one after the other."""
    write_once(folder / "events-000.parquet", n_events, max(n_events // PER_PARTICIPANT, 1))
    limit = {"RAPPORT_MEMORY_LIMIT": args.memory_limit} if args.memory_limit else {}
    for stage in STAGES:
        if stage == "lake" and engine == "duckdb" and not args.lake:
            continue
        words = [stage, str(folder), engine, args.master, *args.spark_conf]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.scale_worker", *words],
            cwd=ROOT,
            env=os.environ | limit,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        # What Spark prints comes first.
        told = json.loads(done.stdout.splitlines()[-1])
        yield {"engine": engine, "events": float(n_events), "stage": stage, **told}


def table(told: list[Told]) -> Iterator[str]:
    """Lines of Markdown: one for each engine, stage and number of events, then the slopes."""
    last = {(str(one["engine"]), str(one["stage"]), float(one["events"])): one for one in told}
    yield (
        "| engine | stage | events | s | processor s | peak MB | written MB | slope of s | "
        "slowest steps |"
    )
    yield "|---|---|---:|---:|---:|---:|---:|---:|---|"
    for engine in ENGINES:
        for stage in STAGES:
            sizes = sorted(size for one, two, size in last if (one, two) == (engine, stage))
            for before, size in zip([None, *sizes], sizes, strict=False):
                one = last[engine, stage, size]
                steep = "" if before is None else slope(last[engine, stage, before], one)
                yield (
                    f"| {engine} | {stage} | {size:,.0f} | {one['seconds']:.1f} | "
                    f"{one['cpu_seconds']:.1f} | {one['peak_mb']:,.0f} | {one['written_mb']:,.0f} "
                    f"| {steep} | {one['slowest']} |"
                )


def slope(small: Told, large: Told) -> str:
    """Of log seconds against log events."""
    rows = math.log(float(large["events"]) / float(small["events"]))
    return f"{math.log(float(large['seconds']) / float(small['seconds'])) / rows:.2f}"


def kept(path: Path) -> list[Told]:
    """What was measured before."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def main() -> None:
    """Measure what is asked for, and print the table of all there is."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--events", nargs="+", type=float, default=[1e6])
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=["duckdb"])
    parser.add_argument("--master", default="local[*]", help="where Spark runs")
    parser.add_argument("--spark-conf", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--memory-limit", help="of DuckDB in each process, such as 8GB")
    parser.add_argument("--lake", action="store_true", help="write the lake for DuckDB, too")
    parser.add_argument("--folder", type=Path, help="keep the files here and use them again")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where measurements are kept")
    parser.add_argument("--tell", action="store_true", help="measure nothing, print the table")
    args = parser.parse_args()
    for n_events in () if args.tell else map(int, args.events):
        for engine in args.engine:
            with _folder(args.folder, f"{engine}-{n_events}") as folder:
                for one in measure(n_events, engine, folder, args):
                    with args.results.open("a") as file:
                        file.write(json.dumps(one) + "\n")
                    print(f"{engine}, {n_events:,} events, {one['stage']}: {one['seconds']:.1f} s")
    print("\n".join(table(kept(args.results))))


if __name__ == "__main__":
    main()
