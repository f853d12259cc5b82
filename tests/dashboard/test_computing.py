"""The line that says how far the analyses are, the panels that wait, and who may end it."""

import json
import os

import pytest

from access.roles import ROLES
from access.viewer import Viewer, local_viewer
from dashboard import computing, factory
from dashboard.context import Context
from dashboard.factory import create_on
from tests.dashboard import outlook_fixture
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import example_study
from warehouse.background import BEGUN_BY, at_work
from warehouse.workspace import Workspace

DESIGNER = Viewer(account="dee", role="designer", edition="open")
CLINICIAN = Viewer(account="kim", role="clinician", edition="open", participants=frozenset())


@pytest.fixture
def place(tmp_path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def for_dashboard(monkeypatch):
    """As the process that a dashboard begins."""
    monkeypatch.setenv(BEGUN_BY, str(os.getppid()))


@pytest.fixture
def app(filled, place):
    return create_on(example_study(), filled, place, local_viewer)


def at(place: Workspace):
    return at_work(place, ["dropout", "forecast"], basis="", of=2)


def line(filled, place, viewer) -> dict:
    """The frame's line, part by part."""
    context = Context(
        study=example_study(), marts=filled, viewer=lambda: viewer, results=place.results
    )
    view = computing.view(context, factory.PAGES)
    parts = {part.id: part for part in view.children}
    return {
        "words": parts["computing-words"].children,
        "is_shown": "is-hidden" not in view.className,
        "can_cancel": "is-hidden" not in parts["computing-cancel"].className,
        "is_followed": not parts["computing-tick"].disabled,
    }


def test_a_panel_whose_analysis_is_computed_says_so_and_others_do_not(app, filled, place):
    with at(place) as tell:
        tell(1, "Forecast (3 of 9)")
        waiting = panel_answer(app, "outlook-ratios")
        assert "is-empty" in waiting["state"]
        said = json.dumps(waiting["message"])
        assert computing.TITLE in said
        assert computing.APPEARS in said
        assert line(filled, place, local_viewer())["words"] == "Computing: forecast, 2 of 2"
        other = json.dumps(panel_answer(app, "outlook-tips")["message"])
        assert computing.TITLE not in other
        assert "rapport fit" in other
    assert computing.TITLE not in json.dumps(panel_answer(app, "outlook-ratios")["message"])


def test_a_summary_of_several_waits_only_until_the_first_is_there(app, place):
    with at_work(place, ["dropout", "tipping", "forecast"], basis="", of=3):
        assert computing.TITLE in json.dumps(panel_answer(app, "outlook-summary")["message"])
        outlook_fixture.refuse(place.results, "forecast", "Too few.")
        assert "is-ready" in panel_answer(app, "outlook-summary")["state"]


def test_an_answer_of_before_is_shown_while_it_is_computed_anew(app, place):
    outlook_fixture.save_all(place.results)
    with at(place):
        assert "is-ready" in panel_answer(app, "outlook-ratios")["state"]


def test_the_line_stands_while_there_is_work(filled, place):
    assert not line(filled, place, local_viewer())["is_shown"]
    with at(place) as tell:
        tell(0, "Dropout lens")
        shown = line(filled, place, local_viewer())
        assert shown["words"] == "Computing: dropout lens, 1 of 2"
        assert shown["is_shown"]
        assert shown["is_followed"]
        # A person began it in a terminal: it is theirs to stop.
        assert not shown["can_cancel"]


@pytest.mark.usefixtures("for_dashboard")
def test_only_who_may_compute_sees_the_cancel_and_only_who_has_such_pages_the_line(filled, place):
    assert {role for role in ROLES if "compute" in ROLES[role].actions} == {"local", "statistician"}
    with at(place):
        assert line(filled, place, local_viewer())["can_cancel"]
        designer = line(filled, place, DESIGNER)
        assert designer["is_shown"]
        assert not designer["can_cancel"]
        assert not line(filled, place, CLINICIAN)["is_shown"]


def call(app, output_part: str, inputs: list, state: list):
    [name] = [key for key in app.callback_map if output_part in key]
    outputs = [
        dict(zip(("id", "property"), part.rsplit(".", 1), strict=True))
        for part in name.strip(".").split("...")
    ]
    body = {
        "output": name,
        "outputs": outputs if name.startswith("..") else outputs[0],
        "inputs": inputs,
        "changedPropIds": [f"{inputs[0]['id']}.{inputs[0]['property']}"],
        "state": state,
    }
    return app.server.test_client().post("/_dash-update-component", json=body)


def follow(app, path: str, answers: str | None) -> dict:
    given = call(
        app,
        "computing-tick.disabled",
        [
            {"id": "computing-tick", "property": "n_intervals", "value": 1},
            {"id": "build-check", "property": "n_intervals", "value": 0},
        ],
        [
            {"id": "computing-tick", "property": "disabled", "value": False},
            {"id": "answers", "property": "data", "value": answers},
            {"id": "url", "property": "pathname", "value": path},
            {"id": "build", "property": "data", "value": "fixture"},
        ],
    )
    assert given.status_code == 200, given.text
    return given.json["response"]


def test_panels_read_anew_when_an_answer_is_there(app, place):
    with at(place):
        before = follow(app, "/outlook", "")
        assert before["answers"]["data"] == ""
        assert "build" not in before
        outlook_fixture.save_all(place.results)
        after = follow(app, "/outlook", "")
        assert after["build"] == {"data": "fixture"}
        assert not after["computing-tick"]["disabled"]
        assert "build" not in follow(app, "/outlook", after["answers"]["data"])
        assert "build" not in follow(app, "/worklist", "")
    assert follow(app, "/outlook", None)["computing-tick"]["disabled"]


def test_an_end_before_its_time_is_said_with_what_to_do(app, place):
    def broken_off():
        with at(place) as tell:
            tell(1, "Forecast")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    said = follow(app, "/outlook", None)
    assert said["computing-words"]["children"] == (
        "Computing was cancelled after 1 of 2. What is missing is computed by: rapport fit"
    )
    assert "is-hidden" not in said["computing"]["className"]


def cancel(app):
    clicks = [{"id": "computing-cancel", "property": "n_clicks", "value": 1}]
    return call(app, "computing-words.children@", clicks, [])


def test_who_may_not_is_told_that_there_is_nothing(filled, place, app):
    designers = create_on(example_study(), filled, place, lambda: DESIGNER)
    assert cancel(designers).status_code == 404
    # Nothing is at work: nothing is ended.
    assert "Nothing is computed any more" in cancel(app).text
