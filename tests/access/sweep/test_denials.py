"""What is not for somebody answers as what does not exist, and stands in the audit log."""

import json

import pytest

from access import accounts, audit
from dashboard import factory, gate
from tests.access.sweep.asking import UNKNOWN, every_panel
from tests.access.sweep.conftest import ADMIN, EVERYBODY, NOBODY, OTHER_SITE, OWN_SITE, account

# The study is made once for all of them, by one worker.
pytestmark = pytest.mark.xdist_group("sweep")

CLINICIAN, AT_NORTH = "clinician", "trial-north"


@pytest.fixture
def viewer(marked, state):
    return lambda name: accounts.viewer_of(account(state, name), marked.study.privacy, False)


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_panel_that_is_not_for_them_is_one_that_is_not_there(
    remembering, questions, viewer, name
):
    visitor, looking, choices = remembering(name), viewer(name), questions(name)
    nothing, no_export = visitor.panel(UNKNOWN), visitor.export(UNKNOWN)
    assert nothing.status == no_export.status == 404
    for panel in every_panel():
        if gate.allowed(panel, looking):
            assert visitor.panel(panel.id).status == 200
            continue
        search = choices.together(panel)
        for asked in (
            visitor.panel(panel.id),
            visitor.panel(panel.id, search),
            visitor.panel(panel.id, search, "table"),
        ):
            assert (asked.status, asked.text) == (nothing.status, nothing.text)
        exported = visitor.export(panel.id, search)
        assert (exported.status, exported.text) == (no_export.status, no_export.text)


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_page_that_is_not_for_them_is_one_that_is_not_there(visit, viewer, name):
    visitor, looking = visit(name), viewer(name)
    output = next(key for key in visitor.app.callback_map if "page.children" in key)

    def shown(path):
        return visitor.call(output, [{"id": "url", "property": "pathname", "value": path}])

    nothing = shown(f"/{UNKNOWN}")
    assert gate.NO_PAGE in nothing.body
    own = {page.PATH for page in gate.allowed_pages(looking, factory.PAGES)}
    for page in factory.PAGES:
        is_theirs = page.PATH in own
        assert (shown(page.PATH).text != nothing.text) == is_theirs, page.PATH


@pytest.mark.parametrize("name", EVERYBODY)
def test_navigation_and_titles_are_those_of_the_role(visit, viewer, name):
    layout = json.loads(visit(name).get("/_dash-layout").body)
    own = {page.PATH: page.TITLE for page in gate.allowed_pages(viewer(name), factory.PAGES)}
    parts = list(every_part(layout))
    links = {
        one["id"]["nav"]: one["label"]
        for one in parts
        if type(one.get("id")) is dict and "nav" in one["id"]
    }
    [titles] = [one["data"] for one in parts if one.get("id") == "page-titles"]
    assert links == titles == own


def every_part(part):
    """Properties of every component of a layout, as Dash sends it."""
    if isinstance(part, list):
        for one in part:
            yield from every_part(one)
    elif isinstance(part, dict):
        props = part.get("props", {})
        yield props
        yield from every_part(props.get("children"))


@pytest.mark.parametrize(
    ("name", "path"), [(CLINICIAN, "/caseload"), (ADMIN, "/admin"), ("designer", None)]
)
def test_who_comes_in_lands_on_a_page_of_theirs(visit, name, path):
    visitor = visit(name)
    response = visitor.client.get("/")
    assert response.headers.get("Location") == path
    assert response.status_code == (200 if path is None else 302)


def of_participants():
    return [panel for panel in every_panel() if "participant" in panel.choices]


def test_there_are_panels_of_one_participant():
    assert of_participants()


@pytest.mark.parametrize("name", [CLINICIAN, AT_NORTH])
@pytest.mark.parametrize("panel", of_participants(), ids=lambda panel: panel.id)
def test_somebody_elses_participant_is_one_who_is_not_there(marked, visit, viewer, name, panel):
    visitor, looking = visit(name), viewer(name)

    def is_theirs(who):
        if looking.participants is not None:
            return who in looking.participants
        return marked.site_of[who] in looking.sites

    def told(who):
        answers = (
            visitor.panel(panel.id, f"?participant={who}"),
            visitor.panel(panel.id, f"?participant={who}", "table"),
            visitor.export(panel.id, f"?participant={who}"),
        )
        # Their own words in the address come back; everything else must be the same.
        return [(one.status, one.text.replace(who, NOBODY)) for one in answers]

    nobody = told(NOBODY)
    others = [who for who in marked.site_of if not is_theirs(who)]
    own = [who for who in marked.site_of if is_theirs(who)]
    assert len(others) > 5
    for who in (others[0], others[-1]):
        assert told(who) == nobody
    assert any(told(who) != nobody for who in own[:3])


