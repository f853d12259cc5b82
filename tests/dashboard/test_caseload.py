"""The caseload: its rows by hand, their order, and the page as each role gets it."""

from datetime import date
from itertools import pairwise

import polars as pl
import pytest

from access.gate import may_open
from access.roles import ROLES
from access.viewer import Viewer, local_viewer
from dashboard import gate, rhythm_words
from dashboard.caseload.rows import NOTHING_DUE, due_words, rows, worded
from dashboard.caseload.view import MOST_ROWS, first_row, href, view
from dashboard.factory import PAGES
from dashboard.pages import caseload as page
from queries import care
from queries.filters import Filters
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.test_card_change import SWITCH_SCHEMA

AS_OF = date(2025, 3, 31)
PERSON = {
    "site_label": "First", "day_zero": date(2025, 1, 6), "withdrawn_date": None,
    "last_use_date": date(2025, 3, 29), "last_answer_date": date(2025, 3, 20), "as_of_date": AS_OF,
    "last_shown_date": None,
}  # fmt: skip
RHYTHM = {
    "days_since_use": 2, "n_gaps": 10, "median_gap_days": 2.0, "long_gap_days": 5.0,
    "silence_days": 2, "times_usual": 1.0, "is_longer_than_usual": False, "why_not_known": None,
}  # fmt: skip
CHANGED = {
    "n_complete": 3, "low": 1.0, "high": 7.0, "last_score": 4.0, "last_date": date(2025, 3, 20),
    "threshold": 1.0, "from_first": 0.0, "from_previous": 0.0, "first_state": "inside",
    "previous_state": "inside",
}  # fmt: skip


def table(*people):
    """As `unworded`, with the words."""
    return worded(unworded(*people))


def unworded(*people):
    """Rows of (id, changes of PERSON, of RHYTHM, of CHANGED)."""
    ids = [who for who, *_ in people]
    parts = []
    for place, base in enumerate((PERSON, RHYTHM, CHANGED), start=1):
        made = [{"participant_id": who, **base, **more[place - 1]} for who, *more in people]
        parts.append(pl.DataFrame(made, infer_schema_length=None))
    who, rhythm, changed = parts
    due = pl.DataFrame(
        schema={"participant_id": pl.String, "kind": pl.String, "due_date": pl.Date,
                "window_end": pl.Date, "is_overdue": pl.Boolean, "n_overdue": pl.Int64}
    )  # fmt: skip
    found = rows(
        who,
        rhythm.with_columns(last_use_date=pl.lit(None, pl.Date)),
        changed.with_columns(dimension_id=pl.lit("alliance")),
        due,
    )
    assert sorted(found["participant_id"]) == sorted(ids)
    return found


def fell(points, on):
    return {"from_previous": -points, "previous_state": "fell", "last_date": on}


def silent(days, last):
    return (
        {"last_use_date": last},
        {"silence_days": days, "days_since_use": days, "is_longer_than_usual": True},
    )


def test_the_newest_change_comes_first_and_in_a_week_the_largest():
    found = table(
        ("same", {}, {}, {}),
        ("old", {}, {}, fell(3.0, date(2025, 3, 3))),
        ("small", {}, {}, fell(1.1, date(2025, 3, 30))),
        ("large", {}, {}, fell(2.0, date(2025, 3, 25))),
        ("also", {}, {}, {}),
    )
    assert found["participant_id"].to_list() == ["large", "small", "old", "also", "same"]
    assert found["change_size"].to_list() == [2.0, 1.1, 3.0, None, None]


def test_a_silence_has_the_day_on_which_it_became_longer_than_usual():
    # Usually 2 days, nine in ten gaps at most 5: longer than usual from the sixth day on.
    found = table(("quiet", *silent(12, date(2025, 3, 19)), {}))
    row = found.row(0, named=True)
    assert row["change"] == "Silent for longer than usual"
    assert row["changed_on"] == date(2025, 3, 25)
    assert row["change_size"] == pytest.approx(12 / 5)
    assert row["last_use"] == "silent 12 days; usually 2"


