import stat
from datetime import date

import polars as pl
import pytest

from etl.build import build
from etl.build_steps import run_checks
from etl.build_tables import models_table
from queries import sqlfile
from study.definition import ModelPreset
from study.errors import UserError
from study.tables import study_tables
from tests.etl.build_case import MORE_EVENTS, add_events, note_load
from tests.queries.spec import empty_build, insert, make
from warehouse.connect import open_mart, open_raw
from warehouse.lock import build_lock
from warehouse.publish import current_mart
from warehouse.reader import MartReader
from warehouse.workspace import Workspace


def test_a_build_serves_every_mart_and_says_what_it_did(study, workspace):
    outcome = build(study, workspace)
    assert current_mart(workspace) == outcome.path.resolve()
    assert MartReader(workspace).build_id == outcome.build_id
    assert outcome.rows["fct_participants"] == 2
    assert outcome.rows["fct_sessions"] == 3
    assert outcome.rows["dim_weeks"] == 2
    names = {sqlfile.load(path).name for path in sqlfile.all_paths("marts")}
    assert names == {name for name in outcome.rows if not name.startswith("dim_")}
    dims = set(outcome.rows) - names
    assert set(study_tables(study)) | {"dim_build", "dim_basis", "dim_models"} == dims
    assert outcome.warnings == ()


def test_only_marts_and_study_tables_stay_in_the_file(built):
    workspace, outcome = built
    con = open_mart(outcome.path)
    there = {row[0] for row in con.sql("select table_name from duckdb_tables()").fetchall()}
    con.close()
    assert there == set(outcome.rows)
    assert b"free text of a participant" in workspace.raw_path.read_bytes()
    assert b"free text of a participant" not in outcome.path.read_bytes()
    left = {path.name for path in workspace.builds.iterdir()}
    assert left == {outcome.path.name, "current", ".build.lock"}


