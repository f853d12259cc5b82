"""What the Monitor page counts, against an independent computation with polars on the same marts."""

from datetime import date, timedelta

import polars as pl
import pytest

from access.viewer import local_viewer
from dashboard.monitor import definitions, flow, metrics, recruitment, retention, surveys
from queries import monitor as reads
from queries.filters import Filters
from tests.dashboard.mart_fixture import AS_OF, PLANNED_WEEKS, empty_mart, insert

LOCAL, ALL = local_viewer(), Filters()


def table(con, name):
    return con.table(name).pl()


@pytest.fixture
def people(con):
    return reads.people(con, LOCAL, ALL)


def test_everybody_is_there_once(con, people):
    assert people["participant_id"].sort().to_list() == (
        table(con, "fct_participants")["participant_id"].sort().to_list()
    )
    some = reads.people(con, LOCAL, Filters(sites=("bath",), arms=("stop6",)))
    rows = table(con, "fct_participants").filter(site_id="bath", arm_id="stop6")
    assert set(some["participant_id"]) == set(rows["participant_id"])


def test_what_was_due_and_done_is_the_ledgers(con, people):
    ledger = table(con, "fct_ledger")
    for kind, over, done in (
        ("session", "n_over", "n_done"),
        ("survey", "n_surveys_over", "n_surveys_filled"),
    ):
        rows = ledger.filter(kind=kind)
        counted = dict(
            rows.filter(pl.col("status").is_in(["done", "late", "missed"]))
            .group_by("participant_id").len().iter_rows()
        )  # fmt: skip
        finished = dict(
            rows.filter(pl.col("done_at").is_not_null())
            .group_by("participant_id")
            .len()
            .iter_rows()
        )
        for row in people.to_dicts():
            who = row["participant_id"]
            assert row[over] == counted.get(who, 0)
            assert row[done] == finished.get(who, 0)


def test_sessions_due_while_using_end_with_the_use(con, people):
    ledger = table(con, "fct_ledger").filter(kind="session")
    known = {row["participant_id"]: row for row in table(con, "fct_participants").to_dicts()}
    expected = dict.fromkeys(known, 0)
    for row in ledger.filter(pl.col("status").is_in(["done", "late", "missed"])).to_dicts():
        who = known[row["participant_id"]]
        if who["first_use_date"] is None or row["window_end"] < who["first_use_date"]:
            continue
        if who["is_nonusage_event"] and row["window_start"] > who["last_use_date"]:
            continue
        expected[row["participant_id"]] += 1
    assert dict(people.select("participant_id", "n_over_in_use").iter_rows()) == expected
    assert people["n_over_in_use"].sum() < people["n_over"].sum()


def test_the_programme_is_the_arms(people):
    planned = {"stop6": 6, "stop12": 12, "control": 12}
    for arm, n in people.select("arm_id", "n_planned").unique().iter_rows():
        assert n == planned[arm]


def test_flow_adds_up(con, people):
    made = flow.flow(people)
    rows = table(con, "fct_participants")
    assert made.filter(step="Enrolment")["n_participants"].sum() == rows.height
    assert made["label"][0] == "Enrolled and randomised"
    for arm in ("stop6", "stop12", "control"):
        own = rows.filter(arm_id=arm)
        boxes = {row["label"]: row for row in made.filter(arm_id=arm).to_dicts()}
        assert boxes["Started the app"]["n_participants"] == own["is_starter"].sum()
        left = own["withdrawn_date"].is_not_null().sum()
        withdrawn = boxes.get("Withdrawn: dropout") or boxes["Withdrew from the study"]
        assert withdrawn["n_participants"] == left
        assert boxes["Not withdrawn from the study"]["n_participants"] == own.height - left
        for step in flow.STEPS:
            parts = made.filter(pl.col("kind") != "also", arm_id=arm, step=step)
            assert parts["n_participants"].sum() == parts["n_of"][0], step
    scores = table(con, "fct_dimension_scores").filter(pl.col("score").is_not_null())
    n_surveys = scores.select("participant_id", "occasion_id").unique().height
    assert made.filter(step="Analysis")["n_surveys"].sum() == n_surveys