def test_of_two_changes_the_newer_one_is_told():
    quiet, rhythm = silent(12, date(2025, 3, 19))
    newer = table(("p", quiet, rhythm, fell(1.5, date(2025, 3, 28)))).row(0, named=True)
    older = table(("p", quiet, rhythm, fell(1.5, date(2025, 3, 20)))).row(0, named=True)
    assert newer["change"] == "Alliance fell 1.5 since the survey before"
    assert older["change"] == "Silent for longer than usual"


def test_a_slow_change_is_told_against_the_first():
    slow = {"from_first": 1.3, "first_state": "rose", "from_previous": 0.4}
    row = table(("p", {}, {}, slow)).row(0, named=True)
    assert row["change"] == "Alliance rose 1.3 since the first survey"
    assert (row["first_mark"], row["previous_mark"]) == ("rose beyond reliable change", "inside")


@pytest.mark.parametrize("state", ["too_little", "scale_changed"])
def test_what_cannot_be_judged_is_no_change(state):
    row = table(("p", {}, {}, {"first_state": state, "previous_state": state})).row(0, named=True)
    assert row["change"] is None
    assert row["previous_mark"] in {"too little data", "scale changed"}


def test_without_a_score_or_use_nothing_is_made_up():
    none = dict.fromkeys(CHANGED) | {"first_state": None, "previous_state": None}
    who = {"last_use_date": None, "last_answer_date": None}
    rhythm = dict.fromkeys(RHYTHM) | {"n_gaps": 0, "why_not_known": "never_used"}
    row = table(("p", who, rhythm, none), ("q", {}, {}, {})).row(0, named=True)
    assert (row["score"], row["data_age_days"], row["change"]) == (None, None, None)
    assert row["last_use"] == "never used the app"
    assert row["previous_mark"] == "too little data"
    assert row["survey"] == row["session"] == NOTHING_DUE


def test_the_age_of_the_data_is_that_of_the_newest():
    row = table(("p", {}, {}, {})).row(0, named=True)
    assert (row["last_data_date"], row["data_age_days"]) == (date(2025, 3, 29), 2)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "last use 2 days ago; usually 2"),
        ({"days_since_use": 0, "silence_days": 0}, "used on the last day; usually 2"),
        ({"median_gap_days": 1.5}, "last use 2 days ago; usually 1.5"),
        (
            {"why_not_known": "too_few_days"},
            "last use 2 days ago; too few days of use for a rhythm",
        ),
        ({"why_not_known": "withdrawn"}, "last use on 29 Mar 2025"),
        ({"why_not_known": "before_day_zero"}, "day 0 is still to come"),
        ({"why_not_known": "no_day_zero"}, "day 0 not known"),
    ],
)
def test_the_last_use_in_words(more, said):
    assert rhythm_words.last_use({**PERSON, **RHYTHM, **more}) == said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "within 9 in 10 of 10 own gaps (up to 5)"),
        ({"silence_days": 6}, "longer than 9 in 10 of 10 own gaps (up to 5)"),
        ({"why_not_known": "too_few_days"}, "not judged"),
        ({"why_not_known": "withdrawn"}, "left the study"),
        ({"why_not_known": "after_planned_weeks"}, "planned weeks are over"),
        (
            {"why_not_known": "after_planned_weeks", "last_shown_date": date(2025, 2, 16)},
            "use shown to 16 Feb 2025",
        ),
    ],
)
def test_how_unusual_the_silence_is_in_words(more, said):
    assert rhythm_words.note({**PERSON, **RHYTHM, **more}) == said


def test_what_is_due_in_words():
    due = {"kind": "survey", "due_date": date(2025, 3, 3), "window_end": date(2025, 3, 9),
           "is_overdue": True, "n_overdue": 1}  # fmt: skip
    assert due_words(due) == "overdue since 3 Mar 2025; open to 9 Mar 2025"
    assert due_words({**due, "n_overdue": 3}).startswith("overdue since 3 Mar 2025 (and 2 more);")
    assert due_words({**due, "is_overdue": False}) == "due 3 Mar 2025"
    assert due_words({**due, "kind": "session", "is_overdue": False}) == "due by 3 Mar 2025"


# The page


