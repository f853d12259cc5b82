"""Reads of use and reach against the same numbers counted another way, person by person."""

from datetime import date, timedelta

import polars as pl
import pytest

from access.viewer import Viewer, local_viewer
from dashboard.usage import frames
from queries import features, usage
from queries.filters import Filters
from tests.dashboard.mart_fixture import LAST_WEEK, NONUSAGE_DAYS, insert, invented, marts

LOCAL = local_viewer()
SOME = Filters(sites=("bath",))
ALL = Filters()


def people(filters):
    return [one for one in invented() if not filters.sites or one.site_id in filters.sites]


def weeks_of(one):
    """Week number, days of use, and whether the week is over or cut short by withdrawal."""
    for week in range(min((one.end - one.enrolled).days // 7, LAST_WEEK) + 1):
        start = one.enrolled + timedelta(weeks=week)
        used = [day for day in one.used if start <= day <= start + timedelta(days=6)]
        is_over = start + timedelta(days=6) <= one.end or one.withdrawn is not None
        yield week, start, used, is_over


@pytest.mark.parametrize("filters", [ALL, SOME])
def test_retention_is_of_those_whose_week_is_over(con, filters):
    frame = usage.usage_retention(con, LOCAL, filters)
    for week, n, active, n_open, active_open in frame.select(
        "study_week", "n_participants", "n_active", "n_open", "n_active_open"
    ).iter_rows():
        mine = [
            (bool(used), is_over)
            for one in people(filters)
            for number, _start, used, is_over in weeks_of(one)
            if number == week
        ]
        assert n == sum(is_over for _, is_over in mine)
        assert active == sum(used for used, is_over in mine if is_over)
        assert n_open == sum(not is_over for _, is_over in mine)
        assert active_open == sum(used for used, is_over in mine if not is_over)


def test_who_left_counts_for_everybody_enrolled_and_not_for_those_in_the_study(con):
    frame = frames.read_retention(con, LOCAL, ALL)
    left = {
        week: sum(
            one.withdrawn is not None
            and one.withdrawn < one.enrolled + timedelta(weeks=week)
            and one.enrolled + timedelta(days=7 * week + 6) < date(2025, 6, 15)
            for one in people(ALL)
        )
        for week in range(12)
    }
    known = dict(frame.select("study_week", "n_left").iter_rows())
    assert {week: known[week] for week in left} == left
    assert max(left.values()) > 0
    row = frame.row(6, named=True)
    assert row["share_of_all"] == row["n_active"] / (row["n_participants"] + row["n_left"])
    assert row["ci_low"] < row["share"] < row["ci_high"]


def standing(one, week, start, used):
    before = [day for day in one.used if day < start]
    if used:
        if not before:
            return "new"
        gap = (used[0] - before[-1]).days
        return "returning" if gap > NONUSAGE_DAYS else "continuing"
    if not before:
        return "not_begun"
    return "dormant" if (start - before[-1]).days + 6 > NONUSAGE_DAYS else "quiet"


def test_everybody_stands_in_one_group_a_week(con):
    frame = usage.usage_lifecycle(con, LOCAL, ALL)
    counted = {}
    for one in people(ALL):
        for week, start, used, is_over in weeks_of(one):
            if is_over:
                key = (week, standing(one, week, start, used))
                counted[key] = counted.get(key, 0) + 1
    for row in frame.iter_rows(named=True):
        mine = [row[f"n_{name}"] for name in frames.STANDINGS]
        assert mine == [counted.get((row["study_week"], name), 0) for name in frames.STANDINGS]
        assert sum(mine) == row["n_participants"]
    assert frame["n_dormant"].sum() > 0


def test_weekly_over_four_weekly_users(con):
    frame = usage.usage_stickiness(con, LOCAL, ALL).filter(study_week=6).row(0, named=True)
    days, users = [], 0
    for one in people(ALL):
        mine = {week: (used, is_over) for week, _start, used, is_over in weeks_of(one)}
        if 6 in mine and mine[6][1]:
            days += [len(mine[6][0])] if mine[6][0] else []
            users += any(mine[week][0] for week in range(3, 7))
    assert frame["n_active"] == len(days)
    assert frame["mean_active_days"] == pytest.approx(sum(days) / len(days))
    assert frame["n_active_4_weeks"] == users


def test_cohorts_add_up_to_everybody(con):
    whole = usage.usage_retention(con, LOCAL, ALL)
    parts = (
        usage.usage_cohorts(con, LOCAL, ALL)
        .group_by("study_week")
        .agg(pl.col("n_participants", "n_active", "n_open").sum())
    )
    both = whole.join(parts, on="study_week", suffix="_parts")
    for name in ("n_participants", "n_active", "n_open"):
        assert both[name].to_list() == both[f"{name}_parts"].to_list()


def test_months_become_quarters_where_groups_must_be_large(con):
    shared = Viewer(account="d", role="designer", edition="masked", smallest_cell=10)
    frame = frames.read_cohorts(con, shared, ALL)
    assert frame["cohort"].unique().sort().to_list() == ["2025 Q1", "2025 Q2"]
    assert set(frame["unit"]) == {"quarter"}


def test_versions_are_dated_by_when_a_group_had_them(con):
    mine = usage.app_releases(con, LOCAL, ALL).sort("app_version")
    first = {
        "1.0": min(day for one in invented() for day in one.used if day < date(2025, 5, 1)),
        "1.1": min(day for one in invented() for day in one.used if day >= date(2025, 5, 1)),
    }
    assert dict(mine.select("app_version", "first_date").iter_rows()) == first
    shared = Viewer(account="d", role="designer", edition="masked", smallest_cell=10)
    later = dict(
        usage.app_releases(con, shared, ALL).select("app_version", "first_date").iter_rows()
    )
    starts = sorted(
        min(day for day in one.used if day < date(2025, 5, 1))
        for one in invented()
        if any(day < date(2025, 5, 1) for day in one.used)
    )
    assert later["1.0"] == starts[9]


def test_calendar_weeks_hold_every_exposure_once(con):
    frame = frames.read_releases(con, LOCAL, ALL)
    counted = con.sql(
        "select sum(n_exposures) from fct_exposures join dim_features using (feature_id) "
        "join fct_participants using (participant_id) where stage = exposure_stage "
        "and (withdrawn_date is null or local_date < withdrawn_date)"
    ).fetchall()[0][0]
    assert frame["n_exposures"].sum() == counted
    marked = frame.drop_nulls("version_date")
    assert set(marked["versions"]) == {"1.0", "1.1"}
    assert marked.filter(pl.col("week_start") > pl.col("version_date")).is_empty()


def test_reach_is_of_participants_and_of_their_weeks_of_use(con):
    frame = features.feature_reach(con, LOCAL, ALL)
    raw = con.sql("select * from fct_exposures").pl()
    weeks = con.sql("select * from fct_participant_weeks where is_active").pl()
    n_weeks = weeks.group_by("participant_id").len()
    for row in frame.iter_rows(named=True):
        met = (
            raw.filter(feature_id=row["feature_id"])
            .group_by("participant_id")
            .agg(pl.col("n_exposures").sum())
        )
        per_week = met.join(n_weeks, on="participant_id")
        assert (row["n_all"], row["n_participants"]) == (30, 30)
        assert row["n_reached"] == row["n_reached_any"] == met.height
        assert row["mean_per_week"] == pytest.approx(
            (per_week["n_exposures"] / per_week["len"]).mean()
        )


def test_a_version_has_its_own_days(con):
    parts = [features.feature_reach(con, LOCAL, ALL, app_version=one) for one in ("1.0", "1.1")]
    raw = con.sql("select * from fct_exposures where feature_id = 'praise'").pl()
    for frame, days in zip(
        parts,
        (pl.col("local_date") < date(2025, 5, 1), pl.col("local_date") >= date(2025, 5, 1)),
        strict=True,
    ):
        row = frame.filter(feature_id="praise").row(0, named=True)
        assert row["n_reached"] == raw.filter(days)["participant_id"].n_unique()
        assert row["n_participants"] < row["n_all"] == 30
    assert features.feature_reach(con, LOCAL, ALL, app_version="9")["n_participants"].sum() == 0


def test_doses_add_up_over_features_and_count_zeros():
    con = marts().con
    insert(con, "dim_feature_events", [
        ("praise", "offered", 0, "praise\\_planned", None, None, None, None),
        ("praise", "seen", 2, "praise\\_shown", None, None, None, None)])  # fmt: skip
    frame = features.dose_by_stage(con, LOCAL, ALL)
    assert frame.filter(stage="offered")["mean_reached"].sum() == 0
    raw = con.sql("select * from fct_exposures").pl()
    row = frame.filter(principle_id="praise", stage="seen", study_week=2).row(0, named=True)
    mine = raw.filter(feature_id="praise", study_week=2)
    assert row["n_reached"] == mine["participant_id"].n_unique()
    assert row["mean_reached"] == pytest.approx(mine["n_exposures"].sum() / row["n_participants"])


def test_a_funnel_from_three_times_on_has_no_more_people(con):
    once, thrice = (features.exposure_funnel(con, LOCAL, ALL, least=n) for n in (1, 3))
    raw = con.sql(
        "select feature_id, stage, participant_id, sum(n_exposures) as n from fct_exposures "
        "group by all"
    ).pl()
    for row in thrice.iter_rows(named=True):
        mine = raw.filter(feature_id=row["feature_id"], stage=row["stage"])
        assert row["n_participants"] == mine.filter(pl.col("n") >= 3).height
        assert row["n_once"] == mine.height
    assert thrice["n_exposures"].to_list() == once["n_exposures"].to_list()
    assert (thrice["n_participants"] <= once["n_participants"]).all()
