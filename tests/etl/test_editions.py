"""Editions for masked viewers: what is not in them, and that they stay in step with the open build."""

import shutil
import stat
from contextlib import closing
from datetime import date, time

import polars as pl
import pytest
from typer.testing import CliRunner

import etl.editions
from access.accounts import add
from access.state.store import State
from app import cli
from etl.analyses.run import analyse, raise_faults
from etl.build import build
from etl.dealing import SECRET_NAME, deal_arms
from etl.edition_names import wanted_editions
from etl.editions import (
    HIDES_LENGTHS,
    edition_study,
    fit_editions,
    make_editions,
    renew_editions,
)
from etl.fit import fit
from etl.identity.erasure import begin_erasure, find_people
from etl.identity.finish import finish
from etl.identity.rekey import begin_rekey
from etl.pipeline import refresh, show_status
from study.blinding import POOLED, common_weeks
from study.definition import Study
from study.errors import UserError
from study.file import load_study
from study.hidden_words import NOT_SHOWN
from tests.etl.increment_case import assert_same, contents
from tests.etl.masking_case import ARMS, MARKER, files_below, marked_study
from warehouse.connect import open_mart, open_raw
from warehouse.publish import current_mart
from warehouse.reader import EditionReader
from warehouse.workspace import Workspace

