"""Made-up events, dirty as exports are, written a million at a time."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

SEED = 20250106
DAYS = 84
CHUNK_ROWS = 1_000_000
NAMES = ("app_opened", "screen_viewed", "praise_shown", "session_completed", "mood_logged")
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "")
SHARE_TWICE = 0.005
SHARE_NO_TIME, SHARE_NOBODY, SHARE_BROKEN = 0.0015, 0.0010, 0.0010
SUFFIX = {"csv": "csv", "jsonl.gz": "jsonl.gz", "parquet": "parquet"}


def write_once(path: Path, n_rows: int, n_participants: int) -> None:
    """The same file as `write`, unless it was written before: a note beside it says so."""
    note = path.with_name("made.txt")
    made = f"{SEED} {DAYS} {n_rows} {n_participants}\n"
    if path.exists() and note.exists() and note.read_text() == made:
        return
    note.unlink(missing_ok=True)
    write(path, n_rows, n_participants)
    note.write_text(made)


def write(path: Path, n_rows: int, n_participants: int, *, day: int = 0, days: int = DAYS) -> None:
    """One export file of the kind that its name says, of some days of the study."""
    frames = chunks(n_rows, n_participants, day=day, days=days)
    if path.name.endswith(".parquet"):
        _write_parquet(path, frames)
    elif path.name.endswith(".csv"):
        _write_csv(path, frames)
    else:
        _write_json_lines(path, frames)


def chunks(
    n_rows: int, n_participants: int, *, day: int = 0, days: int = DAYS
) -> Iterator[pl.DataFrame]:
    """Events in order of time; `is_broken` tells lines that the writer breaks."""
    rng = np.random.default_rng(SEED + day)
    for first in range(0, n_rows, CHUNK_ROWS):
        count = min(CHUNK_ROWS, n_rows - first)
        begin, end = (day + days * part / n_rows for part in (first, first + count))
        seconds = np.sort(rng.integers(int(begin * 86_400), int(end * 86_400) + 1, count))
        numbers = np.arange(first, first + count)
        is_twice = rng.random(count) < SHARE_TWICE
        numbers[is_twice] = np.maximum(numbers[is_twice] - 7, 0)
        fate = rng.random(count)
        yield pl.DataFrame(
            {
                "number": numbers,
                "person": rng.integers(0, n_participants, count),
                "event": rng.choice(NAMES, count),
                "tz": rng.choice(ZONES, count),
                "screen": rng.integers(0, 50, count),
                "seconds": seconds,
                "fate": fate,
            }
        ).select(
            event_id=pl.format(f"{day:03}-{{}}", pl.col("number").cast(pl.String).str.zfill(9)),
            user_id=pl.when(pl.col("fate").is_between(SHARE_NO_TIME, SHARE_NO_TIME + SHARE_NOBODY))
            .then(pl.lit(""))
            .otherwise(pl.format("P{}", pl.col("person").cast(pl.String).str.zfill(6))),
            event="event",
            at=pl.when(pl.col("fate") < SHARE_NO_TIME)
            .then(pl.lit("soon"))
            .otherwise(
                (pl.datetime(2025, 1, 6) + pl.duration(seconds="seconds")).dt.strftime(
                    "%Y-%m-%dT%H:%M:%SZ"
                )
            ),
            tz="tz",
            screen=pl.format("s{}", "screen"),
            duration=pl.col("seconds") % 600,
            is_broken=pl.col("fate") > 1 - SHARE_BROKEN,
        )


def _write_csv(path: Path, frames: Iterator[pl.DataFrame]) -> None:
    with path.open("wb") as file:
        for number, frame in enumerate(frames):
            # A line that is cut short, as where a process was stopped.
            lines = _flat(frame).write_csv(include_header=number == 0).encode().splitlines(True)
            first = 1 if number == 0 else 0
            for place in np.flatnonzero(frame["is_broken"].to_numpy()):
                lines[first + place] = lines[first + place][:25] + b"\n"
            file.writelines(lines)


def _write_json_lines(path: Path, frames: Iterator[pl.DataFrame]) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        for frame in frames:
            nested = frame.select(
                "event_id", "user_id", "event", "at", "tz", properties=_properties()
            )
            lines = nested.write_ndjson().encode().splitlines(True)
            for place in np.flatnonzero(frame["is_broken"].to_numpy()):
                lines[place] = lines[place][:40] + b"\n"
            file.writelines(lines)


def _write_parquet(path: Path, frames: Iterator[pl.DataFrame]) -> None:
    writer = None
    for frame in frames:
        table = _flat(frame).to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    json = _properties().struct.json_encode().alias("properties")
    return frame.select("event_id", "user_id", "event", "at", "tz", json)


def _properties() -> pl.Expr:
    variant = pl.lit("b").alias("variant")
    return pl.struct("screen", "duration", variant).alias("properties")
