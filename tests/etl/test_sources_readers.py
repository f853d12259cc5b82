"""Readers: what stands in a file comes out as text, and what is no row is named with its place."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from etl.sources import text
from etl.sources.delimited import DelimitedReader
from etl.sources.formats import open_reader, recognise
from etl.sources.json_lines import JsonLinesReader
from etl.sources.nested import JsonFields
from etl.sources.parquet import ParquetReader
from etl.sources.reader import REST, ROW
from queries import sqlfile
from study.definition import EventColumns, Source
from study.errors import UserError


def read(reader, *fields, rest=False):
    rows, bad = [], []
    for batch in reader.batches(fields, rest=rest):
        rows += batch.rows.rows()
        bad += batch.bad
    return rows, bad


def csv(path: Path, content: bytes, *, delimiter=",", encoding="utf-8", drop=()):
    path.write_bytes(content)
    return DelimitedReader(path, delimiter=delimiter, encoding=encoding, drop=drop)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param("a;b\né;2\n".encode(), "utf-8", id="utf-8"),
        pytest.param("a;b\né;2\n".encode("utf-8-sig"), "utf-8", id="utf-8 with mark"),
        pytest.param("a;b\r\né;2\r\n".encode("latin-1"), "latin-1", id="latin-1, CRLF"),
        pytest.param("a;b\né;2\n".encode("utf-16"), "utf-16", id="utf-16"),
        pytest.param("a;b\né;2\n".encode("utf-16"), "utf-8", id="utf-16, told by its mark"),
        pytest.param("a;b\né;2\n".encode("utf-16-le"), "utf-16-le", id="utf-16-le without mark"),
        pytest.param("a;b\né;2".encode(), "utf-8", id="no line break at the end"),
        pytest.param(gzip.compress("a;b\né;2\n".encode()), "utf-8", id="gzip"),
    ],
)
def test_csv_of_any_encoding_reads_alike(tmp_path, content, encoding):
    reader = csv(tmp_path / "x.dat", content, delimiter=";", encoding=encoding)
    assert reader.columns() == ("a", "b")
    assert read(reader, "b", "a") == ([(1, "2", "é")], [])


def test_csv_ragged_rows_are_refused_alone_with_their_numbers(tmp_path):
    reader = csv(tmp_path / "x.csv", b'a,b\n1,2\n3\n\n"x\ny",4\n5,6,7\n8,9\n')
    rows, bad = read(reader, "a")
    # The blank line is no record; the quoted line break is inside record 3.
    assert rows == [(1, "1"), (3, "x\ny"), (5, "8")]
    assert [(one.source_row, one.raw_text) for one in bad] == [(2, "3"), (4, "5,6,7")]
    assert bad[0].expected == "2 fields, as in the header"


def test_csv_a_quote_left_open_costs_its_own_line_only(tmp_path):
    reader = csv(tmp_path / "x.csv", b'a,b\n1,2\n"3,4\n5,6\n7,"8"\n9,10\n')
    rows, bad = read(reader, "a", "b")
    assert rows == [(1, "1", "2"), (3, "5", "6"), (4, "7", "8"), (5, "9", "10")]
    assert [(one.source_row, one.raw_text) for one in bad] == [(2, '"3,4')]
    assert "quotation mark" in bad[0].expected


def test_csv_row_numbers_go_on_across_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "PIECE_BYTES", 64)
    monkeypatch.setattr(text, "MOST_RECORD_BYTES", 64)
    lines = [f'{n},"é\n{n}"' if n % 7 else f"{n}" for n in range(1, 201)]
    reader = csv(tmp_path / "x.csv", ("a,b\n" + "\n".join(lines) + "\n").encode())
    rows, bad = read(reader, "a", "b")
    assert rows == [(n, str(n), f"é\n{n}") for n in range(1, 201) if n % 7]
    assert [one.source_row for one in bad] == list(range(7, 201, 7))


def test_csv_rows_with_broken_characters_are_refused_alone(tmp_path):
    reader = csv(tmp_path / "x.csv", b"a,b\n1,caf\xe9\n2,ok\n3,n\x00l\n4,\xef\xbf\xbd\n")
    rows, bad = read(reader, "a")
    # U+FFFD that truly stands in the file is a character; beside damage nobody can tell.
    assert rows == [(2, "2")]
    assert [one.source_row for one in bad] == [1, 3, 4]
    assert all("encoding" in one.expected for one in bad)


def test_csv_a_replacement_character_of_the_file_itself_is_no_damage(tmp_path):
    reader = csv(tmp_path / "x.csv", b"a,b\n1,\xef\xbf\xbd\n")
    assert read(reader, "a") == ([(1, "1")], [])


def test_csv_with_a_header_only_has_no_rows(tmp_path):
    assert read(csv(tmp_path / "x.csv", b"a,b"), "a") == ([], [])


def test_csv_with_a_column_twice_is_refused(tmp_path):
    with pytest.raises(UserError, match="columns 1, 3 share a name"):
        csv(tmp_path / "x.csv", b"a,b,a\n1,2,3\n")


def test_csv_declared_utf8_that_is_utf16_says_so(tmp_path):
    with pytest.raises(UserError, match="looks like UTF-16"):
        csv(tmp_path / "x.csv", "a,b\n1,2\n".encode("utf-16-le"))


def test_csv_raw_text_is_without_dropped_columns(tmp_path):
    reader = csv(tmp_path / "x.csv", b'a,ip,c\n"1,5",10.0.0.1,"say ""x"""\n1,2\n', drop=("ip",))
    (batch,) = reader.batches(("a",), rest=True)
    assert reader.raw_text(batch.raw).to_list() == ['"1,5","say ""x"""']
    assert json.loads(batch.rows[REST][0]) == {"c": 'say "x"'}
    # Which field of a ragged row is the dropped one, nobody can say.
    assert [one.raw_text for one in batch.bad] == [None]