def test_flow_of_one_group_says_enrolled(people):
    pooled = people.with_columns(arm_id=pl.lit("pooled"), arm_label=pl.lit("All arms"))
    pooled = pooled.with_columns(arm_position=pl.lit(0, pl.Int32))
    made = flow.flow(pooled)
    assert made["label"][0] == "Enrolled"
    assert made["n_participants"][0] == people.height


def test_withdrawals_keep_their_kinds():
    con = empty_mart()
    insert(con, "dim_study", [("s", "S", "UTC", "enrolled", "from_day_zero", 12, 24, 1800, 600, 14,
        False, None, 10)])  # fmt: skip
    insert(con, "dim_build", [("b", None, "h", "0", None, AS_OF)])
    kinds = ("dropout", "lost", "stopped_app", "moved_away", None)
    day = date(2025, 3, 1)
    names = con.table("fct_participants").columns
    rows = [
        {"participant_id": f"p{i}", "arm_id": "a", "site_id": "s", "enrolled_date": day,
         "cohort": "2025-03", "day_zero": day, "withdrawn_date": day + timedelta(20),
         "withdrawal_kind": kind, "is_starter": True, "is_nonusage_event": False}
        for i, kind in enumerate(kinds)
    ]  # fmt: skip
    insert(con, "fct_participants", [tuple(row.get(name) for name in names) for row in rows])
    made = flow.flow(reads.people(con, LOCAL, ALL)).filter(step="Follow-up")
    counts = dict(made.select("label", "n_participants").iter_rows())
    assert counts["Withdrew from the study"] == 1
    assert counts["Lost to follow-up"] == 1
    assert counts["Withdrawn: moved away"] == 1
    assert counts["Withdrawn: not stated"] == 1
    assert counts["Not withdrawn from the study"] == 1
    assert counts["Stopped the app, kept in follow-up"] == 1
    con.close()


def test_retention_counts_who_left_in_the_denominator(con):
    made = retention.read_retention(con, LOCAL, ALL)
    rows, weeks = table(con, "fct_participants"), table(con, "fct_participant_weeks")
    for row in made.to_dicts():
        end = timedelta(days=7 * row["study_week"] + 6)
        reached = rows.filter(pl.col("day_zero") + end < AS_OF, arm_id=row["arm_id"])
        assert row["n_reached"] == reached.height
        stays = reached.filter(
            pl.col("withdrawn_date").is_null()
            | (pl.col("withdrawn_date") > pl.col("day_zero") + end)
        )
        assert row["n_in_study"] == stays.height
        used = weeks.filter("is_active", study_week=row["study_week"])
        n_active = len(set(reached["participant_id"]) & set(used["participant_id"]))
        assert row["n_active"] == (n_active if row["study_week"] < PLANNED_WEEKS else None)


def test_facets(con, people):
    made = retention.facets(people)
    for arm, group in people.partition_by("arm_id", as_dict=True).items():
        rows = {row["facet_id"]: row for row in made.filter(arm_id=arm[0]).to_dicts()}
        week_over = group.filter("is_first_week_over")
        assert rows["initiation"]["share"] == pytest.approx(week_over["is_starter"].mean())
        share = group["n_done_in_use"].sum() / group["n_over_in_use"].sum()
        assert rows["implementation"]["share"] == pytest.approx(share)
        low, high = (rows["implementation"][name] for name in ("ci_low", "ci_high"))
        assert low < share <= high + 1e-12
        assert 0 <= rows["persistence"]["share"] <= 1
        assert rows["persistence"]["n_participants"] == group["is_starter"].sum()


def test_visits_are_the_ledgers_surveys(con):
    made = surveys.read_visits(con, LOCAL, ALL)
    ledger = table(con, "fct_ledger").filter(kind="survey")
    assert made["n_due"].sum() == ledger.height
    for status in ("done", "late", "open", "missed", "excused"):
        assert made[status].sum() == ledger.filter(status=status).height
    closing = ledger.filter(pl.col("window_end") < AS_OF + timedelta(days=7), status="open")
    assert made["n_closing"].sum() == closing.height
    assert set(made["median_days"].drop_nulls()) == {1.0}
    assert set(made["window"]) == {"0 to +6 days"}


