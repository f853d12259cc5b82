"""Indicators of central monitoring: counts, judgement and history."""

from datetime import date

import polars as pl
import pytest

from access.viewer import Viewer, local_viewer
from dashboard.monitor import flags
from dashboard.sources import Sources
from models.monitoring import flag_store
from models.monitoring.flag_history import Flag, Look
from models.monitoring.indicators import EARLY_DAYS
from models.monitoring.judge import judge, look_of
from queries import monitor as reads
from queries.filters import Filters
from tests.dashboard.mart_fixture import AS_OF

LOCAL = local_viewer()


@pytest.fixture
def counts(con):
    return reads.indicator_counts(con, LOCAL, EARLY_DAYS)


def test_counts_are_the_ledgers(con, counts):
    ledger = (
        con.table("fct_ledger").pl().join(con.table("fct_participants").pl(), on="participant_id")
    )
    for indicator, kind in (("survey_missed", "survey"), ("session_missed", "session")):
        over = ledger.filter(pl.col("status").is_in(["done", "late", "missed"]), kind=kind)
        for group_kind, column in (("site", "site_id"), ("cohort", "cohort")):
            own = counts.filter(indicator_id=indicator, group_kind=group_kind)
            assert own["n_trials"].sum() == over.height
            for row in own.to_dicts():
                rows = over.filter(pl.col(column) == row["group_id"])
                assert row["n_trials"] == rows.height
                assert row["n_events"] == rows.filter(status="missed").height
                assert row["n_participants"] == rows["participant_id"].n_unique()


def test_expected_is_each_survey_as_it_goes_elsewhere(con, counts):
    ledger = (
        con.table("fct_ledger").pl().join(con.table("fct_participants").pl(), on="participant_id")
    )
    over = ledger.filter(
        pl.col("status").is_in(["done", "late", "missed"]), kind="survey"
    ).with_columns(missed=(pl.col("status") == "missed").cast(pl.Float64))
    over = over.with_columns(usual=pl.col("missed").mean().over("survey_id"))
    each = over.group_by("site_id", "participant_id").agg(
        n=pl.len(), rest=(pl.col("missed") - pl.col("usual")).sum(), usual=pl.col("usual").sum()
    )
    for row in counts.filter(indicator_id="survey_missed", group_kind="site").to_dicts():
        own = each.filter(site_id=row["group_id"])
        assert row["n_expected"] == pytest.approx(own["usual"].sum())
        assert row["sum_rest_squared"] == pytest.approx((own["rest"] ** 2).sum())
        assert row["sum_rest_trials"] == pytest.approx((own["rest"] * own["n"]).sum())
        assert row["sum_trials_squared"] == pytest.approx((own["n"] ** 2).sum())


def test_early_withdrawals(con, counts):
    rows = con.table("fct_participants").pl()
    known = rows.filter(pl.col("day_zero") + pl.duration(days=EARLY_DAYS) <= AS_OF)
    early = known.filter(
        (pl.col("withdrawn_date") - pl.col("day_zero")).dt.total_days() < EARLY_DAYS
    )
    own = counts.filter(indicator_id="early_withdrawal", group_kind="site")
    assert (own["n_trials"].sum(), own["n_events"].sum()) == (known.height, early.height)
    at_30 = reads.indicator_counts(con, LOCAL, 31).filter(
        indicator_id="early_withdrawal", group_kind="site"
    )
    assert at_30["n_events"].sum() > 0, "those of the fixture leave on day 30"


def test_a_viewer_of_one_site_compares_months_only(con):
    own = reads.indicator_counts(
        con, Viewer(account="t", role="trial", sites=("bath",)), EARLY_DAYS
    )
    assert set(own.filter(group_kind="site")["group_id"]) == {"bath"}
    judged = judge(own, reads.rejected_rows(con, LOCAL))
    assert judged.filter(group_kind="site").drop_nulls("z").is_empty()


def test_judged_columns_and_look(con, counts):
    judged = judge(counts, reads.rejected_rows(con, LOCAL))
    known = judged.drop_nulls("level")
    assert known.height
    assert known["n_trials"].min() > 0
    assert (known["share"] == known["n_events"] / known["n_trials"]).all()
    look = look_of(judged, "b", AS_OF)
    outside = known.filter(pl.col("level") != "none")
    assert {one.key for one in look.flags} == set(
        outside.select("indicator_id", "group_kind", "group_id").iter_rows()
    )


def made(level="watch", group="bath", z=2.2):
    """A judged frame of one group, as `judge` returns it."""
    row = {
        "indicator_id": "survey_missed", "group_kind": "site", "group_id": group,
        "group_label": group, "group_position": 0, "n_participants": 60, "n_trials": 400,
        "n_events": 120, "share": 0.3, "adjusted": 0.31, "shrunken": 0.28, "overall": 0.2, "z": z,
        "level": level, "side": "more",
    }  # fmt: skip
    from models.monitoring.judge import SCHEMA

    return pl.DataFrame([row], schema=SCHEMA)


def test_history_is_said(con, tmp_path, monkeypatch):
    flag = Flag("survey_missed", "site", "bath", "more", "watch")
    for day in (1, 8):
        flag_store.append(tmp_path, Look(f"b{day}", date(2025, 6, day), (flag,)))
    monkeypatch.setattr(flags, "_judged", lambda _con, _viewer: made())
    shown = flags.read_flags(Sources(con, tmp_path), LOCAL, Filters()).row(0, named=True)
    assert (shown["past"], shown["since"]) == ("3rd time", date(2025, 6, 1))
    monkeypatch.setattr(flags, "_judged", lambda _con, _viewer: made(level="none", z=0.4))
    gone = flags.read_flags(Sources(con, tmp_path), LOCAL, Filters()).row(0, named=True)
    assert (gone["past"], gone["level"]) == ("gone", "none")
    one_site = Viewer(account="t", role="trial", sites=("bath",))
    monkeypatch.setattr(flags, "_judged", lambda _con, _viewer: made())
    assert flags.read_flags(Sources(con, tmp_path), one_site, Filters())["past"].to_list() == [None]


def test_words_of_a_flag():
    shown = flags.flagged(made(level="flag", z=3.5), {})
    words = str(flags.flag_list(shown, Filters()))
    assert "Site bath: surveys missed, more than elsewhere (outside the 99.8 % limits)" in words
    assert "120 missed of 400 surveys whose window is over" in words
    assert "31.0 %, 20.0 % over all, 28.0 % when drawn to the whole" in words
    assert "1 comparison: by chance alone about 0.1" in flags.FLAGS.caption(shown)


def test_nothing_stands_out():
    assert flags.flagged(made(level="none", z=0.1), {}).is_empty()


def test_files_are_not_participants(con):
    rejected = pl.DataFrame(
        {
            "source_file": [f"f{i}.csv" for i in range(6)],
            "rows_read": [5000] * 6,
            "rows_rejected": [10, 14, 9, 12, 11, 900],
        }
    )
    judged = judge(reads.indicator_counts(con, LOCAL, EARLY_DAYS).clear(), rejected)
    shown = flags.flagged(judged, {}).row(0, named=True)
    assert (shown["group_id"], shown["level"]) == ("f5.csv", "flag")
    assert (shown["n_events"], shown["n_participants"]) == (None, None)
    assert (shown["n_rejected"], shown["n_rows"]) == (900, 5000)
