"""How fast exports load and marts build, as ratios to reading the same file and nothing else.

Run with `make bench`, or `python -m benchmarks.load --rows 2000000`. Seconds differ between
machines; the ratio to DuckDB's own `create table as` of the same file, made in the same run,
differs little.
"""

import argparse
import gzip
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from etl.build import build
from etl.load import load
from study.definition import Calendar, EventColumns, EventPattern, Feature, Source, Study
from warehouse.connect import in_memory
from warehouse.workspace import Workspace

SEED = 20250106
N_PARTICIPANTS = 2_000
NAMES = ["app_opened", "screen_viewed", "praise_shown", "session_completed", "mood_logged"]


def events(n_rows: int) -> pl.DataFrame:
    """Made-up events: ids, participants, names, times over twelve weeks."""
    rng = np.random.default_rng(SEED)
    seconds = np.sort(rng.integers(0, 84 * 86_400, n_rows))
    return pl.DataFrame(
        {
            "event_id": [f"e{number:09d}" for number in range(n_rows)],
            "user_id": np.char.mod("P%05d", rng.integers(0, N_PARTICIPANTS, n_rows)),
            "event": rng.choice(NAMES, n_rows),
            "seconds": seconds,
        }
    ).select(
        "event_id",
        "user_id",
        "event",
        at=(pl.datetime(2025, 1, 6) + pl.duration(seconds="seconds")).dt.strftime(
            "%Y-%m-%dT%H:%M:%SZ"
        ),
        step=(pl.col("seconds") % 7),
    )


def write(frame: pl.DataFrame, folder: Path, kind: str) -> Path:
    """The frame as one export file of a kind."""
    if kind == "csv":
        frame.write_csv(folder / "events.csv")
        return folder / "events.csv"
    if kind == "parquet":
        frame.write_parquet(folder / "events.parquet")
        return folder / "events.parquet"
    with gzip.open(folder / "events.jsonl.gz", "wb", compresslevel=1) as file:
        frame.write_ndjson(file)
    return folder / "events.jsonl.gz"


def study(file: Path) -> Study:
    """A study with one source and one feature."""
    columns = EventColumns(name="event", event_id="event_id", time="at", properties=("step",))
    return Study(
        study=Calendar(id="bench", title="Benchmark", day_zero="first_event"),
        sources=(
            Source(id="app", kind="events", path=file.name, participant="user_id", events=columns),
        ),
        features=(
            Feature(
                id="praise",
                label="Praise",
                principle="praise",
                stages={"seen": EventPattern(event="praise_shown")},
            ),
        ),
        folder=file.parent,
        digest="bench",
    )


def seconds_of(action: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def read_only(file: Path, kind: str) -> float:
    """Seconds that DuckDB takes to put the file into a table without looking at it."""
    con = in_memory()
    readers = {
        "csv": lambda: con.read_csv(str(file), all_varchar=True),
        "jsonl.gz": lambda: con.read_json(str(file), format="newline_delimited"),
        "parquet": lambda: con.read_parquet(str(file)),
    }
    return seconds_of(lambda: readers[kind]().create("plain"))


def main() -> None:
    """Print one line a format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    n_rows = parser.parse_args().rows
    frame = events(n_rows)
    print(f"{n_rows:,} rows; seconds, and ratio to reading the file and nothing else")
    print(f"{'format':10} {'read':>7} {'load':>7} {'ratio':>6} {'again':>7} {'build':>7}")
    for kind in ("csv", "jsonl.gz", "parquet"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            file = write(frame, folder, kind)
            made, place = study(file), Workspace(folder / "workspace")
            plain = read_only(file, kind)
            first = seconds_of(lambda made=made, place=place: load(made, place))
            again = seconds_of(lambda made=made, place=place: load(made, place))
            built = seconds_of(lambda made=made, place=place: build(made, place))
        print(f"{kind:10} {plain:7.1f} {first:7.1f} {first / plain:6.1f} {again:7.1f} {built:7.1f}")


if __name__ == "__main__":
    main()