def test_missed_surveys_by_use(people):
    made = surveys.cross(people)
    over = people.filter(pl.col("n_surveys_over") > 0)
    assert made["n_participants"].sum() == over.height
    assert made["n_missed"].sum() == (over["n_surveys_over"] - over["n_surveys_filled"]).sum()
    first = made.row(0, named=True)
    adherent = over.filter("is_starter", "is_adherent")
    assert first["use_class"] == "Adherent, by the first definition"
    assert first["n_participants"] == adherent.height
    assert first["n_all"] == (adherent["n_surveys_filled"] == adherent["n_surveys_over"]).sum()
    for row in made.to_dicts():
        assert row["n_all"] + row["n_some"] + row["n_none"] == row["n_participants"]
    unplanned = surveys.cross(people.with_columns(is_adherent=pl.lit(None, pl.Boolean)))
    assert "Still using" in unplanned["use_class"].to_list()


def test_metrics_by_hand(con, people):
    made = {(row["metric_id"], row["arm_id"]): row for row in metrics.metrics(people).to_dicts()}
    rows = table(con, "fct_participants").filter(arm_id="stop12")
    weeks = table(con, "fct_participant_weeks").filter(arm_id="stop12")
    assert made["uptake", "stop12"]["value"] == pytest.approx(rows["is_starter"].mean())
    minutes = weeks.group_by("participant_id").agg(pl.col("active_s").sum() / 60)["active_s"]
    assert made["time_on_app", "stop12"]["value"] == pytest.approx(minutes.sum() / rows.height)
    logins = weeks["n_sessions"].sum() / rows["is_starter"].sum()
    assert made["logins", "stop12"]["value_started"] == pytest.approx(logins)
    assert made["logins", "stop12"]["n_started"] == rows["is_starter"].sum()
    ended = rows.filter(pl.col("day_zero") + timedelta(weeks=12) <= AS_OF)["participant_id"]
    done = (
        table(con, "fct_ledger").filter(kind="session", status="done")
        .group_by("participant_id").len()
        .filter(pl.col("participant_id").is_in(ended.to_list()))
    )  # fmt: skip
    of = made["completing", "stop12"]
    assert of["n_participants"] == ended.len()
    assert of["value"] == pytest.approx((done["len"] >= 12).sum() / ended.len())
    assert made["modules", "stop12"]["value"] == pytest.approx(done["len"].sum() / 12 / ended.len())


def test_hidden_minutes_and_no_programme_are_no_metric(people):
    bare = people.with_columns(active_s=pl.lit(None, pl.Float64), n_planned=pl.lit(None, pl.Int64))
    names = set(metrics.metrics(bare)["metric_id"])
    assert names == {"uptake", "days_active", "logins", "survey_completion", "half_life"}


def test_definitions_on_the_same_people(con):
    verdicts = reads.verdicts(con, LOCAL, ALL)
    wide = (
        table(con, "fct_adherence").filter("is_evaluable")
        .pivot(on="definition_id", index="participant_id", values="is_adherent").drop_nulls()
    )  # fmt: skip
    made = definitions.on_the_same(verdicts)
    assert set(made["n_all"]) == {wide.height}
    assert made.filter(definition_id="active")["n_adherent"][0] == wide["active"].sum()
    changed = (wide["active"] != wide["protocol"]).sum()
    assert set(made["n_changing"]) == {changed}
    assert made.filter(definition_id="active")["n_gained"][0] == (
        (wide["active"] & ~wide["protocol"]).sum()
    )
    shown = definitions.patterns(verdicts)
    assert shown["n_participants"].sum() == wide.height
    mixed = shown.filter(~pl.col("pattern").is_in(["\u2713\u2713", "\u2717\u2717"]))
    assert mixed["n_participants"].sum() == changed


def test_one_definition_has_nothing_beside_it(con):
    verdicts = reads.verdicts(con, LOCAL, ALL).filter(definition_id="protocol")
    assert definitions.on_the_same(verdicts).is_empty()
    assert definitions.patterns(verdicts).is_empty()
    assert definitions.patterns(verdicts.clear()).is_empty()


