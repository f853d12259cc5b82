"""Whatever the dirt: rows read = loaded + duplicate + rejected, twice or in another order."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.load import load_into
from etl.progress import quiet
from etl.sources import delimited, text
from tests.etl.load_study import counts, events, long, roster, study, wide
from warehouse.connect import in_memory

pytestmark = pytest.mark.xdist_group("invariants")  # Takes long: groups begin first.
FEW = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

STAMPS = ["2025-03-05", "2025-03-05T10:00:00Z", "2025-03-06 09:00", "soon", "", "1999-01-01"]
participant = st.sampled_from(["p1", "p2", "p3", " p1", "", "NA"])
dirt = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8)
answer = st.sampled_from(["1", "2", "5", "0", "6", "2,5", "x", "", "N/A"]) | dirt


def record(*fields):
    """A line of a CSV file, or dirt in its place."""
    return st.tuples(*fields).map(",".join) | dirt


event_line = record(participant, st.sampled_from(["open", "shut", ""]), st.sampled_from(STAMPS))
wide_line = record(participant, st.sampled_from(STAMPS), answer, answer, answer)
long_line = record(
    participant, st.sampled_from(STAMPS), st.sampled_from(["mood", "mind"]), answer, answer
)
roster_line = record(participant, st.sampled_from(STAMPS))


def files(line):
    return st.lists(st.lists(line, max_size=20), min_size=1, max_size=3)


def load_all(con, folder, source):
    return load_into(con, study(folder, source, roster("roster.csv")), progress=quiet())


def state(con):
    """What the raw tables hold, without ids and times of the load; files by name, not number."""
    tables = ("events", "answers", "roster", "rejected_rows")
    sql = "select path, one.* exclude (file_number) from {} as one join files using (file_number)"
    return {name: con.sql(f"{sql.format(name)} order by all").fetchall() for name in tables}


KINDS = {
    "events": ("pid,event,time", event_line, events("part-*.csv")),
    "wide answers": ("pid,time,mood_1,mood_2,mood_3", wide_line, wide("part-*.csv")),
    "long answers": ("pid,time,instrument,item,value", long_line, long("part-*.csv")),
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(data=st.data())
def test_every_row_is_accounted_for_in_any_order(kind, data):
    header, line, source = KINDS[kind]
    parts = data.draw(files(line))
    people = data.draw(st.lists(roster_line, max_size=6))
    order = data.draw(st.permutations(range(len(parts))))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "roster.csv").write_text("\n".join(["pid,enrolled", *people]), encoding="utf-8")
        contents = ["\n".join([header, *part]) + "\n" for part in parts]
        at_once, one_by_one = in_memory(), in_memory()
        for number in order:
            path = folder / f"part-{number}.csv"
            path.write_text(contents[number], encoding="utf-8")
            last = load_all(one_by_one, folder, source)
        first = load_all(at_once, folder, source)
        assert first.failed == last.failed == ()
        for receipt in first.receipts:
            read, loaded, duplicate, rejected = counts(receipt)
            assert read == loaded + duplicate + rejected
        assert [counts(a) for a in first.receipts] == [counts(b) for b in last.receipts]
        assert state(at_once) == state(one_by_one)
        before = state(at_once)
        again = load_all(at_once, folder, source)
        assert {receipt.status for receipt in again.receipts} == {"unchanged"}
        assert state(at_once) == before
        at_once.close()
        one_by_one.close()


@FEW
@given(content=st.binary(max_size=200), encoding=st.sampled_from(["utf-8", "latin-1", "utf-16"]))
def test_arbitrary_bytes_never_get_lost(content, encoding):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        header = "pid,event,time\n".encode(encoding)
        (folder / "events.csv").write_bytes(header + content)
        con = in_memory()
        source = events(encoding=encoding, format="csv")
        (receipt,) = load_into(con, study(folder, source), progress=quiet()).receipts
        assert receipt.status == "loaded"
        read, loaded, duplicate, rejected = counts(receipt)
        assert read == loaded + duplicate + rejected
        con.close()


@FEW
@given(
    lines=st.lists(st.text(max_size=10) | st.just('{"pid":"p","event":"e","time":"2025-03-05"}'))
)
def test_arbitrary_json_lines_never_get_lost(lines):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = '{"pid":"p0","event":"e","time":"2025-03-05"}\n' + "\n".join(lines)
        (folder / "events.jsonl").write_bytes(text.encode("utf-8", "surrogatepass"))
        con = in_memory()
        source = events("events.jsonl", format="jsonl")
        (receipt,) = load_into(con, study(folder, source), progress=quiet()).receipts
        assert receipt.status == "loaded"
        assert receipt.rows_read == sum(bool(line.strip()) for line in text.split("\n"))
        con.close()


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["1", "é", 'a"b', "\n", "NaN"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab."), inner),
    max_leaves=5,
)
RECORD = st.fixed_dictionaries(
    {"pid": participant | st.integers(0, 3), "event": st.sampled_from(["open", 7, None])},
    optional={"time": st.sampled_from(STAMPS), "app.version": NESTED, "p": NESTED, "app": NESTED},
)
JSON_LINE = RECORD.map(json.dumps) | st.sampled_from(
    ["", " ", "{", "[]", "1", '{"a":1} x', "\0", "\xff"]
)


FEWER = settings(FEW, max_examples=3)


def loaded_as(monkeypatch, folder, source, size):
    """What a load of the folder leaves behind, read in pieces of so many bytes."""
    monkeypatch.setattr(text, "PIECE_BYTES", size)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", max(size, 200))
    con = in_memory()
    outcome = load_into(con, study(folder, source), progress=quiet())
    for receipt in outcome.receipts:
        read, loaded, duplicate, rejected = counts(receipt)
        assert read == loaded + duplicate + rejected
    held = state(con)
    con.close()
    return [counts(receipt) for receipt in outcome.receipts], held


@FEWER
@given(records=st.lists(JSON_LINE, max_size=20), ending=st.sampled_from(["\n", "\r\n"]))
def test_json_lines_are_the_same_in_pieces_of_any_size(monkeypatch, records, ending):
    first = '{"pid":"p0","event":"e","time":"2025-03-05","app.version":"1","p":{}}'
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = ending.join([first, *records])
        (folder / "events.jsonl").write_bytes(content.encode("latin-1", "replace"))
        columns = {"app_version": "app.version", "properties": "p"}
        source = events("events.jsonl", format="jsonl", columns=columns)
        whole = loaded_as(monkeypatch, folder, source, 1 << 20)
        (read, *_), *_ = whole[0]
        assert read == sum(bool(line.strip()) for line in content.split("\n"))
        for size in (7, 150):
            assert loaded_as(monkeypatch, folder, source, size) == whole


FIELD = st.sampled_from(
    ["p1", "open", "2025-03-05", '"a, b"', '"two\nlines"', '"say ""x"""', "", "é"]
)
CSV_LINE = st.lists(FIELD, min_size=2, max_size=4).map(",".join) | st.sampled_from(
    ["", "\0", "p\xff,e,t"]
)


@FEWER
@given(rows=st.lists(CSV_LINE, max_size=20), ending=st.sampled_from(["\n", "\r\n"]))
def test_csv_is_the_same_in_pieces_of_any_size(monkeypatch, rows, ending):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = ending.join(["pid,event,time", "p0,open,2025-03-05", *rows, ""])
        # Damage is told piece by piece: what else stands in a damaged piece may differ.
        (folder / "events.csv").write_bytes(content.replace("\xff", "ÿ").encode())
        whole = loaded_as(monkeypatch, folder, events(), 1 << 20)
        for size in (7, 150):
            assert loaded_as(monkeypatch, folder, events(), size) == whole
