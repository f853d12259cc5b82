"""Whatever the dirt: rows read = loaded + duplicate + rejected, twice or in another order."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.load import load_into
from etl.progress import quiet
from tests.etl.load_study import counts, events, long, roster, study, wide
from warehouse.connect import in_memory

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])

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
    return st.lists(st.lists(line, max_size=12), min_size=1, max_size=3)


def load_all(con, folder, source):
    return load_into(con, study(folder, source, roster("roster.csv")), progress=quiet())


def state(con):
    """What the raw tables hold, without ids and times of the load."""
    tables = ("events", "answers", "roster", "rejected_rows")
    return {name: con.sql(f"from {name} select * order by all").fetchall() for name in tables}


KINDS = {
    "events": ("pid,event,time", event_line, events("part-*.csv")),
    "wide answers": ("pid,time,mood_1,mood_2,mood_3", wide_line, wide("part-*.csv")),
    "long answers": ("pid,time,instrument,item,value", long_line, long("part-*.csv")),
}


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
        assert first.exit_code == last.exit_code == 0
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
