"""The Participant page through its callbacks, on the thirty participants of the fixture."""

import json

import pytest

from access.state.notebook import Notebook
from access.viewer import Viewer, local_viewer
from dashboard import panel_wiring
from dashboard.context import Context
from dashboard.pages import participant as page
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import example_study
from warehouse.workspace import Workspace

SEARCH = "?participant=p007"


@pytest.mark.parametrize("panel", page.PANELS, ids=lambda panel: panel.id)
def test_every_panel_answers_with_its_n_and_a_table(app, panel):
    answer = panel_answer(app, panel.id, SEARCH)
    assert "is-ready" in answer["state"]
    assert answer["caption"].startswith("n = 1 participant")
    table = panel_answer(app, panel.id, SEARCH, view="table")["table"]
    assert [column["field"] for column in table["props"]["columnDefs"]] == list(panel.columns)
    assert table["props"]["rowData"]


@pytest.mark.parametrize("panel", page.PANELS, ids=lambda panel: panel.id)
@pytest.mark.parametrize("search", ["", "?participant=nobody", f"{SEARCH}&site=nowhere"])
def test_without_a_participant_to_show_the_panel_says_so(app, panel, search):
    answer = panel_answer(app, panel.id, search)
    assert "is-empty" in answer["state"]
    assert panel.empty in str(answer["message"])


def test_the_head_tells_facts_and_sentences_without_a_verdict(app):
    content = str(panel_answer(app, "participant-summary", SEARCH)["content"])
    assert "STOP, 12 sessions" in content
    assert "Withdrawn on 13 Apr 2025 (dropout)" in content
    assert "5 of 5 sessions due so far were done." in content
    assert "10 sessions of use on 10 days; last use 63 days before the data end." in content
    verdicts = ("good", "bad", "poor", "fail", "adheren", "complian", "should", "risk of")
    assert not any(word in content.lower() for word in verdicts)


def test_the_timeline_has_every_session_of_the_mart(context, con):
    drawn = panel_wiring.render(page.TIMELINE, context, SEARCH)
    bars = next(trace for trace in drawn["data"] if trace["type"] == "bar")
    days = con.execute(
        "select study_day from fct_sessions where participant_id = 'p007' order by session_number"
    ).fetchall()
    assert bars["x"] == [day for (day,) in days]


def test_notes_on_bands_name_the_dimensions_that_share_them(app):
    content = panel_answer(app, "participant-bands", SEARCH)["content"]
    assert len(content["props"]["children"]) == 1
    assert "Band: first score ± 0.97 (reliability 0.85, sd 0.9)" in str(content)
    assert "Humanness, Meaningfulness" in str(content)


def ask_for_choices(app, search):
    name = '{"filter":"participant"}.data'
    body = {
        "output": name,
        "outputs": {"id": json.loads('{"filter":"participant"}'), "property": "data"},
        "inputs": [
            {"id": "url", "property": "search", "value": search},
            {"id": "build", "property": "data", "value": "fixture"},
        ],
        "changedPropIds": ["url.search"],
        "state": [],
    }
    answer = app.server.test_client().post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.text
    return next(iter(answer.json["response"].values()))["data"]


def test_the_picker_offers_those_that_the_filters_leave(app):
    assert len(ask_for_choices(app, "")) == 30
    bath = ask_for_choices(app, "?site=bath")
    assert len(bath) == 15
    assert bath[0] == {"value": "p001", "label": "p001 · Bath"}


def test_the_table_of_scores_places_each_against_its_band(app):
    table = panel_answer(app, "participant-scores", SEARCH, view="table")["table"]
    places = {row["band_place"] for row in table["props"]["rowData"]}
    assert places == {"inside"}


def test_the_download_names_the_participant_it_is_of(app):
    text = app.server.test_client().get(f"/export/participant-timeline.csv{SEARCH}").text
    assert "participant: p007" in text


BATH = frozenset({"bath"})


@pytest.mark.parametrize(
    ("viewer", "search", "is_offered"),
    [
        (local_viewer(), SEARCH, True),
        (Viewer(account="t", role="trial", edition="open"), SEARCH, True),
        (Viewer(account="t", role="trial", edition="open", sites=BATH), "?participant=p001", True),
        (Viewer(account="t", role="trial", edition="open", sites=BATH), "?participant=p002", False),
        (local_viewer(), "", False),
        (local_viewer(), "?participant=nobody", False),
        (Viewer(account="s", role="statistician", edition="open"), SEARCH, False),
    ],
)
def test_a_contact_is_offered_to_who_may_log_one_with_somebody_of_theirs(
    filled, tmp_path, viewer, search, is_offered
):
    place = Workspace(tmp_path)
    context = Context(
        study=example_study(),
        marts=filled,
        viewer=lambda: viewer,
        results=place.results,
        notebook=Notebook(None, place),
    )
    button = page.contact_button(context, search)
    assert (button is not None) == is_offered
    if is_offered:
        assert button.id["participant"] == search.partition("=")[2]
