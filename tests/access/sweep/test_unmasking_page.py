"""One participant's arm is opened by two people, on the page, and only for who may see them."""

import pytest

from access import unmasking
from access.state.store import State
from access.web import current
from dashboard.factory import create_app
from tests.access.sweep.asking import Visitor
from tests.access.sweep.conftest import SETTINGS, account, add_accounts

# The study is made once for all of them, by one worker.
pytestmark = pytest.mark.xdist_group("sweep")

PAGE = {"page": "roles"}
OUTPUT_PART, LIST = "roles-unmasking-said", "roles-unmasking.children"
REASON = "serious adverse event, the treating doctor asks"


@pytest.fixture
def own_state(tmp_path):
    """A state of its own: what is opened here stays masked in the other tests."""
    opened = State.open(tmp_path / "state.sqlite3")
    add_accounts(opened)
    yield opened
    opened.close()


@pytest.fixture
def visitor(marked, own_state):
    app = create_app(marked.study, marked.workspace, current.viewer, own_state, SETTINGS)
    return lambda name: Visitor(app, own_state, account(own_state, name))


def pressed(action, **more):
    return {"id": {"unmasking": action, **PAGE, **more}, "property": "n_clicks", "value": 1}


def typed(participant):
    values = (("participant", participant), ("reason", REASON))
    return [
        {"id": {"unmasking": part, **PAGE}, "property": "value", "value": value}
        for part, value in values
    ]


def output_of(visitor):
    return next(key for key in visitor.app.callback_map if OUTPUT_PART in key)


def ask(visitor, participant):
    inputs = [pressed("ask"), []]
    return visitor.call(output_of(visitor), inputs, typed(participant))


def confirm(visitor, request):
    one = pressed("confirm", request=request)
    changed = f'{{"page":"roles","request":{request},"unmasking":"confirm"}}.n_clicks'
    inputs = [{**pressed("ask"), "value": None}, [one]]
    return visitor.call(output_of(visitor), inputs, typed(None), changed=changed)


def listed(visitor):
    inputs = [
        {"id": "build", "property": "data", "value": None},
        {"id": "roles-unmasking-changed", "property": "data", "value": None},
    ]
    return visitor.call(LIST, inputs).body


def test_two_people_open_one_arm(marked, own_state, visitor):
    south = next(who for who, site in marked.site_of.items() if site == "south")
    asker = visitor("trial-all")
    for name in ("designer", "clinician"):
        assert ask(visitor(name), south).status == 404
    assert "no such participant" in ask(visitor("trial-north"), south).body
    assert unmasking.pending(own_state) == []

    assert "waits for a second person" in ask(asker, south).body
    [request] = unmasking.pending(own_state)
    assert south in listed(asker)
    assert south not in listed(visitor("trial-north"))
    assert south not in listed(visitor("designer"))

    # Whoever asked cannot confirm: their role may not, and a role that may is not enough.
    assert confirm(asker, request.id).status == 404
    assert "Confirmed" in confirm(visitor("stat"), request.id).body
    label = {"zqarmone": "ZQLABELONE", "zqarmtwo": "ZQLABELTWO"}
    own = label.pop(marked.arm_of[south])
    [other] = label.values()
    told = listed(asker)
    assert own in told
    assert other not in told
    for name in ("trial-north", "root", "clinician"):
        assert own not in listed(visitor(name))


def test_a_statistician_cannot_confirm_what_they_asked(marked, own_state, visitor):
    who = next(iter(marked.site_of))
    statistician = visitor("stat")
    ask(statistician, who)
    [request] = unmasking.pending(own_state)
    assert "second person" in confirm(statistician, request.id).body
    assert unmasking.pending(own_state) == [request]


def test_an_open_study_shows_arms_and_a_banner(marked, own_state, visitor):
    assert "Arms are open" not in visitor("trial-all").get("/_dash-layout").body
    request = unmasking.ask(own_state, account(own_state, "stat"), "study", REASON)
    unmasking.confirm(own_state, account(own_state, "root"), request.id)
    trial = visitor("trial-all")
    assert "Arms are open to everybody" in trial.get("/_dash-layout").body
    assert "ZQLABELONE" in trial.export("adherence-weekly").body
    assert "# arms:" not in trial.export("adherence-weekly").body
