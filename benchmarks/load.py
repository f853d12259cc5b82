"""How fast exports load and marts build, as ratios to reading the same file and nothing else.

Run with `make bench`, or `python -m benchmarks.load --rows 10000000 --repeat 3 --increment`.
Seconds differ between machines; the ratio to DuckDB's own `create table as select * from read_...`
of the same file, made in the same run, differs little. Every measurement is made in a process of
its own, the plain reading and ours in turn, and medians are told.

The events are made up, and dirty as exports are: 0.5 % come twice, 0.35 % are refused (no time, no
participant, lines that are cut short), each has an id of its own, a time zone or none, and JSON
properties.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load_data import DAYS, SUFFIX, write, write_once

ROOT = Path(__file__).parents[1]


@dataclass
class Bench:
    """One format: files in a folder, and what was measured of them."""

    folder: Path
    kind: str
    memory_limit: str | None
    told: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def run(self, label: str, action: str) -> None:
        """Measure an action in a process of its own."""
        limit = {"RAPPORT_MEMORY_LIMIT": self.memory_limit} if self.memory_limit else {}
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load_worker", action, str(self.folder)],
            cwd=ROOT,
            env=os.environ | limit,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.told.setdefault(label, []).append(json.loads(done.stdout))

    def forget(self) -> None:
        """Remove what was made of the files, and the increment."""
        for name in ("plain", "workspace"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for path in self.folder.glob("events-001.*"):
            path.unlink()

    def median(self, label: str, key: str = "seconds") -> float:
        """Over the repetitions."""
        return statistics.median(one[key] for one in self.told[label])

    def peak(self) -> float:
        """The most memory that any of our own processes had, MB."""
        return max(
            one["peak_mb"] for label, all_ in self.told.items() if label != "plain" for one in all_
        )


def measure(bench: Bench, args: argparse.Namespace) -> None:
    """The plain reading, the load and the build in turn, as often as asked; then the increment."""
    for _ in range(args.repeat):
        bench.forget()
        if not args.no_plain:
            bench.run("plain", "plain")
        bench.run("load", "load")
        if not args.no_build:
            bench.run("build", "build")
        if args.increment:
            more = bench.folder / f"events-001.{SUFFIX[bench.kind]}"
            write(more, max(args.rows // 100, 1), args.participants, day=DAYS, days=1)
            bench.run("more load", "load")
            if not args.no_build:
                bench.run("more build", "build")


def row(bench: Bench) -> str:
    """The line of a format."""
    plain = bench.median("plain") if "plain" in bench.told else float("nan")
    first = bench.median("load")
    parts = [f"{bench.kind:9}", f"{plain:8.1f}", f"{first:8.1f}", f"{first / plain:6.2f}"]
    if "build" in bench.told:
        built = bench.median("build")
        parts += [f"{built:8.1f}", f"{(first + built) / plain:6.2f}"]
        first += built
    if "more load" in bench.told:
        more = bench.median("more load")
        share = more / bench.median("load")
        parts += [f"{more:8.1f}", f"{share:6.1%}"]
    if "more build" in bench.told:
        more += bench.median("more build")
        parts += [f"{more:8.1f}", f"{more / first:6.1%}"]
    return " ".join([*parts, f"{bench.peak():8,.0f}"])


def heading(args: argparse.Namespace) -> str:
    """Names of the columns."""
    parts = [f"{'format':9}", f"{'read s':>8}", f"{'load s':>8}", f"{'ratio':>6}"]
    if not args.no_build:
        parts += [f"{'build s':>8}", f"{'ratio':>6}"]
    if args.increment:
        parts += [f"{'+1 % s':>8}", f"{'share':>6}"]
        if not args.no_build:
            parts += [f"{'+build s':>8}", f"{'share':>6}"]
    return " ".join([*parts, f"{'peak MB':>8}"])


@contextmanager
def _folder(kept: Path | None, kind: str) -> Iterator[Path]:
    """Where a format's files are: in a folder that stays, or in one that is removed."""
    if kept is None:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)
        return
    folder = kept.resolve() / kind
    folder.mkdir(parents=True, exist_ok=True)
    yield folder


def main() -> None:
    """Print one line a format."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--participants", type=int, default=2_000)
    parser.add_argument("--formats", nargs="+", choices=sorted(SUFFIX), default=list(SUFFIX))
    parser.add_argument("--repeat", type=int, default=1, help="measure so often, tell medians")
    parser.add_argument("--increment", action="store_true", help="then load 1 %% more")
    parser.add_argument("--memory-limit", help="for each process, such as 8GB")
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--no-plain", action="store_true", help="leave the comparison out")
    parser.add_argument("--folder", type=Path, help="keep the files here and use them again")
    parser.add_argument("--write-only", action="store_true", help="make the files, measure nothing")
    args = parser.parse_args()
    print(
        f"{args.rows:,} rows of {args.participants:,} participants; ratio to DuckDB reading the "
        "file into a table and nothing else"
    )
    print(heading(args), flush=True)
    for kind in args.formats:
        with _folder(args.folder, kind) as folder:
            bench = Bench(folder, kind, args.memory_limit)
            write_once(folder / f"events-000.{SUFFIX[kind]}", args.rows, args.participants)
            if args.write_only:
                continue
            measure(bench, args)
            bench.forget()
            print(row(bench), flush=True)
            rows = bench.told["load"][0]
            print(
                f"{'':9} read {rows['rows_read']:,} = {rows['rows_loaded']:,} loaded "
                f"+ {rows['rows_duplicate']:,} duplicate + {rows['rows_rejected']:,} rejected"
            )


if __name__ == "__main__":
    main()