def test_a_row_opens_the_card_with_the_filters_kept():
    filters = Filters(sites=("bath", "london"))
    assert href("P 1&x", filters) == "/participant?site=bath&site=london&participant=P%201%26x"
    assert href("p1", Filters()) == "/participant?participant=p1"


def test_a_long_list_is_paged_through_with_the_filters_kept():
    one = unworded(("p", {}, {}, {}))
    many = pl.concat([one] * (2 * MOST_ROWS + 3))
    bath = Filters(sites=("bath",))
    first, second, last = (
        str(view(many.with_columns(start=pl.lit(start)), bath))
        for start in (1, MOST_ROWS + 1, 2 * MOST_ROWS + 1)
    )
    assert "1 to 40 of 83" in first
    assert "Those before" not in first
    assert "/caseload?site=bath&start=41" in first
    assert "41 to 80 of 83" in second
    assert "/caseload?site=bath&start=1'" in second
    assert "/caseload?site=bath&start=81" in second
    assert "81 to 83 of 83" in last
    assert "Those after" not in last
    assert last.count("Tr(") == 1 + 3
    assert "Nav(" not in str(view(one.with_columns(start=pl.lit(1)), Filters()))


@pytest.mark.parametrize(
    ("asked", "n_rows", "first"),
    [
        (None, 83, 1),
        ("41", 83, 41),
        ("50", 83, 41),
        ("999", 83, 81),
        ("0", 83, 1),
        ("-3", 83, 1),
        ("x", 83, 1),
        ("²", 83, 1),
        ("5", 0, 1),
    ],
)
def test_the_row_to_begin_with_is_the_first_of_a_step(asked, n_rows, first):
    assert first_row(asked, n_rows) == first


def test_the_list_and_its_table_have_everybody(app, con):
    answer = panel_answer(app, "caseload-people", "?site=bath")
    assert answer["caption"].startswith("n = 15 participants, 1 with a marked change")
    text = str(answer["content"])
    assert "silent 36 days; usually 2" in text
    assert "site=bath&participant=p015" in text
    shown = panel_answer(app, "caseload-people", "", view="table")["table"]["props"]
    assert [column["field"] for column in shown["columnDefs"]] == list(page.PEOPLE.columns)
    assert len(shown["rowData"]) == 30
    assert not [name for name in page.PEOPLE.columns if "arm" in name]


def test_a_clinicians_caseload_is_their_own(con):
    own = frozenset({"p004", "p015"})
    frame = page.read_people(con, Viewer("c", "clinician", participants=own), Filters())
    assert frame["participant_id"].to_list() == ["p015", "p004"]
    assert page.read_people(con, local_viewer(), Filters()).height == 30


def test_it_is_where_a_clinician_arrives_and_for_nobody_without_participants():
    assert gate.landing(Viewer("c", "clinician"), PAGES) == "/caseload"
    theirs = {role for role in ROLES if may_open(Viewer("x", role), "/caseload")}
    assert theirs == {"local", "trial", "clinician", "statistician"}


def test_the_silence_agrees_with_a_count_over_the_days(con):
    """Every rhythm on the page against gaps counted from the days of use, without any SQL."""
    days = con.table("fct_participant_days").pl().filter(pl.col("study_day") >= 0)
    as_of = con.sql("select as_of_date from dim_build").fetchall()[0][0]
    found = worded(page.read_people(con, local_viewer(), Filters()))
    judged = found.filter(pl.col("is_silent").is_not_null())
    assert judged.height > 10
    for row in judged.to_dicts():
        used = sorted(days.filter(participant_id=row["participant_id"])["local_date"])
        gaps = sorted((b - a).days for a, b in pairwise(used))
        silence = (as_of - used[-1]).days
        middle = pl.Series(gaps).median()
        long = pl.Series(gaps).quantile(0.9, "linear")
        assert row["is_silent"] == (silence > 2 * middle and silence > long)
        assert f"usually {rhythm_words.days(middle)}" in row["last_use"]


def test_the_empty_switches_of_other_tests_have_the_columns_of_the_read(con):
    assert care.switches(con, local_viewer(), Filters()).schema == pl.Schema(SWITCH_SCHEMA)