def days_of(*counts, site="london", start=date(2025, 1, 6)):
    """So many enrolments on each day from a start on."""
    rows = [
        (site, site.capitalize(), 0, start + timedelta(days=i), n)
        for i, n in enumerate(counts)
        if n
    ]
    names = ["site_id", "site_label", "site_position", "enrolled_date", "n_enrolled"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.col("site_position").cast(pl.Int32)
    )


def plan(target, by=None, closed=None, as_of=date(2025, 4, 6)):
    return recruitment.Plan(target, date(2025, 1, 6), by, closed, as_of)


STEADY = days_of(*[1] * 90)


@pytest.mark.parametrize(
    ("given", "days", "words"),
    [
        (plan(100, by=date(2025, 6, 1)), STEADY, "Likely"),
        (plan(400, by=date(2025, 6, 1)), STEADY, "Unlikely"),
        (plan(100), STEADY, "Expected on 1"),
        (plan(80, by=date(2025, 6, 1)), STEADY, "Target reached on 26 Mar 2025, 67 days early"),
        (plan(100, closed=date(2025, 4, 6)), STEADY, "Closed on 6 Apr 2025 with 90 %"),
        (plan(100, as_of=date(2025, 1, 20)), days_of(*[1] * 14), "Too early"),
        (plan(200, as_of=date(2025, 5, 30)), STEADY, "Nobody enrolled for 55 days"),
        (plan(None), STEADY, "No target"),
    ],
)
def test_what_recruitment_says_of_itself(given, days, words):
    assert words in recruitment.status(days, given, {"london": given})[1]


def test_a_forecast_begins_where_enrolment_stands():
    whole = plan(120, by=date(2025, 5, 15))
    made = recruitment.curve(STEADY, whole, {"london": whole})
    ahead = made.filter(series="forecast")
    assert ahead["date"][0] == date(2025, 4, 6)
    assert ahead.row(0, named=True)["low"] == ahead.row(0, named=True)["high"] == 90
    last = ahead.filter(date=date(2025, 5, 15)) if date(2025, 5, 15) in ahead["date"] else ahead[-1]
    assert (last["low"] <= last["n_so_far"]).all()
    assert (last["n_so_far"] <= last["high"]).all()
    assert made.filter(series="planned")["n_so_far"].to_list() == [0, 120]


def test_a_band_looks_back_once_recruitment_is_over():
    whole = plan(90, by=date(2025, 5, 15), as_of=date(2025, 6, 1))
    made = recruitment.curve(STEADY, whole, {"london": whole})
    assert made.filter(series="forecast").is_empty()
    assert made.filter(series="look_back")["date"][0] == date(2025, 2, 19), "45 of 90"


def test_sites_that_are_not_shown_have_no_part_in_the_target():
    rows = pl.DataFrame(
        [("", "All", -1, 100), ("a", "A", 0, 60), ("b", "B", 1, None)],
        schema=["site_id", "site_label", "site_position", "target"],
        orient="row",
    ).with_columns(
        begun_date=pl.lit(None, pl.Date),
        by_date=pl.lit(None, pl.Date),
        closed_date=pl.lit(None, pl.Date),
        as_of_date=pl.lit(date(2025, 4, 6)),
    )
    assert recruitment.plans(STEADY, rows, None)[0].target == 100
    assert recruitment.plans(STEADY, rows, ["a"])[0].target == 60
    assert recruitment.plans(STEADY, rows, ["b"])[0].target is None
    assert recruitment.curve(STEADY, recruitment.plans(STEADY, rows, ["b"])[0], {}).is_empty()


def test_whole_weeks():
    counts = recruitment.weekly(
        days_of(*[1] * 7, 0, 0, 3, *[0] * 12), date(2025, 1, 6), date(2025, 1, 27)
    )
    assert counts == [7, 3, 0]


def test_targets_by_site(con):
    assert recruitment.read_sites(con, LOCAL, ALL).is_empty(), "no plan, no panel"
    whole, own = plan(200), plan(100, by=date(2025, 4, 5))
    made = recruitment.by_site(STEADY, whole, {"london": own}).row(0, named=True)
    assert made["n_enrolled"] == 90
    assert made["reached_share"] == 0.9
    assert made["expected"] == 100
    assert made["per_month"] == pytest.approx(30 * 90 / 91)
