"""The dictionary: entries and their versions, hints for events of no feature, and what changed."""

from datetime import date

import pytest

from access.viewer import local_viewer
from dashboard.dictionary import frames, suggest, view
from dashboard.sources import Sources
from etl.feature_definitions import meanings
from queries import dictionary as reads
from queries.filters import Filters
from study import feature_history
from study.errors import UserError
from study.feature_history import Definitions
from tests.dashboard.mart_fixture import empty_mart, insert

LOCAL = local_viewer()


@pytest.fixture
def small():
    """A reminder known by two properties until 2.1, and a badge in all versions."""
    con = empty_mart()
    insert(con, "dim_principles", [("reminders", "Reminders", "dialogue", "Dialogue support", 9),
        ("rewards", "Rewards", "dialogue", "Dialogue support", 8)])  # fmt: skip
    insert(con, "dim_features", [
        ("nudge", "Nudge", "reminders", "dialogue", "delivered", False, 0),
        ("badge", "Badge", "rewards", "dialogue", "seen", False, 1)])  # fmt: skip
    insert(con, "dim_feature_events", [
        ("nudge", "delivered", 1, "push\\_%", "kind", "nudge", None, "2.1"),
        ("nudge", "delivered", 1, "push\\_%", "channel", "app", None, "2.1"),
        ("badge", "seen", 2, "badge\\_viewed", None, None, None, None)])  # fmt: skip
    start = date(2025, 1, 1)
    insert(con, "fct_participants", [("p1", "a", "s1", start, "2025-01", start, None, None, 1, None,
        None, 0, 0, False, 0, False, 0, True)])  # fmt: skip
    insert(con, "fct_exposures", [("p1", start, 0, 0, "nudge", "delivered", 4.0)])
    insert(con, "fct_app_versions", [("p1", "2.0.5", start), ("p1", "2.10.0", start)])
    insert(con, "fct_unmapped_events", [("badge_view", 7, 1), ("app_open", 9, 1)])
    insert(con, "fct_data_days", [(start, 20, 0)])
    return con


def test_an_entry_says_name_properties_and_versions(small):
    nudge, badge = frames.read_entries(small, LOCAL, Filters()).to_dicts()
    assert nudge["event"] == "push_*"
    assert nudge["properties"] == "channel = app, kind = nudge"
    assert (nudge["versions"], nudge["n_exposures"], nudge["n_participants"]) == ("to 2.1", 4.0, 1)
    assert (badge["versions"], badge["properties"], badge["n_exposures"]) == ("all", "", 0.0)


def test_versions_are_compared_as_numbers(small):
    nudge, badge = frames.read_entries(small, LOCAL, Filters()).to_dicts()
    assert nudge["versions_outside"] == "2.10.0"
    assert badge["versions_outside"] == ""


def test_hints_for_events_of_no_feature(small):
    found = {row["event_name"]: row for row in
             frames.read_unmapped(small, LOCAL, Filters()).iter_rows(named=True)}  # fmt: skip
    assert found["badge_view"]["near"] == "badge_viewed"
    assert (found["badge_view"]["stage"], found["badge_view"]["principle"]) == ("seen", "rewards")
    assert found["app_open"]["is_technical"]
    assert "badge_view" in str(view.unmapped(frames.read_unmapped(small, LOCAL, Filters())))


@pytest.mark.parametrize(
    ("name", "stage", "principle"),
    [
        ("coachMessageAnswered", "acted", "social_role"),
        ("notification_scheduled", "offered", "reminders"),
        ("zzz", None, None),
    ],
)
def test_what_a_name_says(name, stage, principle):
    assert (suggest.stage_of(name), suggest.principle_of(name)) == (stage, principle)


def test_every_guess_is_a_principle_of_the_catalogue():
    from study.psd import BY_ID

    assert set(suggest.PRINCIPLE_WORDS) <= set(BY_ID)


def test_a_suggested_section_is_toml():
    import tomllib

    [feature] = tomllib.loads(suggest.section("badge_viewed"))["features"]
    assert feature["stages"] == {"seen": {"event": "badge_viewed"}}
    assert (feature["id"], feature["principle"]) == ("badge", "rewards")


def test_definitions_are_kept_once_and_compared(small, tmp_path):
    first = meanings(reads.feature_dictionary(small, LOCAL))
    assert first["nudge"]["stage delivered"] == "push_* where channel = app, kind = nudge to 2.1"
    assert feature_history.append(tmp_path, Definitions("b1", date(2025, 1, 1), first))
    assert not feature_history.append(tmp_path, Definitions("b2", date(2025, 1, 2), first))
    second = {"nudge": {**first["nudge"], "counts as exposure": "seen"}, "new": {"label": "New"}}
    assert feature_history.append(tmp_path, Definitions("b3", date(2025, 1, 3), second))
    frame = frames.read_changes(Sources(small, tmp_path), LOCAL, Filters())
    assert frame.select("build_id", "feature_label", "kind", "what", "before", "after").rows() == [
        ("b3", "Nudge", "changed", "counts as exposure", "delivered", "seen"),
        ("b3", "Badge", "gone", "", "", ""),
        ("b3", "New", "new", "", "", ""),
    ]


def test_nothing_changed_before_there_are_two(tmp_path, small):
    assert frames.read_changes(Sources(small, tmp_path), LOCAL, Filters()).is_empty()


def test_a_damaged_line_is_named(tmp_path):
    (tmp_path / feature_history.FILE_NAME).write_text('{"build_id": 1}\n{"half')
    with pytest.raises(UserError, match="line 1"):
        feature_history.read(tmp_path)
