"""A load looks only at what it touches, and says whose data it changed: nobody else's, and all of
theirs."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.load import load_into
from etl.progress import quiet
from tests.etl.load_study import counts, events, long, roster, run, study, write
from tests.etl.load_study import raw as rows_of
from warehouse.connect import in_memory

pytestmark = pytest.mark.xdist_group("load increments")  # Takes long: groups begin first.
FEW = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
EVENT = st.tuples(
    st.sampled_from(["p1", "p2", "p3"]),
    st.sampled_from(["open", "shut"]),
    st.sampled_from(["2025-03-05T10:00:00Z", "2025-03-06T10:00:00Z", "2025-03-07", "soon"]),
    st.sampled_from(["a", "b", "c", "d", "e", ""]),
).map(",".join)
ANSWER = st.tuples(
    st.sampled_from(["p1", "p2", "p3"]),
    st.sampled_from(["2025-03-05", "2025-03-06"]),
    st.just("mood"),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["1", "4", "", "9"]),
).map(",".join)
PERSON = st.sampled_from(["p1,2025-03-01", "p2,2025-03-01", "p3,2025-03-02", "p1,2025-03-04"])
HEADS = {
    "events": "pid,event,time,id",
    "answers": "pid,time,instrument,item,value",
    "roster": "pid,enrolled",
}
FILES = ("events-1.csv", "events-2.csv", "answers-1.csv", "answers-2.csv", "roster.csv")
CONTENT = {"events": EVENT, "answers": ANSWER, "roster": PERSON}


def change(name):
    lines = st.lists(CONTENT[name.split("-")[0].removesuffix(".csv")], min_size=1, max_size=6)
    return st.tuples(st.just(name), lines)


CHANGES = st.lists(st.sampled_from(FILES).flatmap(change), min_size=1, max_size=4)


def put(folder, name, lines):
    head = HEADS[name.split("-")[0].removesuffix(".csv")]
    (folder / name).write_text("\n".join([head, *lines, ""]), encoding="utf-8")


def whole(folder):
    by_id = {"event_id": "id"}
    return study(
        folder,
        events("events-*.csv", columns=by_id),
        long("answers-*.csv"),
        roster(),
    )


def load(con, folder):
    # A file has no fewer rows than before, or none: the test writes what it likes.
    return load_into(con, whole(folder), progress=quiet())


def state(con):
    tables = ("events", "answers", "roster", "rejected_rows")
    sql = "select path, one.* exclude (file_number) from {} as one join files using (file_number)"
    held = {name: con.sql(f"{sql.format(name)} order by all").fetchall() for name in tables}
    counted = "select path, rows_read, rows_loaded, rows_duplicate, rows_rejected, cells_refused"
    return held | {"files": con.sql(f"{counted} from files order by all").fetchall()}


EVENTS = """
    select participant_id, occurred_at, dedupe_key, event_name, local_date from events
    where status = 'loaded'
"""
OTHERS = """
    select participant_id, concat_ws('|', instrument_id, item_id, answered_at, value) from answers
    where status = 'loaded'
    union all
    select participant_id, concat_ws('|', 'roster', enrolled_at) from roster
    where status = 'loaded'
"""


def expected_changes(before, after):
    """Participant by participant: the first event that differs, or None where only others do."""
    found = {}
    for one in set(before[1]).symmetric_difference(after[1]):
        found[one[0]] = None
    moments = {}
    for one in set(before[0]).symmetric_difference(after[0]):
        moments.setdefault(one[0], []).append(one[1])
    return found | {who: min(all_) for who, all_ in moments.items()}


@pytest.mark.exhaustive
@FEW
@given(first=CHANGES, steps=st.lists(CHANGES, min_size=1, max_size=3))
def test_increments_end_as_a_load_of_everything_and_name_who_changed(monkeypatch, first, steps):
    monkeypatch.setattr("etl.load.MOST_SHARE", 1e9)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in FILES:
            put(folder, file, ["p1,2025-03-01"] if file == "roster.csv" else [])
        con = in_memory()
        for file, lines in first:
            put(folder, file, lines)
        load(con, folder)
        for step in steps:
            before = con.sql(EVENTS).fetchall(), con.sql(OTHERS).fetchall()
            for file, lines in step:
                put(folder, file, lines)
            outcome = load(con, folder)
            assert not outcome.failed
            for receipt in outcome.receipts:
                read, *ends = counts(receipt)
                assert read == sum(ends)
            after = con.sql(EVENTS).fetchall(), con.sql(OTHERS).fetchall()
            noted = con.sql(
                "select participant_id, events_from from participant_changes "
                "where load_number = (select max(load_number) from loads)"
            ).fetchall()
            assert dict(noted) == expected_changes(before, after)
            assert len(noted) == len(dict(noted))
        fresh = in_memory()
        load(fresh, folder)
        assert state(con) == state(fresh)
        con.close()
        fresh.close()


@pytest.fixture
def watched(monkeypatch):
    """Names of the loading queries that were run."""
    from queries import sqlfile

    seen = []
    execute = sqlfile.Query.execute

    def noting(query, con, **params):
        seen.append(query.name)
        execute(query, con, **params)

    monkeypatch.setattr(sqlfile.Query, "execute", noting)
    return seen


def test_a_small_file_more_does_not_rank_the_history(tmp_path, watched):
    lines = [f"p{n % 7},open,2025-03-05T10:{n % 60:02}:00Z" for n in range(200)]
    write(tmp_path / "events-1.csv", "pid,event,time", *lines)
    one = study(tmp_path, events("events-*.csv"))
    run(one)
    assert "rivals" in watched
    watched.clear()
    write(tmp_path / "events-2.csv", "pid,event,time", lines[0], "p1,open,2025-03-09T10:00:00Z")
    _, second = run(one).receipts
    assert counts(second) == (2, 1, 1, 0)
    assert "touched_rivals" in watched
    assert not {"rivals", "resolved_answers", "insert_every_participant"} & set(watched)
    changes = "select participant_id, cast(events_from as varchar) from participant_changes "
    assert rows_of(one, changes + "where load_number = 2") == [("p1", "2025-03-09 10:00:00")]
    watched.clear()
    assert {receipt.status for receipt in run(one).receipts} == {"unchanged"}
    assert not {"touched_rivals", "rivals", "counted_files"} & set(watched)
    assert rows_of(one, "select count(*) from participant_changes where load_number > 2") == [(0,)]


def test_the_first_load_names_everybody_from_the_very_first_event(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time", "p1,open,2025-03-06", "p1,open,2025-03-05")
    write(tmp_path / "roster.csv", "pid,enrolled", "p1,2025-03-01", "p2,2025-03-01")
    one = study(tmp_path, events(), roster())
    run(one)
    changes = "select participant_id, load_number, cast(events_from as varchar) from "
    assert rows_of(one, f"{changes} participant_changes order by all") == [
        ("p1", 1, "1900-01-01 00:00:00"),
        ("p2", 1, "1900-01-01 00:00:00"),
    ]


def test_numbers_of_files_are_never_given_twice(tmp_path):
    for number in (1, 2):
        write(tmp_path / f"events-{number}.csv", "pid,event,time", f"p{number},open,2025-03-05")
    one = study(tmp_path, events("events-*.csv"))
    run(one)
    before = dict(rows_of(one, "select path, file_number from files"))
    run(study(tmp_path, events("events-1.csv")))
    run(one)
    after = dict(rows_of(one, "select path, file_number from files"))
    assert after["events-1.csv"] == before["events-1.csv"]
    assert after["events-2.csv"] not in before.values()
