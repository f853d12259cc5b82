"""Parquet by the quick way and by the careful one: the same rows, whichever is taken."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.landing import ANY_BATCH
from etl.sources import parquet
from etl.sources.delimited import DelimitedReader
from etl.sources.json_lines import JsonLinesReader
from etl.sources.parquet import ParquetReader, _is_plain
from etl.sources.reader import ROW

N = 7
TABLE = pa.table(
    {
        "who": ["p1", "", None, "p1", " p2", "é\n", "p4"],
        "whole": pa.array([1, None, 3, 4, 5, 6, 2**62], pa.int64()),
        "small": pa.array(range(N), pa.uint8()),
        "part": pa.array([1.5, 2.0, None, float("nan"), 1e300, -0.0, 1e-9], pa.float64()),
        "single": pa.array([0.1, 2.0, None, 1e30, 0, 1, 2], pa.float32()),
        "is_on": [True, False, None, True, True, False, False],
        "day": [date(2025, 3, 1), None, *[date(1999, 12, 31)] * 5],
        "at": pa.array([datetime(2025, 3, 1, 2, 3, 4, 5), None] + [datetime(1970, 1, 1)] * 5),
        "utc": pa.array([datetime(2025, 3, 30, 1, tzinfo=UTC)] * N, pa.timestamp("ms", "UTC")),
    }
)


def written(folder, table=TABLE, **how):
    path = folder / "events.parquet"
    pq.write_table(table, path, **how)
    return path


def rows(path, names=TABLE.column_names):
    """Every field as the reader gives it, and the text of the rows."""
    reader = ParquetReader(path)
    found = []
    for batch in list(reader.batches(names)):
        text = reader.raw_text(batch.raw)
        found += zip(batch.rows.rows(), text, strict=True)
    return found


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("group", [2, 100])
def test_the_quick_way_gives_what_the_careful_one_gives(tmp_path, monkeypatch, size, group):
    path = written(tmp_path, row_group_size=group)
    monkeypatch.setattr(parquet, "BATCH_ROWS", size)
    with pq.ParquetFile(path) as file:
        assert _is_plain(path, file)
    quick = rows(path)
    monkeypatch.setattr(parquet, "_is_plain", lambda path, file: False)
    assert quick == rows(path)
    assert [one[0][0] for one in quick] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([Decimal("1.50")]),
        pa.array(["a"]).dictionary_encode(),
        pa.array([[1, 2]]),
        pa.array([{"a": 1}]),
        pa.array([b"x"]),
        pa.array([None], pa.null()),
        pa.array([datetime(2025, 3, 1)], pa.timestamp("ns")),
        pa.array([datetime(2025, 3, 1)], pa.timestamp("us", "Europe/London")),
    ],
    ids=lambda one: str(one.type),
)
def test_other_types_go_the_careful_way(tmp_path, column):
    path = written(tmp_path, pa.table({"who": ["p1"], "x": column}))
    with pq.ParquetFile(path) as file:
        assert not _is_plain(path, file)
    assert rows(path, ["who"])[0][0] == (1, "p1")


def test_where_the_quick_way_ends_the_careful_one_goes_on(tmp_path, monkeypatch):
    path = written(tmp_path)
    expected = rows(path)
    monkeypatch.setattr(parquet, "BATCH_ROWS", 3)

    def one_slice(path, n_rows, size):
        yield pl.read_parquet(path).head(size)
        raise pl.exceptions.ComputeError("invalid utf-8")

    monkeypatch.setattr(parquet, "_slices", one_slice)
    assert rows(path) == expected


def test_the_path_is_no_pattern(tmp_path):
    path = tmp_path / "a[1]*.parquet"
    pq.write_table(TABLE, path)
    assert len(rows(path)) == N


def text_of(kind):
    return {"csv": "who,n\np1,1\np2,2\np3,3\np4,4\n"}.get(
        kind, "".join(f'{{"who":"p{n}","n":{n}}}\n' for n in range(1, 5))
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_texts_of_rows_are_given_of_any_batch(tmp_path, monkeypatch, kind):
    path = tmp_path / f"x.{kind}"
    path.write_text(text_of(kind), encoding="utf-8")
    monkeypatch.setattr("etl.sources.text.PIECE_BYTES", 12)
    reader = (
        DelimitedReader(path, delimiter=",", encoding="utf-8", drop=("who",))
        if kind == "csv"
        else JsonLinesReader(path, encoding="utf-8", drop=("who",))
    )
    assert isinstance(reader, ANY_BATCH)
    batches = list(reader.batches(["n"]))
    assert len(batches) > 1
    texts = {
        row: text
        for batch in reversed(batches)
        for row, text in zip(batch.raw[ROW], reader.raw_text(batch.raw), strict=True)
    }
    assert texts == {n: str(n) if kind == "csv" else f'{{"n":{n}}}' for n in range(1, 5)}


@pytest.mark.parametrize("error", [pl.exceptions.ComputeError, pl.exceptions.PanicException])
def test_a_file_that_the_quick_way_will_not_look_at_goes_the_careful_one(
    tmp_path, monkeypatch, error
):
    path = written(tmp_path)
    expected = rows(path)

    def refuse(*_, **__):
        raise error("no")

    monkeypatch.setattr(parquet.pl, "scan_parquet", refuse)
    assert rows(path) == expected
