"""A look into a file: what it is by its content, wherever the look had to stop."""

import gzip
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.sources import sample as module
from etl.sources.sample import sample
from study.errors import UserError


def looked(folder: Path, content: bytes | str):
    path = folder / "file.bin"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return sample(path)


def parquet(folder: Path) -> bytes:
    path = folder / "made.parquet"
    pq.write_table(pa.table({"uuid": ["a"], "event": ["b"]}), path)
    return path.read_bytes()


# -- containers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "container"),
    [
        (b'{"a": 1}\n', "plain"),
        (gzip.compress(b'{"a": 1}\n'), "gzip"),
        (b"".join(gzip.compress(b'{"a": %d}\n' % n) for n in range(5)), "gzip"),
    ],
    ids=["plain", "gzip", "gzip of several members"],
)
def test_lines_of_objects_in_any_container(tmp_path, content, container):
    seen = looked(tmp_path, content)
    assert (seen.container, seen.shape, seen.columns) == (container, "json_lines", ("a",))
    assert seen.is_complete


@pytest.mark.parametrize("codec", ["zstd", "brotli"])
def test_streams_of_other_codecs(tmp_path, codec):
    with pa.CompressedOutputStream(str(tmp_path / "x"), codec) as stream:
        stream.write(b'{"a": 1}\n{"a": 2}\n')
    seen = sample(tmp_path / "x")
    assert (seen.container, seen.shape, len(seen.records)) == (codec, "json_lines", 2)


def test_an_archive_shows_its_first_member_with_something_in_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.json.gz", "w") as file:
        file.writestr("b.json.gz", gzip.compress(b'{"a": 1}\n'))
        file.writestr("a.json.gz", gzip.compress(b""))
    seen = sample(tmp_path / "x.json.gz")
    assert (seen.container, seen.shape, seen.columns) == ("zip", "json_lines", ("a",))
    assert seen.members == ("a.json.gz", "b.json.gz")


