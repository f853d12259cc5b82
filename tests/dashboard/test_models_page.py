"""The Models page through its callbacks, for every kind of result there is."""

import json

import pytest

from access.viewer import local_viewer
from dashboard.context import Context
from dashboard.factory import create_on
from dashboard.pages import models as page
from tests.dashboard import result_fixture
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import example_study
from warehouse.workspace import Workspace

MODELS = ("humanness", "meaningfulness", "flexibility", "adherence")
BY_ID = pytest.mark.parametrize("panel", page.PANELS, ids=lambda panel: panel.id)


@pytest.fixture(scope="module")
def fitted(filled, tmp_path_factory):
    """The dashboard with saved model results."""
    workspace = Workspace(tmp_path_factory.mktemp("models"))
    result_fixture.save_all(workspace.results)
    return create_on(example_study(), filled, workspace, local_viewer)


def search(outcome: str) -> str:
    return f"?model=alliance.{outcome}"


@BY_ID
@pytest.mark.parametrize("outcome", MODELS)
def test_every_panel_answers_with_its_n_or_says_why_not(fitted, panel, outcome):
    answer = panel_answer(fitted, panel.id, search(outcome))
    if outcome == "flexibility" and panel is page.OPINIONS:
        assert "is-empty" in answer["state"]
        assert "withheld" in json.dumps(answer["message"])
        return
    if panel is page.RAW:
        # Its bins are an analysis of their own (test_model_raw.py), which was not computed here.
        assert "is-empty" in answer["state"]
        assert "rapport fit" in json.dumps(answer["message"])
        return
    assert "is-ready" in answer["state"]
    assert answer["caption"].startswith("n = 166 rows of 28 participants")
    table = panel_answer(fitted, panel.id, search(outcome), view="table")["table"]
    assert table["props"]["rowData"]


@BY_ID
def test_without_results_every_panel_is_explained(app, panel):
    answer = panel_answer(app, panel.id)
    assert "is-empty" in answer["state"]
    assert panel is not page.CARD or "rapport fit" in json.dumps(answer["message"])


@BY_ID
@pytest.mark.parametrize("model", ["alliance.use", "rates.humanness"])
def test_a_model_without_numbers_leaves_its_card_and_empties_that_say_so(fitted, panel, model):
    answer = panel_answer(fitted, panel.id, f"?model={model}")
    also = page.CODE if model == "alliance.use" else page.ESTIMATES
    assert ("is-ready" in answer["state"]) == (panel in (page.CARD, also))


def test_a_model_that_is_not_estimable_lists_its_terms_with_reasons(fitted):
    rows = panel_answer(fitted, "models-estimates", "?model=rates.humanness", view="table")
    found = rows["table"]["props"]["rowData"]
    assert {row["state"] for row in found} == {"not estimable"}
    assert all("Everyone has this feature" in row["explanation"] for row in found)


def test_the_captions_name_the_degrees_of_freedom_and_the_family(fitted):
    caption = panel_answer(fitted, "models-estimates", search("humanness"))["caption"]
    assert "df: Satterthwaite" in caption
    assert "adjusted p: Benjamini-Hochberg over 24 tests (the whole map)" in caption
    assert (
        "df: normal theory"
        in panel_answer(fitted, "models-estimates", search("adherence"))["caption"]
    )
    card = panel_answer(fitted, "models-trust", search("flexibility"))
    assert "4 checks, 1 failed" in card["caption"]
    assert card["title"] == "Trust card: Flexibility (alliance.flexibility)"


def test_the_numbers_of_a_failed_card_are_in_no_table_and_no_export(fitted):
    client = fitted.server.test_client()
    for name in ("estimates", "opinions", "variances", "means"):
        table = client.get(f"/export/models-{name}.csv{search('flexibility')}").text
        lines = [line for line in table.splitlines() if not line.startswith("#")]
        trusted = client.get(f"/export/models-{name}.csv{search('humanness')}").text
        assert len(lines) == len([one for one in trusted.splitlines() if one[:1] != "#"])
        numbers = [one for line in lines[1:] for one in line.split(",") if is_number(one)]
        assert numbers == [], name
        assert any(is_number(one) for one in trusted.splitlines()[-2].split(","))
    page_part = json.dumps(
        panel_answer(fitted, "models-estimates", search("flexibility"))["content"]
    )
    assert "Show the numbers all the same" in page_part


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_the_reading_sentence_of_each_diagnostic_is_in_its_caption(fitted):
    for panel in (page.RESIDUALS, page.LEVELS, page.FITTED):
        caption = panel_answer(fitted, panel.id, search("humanness"))["caption"]
        assert "as the model assumes" in caption


def test_the_caption_of_the_opinions_names_what_they_disagree_on(fitted):
    caption = panel_answer(fitted, "models-opinions", search("humanness"))["caption"]
    assert "an opinion disagrees on 1 of 10 terms: Clinician video (within)" in caption


def test_influence_counts_what_findings_hang_on(fitted):
    answer = panel_answer(fitted, "models-influence", search("humanness"))
    assert "2 findings would be lost or reversed" in answer["caption"]


def test_the_list_offers_the_models_of_each_preset_under_its_name(filled, tmp_path):
    result_fixture.save_all(tmp_path)
    offered = page.options(Context(example_study(), filled, local_viewer, tmp_path))
    assert [group["group"] for group in offered] == ["alliance", "rates"]
    assert [len(group["items"]) for group in offered] == [7, 1]
    assert offered[1]["items"] == [
        {"value": "rates.humanness", "label": "Humanness (rates.humanness)"}
    ]
    empty = Context(example_study(), filled, local_viewer, tmp_path / "none")
    assert page.options(empty) == []


def test_code_is_exported_line_by_line_and_runs_as_no_formula(fitted):
    text = fitted.server.test_client().get(f"/export/models-code.csv{search('humanness')}").text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines[0] == "language,line,code"
    assert any(line.startswith("R,1,library(lmerTest)") for line in lines)