def test_lists_offer_their_own_participants_only(marked, visit, viewer):
    offered = '{"filter":"participant"}.data'
    inputs = [
        {"id": "url", "property": "search", "value": ""},
        {"id": "build", "property": "data", "value": None},
    ]
    everybody = set(marked.site_of)
    for name in (CLINICIAN, AT_NORTH):
        said = visit(name).call(offered, inputs).body
        named = {who for who in everybody if f'"{who}"' in said}
        limits = viewer(name)
        own = limits.participants or {w for w, site in marked.site_of.items() if site == OWN_SITE}
        assert named == set(own)


def test_another_site_is_one_that_is_not_there(remembering):
    visitor = remembering(AT_NORTH)
    asked = [panel.id for panel in every_panel() if is_of_a_site(panel)]
    shown = [panel for panel in asked if visitor.panel(panel).status == 200]
    assert len(shown) > 10
    for panel in shown:
        answer = visitor.panel(panel, f"?site={OTHER_SITE}")
        nothing = visitor.panel(panel, f"?site={UNKNOWN}")
        # Their own words in the address come back; everything else must be the same.
        assert answer.body.replace(OTHER_SITE, UNKNOWN) == nothing.body, panel


def is_of_a_site(panel):
    return "site" in panel.uses and "participant" not in panel.choices


def test_denials_views_and_exports_are_written_down(visit, state):
    clinician, before = visit(CLINICIAN), audit.head_of(state).number
    clinician.panel("models-estimates")
    clinician.export("participant-summary", "?participant=P002")
    for panel in of_participants():
        clinician.panel(panel.id, "?participant=P015")
    new = [one for one in audit.entries(state, account=CLINICIAN) if one.number > before]
    said = [(one.action, one.what) for one in new]
    assert ("denied", "page /models") in said
    exports = [what for action, what in said if action == "export"]
    assert len(exports) == 1
    assert exports[0].startswith("participant-summary; ")
    assert "participant: P002" in exports[0]
    # Each once in the hour, however many panels; what was looked at before in it is not repeated.
    looks = [one.what for one in audit.entries(state, account=CLINICIAN, action="view_participant")]
    assert sorted(looks) == sorted(set(looks))
    assert {"P002", "P015"} <= set(looks)
    assert not any(NOBODY in one.what for one in audit.entries(state))


def test_the_administrator_sees_accounts_and_log_and_others_do_not(visit):
    admin = visit(ADMIN)
    build = [
        {"id": "build", "property": "data", "value": None},
        {"id": "accounts-changed", "property": "data", "value": None},
    ]
    assert "trial-north" in admin.call("accounts.children", build).body
    assert admin.get("/export/audit-log.csv").status == 200
    for name in EVERYBODY:
        if name == ADMIN:
            continue
        visitor = visit(name)
        nothing = visitor.call(f"{UNKNOWN}.children", build)
        asked = visitor.call("accounts.children", build)
        assert (asked.status, asked.text) == (nothing.status, nothing.text)
        assert visitor.get("/export/audit-log.csv").text == visitor.export(UNKNOWN).text


def test_an_account_is_only_made_by_an_administrator(visit, state):
    press = [
        {"id": {"account": action}, "property": "n_clicks", "value": 1 if action == "add" else None}
        for action in ("add", "change", "reset", "disable", "enable")
    ]
    typed = [
        {"id": {"account": part}, "property": "value", "value": value}
        for part, value in (("name", "newcomer"), ("role", "admin"), ("sites", []), ("care", []))
    ]
    output = next(key for key in visit(ADMIN).app.callback_map if "accounts-said" in key)
    for name in EVERYBODY:
        if name != ADMIN:
            assert visit(name).call(output, press, typed).status == 404
    assert accounts.find(state, "newcomer") is None
    said = visit(ADMIN).call(output, press, typed)
    assert said.status == 200
    assert "shown this once" in said.body
    made = accounts.find(state, "newcomer")
    assert made is not None
    assert made.role == "admin"
    password = json.loads(said.body)["response"]["accounts-said"]["children"]["props"]["children"]
    shown = password[-1]["props"]["children"]
    assert isinstance(accounts.sign_in(state, "newcomer", shown, "127.0.0.1"), accounts.Account)
    # Not in the log, which names the account only.
    assert not any(shown in one.what for one in audit.entries(state))
    accounts.disable(state, "newcomer", by="test")
