"""Archives of plain files: one kind of file, read as if it were one."""

import gzip
import zipfile
from pathlib import Path

import polars as pl
import pytest

from etl.sources import zipped as module
from etl.sources.formats import open_reader
from etl.sources.reader import ROW
from study.definition import EventColumns, Source
from study.errors import UserError


def source(**given) -> Source:
    columns = EventColumns(name="n", time="t")
    return Source(id="s", kind="events", path="*", participant="p", events=columns, **given)


def packed(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def read(path: Path, *fields: str):
    reader = open_reader(path, source())
    rows, bad = [], []
    for batch in reader.batches(fields):
        rows += batch.rows.rows()
        bad += [(one.source_row, one.raw_text) for one in batch.bad]
        assert len(reader.raw_text(batch.raw)) == batch.rows.height
    return rows, bad


def parquet(folder: Path, *values: int) -> bytes:
    pl.DataFrame({"a": values}).write_parquet(folder / "x.parquet")
    return (folder / "x.parquet").read_bytes()


def test_one_table(tmp_path):
    path = packed(tmp_path / "x.zip", {"data/x.csv": "a,b\n1,2\n3,4\n"})
    reader = open_reader(path, source())
    assert (reader.format, reader.is_ragged, reader.columns()) == ("CSV", False, ("a", "b"))
    assert read(path, "b") == ([(1, "2"), (2, "4")], [])


def test_tables_are_numbered_on_with_what_is_wrong_in_each(tmp_path):
    files = {
        "2.csv": "b,a\n8,9\n",
        "1.csv": "a,b\n1,2\n3\n",
        "3.csv.gz": gzip.compress(b"a,b\n5,6"),
    }
    path = packed(tmp_path / "x.zip", files)
    assert read(path, "a") == ([(1, "1"), (3, "9"), (4, "5")], [(2, "3")])


def test_json_lines_are_one_stream(tmp_path):
    files = {"a.jsonl": '{"a": 1}\n\noops', "b.jsonl": "", "c.jsonl": '{"a": 2}\n'}
    path = packed(tmp_path / "x.zip", files)
    assert read(path, "a") == ([(1, "1"), (4, "2")], [(3, "oops")])


def test_parquet(tmp_path):
    files = {"a.parquet": parquet(tmp_path, 1, 2), "b.parquet": parquet(tmp_path, 3)}
    path = packed(tmp_path / "x.zip", files)
    assert read(path, "a") == ([(1, "1"), (2, "2"), (3, "3")], [])


def test_small_tables_share_a_batch_and_large_ones_do_not(tmp_path, monkeypatch):
    path = packed(tmp_path / "x.zip", {f"{n:03}.csv": f"a\n{n}\n{n}\n" for n in range(100)})
    reader = open_reader(path, source())
    assert len(list(reader.batches(("a",)))) == 1
    monkeypatch.setattr(module, "BATCH_ROWS", 50)
    batches = list(open_reader(path, source()).batches(("a",)))
    assert [batch.n_records for batch in batches] == [50] * 4
    assert [row for batch in batches for row in batch.rows[ROW]] == list(range(1, 201))


def test_the_text_of_rows_is_that_of_their_own_table(tmp_path, monkeypatch):
    files = {"1.csv": "a,b\n1,2\n", "2.csv": "b,a,c\n3,4,5\n"}
    reader = open_reader(packed(tmp_path / "x.zip", files), source())
    texts = [reader.raw_text(batch.raw).to_list() for batch in reader.batches(("a",))]
    assert texts == [["1,2"], ["3,4,5"]]


def test_a_column_that_only_some_tables_have_is_refused(tmp_path):
    path = packed(tmp_path / "x.zip", {"1.csv": "a,b\n1,2\n", "2.csv": "a,c\n1,2\n"})
    assert read(path, "a") == ([(1, "1"), (2, "1")], [])
    with pytest.raises(
        UserError, match="file 2 of 2 inside it, in order of name, has no column 'b'"
    ):
        read(path, "b")


def test_files_of_two_kinds_are_refused(tmp_path):
    path = packed(tmp_path / "x.zip", {"1.csv": "a,b\n1,2\n", "2.jsonl": '{"a": 1}\n'})
    with pytest.raises(
        UserError, match=r"is JSON Lines, others are CSV. Expected files of one kind"
    ):
        read(path, "a")


def test_an_empty_archive_is_refused_in_words(tmp_path):
    for files in ({}, {"a.csv": ""}):
        with pytest.raises(UserError, match=r"x.zip is a ZIP archive with nothing in it"):
            open_reader(packed(tmp_path / "x.zip", files), source())


def test_an_excel_workbook_is_told(tmp_path):
    files = {"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>", "xl/sheet.xml": "<x/>"}
    with pytest.raises(UserError, match=r"x.xlsx is an Excel workbook.*Save it as CSV"):
        open_reader(packed(tmp_path / "x.xlsx", files), source())


def test_an_archive_in_an_archive_is_refused_in_words(tmp_path):
    inner = packed(tmp_path / "inner.zip", {"a.csv": "a\n1\n"}).read_bytes()
    path = packed(tmp_path / "x.zip", {"inner.zip": inner})
    with pytest.raises(UserError, match="inside another one"):
        open_reader(path, source())
