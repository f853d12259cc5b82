"""Compare variants through its callbacks: numbers of an invented study, and what is not shown."""

import json
from dataclasses import replace

import polars as pl
import pytest

from access.cells import withhold
from access.viewer import Viewer, local_viewer
from dashboard.context import Context
from dashboard.factory import create_on
from dashboard.figures import prompts as prompt_figures
from dashboard.figures import variant_course, variants
from dashboard.pages import variants as page
from dashboard.sources import Sources
from dashboard.variants import panels, prompt_panels
from models import analyses
from models.randomised.version_result import VersionReport
from queries.filters import Filters
from tests.dashboard import version_fixture
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import example_study
from warehouse.workspace import Workspace

BY_ID = pytest.mark.parametrize("panel", page.PANELS, ids=lambda panel: panel.id)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = Workspace(tmp_path_factory.mktemp("variants"))
    version_fixture.save_all(made.results)
    return made


@pytest.fixture(scope="module")
def compared(filled, workspace):
    return create_on(example_study(), filled, workspace, local_viewer)


@pytest.fixture(scope="module")
def sources(filled, workspace):
    return Sources(filled.con, workspace.results)


@pytest.fixture(scope="module")
def report(workspace):
    return analyses.saved(workspace.results, "variants", VersionReport).result.features[0]


def read(panel, sources, **choices):
    asked = {**dict.fromkeys(panel.choices), **choices}
    return panel.read(sources, local_viewer(), Filters(), **asked)


@BY_ID
def test_every_panel_answers_with_its_n_and_a_table(compared, panel):
    answer = panel_answer(compared, panel.id)
    assert "is-ready" in answer["state"]
    assert answer["caption"].startswith("n = ")
    table = panel_answer(compared, panel.id, view="table")["table"]
    assert table["props"]["rowData"]


@BY_ID
def test_without_results_every_panel_says_what_to_do(app, panel):
    answer = panel_answer(app, panel.id)
    assert "is-empty" in answer["state"]
    assert "rapport fit" in json.dumps(answer["message"])


def test_the_numbers_are_those_of_the_report(report, sources):
    frame = read(panels.EFFECTS, sources)
    for one in report.effects:
        row = frame.filter(pl.col("outcome") == one.outcome).row(0, named=True)
        assert row["estimate"] == one.number.estimate
        assert row["standardised"] == pytest.approx(one.number.estimate / one.spread)
        assert row["valid_low"] == one.valid_low


def test_randomised_or_not_decides_the_verbs(compared, filled, tmp_path):
    assert panel_answer(compared, "variants-effects")["title"].startswith("Effects: Warm wording")
    health = json.dumps(panel_answer(compared, "variants-health")["content"])
    assert "Randomised" in health
    assert "may be called effects" in health
    given = version_fixture.inputs(is_randomised=False)
    result = version_fixture.version_report.compute(given, version_fixture.silent)
    version_fixture.save(tmp_path / "results", "variants", result)
    app = create_on(example_study(), filled, Workspace(tmp_path), local_viewer)
    assert panel_answer(app, "variants-effects")["title"].startswith("Associations: Warm")
    assert "Not randomised" in json.dumps(panel_answer(app, "variants-health")["content"])
    assert "is-empty" in panel_answer(app, "variants-horizons")["state"]


def test_health_names_what_failed_first(filled, tmp_path):
    given = version_fixture.inputs(share=0.3)
    result = version_fixture.version_report.compute(given, version_fixture.silent)
    version_fixture.save(tmp_path / "results", "variants", result)
    app = create_on(example_study(), filled, Workspace(tmp_path), local_viewer)
    answer = panel_answer(app, "variants-health")
    assert "1 failed" in answer["caption"]
    said = json.dumps(answer["content"])
    assert said.index("Sample ratio") < said.index("Contamination")
    assert "Look for a fault" in said


def test_the_chosen_outcome_reaches_looks_weeks_and_moderators(compared):
    for name in ("looks", "weeks", "moderators"):
        answer = panel_answer(compared, f"variants-{name}", "?result=alliance")
        assert "Alliance (total)" in answer["title"]


def test_figures_draw_what_there_is_and_words_where_there_is_nothing(sources):
    drawn = (
        (variants.love, read(panels.BALANCE, sources)),
        (variants.effects, read(panels.EFFECTS, sources)),
        (variants.moderators, read(panels.MODERATORS, sources)),
        (variant_course.looks, read(panels.LOOKS, sources)),
        (variant_course.weeks, read(panels.WEEKS, sources)),
        (prompt_figures.horizons, read(prompt_panels.HORIZONS, sources)),
        (prompt_figures.course, read(prompt_panels.COURSE, sources)),
        (prompt_figures.moderation, read(prompt_panels.MODERATION, sources)),
    )
    for figure, frame in drawn:
        before = frame.clone()
        assert figure(frame)["data"]
        assert frame.equals(before)
        nothing = figure(frame.clear())
        assert nothing["data"] == []
        assert nothing["layout"]["annotations"]


def test_an_outcome_that_never_happens_has_words_instead_of_a_nought(sources):
    figure = prompt_figures.horizons(read(prompt_panels.HORIZONS, sources))
    words = [one["text"] for one in figure["layout"]["annotations"]]
    assert words.count("not estimable") == 2
    assert all(value is not None for trace in figure["data"] for value in trace["x"])


def test_shares_are_written_in_percentage_points(sources):
    frame = read(panels.LOOKS, sources)
    figure = variant_course.looks(frame)
    line = figure["data"][-1]
    assert line["y"][-1] == pytest.approx(100 * frame["estimate"][-1])
    assert "percentage points" in figure["layout"]["yaxis"]["title"]["text"]


@BY_ID
def test_small_groups_are_withheld_with_all_their_numbers(sources, panel):
    frame = read(panel, sources).with_columns(n_participants=pl.lit(4, pl.Int64))
    kept = withhold(frame, panel.cells, 10)
    for name in panel.cells.numbers:
        assert kept[name].is_null().all()


def designer() -> Viewer:
    return Viewer(account="d", role="designer", edition="masked", smallest_cell=10)


def test_designers_read_the_masked_edition_and_its_results_only(filled, workspace, report):
    """Results of the open edition are in a folder that a designer's panels never open."""
    app = create_on(example_study(), filled, workspace, designer)
    assert "is-empty" in panel_answer(app, "variants-effects")["state"]
    version_fixture.save_all(workspace.edition("masked").results)
    answer = panel_answer(app, "variants-effects")
    assert "is-ready" in answer["state"]
    assert not any(one.kind == "Arm" for one in report.moderators)


def test_the_lists_offer_features_versions_and_outcomes(filled, workspace, tmp_path):
    context = Context(
        study=example_study(), marts=filled, viewer=local_viewer, results=workspace.results
    )
    features, versions, outcomes = page.options(context, None)
    assert features == [{"value": "reminder", "label": "Session reminder"}]
    assert versions == [{"value": "warm", "label": "Warm wording"}]
    assert {"value": "within_24h", "label": "Session within 24 hours"} in outcomes
    empty = replace(context, results=tmp_path / "none")
    assert page.options(empty, None) == [[], [], []]
