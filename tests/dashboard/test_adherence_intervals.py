"""What stands between the reads and the figures of the Adherence page: intervals, curves, rows."""

from datetime import date

import polars as pl
import pytest

from dashboard import attrition, ledger_grid
from dashboard.shares import with_clustered_interval


def sums(pairs):
    """The sums of (done, due) per participant."""
    return pl.DataFrame(
        {
            "n_due": [sum(due for _, due in pairs)],
            "n_done": [sum(done for done, _ in pairs)],
            "n_participants_due": [len(pairs)],
            "sum_done_squared": [float(sum(done**2 for done, _ in pairs))],
            "sum_done_due": [float(sum(done * due for done, due in pairs))],
            "sum_due_squared": [float(sum(due**2 for _, due in pairs))],
        }
    )


def interval(pairs):
    return with_clustered_interval(sums(pairs)).select("share", "ci_low", "ci_high").row(0)


def test_one_session_each_gives_wilsons_interval():
    # Wilson for 8 of 10, as in any textbook table: 0.490 to 0.943.
    share, low, high = interval([(1, 1)] * 8 + [(0, 1)] * 2)
    assert share == pytest.approx(0.8)
    assert (low, high) == pytest.approx((0.49016, 0.94331), abs=1e-5)


def test_sessions_of_one_participant_count_as_one_cluster():
    # Everybody does both or neither: four sessions say no more than two participants.
    together = interval([(2, 2), (0, 2)] * 5)
    alone = interval([(1, 1), (0, 1)] * 5)
    assert together == pytest.approx(alone)


def test_the_design_effect_never_narrows_the_interval():
    # Everybody does exactly one of two: less spread than chance, treated as chance.
    assert interval([(1, 2)] * 10) == pytest.approx(interval([(1, 1), (0, 1)] * 10))


@pytest.mark.parametrize(("done", "share"), [(2, 1.0), (0, 0.0)])
def test_all_or_none_done_stays_on_the_scale_and_counts_participants(done, share):
    found, low, high = interval([(done, 2)] * 6)
    alone = interval([(done // 2, 1)] * 6)
    assert found == share
    assert (low, high) == pytest.approx(alone[1:])
    assert 0 <= low < high <= 1


def test_nothing_due_has_no_share():
    assert interval([(0, 0)]) == (None, None, None)


def test_the_frame_of_shares_is_not_modified():
    frame = sums([(1, 1), (0, 1)])
    before = frame.clone()
    with_clustered_interval(frame)
    assert frame.equals(before)


PEOPLE = pl.DataFrame(
    {
        "arm_id": ["b", "a", "a", "a", "a"],
        "arm_label": ["Beta", "Alpha", "Alpha", "Alpha", "Alpha"],
        "arm_position": [1, 0, 0, 0, 0],
        "days": [9, 2, 4, 4, None],
        "ended": [False, True, True, False, None],
    },
    schema_overrides={"arm_position": pl.Int32},
)


def test_curves_are_kaplan_meier_by_arm_in_the_arms_order():
    frame = attrition.curves(PEOPLE, day="days", is_event="ended")
    assert frame["arm_id"].to_list() == ["a", "a", "b"]
    assert frame.filter(arm_id="a")["survival"].to_list() == pytest.approx([2 / 3, 1 / 3])
    assert frame.filter(arm_id="a")["n_at_risk"].to_list() == [3, 2]
    assert frame.filter(arm_id="a")["n_participants"].to_list() == [3, 3]
    assert frame.filter(arm_id="a")["half_life"].to_list() == [4, 4]
    assert frame.filter(arm_id="b")["half_life"].to_list() == [None]


def test_without_anybody_there_is_an_empty_frame_of_the_same_columns():
    frame = attrition.curves(PEOPLE.clear(), day="days", is_event="ended")
    assert frame.is_empty()
    assert frame.columns == list(attrition.SCHEMA)


def weeks(rows):
    """Rows of (participant, site position, enrolled day, week, status, due, done)."""
    return pl.DataFrame(
        [
            {
                "participant_id": pid,
                "arm_label": "Arm",
                "site_label": f"Site {site}",
                "site_position": site,
                "enrolled_date": date(2025, 1, day),
                "study_week": week,
                "week_start": date(2025, 1, day),
                "is_running_week": week == 9,
                "n_sessions": done,
                "n_due": due,
                "n_done": done,
                "n_late": 0,
                "n_open": int(status == "open"),
                "n_missed": due - done if status != "open" else 0,
                "n_excused": 0,
                "status": status,
            }
            for pid, site, day, week, status, due, done in rows
        ]
    )


WEEKS = weeks(
    [
        ("p1", 1, 5, 0, "done", 1, 1),
        ("p2", 0, 9, 0, "partly", 3, 2),
        ("p3", 0, 2, 0, "missed", 1, 0),
        ("p3", 0, 2, 9, "open", 1, 0),
    ]
)


def test_rows_go_by_site_then_enrolment_under_a_heading_each():
    cells = ledger_grid.session_cells(WEEKS, None)
    rows = dict(cells.select("participant_id", "row").unique().rows())
    assert rows == {"p3": 1, "p2": 2, "p1": 4}
    headings = set(cells.select("heading", "heading_row").rows())
    assert headings == {("Site 0 · 2", 0), ("Site 1 · 1", 3)}


def test_by_share_the_smallest_comes_first_and_open_sessions_do_not_count():
    cells = ledger_grid.session_cells(WEEKS, "share")
    order = cells.select("participant_id", "row", "share_done").unique().sort("row").rows()
    assert [pid for pid, *_ in order] == ["p3", "p2", "p1"]
    assert [share for *_, share in order] == pytest.approx([0, 2 / 3, 1])
    assert cells["heading"].to_list() == [None] * 4


def test_cells_say_their_count_and_that_a_week_still_runs():
    cells = ledger_grid.session_cells(WEEKS, None).sort("participant_id", "study_week")
    assert cells["text"].to_list() == ["", "2/3", "", "…"]
    assert cells["words"].to_list() == [
        "done",
        "partly done",
        "missed",
        "still open, week still runs",
    ]


def test_only_so_many_participants_get_a_row_and_all_are_counted():
    many = weeks([(f"p{n:03}", 0, 1, 0, "done", 1, 1) for n in range(310)])
    cells = ledger_grid.session_cells(many, None)
    assert cells["participant_id"].n_unique() == ledger_grid.MOST_PARTICIPANTS
    assert set(cells["n_people"]) == {310}


def test_the_frame_of_weeks_is_not_modified():
    before = WEEKS.clone()
    ledger_grid.session_cells(WEEKS, "share")
    ledger_grid.usage_cells(WEEKS)
    assert WEEKS.equals(before)
