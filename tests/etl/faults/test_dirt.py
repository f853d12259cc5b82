"""Made-up dirt in any format, packed anyhow, in any split into files and any order of loading."""

import gzip
import io
import json
import tempfile
import zipfile
from contextlib import ExitStack, closing
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.load import load_into
from etl.progress import quiet
from tests.etl.load_study import counts, events, study
from warehouse.connect import in_memory

# Takes long: groups begin first.
pytestmark = [pytest.mark.xdist_group("dirt"), pytest.mark.exhaustive]
FEW = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HEADER = "pid,event,time,n"
TABLES = ("events", "rejected_rows")
ENDS = ["\n", "\r\n"]

participant = st.sampled_from(["p1", "p2", " p1 ", "", "NA", "\u200bp1", "PÄ", "p\u0000", "𝒑1"])
name = st.sampled_from(["open", "shut", "", "öffnen", "o" * 300])
stamp = st.sampled_from(
    ["2025-03-05", "2025-03-05T10:00:00Z", "soon", "", "1e400", "99999999999999999999", "-1"]
)
number = st.sampled_from(["1", "1e308", "1e400", "-0", "9" * 400, "NaN", "inf", "0x1F", "٣", ""])
odd = st.text(st.characters(codec="utf-8"), max_size=6)
cell = odd | st.sampled_from(['"', '""', 'a"b', '"a', 'a"', "a,b", ",", "\x00", "\ufeff", "\u2028"])


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


fields = st.tuples(participant, name, stamp, number | cell | cell.map(quoted))
csv_line = (
    fields.map(",".join)
    | st.lists(cell, max_size=6).map(",".join)
    | st.sampled_from(["", "   ", ",,,", '"', "p1,open,2025-03-05,1", HEADER, 'p1,"op\nen",2025,1'])
)
value = st.none() | st.booleans() | st.integers() | st.floats() | cell | st.just([{"a": [None]}])
json_line = (
    fields.map(lambda one: json.dumps(dict(zip(HEADER.split(","), one, strict=True))))
    | st.dictionaries(st.sampled_from([*HEADER.split(","), "a.b", ""]), value).map(json.dumps)
    | odd
    | st.sampled_from(
        ["", "{}", "[]", "null", "{", '{"pid":', '{"pid":"p1","pid":"p2"}', "1" * 500]
    )
)
wrong = st.sampled_from([b"", b"\xff", b"\xe2\x82", b"\x00", b"\xed\xa0\x80", b"\r", b"\n\n"])


@st.composite
def csv_file(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(csv_line, max_size=10))
    text = HEADER + draw(st.sampled_from(ENDS))
    for line in lines:
        text += line + draw(st.sampled_from(ENDS))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    data = (mark + text).encode("utf-8", "surrogatepass")
    place = draw(st.integers(len(HEADER) + 5, len(data) + 5))
    return data[:place] + draw(wrong) + data[place:]


@st.composite
def json_file(draw: st.DrawFn) -> bytes:
    lines = ['{"pid":"p0","event":"open","time":"2025-03-05","n":1}', *draw(st.lists(json_line))]
    text = "".join(line + draw(st.sampled_from(ENDS)) for line in lines)
    data = text.encode("utf-8", "surrogatepass")
    place = draw(st.integers(60, len(data) + 60))
    return data[:place] + draw(wrong) + data[place:]


@st.composite
def parquet_file(draw: st.DrawFn) -> bytes:
    rows = draw(st.lists(st.tuples(participant, name, stamp, cell), max_size=8))
    kinds = dict.fromkeys(HEADER.split(","), pl.String)
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    if draw(st.booleans()):
        numbers = [draw(st.none() | st.floats() | st.just(2.0**70)) for _ in rows]
        frame = frame.with_columns(n=pl.Series(numbers, dtype=pl.Float64))
    made = io.BytesIO()
    frame.write_parquet(made)
    return made.getvalue()


