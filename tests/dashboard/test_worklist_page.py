"""The page Worklist through its callbacks: who is on it, what is logged, and by whom."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from dash import Dash

from access import contacts, saved_cohorts
from access.accounts import add, find
from access.audit import entries
from access.state.store import State
from access.viewer import Viewer, local_viewer
from access.web import current
from access.web.settings import WebSettings
from dashboard import cohorts_menu, gate
from dashboard.context import Context
from dashboard.factory import create_on
from dashboard.worklist import contact_form
from study.errors import UserError
from tests.access.state_places import PASSWORD
from tests.access.sweep.asking import Visitor
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import AS_OF, example_study, invented
from warehouse.workspace import Workspace

SETTINGS = WebSettings(secret_key=b"k" * 32)
NOON = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 12, tzinfo=UTC)
BATH = next(one for one in invented() if one.site_id == "bath" and one.number == 15)
LONDON = next(one for one in invented() if one.site_id == "london" and one.number == 20)


@pytest.fixture
def alone(filled, tmp_path) -> Dash:
    """The dashboard without accounts, in a workspace of its own."""
    return create_on(example_study(), filled, Workspace(tmp_path / "w"), local_viewer)


@pytest.fixture
def state(tmp_path, quick_hashes) -> State:
    made = State.open(tmp_path / "state.sqlite3")
    for name, role, sites in (
        ("tom", "trial", ["bath"]),
        ("stan", "statistician", None),
        ("dora", "designer", None),
    ):
        add(made, name, role, sites=sites, password=PASSWORD, by="cli:a")
    yield made
    made.close()


@pytest.fixture
def quick_hashes(monkeypatch):
    from argon2 import PasswordHasher

    from access import passwords

    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64))


@pytest.fixture
def team(filled, state, tmp_path) -> Dash:
    """The dashboard where people sign in, of a study in London."""
    made = example_study()
    study = made.model_copy(
        update={"study": made.study.model_copy(update={"time_zone": "Europe/London"})}
    )
    workspace = Workspace(tmp_path / "w")
    return create_on(study, filled, workspace, current.viewer, state, SETTINGS)


def people(app, search=""):
    text = app.server.test_client().get(f"/export/worklist-people.csv{search}").text
    lines = [line for line in text.splitlines() if not line.startswith("# ")]
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


def dialog(name):
    return {"contact": name, "page": "worklist"}


def log_by(visitor, who, **fields):
    given = {"date": f"{AS_OF}", "time": "09:30", "channel": "phone", "outcome": "reached"}
    given |= {"note": ""} | fields
    said = [key for key in visitor.app.callback_map if "dialog" in key and "said" in key]
    [output] = [key for key in said if '"page":"worklist"' in key]
    kept = {"participant": who, "reason": "silent"}
    return visitor.call(
        output,
        [{"id": dialog("log"), "property": "n_clicks", "value": 1}],
        [
            {"id": dialog("who"), "property": "data", "value": kept},
            *({"id": dialog(name), "property": "value", "value": v} for name, v in given.items()),
        ],
    )


def test_who_is_silent_is_listed_with_the_reason_and_asked_for_by_it(alone):
    rows = {row["participant_id"]: row for row in people(alone)}
    assert rows["p015"]["why"] == (
        "No use for 36 days; usually 2 days from one day of use to the next."
    )
    assert rows["p015"]["source_words"] == "person"
    silent = {row["participant_id"] for row in people(alone, "?why=silent")}
    assert {"p015", "p020"} <= silent
    assert people(alone, "?why=not_delivered") == []
    assert not silent & {one.participant_id for one in invented() if one.withdrawn}


def test_the_list_says_what_is_left_of_the_time_in_order(alone):
    left = [int(row["days_left"]) for row in people(alone) if row["days_left"]]
    assert left == sorted(left)
    assert left


def test_without_accounts_a_contact_is_logged_seen_and_exported(alone, tmp_path):
    before = panel_answer(alone, "worklist-contacts")
    assert "is-empty" in before["state"]
    assert not (tmp_path / "w").exists(), "nothing is made by looking"
    context = _context_of(alone, tmp_path)
    said = contact_form.logged(
        context, {"participant": "p015"}, f"{AS_OF - timedelta(days=40)}", "09:30", "phone",
        "reached", "=1+1",
    )  # fmt: skip
    assert said == "Logged: phone call with p015, reached."
    assert panel_answer(alone, "worklist-contacts")["caption"].startswith(
        "n = 1 contact with 1 par"
    )
    text = alone.server.test_client().get("/export/worklist-contacts.csv").text
    assert ",Phone call,Reached,,yes," in text
    assert "'=1+1" in text
    rows = {row["participant_id"]: row for row in people(alone)}
    assert rows["p015"]["last_outcome"] == "Reached"
    context.notebook.close()


def _context_of(_app, tmp_path):
    from access.state.notebook import Notebook
    from tests.dashboard.mart_fixture import marts

    workspace = Workspace(tmp_path / "w")
    return Context(
        study=example_study(),
        marts=marts(),
        viewer=local_viewer,
        results=workspace.results,
        notebook=Notebook(None, workspace),
    )


def test_the_team_logs_for_its_own_sites_and_nobody_else(team, state):
    tom = Visitor(team, state, find(state, "tom"))
    answer = log_by(tom, BATH.participant_id, note="Will go on tomorrow.")
    assert answer.status == 200
    assert f"Logged: phone call with {BATH.participant_id}" in answer.body
    [kept] = contacts.contacts(state)
    assert (kept.participant, kept.account, kept.reason) == (BATH.participant_id, "tom", "silent")
    assert kept.at.isoformat() == "2025-06-15T08:30:00+00:00", "typed in London, kept in UTC"
    for who in (LONDON.participant_id, "nobody", ""):
        refused = log_by(tom, who)
        assert "no such participant" in refused.body
    assert len(contacts.contacts(state)) == 1
    assert [one.action for one in entries(state)].count("contact_logged") == 1


@pytest.mark.parametrize("name", ["stan", "dora"])
def test_who_may_not_log_gets_no_form_and_no_answer(team, state, name):
    visitor = Visitor(team, state, find(state, name))
    assert log_by(visitor, BATH.participant_id).status == 404
    assert contacts.contacts(state) == []
    content = visitor.panel("worklist-people").body
    assert "Log contact" not in content
    assert ("p015" in content) == (name == "stan")


def test_without_the_token_of_the_page_nothing_is_logged(team, state):
    tom = Visitor(team, state, find(state, "tom"))
    tom._token = "somebody else's"
    assert log_by(tom, BATH.participant_id).status == 400
    assert contacts.contacts(state) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"date": None}, "the day and the time"),
        ({"time": "noon"}, "the day and the time"),
        ({"channel": None}, "how the participant was contacted"),
        ({"outcome": "sulks"}, "what came of the contact"),
        ({"note": "x" * 281}, "at most 280"),
    ],
)
def test_what_has_to_be_put_right_is_said_in_the_dialog(team, state, fields, words):
    answer = log_by(Visitor(team, state, find(state, "tom")), BATH.participant_id, **fields)
    assert answer.status == 200
    assert words in answer.body
    assert contacts.contacts(state) == []


def test_contacts_with_others_participants_are_not_in_the_log(team, state):
    stan_sees = Viewer(account="tom", role="trial")
    for one in (BATH, LONDON):
        entry = contacts.Entry(one.participant_id, datetime.now(UTC), "sms", "declined")
        contacts.log(state, stan_sees, entry)
    tom = Visitor(team, state, find(state, "tom"))
    text = tom.export("worklist-contacts").body
    assert BATH.participant_id in text
    assert LONDON.participant_id not in text
    assert "Asked not to be contacted" in tom.panel("worklist-people").body
    assert "worklist-contacts" in entries(state, action="export")[0].what


def test_a_cohort_is_saved_without_the_arm_that_a_masked_viewer_may_not_choose(context, state):
    from dataclasses import replace

    from access.state.notebook import Notebook

    tom = Viewer(account="tom", role="trial", sites=frozenset({"bath"}), edition="masked")
    notebook = Notebook(state, Workspace(context.results))
    own = replace(context, viewer=lambda: tom, state=state, notebook=notebook)
    said = cohorts_menu.saved(own, "Ours", "?arm=control&site=bath", is_shared=True)
    assert said == "Saved: Ours, shared with the team."
    [kept] = saved_cohorts.offered(state, tom)
    assert kept.filters == "site=bath"
    shown, words = cohorts_menu.shown(own, "?site=bath&why=silent")
    assert "in force" in str(shown)
    assert words == "Now chosen: site bath."
    assert cohorts_menu.href("site=bath", "?from=3&why=silent") == "?site=bath&why=silent"
    assert cohorts_menu.changed(own, "rename", kept.id, {kept.id: "Bath"}) == "Renamed: Bath."
    with pytest.raises(UserError, match="no such cohort"):
        cohorts_menu.changed(own, "delete", "x", {})
    assert cohorts_menu.changed(own, "delete", kept.id, {}) == "Deleted."
    nobody = replace(own, viewer=lambda: Viewer(account="cleo", role="clinician"))
    with pytest.raises(gate.NotThereError):
        cohorts_menu.saved(nobody, "Mine", "?site=bath", is_shared=False)


def test_a_download_names_the_cohort_that_its_filters_are(team, state):
    stan = Viewer(account="stan", role="statistician", edition="open")
    saved_cohorts.save(state, stan, "Bath from\nApril", "?site=bath&cohort=2025-04", is_shared=True)
    visitor = Visitor(team, state, find(state, "stan"))
    named = visitor.export("worklist-people", "?cohort=2025-04&site=bath&why=silent").body
    assert "\n# saved cohort: Bath from April\n" in named
    assert "# saved cohort" not in visitor.export("worklist-people", "?site=bath").body