pytestmark = pytest.mark.xdist_group("editions")  # One trial with its editions for all.


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The marked trial, loaded, with both editions; each test works on a copy.

    Models are fitted in all editions, analyses computed in the masked one, where no arm may be named.
    """
    folder = tmp_path_factory.mktemp("marked")
    study, workspace = marked_study(folder), Workspace.beside(folder)
    assert refresh(study, workspace, fit_models=False, editions=("masked", "scrambled")) == 0
    fit(study, workspace)
    fit_editions(study, workspace)
    place = workspace.edition("masked")
    raise_faults(analyse(edition_study(study, workspace, "masked"), place).faults)
    return folder


@pytest.fixture
def trial(template, tmp_path):
    folder = tmp_path / "trial"
    shutil.copytree(template, folder, symlinks=True)
    return load_study(folder), Workspace.beside(folder)


def rows(path, sql):
    con = open_mart(path)
    try:
        return con.sql(sql).fetchall()
    finally:
        con.close()


def texts(path):
    """Every text in every table of a build."""
    con = open_mart(path)
    try:
        for (name,) in con.sql("show tables").fetchall():
            frame = con.table(name).pl()
            for column in frame.select(pl.col(pl.String)).columns:
                yield from ((name, column, text) for text in frame[column].drop_nulls().unique())
    finally:
        con.close()


def marked(path):
    return {(name, column) for name, column, text in texts(path) if MARKER in text.upper()}


def test_no_name_of_an_arm_is_left_in_the_masked_edition(trial):
    _, workspace = trial
    place = workspace.edition("masked")
    build_file = current_mart(place)
    assert marked(build_file) == set()
    found = files_below(place)
    assert any(path.suffix == ".json" for path in found)
    for path in found:
        assert MARKER.encode() not in path.read_bytes().upper(), path.name
        assert MARKER not in path.name.upper()
    # The open build has them, so that the test can fail.
    there = marked(current_mart(workspace))
    assert ("dim_arms", "label") in there
    assert ("fct_receipts", "source_file") in there
    assert ("fct_rejections", "source_file") in there
    assert ("fct_scores", "occasion_id") in there
    assert ("fct_unmapped_events", "event_name") in there
    assert ("fct_covariates", "text_value") in there


def test_the_scrambled_edition_names_arms_and_nothing_else_that_tells_them(trial):
    _, workspace = trial
    named = {
        (table, column) for table, column in marked(current_mart(workspace.edition("scrambled")))
    }
    assert {column for table, column in named if table != "dim_arms"} == {"arm_id"}


def test_what_the_masked_edition_shows(trial):
    _, workspace = trial
    shown = current_mart(workspace.edition("masked"))
    assert rows(shown, "select arm_id, label from dim_arms") == [(POOLED, "All arms")]
    assert rows(shown, "select distinct arm_id from fct_participants") == [(POOLED,)]
    assert rows(shown, "select planned_weeks, last_week from dim_study") == [(2, 5)]
    assert rows(shown, "select max(local_date) from fct_sessions") == [(date(2025, 1, 13),)]
    assert rows(shown, "select count(*) from fct_ledger where kind = 'session'") == [(48,)]
    assert rows(shown, "select feature_id from dim_features order by 1") == [("praise",), ("quiz",)]
    assert rows(shown, "select definition_id from dim_adherence") == [("protocol",)]
    assert rows(shown, "select label from dim_adherence") == [("protocol",)]
    assert rows(shown, "select justification from dim_adherence") == [(NOT_SHOWN,)]
    assert rows(shown, "select label from dim_sites order by position") == [("Site 1",), ("South",)]
    assert rows(shown, "select covariate_id from dim_covariates order by 1") == [
        ("age",),
        ("remark",),
    ]
    assert rows(shown, "select distinct withdrawal_kind from fct_participants order by 1") == [
        ("not shown",),
        (None,),
    ]
    assert rows(
        shown, "select n_rows, expected from fct_rejections where rule = 'unknown_arm'"
    ) == [(1, "not shown")]
    assert rows(shown, "select count(*), sum(rows_read) from fct_receipts") == rows(
        current_mart(workspace), "select count(*), sum(rows_read) from fct_receipts"
    )


def test_filling_ins_after_the_common_time_are_there_where_they_were_due(trial):
    _, workspace = trial
    query = (
        "select study_week, count(*) from fct_scores where instrument_id = 'mood' group by 1 "
        "order by 1"
    )
    # One withdrew before the second was due; twelve filled in another one after a session.
    assert rows(current_mart(workspace.edition("masked")), query) == [(1, 24), (3, 23)]
    assert rows(current_mart(workspace), query) == [(1, 24), (3, 36)]


def test_exposure_that_is_not_shown_is_not_counted_as_none(trial):
    _, workspace = trial
    query = (
        "select distinct is_covered, n_exposures is null from model_rows where study_week = 3 "
        "order by all"
    )
    assert rows(current_mart(workspace.edition("masked")), query) == [(False, True)]
    # What was asked after a session on the last day has no whole window yet.
    assert rows(current_mart(workspace), query) == [(False, True), (True, False)]


@pytest.mark.exhaustive
def test_lengths_of_sessions_are_hidden_once_they_tell_the_arm(trial):
    study, workspace = trial
    place = workspace.edition("masked")
    assert (place.root / HIDES_LENGTHS).exists()
    query = "select count(ended_at), count(n_events), count(duration_s) from fct_sessions"
    assert rows(current_mart(place), query) == [(0, 0, 0)]
    assert rows(current_mart(workspace), query)[0][0] > 0
    weeks = "select count(n_events), count(active_s) from fct_participant_weeks where is_active"
    assert rows(current_mart(place), weeks) == [(0, 0)]
    assert rows(current_mart(workspace), weeks)[0][0] > 0
    done = "select distinct cast(done_at as time) from fct_ledger where kind = 'session'"
    assert rows(current_mart(place), f"{done} and done_at is not null") == [(time(),)]
    assert rows(current_mart(workspace), f"{done} and done_at is not null") == [(time(10, 4),)]
    assert len(list(place.builds.glob("mart-*.duckdb"))) == 1, "the build that told it is gone"
    assert "how long sessions took" in " ".join(edition_study(study, workspace, "masked").left_out)


def test_an_edition_is_built_on_the_one_before(trial, monkeypatch):
    study, workspace = trial
    place = workspace.edition("masked")
    (place.root / HIDES_LENGTHS).unlink()
    monkeypatch.setattr(etl.editions, "lengths_tell", lambda *_: False)
    [first] = make_editions(study, workspace, fit_models=False)
    assert first.is_full, "another study than before"
    con = open_raw(workspace)
    con.execute(
        "update events set occurred_at = occurred_at + interval 20 minute where participant_id = 'p03' "
        "and local_date = '2025-01-13'"
    )
    con.execute(
        "insert into loads select 'more', max(load_number) + 1, now(), now(), '', '' from loads"
    )
    con.execute(
        "insert into participant_changes "
        "select 'p03', (select max(load_number) from loads), timestamp '2025-01-13 09:00:00'"
    )
    # Somebody was enrolled a week earlier than it was said: the common time ends a week earlier too.
    con.execute("update roster set enrolled_date = enrolled_date - 7 where participant_id = 'p04'")
    con.close()
    build(study, workspace)
    [second] = make_editions(study, workspace, fit_models=False)
    assert second.is_full is False
    assert second.n_recomputed == 2
    found = contents(second.path)
    [whole] = make_editions(study, workspace, fit_models=False, full=True)
    assert_same(found, contents(whole.path))
    assert rows(
        whole.path, "select max(local_date) from fct_sessions where participant_id = 'p04'"
    ) == [(date(2025, 1, 6),)]


@pytest.mark.exhaustive
def test_an_erased_participant_is_gone_from_every_edition(trial):
    study, workspace = trial
    begin_erasure(study, workspace, find_people(study, workspace, ["p06"], None), "asked")
    finish(study, workspace)
    for name in ("open", "masked", "scrambled"):
        place = workspace.edition(name)
        [build_file] = place.builds.glob("mart-*.duckdb")
        assert build_file == current_mart(place)
        assert "p06" not in {text for _, _, text in texts(build_file)}
        assert b"p06" not in build_file.read_bytes()
        assert list(place.results.glob("*.json")) == []


def test_where_an_edition_cannot_be_renewed_nothing_of_it_is_left(trial, monkeypatch):
    study, workspace = trial

    def refuse(*_, **__):
        raise UserError("no")

    monkeypatch.setattr(etl.editions, "edition_study", refuse)
    with pytest.raises(UserError, match="no"):
        renew_editions(study, workspace)
    for name in ("masked", "scrambled"):
        assert list(workspace.edition(name).root.rglob("mart-*")) == []
        assert list(workspace.edition(name).results.glob("*.json")) == []
    with pytest.raises(UserError, match="rapport load --masked"):
        EditionReader(workspace).cursor("masked")


def test_arms_are_dealt_by_a_secret_within_sites_and_stay(trial):
    study, workspace = trial
    dealt = dict(edition_study(study, workspace, "scrambled").dealt)
    assert len(dealt) == 24
    assert stat.S_IMODE((workspace.root / SECRET_NAME).stat().st_mode) == 0o600
    known = dict(
        rows(current_mart(workspace), "select participant_id, site_id from fct_participants")
    )
    for site in ("north", "south"):
        arms = [arm for name, arm in dealt.items() if known[name] == site]
        assert sorted(arms) == sorted(ARMS * 6), "blocks of the allocation"
    people = pl.DataFrame(
        {
            "participant_id": [*known, "z1"],
            "site_id": [*known.values(), "north"],
            "enrolled_date": [date(2025, 1, 6)] * 24 + [date(2025, 3, 1)],
        }
    )
    more = dict(deal_arms(study, workspace, people))
    assert {name: more[name] for name in dealt} == dealt, "who comes later changes nothing"
    (workspace.root / SECRET_NAME).unlink()
    assert dict(deal_arms(study, workspace, people)) != more
    (workspace.root / SECRET_NAME).chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        deal_arms(study, workspace, people)


def test_which_editions_a_load_makes(trial, tmp_path):
    study, workspace = trial
    empty = Workspace(tmp_path / "empty")
    assert wanted_editions(study, empty) == ()
    assert wanted_editions(study, empty, ("masked",)) == ("masked",)
    assert wanted_editions(study, workspace) == ("masked", "scrambled")
    empty.root.mkdir()
    with closing(State.open(empty.state_path)) as state:
        assert wanted_editions(study, empty) == (), "contacts and cohorts alone are no accounts"
        add(
            state,
            "ada",
            "admin",
            password=None,
            by="cli:a",
            issuer="https://i.invalid",
            subject="1",
        )
    assert wanted_editions(study, empty) == ("masked",)
    empty.state_path.unlink()
    wish = study.blinding.model_copy(update={"masked": True})
    assert wanted_editions(study.model_copy(update={"blinding": wish}), empty) == ("masked",)
    alone = study.model_copy(update={"arms": study.arms[:1]})
    assert wanted_editions(alone, workspace, ("masked",)) == ()


def test_the_reader_gives_each_edition_its_own_build(trial):
    _, workspace = trial
    reader = EditionReader(workspace)
    ids = {name: reader.build_id(name) for name in ("open", "masked", "scrambled")}
    assert len(set(ids.values())) == 3
    for name, build_id in ids.items():
        con = reader.cursor(name)
        assert con.sql("select build_id from dim_build").fetchall() == [(build_id,)]
        assert reader.results(name) == workspace.edition(name).results
    shutil.rmtree(workspace.edition("masked").root)
    with pytest.raises(UserError, match=r"masked edition.*not built yet.*rapport load --masked"):
        EditionReader(workspace).require("masked")


def test_without_two_arms_every_edition_is_the_open_one(trial, capsys):
    study, workspace = trial
    alone = study.model_copy(update={"arms": study.arms[:1], "digest": "another"})
    build(alone, workspace)
    assert make_editions(alone, workspace) == []
    assert not workspace.edition("masked").root.exists()
    reader = EditionReader(workspace)
    assert reader.build_id("masked") == reader.build_id("open")
    assert reader.results("masked") == workspace.results
    # As soon as there are arms again, the masked one is missing rather than open.
    build(study, workspace)
    with pytest.raises(UserError, match="not built yet"):
        reader.cursor("masked")
    capsys.readouterr()


def test_nothing_loaded_is_said_by_the_reader(tmp_path):
    with pytest.raises(UserError, match="no build to show yet"):
        EditionReader(Workspace(tmp_path)).cursor("masked")


def test_the_status_names_the_editions(trial, capsys):
    study, workspace = trial
    show_status(study, workspace)
    said = capsys.readouterr().out
    assert f"Edition masked: build {EditionReader(workspace).build_id('masked')}" in said


def test_ids_that_tell_the_arm_are_refused(trial):
    study, workspace = trial
    con = open_raw(workspace)
    for table in ("events", "answers", "roster"):
        con.execute(
            f"update {table} as t set participant_id = concat(a.arm_id, '-', t.participant_id) "
            "from (select participant_id, arm_id from roster) as a "
            "where a.participant_id = t.participant_id"
        )
    con.close()
    build(study, workspace, full=True)
    with pytest.raises(UserError, match='participant_ids = "keyed"'):
        make_editions(study, workspace)


def test_a_trial_whose_arms_differ_from_the_first_week_on_shows_no_use(trial):
    study, workspace = trial
    sessions = {ARMS[0]: (2, 2), ARMS[1]: (1, 1)}
    intended = study.intended_use.model_copy(update={"sessions": sessions})
    apart = study.model_copy(update={"intended_use": intended, "digest": "apart"})
    assert isinstance(apart, Study)
    assert common_weeks(apart) == 0
    build(apart, workspace)
    [outcome] = make_editions(apart, workspace, fit_models=False)
    assert rows(outcome.path, "select count(*) from fct_sessions") == [(0,)]
    assert rows(outcome.path, "select count(*) from fct_ledger where kind = 'session'") == [(0,)]
    assert rows(outcome.path, "select count(*) from fct_participants") == [(24,)]
    assert rows(outcome.path, "select count(*) > 0 from fct_scores") == [(True,)]


def test_the_command_makes_editions_when_asked(trial):
    _, workspace = trial
    for name in ("masked", "scrambled"):
        shutil.rmtree(workspace.edition(name).root)
    folder = str(workspace.root.parent)
    said = CliRunner().invoke(cli, ["load", folder, "--no-fit"])
    assert said.exit_code == 0, said.output
    assert not workspace.edition("masked").root.exists()
    said = CliRunner().invoke(cli, ["load", folder, "--no-fit", "--masked"])
    assert said.exit_code == 0, said.output
    words = " ".join(said.output.split())
    assert "Built the masked edition" in words
    assert "does not show: use after the 2 study weeks" in words
    assert current_mart(workspace.edition("masked")) is not None
    assert not workspace.edition("scrambled").root.exists()


@pytest.mark.exhaustive
def test_after_a_new_key_no_edition_has_an_old_pseudonym(tmp_path):
    folder = tmp_path / "keyed"
    marked_study(folder)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text.replace('"as_given"', '"keyed"'), encoding="utf-8")
    study, workspace = load_study(folder), Workspace.beside(folder)
    assert refresh(study, workspace, fit_models=False, editions=("masked",)) == 0
    query = "select participant_id from fct_participants"
    place = workspace.edition("masked")
    before = {name for (name,) in rows(current_mart(place), query)}
    begin_rekey(study, workspace)
    finish(study, workspace)
    [build_file] = place.builds.glob("mart-*.duckdb")
    after = {name for (name,) in rows(build_file, query)}
    assert len(after) == len(before) == 24
    assert not before & after
    assert after == {name for (name,) in rows(current_mart(workspace), query)}
    assert not before & {text for _, _, text in texts(build_file)}