def as_it_is(data: bytes, more: bytes) -> bytes:
    del more
    return data


def gzipped(data: bytes, more: bytes) -> bytes:
    """In two members, as by appending: one stream to whoever reads it."""
    del more
    half = len(data) // 2
    return gzip.compress(data[:half], mtime=0) + gzip.compress(data[half:], mtime=0)


def zipped(data: bytes, more: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/1", data)
        file.writestr("a/2", more)
        file.writestr("a/3", b"")
    return made.getvalue()


KINDS = {"csv": csv_file(), "jsonl": json_file(), "parquet": parquet_file()}
packing = st.sampled_from([as_it_is, gzipped, zipped])


def held(con):
    """What the raw tables hold, files by name: without the numbers that loads gave them."""
    sql = "select path, one.* exclude (file_number) from {} as one join files using (file_number)"
    return {table: con.sql(f"{sql.format(table)} order by all").fetchall() for table in TABLES}


def load_all(con, folder, kind):
    # The properties hold all that is not mapped.
    columns = {"quantity": "n", "properties": "*"}
    source = events("part-*", columns=columns, format="auto" if kind == "parquet" else kind)
    return load_into(con, study(folder, source), progress=quiet())


def assert_adds_up(con, outcome):
    assert not outcome.failed
    for receipt in outcome.receipts:
        read, *ends = counts(receipt)
        assert read == sum(ends)
    sql = """
        select path, rows_read, count(distinct source_row), count(distinct source_row) filter (loaded)
        from files left join (
            select file_number, source_row, status = 'loaded' as loaded from events
            union all select file_number, source_row, false from rejected_rows
        ) using (file_number) group by all
    """
    found = {path: counted for path, *counted in con.sql(sql).fetchall()}
    for receipt in outcome.receipts:
        expected = [receipt.rows_read, receipt.rows_read, receipt.rows_loaded]
        assert found[receipt.source_file] == expected


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(data=st.data())
def test_it_adds_up_in_any_order_and_again(kind, data):
    parts = data.draw(
        st.lists(st.tuples(KINDS[kind], KINDS[kind], packing), min_size=1, max_size=3)
    )
    order = data.draw(st.permutations(range(len(parts))))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        at_once = stack.enter_context(closing(in_memory()))
        one_by_one = stack.enter_context(closing(in_memory()))
        for place in order:
            first, second, packed = parts[place]
            (folder / f"part-{place}").write_bytes(packed(first, second))
            last = load_all(one_by_one, folder, kind)
        outcome = load_all(at_once, folder, kind)
        assert_adds_up(at_once, outcome)
        assert_adds_up(one_by_one, last)
        assert [counts(one) for one in outcome.receipts] == [counts(one) for one in last.receipts]
        before = held(at_once)
        assert before == held(one_by_one)
        again = load_all(at_once, folder, kind)
        assert {one.status for one in again.receipts} == {"unchanged"}
        assert held(at_once) == before


@FEW
@given(lines=st.lists(csv_line.filter(lambda line: "\n" not in line), max_size=12))
def test_a_csv_line_is_read_or_refused_and_no_line_takes_another_along(lines):
    """Lines whose quotation marks are all whole are one record each, whatever stands beside."""
    with tempfile.TemporaryDirectory() as name, closing(in_memory()) as con:
        folder = Path(name)
        good = [f"p{place},open,2025-03-05,{place}" for place in range(len(lines))]
        text = "\n".join([HEADER, *(one for pair in zip(good, lines, strict=True) for one in pair)])
        (folder / "part-1").write_bytes(text.encode("utf-8", "surrogatepass"))
        outcome = load_all(con, folder, "csv")
        assert_adds_up(con, outcome)
        kept = con.sql("select count(*) from events where starts_with(participant_id, 'p')")
        n_torn = sum(line.count('"') > 0 for line in lines)
        assert kept.fetchall()[0][0] >= len(good) - n_torn
