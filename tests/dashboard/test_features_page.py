"""The Features page through its callbacks, with and without fitted models."""

import json

import pytest

from access.viewer import local_viewer
from dashboard.context import Context
from dashboard.factory import create_on
from dashboard.pages import features as page
from dashboard.usage import feature_choices
from tests.dashboard import result_fixture
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import example_study
from warehouse.workspace import Workspace

MODEL_PANELS = (page.MAP, page.DETAIL, page.FOREST)


@pytest.fixture(scope="module")
def fitted(filled, tmp_path_factory):
    """The dashboard with saved model results."""
    workspace = Workspace(tmp_path_factory.mktemp("fitted"))
    result_fixture.save_all(workspace.results)
    return create_on(example_study(), filled, workspace, local_viewer)


@pytest.mark.parametrize("panel", [page.EXPOSURE, *MODEL_PANELS], ids=lambda panel: panel.id)
def test_every_panel_answers_with_its_n(fitted, panel):
    answer = panel_answer(fitted, panel.id)
    assert "is-ready" in answer["state"]
    assert "n = " in answer["caption"]
    table = panel_answer(fitted, panel.id, view="table")["table"]
    assert table["props"]["rowData"]


@pytest.mark.parametrize("panel", MODEL_PANELS, ids=lambda panel: panel.id)
def test_without_results_the_panel_says_what_to_run(app, panel):
    answer = panel_answer(app, panel.id)
    assert "is-empty" in answer["state"]
    assert "rapport fit" in json.dumps(answer["message"])


def test_the_table_of_the_map_has_both_parts_of_every_cell(fitted):
    rows = panel_answer(fitted, "features-map", view="table")["table"]["props"]["rowData"]
    assert len(rows) == 6 * 7 * 2
    blank = [row for row in rows if row["state"] != "estimated"]
    assert all(row["estimate"] is None and row["explanation"] for row in blank)


def test_detail_and_forest_follow_the_chosen_cell(fitted):
    search = "?feature=stories&outcome=adherence"
    detail = json.dumps(panel_answer(fitted, "features-detail", search)["content"])
    assert "Stories of others and Weekly adherence: conditional odds ratio" in detail
    assert "Weekly adherence" in panel_answer(fitted, "features-forest", search)["caption"]


def test_a_cell_without_a_number_is_explained_in_the_detail(fitted):
    search = "?feature=companion&outcome=humanness"
    answer = panel_answer(fitted, "features-detail", search)
    assert "Everyone has this feature all the time" in json.dumps(answer["content"])


def test_a_withheld_model_gives_no_number_anywhere(fitted):
    caption = panel_answer(fitted, "features-map")["caption"]
    # Always on with six models, all six features of the model that did not converge.
    assert "42 cells, 12 not estimable, 5 withheld" in caption
    rows = panel_answer(fitted, "features-map", view="table")["table"]["props"]["rowData"]
    kept = [row for row in rows if row["state"] == "withheld"]
    assert len(kept) == 10
    numbers = ("estimate", "ci_low", "ci_high", "p_value", "p_adjusted", "se", "df")
    assert {row[name] for row in kept for name in numbers} == {None}
    search = "?feature=praise&outcome=flexibility"
    detail = json.dumps(panel_answer(fitted, "features-detail", search)["content"])
    assert "The numbers are withheld" in detail
    assert "Open this model" in detail


def test_a_preset_of_its_own_is_chosen_by_name(fitted):
    rows = panel_answer(fitted, "features-map", "?preset=rates", view="table")
    states = {row["state"] for row in rows["table"]["props"]["rowData"]}
    assert states == {"not_estimable", "not_fitted"}


def test_a_category_shows_its_features(fitted):
    figure = panel_answer(fitted, "features-exposure", "?category=dialogue")["figure"]
    assert len(figure["data"]) == 3
    assert len(panel_answer(fitted, "features-exposure")["figure"]["data"]) == 4


def test_a_click_on_a_cell_chooses_it(fitted):
    clicked = {"map-feature": "stories", "map-outcome": "adherence"}
    assert choose(fitted, clicked, clicks=1) == {"feature": "stories", "outcome": "adherence"}
    # A map that was only drawn is no choice.
    assert choose(fitted, clicked, clicks=None) == {}


def choose(app, cell, clicks):
    output = next(name for name in app.callback_map if '"filter":"outcome"}.value@' in name)
    identity = json.dumps(cell, separators=(",", ":"), sort_keys=True)
    outputs = [
        {"id": {"filter": key}, "property": f"value@{output.rsplit('@', 1)[1].rstrip('.')}"}
        for key in ("feature", "outcome")
    ]
    body = {
        "output": output,
        "outputs": outputs,
        "inputs": [[{"id": cell, "property": "n_clicks", "value": clicks}]],
        "changedPropIds": [f"{identity}.n_clicks"],
        "state": [],
    }
    response = app.server.test_client().post("/_dash-update-component", json=body)
    if response.status_code == 204:
        return {}
    found = response.json["response"]
    return {json.loads(name)["filter"]: next(iter(props.values())) for name, props in found.items()}


def test_lists_offer_what_the_study_has(filled, tmp_path):
    result_fixture.save_all(tmp_path)
    context = Context(example_study(), filled, local_viewer, tmp_path)
    models, features, outcomes, adjust, categories, versions, least = feature_choices.options(
        context
    )
    assert [option["value"] for option in models] == ["alliance", "rates"]
    assert len(features) == 6
    assert [option["value"] for option in outcomes][-2:] == ["alliance", "adherence"]
    assert len(categories) == 4
    assert [option["value"] for option in adjust] == ["bh", "holm"]
    assert [option["value"] for option in versions] == ["1.0", "1.1"]
    assert [option["value"] for option in least] == ["1", "3", "5"]


def test_export_of_the_map_has_every_number(fitted):
    text = fitted.server.test_client().get("/export/features-map.csv").text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) == 1 + 6 * 7 * 2
    assert "not an effect" in text or "is not an effect" in text