def test_csv_reaches_into_a_column_of_json(tmp_path):
    reader = csv(tmp_path / "x.csv", b'a,props\n1,"{""app"":{""v"":""2.1""}}"\n2,oops\n')
    assert reader.has("props.app.v")
    assert read(reader, "props.app.v")[0] == [(1, "2.1"), (2, None)]


def lines(path: Path, *records: str, drop=()):
    path.write_text("".join(f"{record}\n" for record in records), encoding="utf-8")
    return JsonLinesReader(path, encoding="utf-8", drop=drop)


def test_json_lines_fields_by_path(tmp_path):
    reader = lines(
        tmp_path / "x.jsonl",
        '{"a": 1, "app": {"version": "2"}, "$insert_id": "i", "p": {"k": [1, null]}}',
        "",
        '{"app.version": "3", "a": null}',
    )
    rows, bad = read(reader, "a", "app.version", "$insert_id", "p")
    assert rows == [(1, "1", "2", "i", '{"k":[1,null]}'), (3, None, "3", None, None)]
    assert bad == []
    assert {"a", "app.version", "p", "p.k"} <= set(reader.columns())


def test_json_lines_bad_lines_keep_number_and_text(tmp_path):
    reader = lines(tmp_path / "x.jsonl", '{"a": 1}', '{"a": ', "[1]", '"x"', '{"a": 2}')
    rows, bad = read(reader, "a")
    assert rows == [(1, "1"), (5, "2")]
    assert [(one.source_row, one.raw_text) for one in bad] == [
        (2, '{"a": '),
        (3, "[1]"),
        (4, '"x"'),
    ]


def test_json_lines_line_numbers_go_on_across_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "PIECE_BYTES", 50)
    records = [f'{{"a": {n}}}' if n % 5 else "oops" for n in range(1, 101)]
    rows, bad = read(lines(tmp_path / "x.jsonl", *records), "a")
    assert rows == [(n, str(n)) for n in range(1, 101) if n % 5]
    assert [one.source_row for one in bad] == list(range(5, 101, 5))