def test_only_the_owner_may_read_a_build(built_once):
    workspace, outcome = built_once
    assert stat.S_IMODE(outcome.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(workspace.builds.stat().st_mode) == 0o700


def test_the_build_knows_how_far_its_data_reach(study, built):
    _, outcome = built
    con = open_mart(outcome.path)
    row = con.sql("from dim_build").pl().row(0, named=True)
    con.close()
    assert row["build_id"] == outcome.build_id
    assert row["study_hash"] == study.digest
    assert row["as_of_date"] == date(2025, 3, 16)
    assert row["as_of_at"].isoformat() == "2025-03-16T10:00:00"
    assert row["observed_until"] == row["surveys_until"] == date(2025, 3, 15)
    assert row["is_locked"] is False


def test_a_date_in_the_study_file_locks_the_data(study, workspace):
    calendar = study.study.model_copy(update={"as_of": "2025-03-02"})
    outcome = build(study.model_copy(update={"study": calendar}), workspace)
    con = open_mart(outcome.path)
    row = con.sql("from dim_build").pl().row(0, named=True)
    con.close()
    assert outcome.rows["fct_sessions"] == 2
    assert row["as_of_date"] == row["observed_until"] == date(2025, 3, 2)
    assert row["is_locked"] is True


def test_progress_counts_to_the_end(study, workspace):
    steps = []
    build(study, workspace, progress=lambda *step: steps.append(step))
    numbers, totals, names = zip(*steps, strict=True)
    assert list(numbers) == list(range(1, totals[0] + 1))
    assert names[0] == "study tables"
    assert names[-2:] == ("checks", "publish")


def test_without_a_load_there_is_nothing_to_build(study, tmp_path):
    with pytest.raises(UserError, match="rapport load"):
        build(study, Workspace(tmp_path / "elsewhere"))


def test_one_build_at_a_time(study, workspace):
    with build_lock(workspace), pytest.raises(UserError, match="Another build"):
        build(study, workspace)
    assert build(study, workspace).rows["fct_participants"] == 2


def test_a_failed_check_keeps_the_build_before_and_names_no_value(study, built):
    workspace, before = built
    add_events(workspace, MORE_EVENTS)
    assert add_negative(workspace) == 1
    with pytest.raises(UserError, match=r"exposures_are_known \(1\)") as caught:
        build(study, workspace)
    assert "p3" not in str(caught.value)
    assert current_mart(workspace) == before.path.resolve()
    assert len(list(workspace.builds.glob("mart-*"))) == 1


def add_negative(workspace) -> int:
    """An event that the loader would have refused: a negative quantity."""
    con = open_raw(workspace)
    con.execute("update events set quantity = -5, event_name = 'praise_shown' where source_row = 1")
    n_changed = len(con.sql("from events where quantity < 0").fetchall())
    note_load(con, where="quantity < 0")
    con.close()
    return n_changed


def test_warnings_are_told_and_do_not_stop_the_build(study, workspace):
    feature = study.features[0].model_copy(update={"id": "unseen", "exposure_stage": "acted"})
    outcome = build(study.model_copy(update={"features": (*study.features, feature)}), workspace)
    assert len(outcome.warnings) == 1
    assert outcome.warnings[0].startswith("features_have_exposures (1)")


def test_an_error_on_the_way_leaves_nothing_behind(study, built):
    workspace, before = built

    def stop(step: int, total: int, name: str) -> None:
        if name == "fct_scores":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(study, workspace, progress=stop)
    assert current_mart(workspace) == before.path.resolve()
    assert list(workspace.builds.glob("*.part*")) == []


def test_models_have_a_window_of_seven_days_by_default(study):
    assert models_table(study).rows() == [("alliance", "alliance", 7, "count", 0)]
    preset = ModelPreset(id="short", outcome="use", window_days=3, transform="log1p")
    assert models_table(study.model_copy(update={"models": (preset,)})).rows() == [
        ("short", "use", 3, "log1p", 0)
    ]


def test_the_tests_tables_are_those_of_the_study(study):
    con = empty_build()
    for name, frame in study_tables(study).items():
        expected = con.table(name).pl().schema
        found = {key: kind for key, kind in frame.schema.items() if key in expected}
        assert dict(expected) == found, name
    con.close()


BREAKAGES = {
    "facts_are_keyed": "insert into fct_sessions from fct_sessions limit 1",
    "measures_are_keyed": "insert into fct_exposures from fct_exposures limit 1",
    "weeks_have_no_gap": "delete from fct_participant_weeks where study_week = 1",
    "sessions_add_up": "update fct_participant_weeks set n_sessions = n_sessions + 1",
    "scores_are_in_range": "update fct_scores set score = 7.5",
    "item_answers_add_up": "delete from fct_item_answers where occasion_number = 1",
    "ledger_is_consistent": "update fct_ledger set status = 'done'",
    "done_is_at_most_due": "update fct_participant_weeks set done_sessions = due_sessions + 1",
    "windows_are_honest": "update model_rows set n_exposures = 0 where not is_covered",
    "centred_parts_are_centred": "update model_rows set within = within + 1",
    "exposures_are_known": "update fct_exposures set feature_id = 'other'",
    "participants_are_known": "update fct_scores set participant_id = 'other'",
    "receipts_add_up": "update fct_receipts set rows_read = 9",
    "participants_have_day_zero": "update fct_participants set day_zero = null",
    "features_have_exposures": "delete from fct_exposures",
    "arms_are_known": "update fct_participants set arm_id = null",
}


@pytest.fixture(scope="module")
def whole():
    """A build in memory with a row of everything; each test works on a copy."""
    con = empty_build()
    insert(con, "raw.roster", "participant_id | enrolled_date | arm_id\np1 | 2025-03-01 | a")
    insert(con, "dim_arms", "arm_id\na")
    insert(con, "dim_features", "feature_id\npraise")
    insert(con, "dim_feature_events", "feature_id | stage | event_like\npraise | seen | shown")
    insert(con, "dim_items", "item_id\n1")
    insert(con, "dim_scales", "scale_id | min_items | n_items\ntotal | 1 | 1")
    insert(con, "dim_scale_items", "scale_id | item_id\ntotal | 1")
    insert(con, "dim_dimensions", "dimension_id | is_total\nalliance | true")
    insert(con, "dim_dimension_scales", "dimension_id | scale_id\nalliance | total")
    insert(con, "dim_intended_use", "arm_id | study_week | due_sessions\na | 0 | 1")
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name
        p1             | 2025-03-01 10:00 | shown
        p1             | 2025-03-21 10:00 | shown
        """,
    )
    insert(
        con,
        "raw.answers",
        """
        participant_id | answered_at      | item_id | value
        p1             | 2025-03-03 10:00 | 1       | 3
        p1             | 2025-03-09 10:00 | 1       | 4
        """,
    )
    insert(con, "raw.loads", "load_id | started_at | finished_at\nl | 2025-03-02 | 2025-03-02")
    insert(
        con,
        "raw.receipts",
        "load_id | rows_read | rows_loaded | rows_duplicate | rows_rejected\nl | 2 | 2 | 0 | 0",
    )
    make(con, *(sqlfile.load(path).name for path in sqlfile.all_paths("marts")))
    yield con
    con.close()


def test_a_sound_build_passes_every_check(whole):
    assert run_checks(whole) == ()


@pytest.mark.parametrize("path", sqlfile.all_paths("checks"))
def test_every_check_finds_what_it_looks_for(whole, path):
    query = sqlfile.load(path)
    assert query.severity in {"fail", "warn"}
    whole.execute("begin")
    whole.execute(BREAKAGES[query.name])
    found = query.fetch(whole)
    whole.execute("rollback")
    assert isinstance(found, pl.DataFrame)
    assert found.height > 0
