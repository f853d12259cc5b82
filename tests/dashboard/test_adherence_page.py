"""The Adherence page through its callbacks, on the thirty participants of the fixture."""

import pytest
from dash import Dash

from access.viewer import local_viewer
from dashboard import adherence_rules, panel_wiring
from dashboard.factory import create_on
from dashboard.pages import adherence as page
from queries.filters import Filters
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import example_study, marts
from warehouse.workspace import Workspace

ANSWERING = (*page.WITH_INTENDED_USE, *page.ALWAYS)


@pytest.fixture(scope="module")
def unintended(tmp_path_factory) -> Dash:
    """The dashboard of the same study without intended use."""
    filled = marts()
    for statement in (
        "update dim_study set has_intended_use = false",
        "delete from fct_ledger where kind = 'session'",
        "delete from fct_adherence",
        "update fct_participant_weeks set due_sessions = null, done_sessions = null",
    ):
        filled.con.execute(statement)
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    return create_on(example_study(), filled, workspace, local_viewer)


@pytest.mark.parametrize("panel", ANSWERING, ids=lambda panel: panel.id)
def test_every_panel_answers_with_its_n_and_a_table(app, panel):
    answer = panel_answer(app, panel.id)
    assert "is-ready" in answer["state"]
    assert "n = " in answer["caption"]
    assert "as of 15 Jun 2025" in answer["caption"]
    table = panel_answer(app, panel.id, view="table")["table"]
    assert [column["field"] for column in table["props"]["columnDefs"]] == list(panel.columns)
    assert table["props"]["rowData"]


@pytest.mark.parametrize(
    "panel",
    [panel for panel in ANSWERING if panel is not adherence_rules.DEFINITIONS],
    ids=lambda panel: panel.id,
)
def test_a_filter_that_leaves_nobody_explains_the_empty_panel(app, panel):
    answer = panel_answer(app, panel.id, "?site=nowhere")
    assert "is-empty" in answer["state"]
    assert panel.empty in str(answer["message"])


@pytest.mark.parametrize("panel", page.WITHOUT_INTENDED_USE, ids=lambda panel: panel.id)
def test_usage_shows_only_without_intended_use(app, unintended, panel):
    assert "is-empty" in panel_answer(app, panel.id)["state"]
    assert "is-ready" in panel_answer(unintended, panel.id)["state"]


@pytest.mark.parametrize("panel", page.WITH_INTENDED_USE[:2], ids=lambda panel: panel.id)
def test_nothing_is_measured_against_an_intended_use_that_is_not_there(unintended, panel):
    assert "is-empty" in panel_answer(unintended, panel.id)["state"]


def test_without_intended_use_no_word_of_adherence_is_shown():
    title, lead, intended, unintended = page.wording(has_intended_use=False)
    shown = f"{title} {lead} " + " ".join(
        f"{panel.title} {panel.definition} {panel.empty}"
        for panel in (*page.WITHOUT_INTENDED_USE, *page.ALWAYS)
    )
    assert "adheren" not in shown.lower()
    assert (intended, unintended) == ("is-hidden", "page-group")
    assert page.wording(has_intended_use=True)[2:] == ("page-group", "is-hidden")


def test_the_wording_follows_the_study_through_its_callback(app, unintended):
    for served, title in ((app, "Adherence"), (unintended, "Usage")):
        name = next(key for key in served.callback_map if "adherence-title" in key)
        outputs = [
            dict(zip(("id", "property"), part.rsplit(".", 1), strict=True))
            for part in name.strip(".").split("...")
        ]
        body = {
            "output": name,
            "outputs": outputs,
            "inputs": [{"id": "build", "property": "data", "value": "fixture"}],
            "changedPropIds": ["build.data"],
            "state": [],
        }
        answer = served.server.test_client().post("/_dash-update-component", json=body)
        assert answer.json["response"]["adherence-title"]["children"] == title


def test_the_order_of_rows_comes_from_the_address(context):
    by_site = panel_wiring.render(page.SESSIONS, context, "")
    by_share = panel_wiring.render(page.SESSIONS, context, "?order=share")
    assert by_site["layout"]["meta"][:2] == [None, "p002"]
    assert None not in by_share["layout"]["meta"]
    assert len(by_share["layout"]["meta"]) == 30


def test_the_shares_agree_with_the_mart(con):
    frame = page.read_weekly_share(con, local_viewer(), Filters())
    done, due = con.execute("""
        select sum(done_sessions), sum(due_sessions)
        from fct_participant_weeks inner join fct_participants using (participant_id)
        where is_complete_week or withdrawn_date is not null
    """).fetchone()
    assert (frame["n_done"].sum(), frame["n_due"].sum()) == (done, due)
    assert frame["share"].is_between(0, 1).all()


def test_definitions_print_their_rule_and_justification(app):
    cards = str(panel_answer(app, "adherence-definitions")["content"])
    assert "At least 80 % of the sessions due in weeks that are over were done." in cards
    assert "Protocol 4.2" in cards
    assert "Pilot" in cards


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (("share_done", 0.8, 1), "At least 80 % of the sessions due in weeks that are over"),
        (("weeks_active", 0.5, 2), "At least 50 % of the whole weeks had 2 sessions or more."),
        (("minutes", 60, 1), "At least 60 minutes of use in the weeks at risk."),
        (("persistent", 1, 4), "At least 100 % of the last 4 whole weeks had any use."),
    ],
)
def test_rules_are_told_in_words(rule, words):
    row = dict(zip(("rule", "threshold", "minimum"), rule, strict=True))
    assert adherence_rules.rule_words(row).startswith(words)


def test_the_ledger_is_counted_on_the_page_and_downloaded_in_full(app, con):
    content = str(panel_answer(app, "adherence-ledger")["content"])
    assert "Sessions" in content
    text = app.server.test_client().get("/export/adherence-ledger.csv?site=bath").text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    n = con.execute("""
        select count(*) from fct_ledger inner join fct_participants using (participant_id)
        where site_id = 'bath'
    """).fetchone()[0]
    assert len(lines) == n + 1
    filters = next(line for line in text.splitlines() if line.startswith("# filters"))
    assert "bath" in filters


def test_the_grid_says_when_it_shows_only_a_part(con):
    frame = page.read_sessions(con, local_viewer(), Filters(), order=None)
    assert page.SESSIONS.caption(frame).startswith("n = 30 participants")
    part = frame.filter(participant_id="p001")
    assert page.SESSIONS.caption(part).startswith("the first 1 of 30 participants")