def test_json_lines_dropped_fields_are_gone_at_any_depth(tmp_path):
    reader = lines(
        tmp_path / "x.jsonl",
        '{"a": 1, "ip": "10.0.0.1", "list": [{"ip": "10.0.0.2", "x": 1}], "who": {"id": 7, "n": 2}}',
        '{"ip": "10.0.0.3", ',
        drop=("ip", "who.id"),
    )
    (batch,) = reader.batches(("a",), rest=True)
    kept = {"list": [{"x": 1}], "who": {"n": 2}}
    assert json.loads(batch.rows[REST][0]) == kept
    assert json.loads(reader.raw_text(batch.raw)[0]) == {"a": 1, **kept}
    # A broken line with a dropped name in it is withheld: nobody can say where the value ends.
    assert [one.raw_text for one in batch.bad] == [None]


def test_json_fields_keep_text_that_holds_no_dropped_name():
    texts = pl.Series(["plain", None, '{"a":{"ip_kind":4}}', '{"ip":1,"b":2}'])
    kept = JsonFields(("ip",)).without(texts)
    assert kept.to_list() == ["plain", None, '{"a":{"ip_kind":4}}', '{"b":2}']


def test_parquet_types_become_text(tmp_path):
    pl.DataFrame(
        {
            "at": [datetime(2025, 3, 30, 0, 30, tzinfo=UTC)],
            "naive": [datetime(2025, 3, 30, 1, 30, 0, 5)],
            "id": [17.0],
            "part": [0.25],
            "flag": [True],
            "none": pl.Series([None], dtype=pl.String),
            "props": [{"kind": "tip", "n": [1, 2]}],
        },
        schema_overrides={"at": pl.Datetime("us", "America/New_York")},
    ).write_parquet(tmp_path / "x.parquet")
    reader = ParquetReader(tmp_path / "x.parquet")
    fields = ("at", "naive", "id", "part", "flag", "none", "props.kind")
    assert read(reader, *fields)[0] == [
        (
            1,
            "2025-03-30T00:30:00.000000+00:00",
            "2025-03-30T01:30:00.000005",
            "17",
            "0.25",
            "true",
            None,
            "tip",
        )
    ]
    ((_, rest),), _ = read(reader, rest=True)
    assert json.loads(json.loads(rest)["props"]) == {"kind": "tip", "n": [1, 2]}


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("x.csv", b'  {"a": 1}\n', "jsonl"),
        ("x.json", b"a,b\n1,2\n", "csv"),
        ("x.txt", gzip.compress(b'{"a": 1}\n'), "jsonl"),
        ("x.gz", b"a,b\n", "csv"),
        ("x.csv", '{"a": 1}\n'.encode("utf-16"), "jsonl"),
    ],
    ids=["json lines", "csv", "gzipped json lines", "csv that is not gzipped", "utf-16"],
)
def test_format_is_told_by_content_not_by_name(tmp_path, name, content, kind):
    (tmp_path / name).write_bytes(content)
    assert recognise(tmp_path / name, source()) == kind


def test_parquet_is_told_by_content(tmp_path):
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "x.csv")
    reader = open_reader(tmp_path / "x.csv", source())
    assert reader.format == "Parquet"
    assert read(reader, "a")[0] == [(1, "1")]
    assert ROW not in reader.columns()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"PK\x03\x04....", "ZIP archive"), (b' [{"a": 1}]', "JSON list"), (b"PAR1oops", "Parquet")],
)
def test_other_formats_are_refused_in_words(tmp_path, content, words):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(UserError, match=words):
        open_reader(tmp_path / "x", source())


def source() -> Source:
    columns = EventColumns(name="n", time="t")
    return Source(id="s", kind="events", path="*", participant="p", events=columns)


def test_a_stopped_query_says_so_and_leaves_the_fields_usable(monkeypatch):
    fields = JsonFields()
    texts = pl.Series(["{}"])

    class Stopped:
        def fetch(self, con, **params):
            raise RuntimeError("Query interrupted")

    with monkeypatch.context() as patched:
        patched.setattr(sqlfile, "load", lambda name: Stopped())
        with pytest.raises(RuntimeError, match="Query interrupted"):
            fields.extract(texts, ["a"])
    assert fields.extract(pl.Series(['{"a": 1}']), ["a"])["a"].to_list() == ["1"]