def test_an_empty_archive_is_empty(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w"):
        pass
    seen = sample(tmp_path / "x.zip")
    assert (seen.container, seen.shape, seen.members) == ("zip", "empty", ())


def test_parquet_plain_and_in_an_archive(tmp_path):
    content = parquet(tmp_path)
    assert looked(tmp_path, content).columns == ("uuid", "event")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr("a.parquet", content)
    seen = sample(tmp_path / "x.zip")
    assert (seen.container, seen.shape, seen.columns) == ("zip", "parquet", ("uuid", "event"))


def test_parquet_cut_short_is_said_in_words(tmp_path):
    with pytest.raises(UserError, match="begins like Parquet"):
        looked(tmp_path, parquet(tmp_path)[:-8])


def test_a_gzip_file_cut_short_is_looked_into_as_far_as_it_goes(tmp_path):
    lines = "".join(json.dumps({"a": n, "b": n * n * 7919}) + "\n" for n in range(20_000))
    seen = looked(tmp_path, gzip.compress(lines.encode())[:30_000])
    assert (seen.shape, seen.columns, seen.is_complete) == ("json_lines", ("a", "b"), False)


def test_a_gzip_file_with_nothing_readable_is_refused(tmp_path):
    with pytest.raises((UserError, EOFError)):
        looked(tmp_path, gzip.compress(b"a")[:9])


@pytest.mark.parametrize("content", [b"", b"  \n\n", b"\xef\xbb\xbf"])
def test_nothing_is_empty(tmp_path, content):
    assert looked(tmp_path, content).shape == "empty"


# -- encodings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_of_unicode(tmp_path, encoding):
    lines = looked(tmp_path, 'naïve,b\n"é\n,",2\n'.encode(encoding))
    assert (lines.shape, lines.columns) == ("csv", ("naïve", "b"))
    assert lines.records == ({"naïve": "é\n,", "b": "2"},)
    objects = looked(tmp_path, '{"naïve": "é"}\n{"naïve": "ü"}\n'.encode(encoding))
    assert (objects.shape, objects.columns) == ("json_lines", ("naïve",))


# -- tables ---------------------------------------------------------------------------------------


def test_header_cells_with_quoted_line_breaks(tmp_path):
    """Qualtrics writes the question's text into the second row, line breaks and all."""
    seen = looked(
        tmp_path,
        '"Start;\nDate",Q1,"Q2 ""a, b"""\n"Start, date","How\nare, you;;;;?",x\n2025-03-03,4,5\n',
    )
    assert seen.delimiter == ","
    assert seen.columns == ("Start;\nDate", "Q1", 'Q2 "a, b"')
    assert [one["Q1"] for one in seen.records] == ["How\nare, you;;;;?", "4"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path, delimiter):
    seen = looked(tmp_path, f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n")
    assert (seen.delimiter, seen.columns) == (delimiter, ("a", "b", "c"))


def test_a_table_of_one_column(tmp_path):
    seen = looked(tmp_path, "participant\nS01\nS02\n")
    assert (seen.shape, seen.columns, len(seen.records)) == ("csv", ("participant",), 2)


def test_ragged_rows_are_no_records(tmp_path):
    assert looked(tmp_path, "a,b\n1,2\n3\n4,5,6\n").records == ({"a": "1", "b": "2"},)


def test_the_last_row_of_a_look_may_be_cut_and_does_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOK_BYTES", 25)
    seen = looked(tmp_path, "a,b\n" + "1234,5678\n" * 100)
    assert not seen.is_complete
    assert {one["b"] for one in seen.records} == {"5678"}


def test_a_quote_that_nobody_closed_ends_the_look(tmp_path):
    seen = looked(tmp_path, 'a,b\n1,2\n3,"' + "x" * 200_000)
    assert seen.records[0] == {"a": "1", "b": "2"}


# -- JSON -----------------------------------------------------------------------------------------


def document(records: int) -> dict:
    return {
        "meta": {"made": [1, 2], "text": '[{"no": 1}]'},
        "data": [{"id": n, "at": {"time": n}} for n in range(records)],
        "after": 1,
    }


@pytest.mark.parametrize("indent", [None, 2])
def test_an_object_with_a_list_of_records_in_it(tmp_path, indent):
    seen = looked(tmp_path, json.dumps(document(3), indent=indent))
    assert seen.shape == "json"
    assert seen.columns == ("id", "at", "at.time")
    assert [one["id"] for one in seen.records] == [0, 1, 2]
    assert seen.top == ("meta", "data", "after")


@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_of_records(tmp_path, indent):
    seen = looked(tmp_path, json.dumps(document(3)["data"], indent=indent))
    assert (seen.shape, seen.columns, seen.top) == ("json", ("id", "at", "at.time"), ())


@pytest.mark.parametrize("cut", range(60, 400, 13))
@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_cut_by_the_look(tmp_path, monkeypatch, cut, indent):
    monkeypatch.setattr(module, "LOOK_BYTES", cut)
    whole = document(100)
    seen = looked(tmp_path, json.dumps(whole, indent=indent))
    assert (seen.shape, seen.is_complete) == ("json", False)
    assert list(seen.records) == whole["data"][: len(seen.records)]
    assert seen.top == ("meta", "data", "after")[: len(seen.top)]
    listed = looked(tmp_path, json.dumps(whole["data"], indent=indent))
    assert listed.shape == "json"
    assert list(listed.records) == whole["data"][: len(listed.records)]


def test_no_more_records_than_a_look_takes(tmp_path):
    assert len(looked(tmp_path, json.dumps(document(500))).records) == module.LOOK_RECORDS
    lines = "".join(f'{{"a": {n}}}\n' for n in range(500))
    assert len(looked(tmp_path, lines).records) == module.LOOK_RECORDS


def test_a_list_with_one_record_a_line_is_a_document(tmp_path):
    seen = looked(tmp_path, '[\n{"a": 1},\n{"a": 2}\n]\n')
    assert (seen.shape, len(seen.records)) == ("json", 2)


def test_an_object_with_a_list_of_one_record_a_line_is_a_document(tmp_path):
    seen = looked(tmp_path, '{"data": [\n{"a": 1},\n{"a": 2}\n]}\n')
    assert (seen.shape, len(seen.records), seen.top) == ("json", 2, ("data",))


def test_one_event_alone_in_its_file_is_a_line(tmp_path):
    event = {"event": "x", "at": 1, "name": "y", "params": [{"key": "k", "value": {"s": 1}}]}
    seen = looked(tmp_path, json.dumps(event) + "\n")
    assert (seen.shape, seen.columns[0]) == ("json_lines", "event")


def test_a_cover_with_an_empty_list_is_a_document(tmp_path):
    seen = looked(tmp_path, '{"data": []}')
    assert (seen.shape, seen.top, seen.records) == ("json", ("data",), ())


def test_an_object_laid_out_over_lines_is_one_record(tmp_path):
    seen = looked(tmp_path, json.dumps({"a": 1, "b": {"c": 2}}, indent=2))
    assert (seen.shape, seen.columns, seen.top) == ("json", ("a", "b", "b.c"), ("a", "b"))


def test_lines_of_which_the_first_is_damaged(tmp_path):
    seen = looked(tmp_path, '{"a": 1, \n{"a": 2}\n{"a": 3}\n')
    assert (seen.shape, len(seen.records)) == ("json_lines", 2)


def test_json_nested_deeper_than_can_be_read_is_no_record(tmp_path):
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    assert looked(tmp_path, f'{{"b": 1}}\n{deep}\n{{"b": 2}}\n').columns[:1] == ("b",)
    assert looked(tmp_path, deep).records == ()
    assert looked(tmp_path, "[" * 100_000).records == ()
