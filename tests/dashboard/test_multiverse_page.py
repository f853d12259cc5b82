"""The Multiverse page through its callbacks."""

import json

import polars as pl
import pytest

from access.cells import withhold
from access.viewer import local_viewer
from dashboard.context import Context
from dashboard.factory import create_on
from dashboard.figures import multiverse as figures
from dashboard.multiverse import frames
from dashboard.pages import multiverse as page
from dashboard.sources import Sources
from queries.filters import Filters
from tests.dashboard import version_fixture
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import example_study
from warehouse.workspace import Workspace

BY_ID = pytest.mark.parametrize("panel", page.PANELS, ids=lambda panel: panel.id)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = Workspace(tmp_path_factory.mktemp("multiverse"))
    version_fixture.save_all(made.results)
    return made


@pytest.fixture(scope="module")
def computed(filled, workspace):
    return create_on(example_study(), filled, workspace, local_viewer)


@pytest.fixture(scope="module")
def curve(filled, workspace):
    sources = Sources(filled.con, workspace.results)
    return page.read_curve(sources, local_viewer(), Filters(), exposure=None, outcome_of=None)


@BY_ID
def test_every_panel_answers_with_its_n_and_a_table(computed, panel):
    answer = panel_answer(computed, panel.id)
    assert "is-ready" in answer["state"]
    assert answer["caption"].startswith("n = ")
    assert panel_answer(computed, panel.id, view="table")["table"]["props"]["rowData"]


@BY_ID
def test_without_results_every_panel_says_what_to_do(app, panel):
    answer = panel_answer(app, panel.id)
    assert "is-empty" in answer["state"]
    assert "rapport fit" in json.dumps(answer["message"])


def test_the_curve_rises_and_names_each_specification_once(curve):
    values = curve["standardised"].drop_nulls().to_list()
    assert values == sorted(values)
    assert curve["name"].n_unique() == curve.height == 64
    assert curve["is_main"].sum() == 1


def test_points_are_the_estimates_and_marks_their_choices(curve):
    figure = figures.specification_curve(curve)
    drawn = sorted(y for trace in figure["data"] if "error_y" in trace for y in trace["y"])
    assert drawn == curve["standardised"].to_list()
    marks = [trace for trace in figure["data"] if trace.get("yaxis") == "y2"]
    levels = frames.ordered_levels(curve)
    assert sum(len(trace["x"]) for trace in marks) == curve.height * len(levels)
    assert [name for _, name, _ in levels] == [
        *("Window", "Scale of exposure", "Participants' own", "Use"),
    ]


def test_the_words_count_the_curve_and_say_it_is_no_test(curve):
    said = dict(frames.words(curve).select("section", "words").iter_rows())
    same = int((curve["standardised"] > 0).sum())
    assert said["sign"].startswith(f"{same} of 64")
    beyond = int(((curve["std_low"] > 0) | (curve["std_high"] < 0)).sum())
    assert said["beyond"].startswith(f"{beyond} of 64")
    assert "no test" in said["caution"]


def test_each_choice_spans_the_whole_curve(curve):
    by_choice = frames.choices(curve)
    for _, rows in by_choice.group_by("choice"):
        assert rows["n_specifications"].sum() == 64
        assert rows["lowest"].min() == curve["standardised"].min()
        assert rows["highest"].max() == curve["standardised"].max()
        assert rows["is_main"].sum() == 1


def test_a_specification_without_a_number_stays_in_the_table_only(curve):
    some = curve.with_columns(
        pl.when(pl.col("rank") > 60).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("standardised", "std_low", "std_high")
    )
    figure = figures.specification_curve(some)
    assert sum(len(trace["x"]) for trace in figure["data"] if "error_y" in trace) == 60
    assert "4 have none" in frames.words(some)["words"][0]
    assert figures.specification_curve(some.clear())["data"] == []
    assert figures.by_choice(frames.choices(some.clear()))["data"] == []


def test_another_exposure_is_another_curve(computed):
    plan = panel_answer(computed, "multiverse-curve", "?exposure=plan&outcome_of=humanness")
    assert plan["title"].startswith("Plan × Humanness")


@BY_ID
def test_small_groups_are_withheld_with_all_their_numbers(filled, workspace, panel):
    sources = Sources(filled.con, workspace.results)
    frame = panel.read(sources, local_viewer(), Filters(), **dict.fromkeys(panel.choices))
    kept = withhold(frame.with_columns(n_participants=pl.lit(4, pl.Int64)), panel.cells, 10)
    for name in panel.cells.numbers:
        assert kept[name].is_null().all()


def test_the_lists_offer_what_has_a_number(filled, workspace):
    context = Context(
        study=example_study(), marts=filled, viewer=local_viewer, results=workspace.results
    )
    exposures, outcomes = page.options(context)
    assert [one["value"] for one in exposures] == ["praise", "plan"]
    assert outcomes == [{"value": "humanness", "label": "Humanness"}]
