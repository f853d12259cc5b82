"""The Outlook page: saved analyses as frames, sentences and figures, for whoever may see them."""

import json
import re

import polars as pl
import pytest

from access.cells import withhold
from access.viewer import Viewer, local_viewer
from dashboard import gate
from dashboard.context import Context
from dashboard.factory import create_on
from dashboard.figures import outlook as figures
from dashboard.figures import outlook_forecast, outlook_tipping
from dashboard.outlook import basis, cells, frames, sentences
from dashboard.pages import outlook as page
from queries.filters import Filters
from tests.dashboard import outlook_fixture as fixture
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import example_study
from warehouse.workspace import Workspace

BY_ID = pytest.mark.parametrize("panel", page.PANELS, ids=lambda panel: panel.id)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outlook") / "results"
    fixture.save_all(folder)
    return folder


@pytest.fixture(scope="module")
def analysed(filled, results):
    """The dashboard with saved analyses."""
    return create_on(example_study(), filled, Workspace(results.parent), local_viewer)


@BY_ID
def test_every_panel_answers_with_its_n(analysed, panel):
    answer = panel_answer(analysed, panel.id)
    assert "is-ready" in answer["state"]
    assert answer["caption"].startswith("n = 2")
    if "table" in panel_answer(analysed, panel.id, view="table"):
        table = panel_answer(analysed, panel.id, view="table")["table"]
        assert table["props"]["rowData"]


@BY_ID
def test_without_analyses_every_panel_is_explained(app, panel):
    answer = panel_answer(app, panel.id)
    if panel is page.SUMMARY:
        assert json.dumps(answer["content"]).count("Run: rapport fit") == 3
        return
    assert "is-empty" in answer["state"]
    assert "rapport fit" in json.dumps(answer["message"])


def test_what_is_not_estimable_says_why_at_the_top(tmp_path):
    fixture.refuse(tmp_path, "forecast", "7 participants have two surveys or more.")
    frame = sentences.summary(tmp_path)
    row = frame.filter(pl.col("part") == "forecast").row(0, named=True)
    assert (row["answer"], row["is_answered"]) == ("Not estimable", False)
    assert row["detail"] == "7 participants have two surveys or more."
    shown = withhold(frame, cells.SUMMARY, 10)
    assert "fewer than 10 participants have" in shown["detail"][2]
    for make in (frames.widths, frames.curves, frames.deltas):
        assert make(tmp_path, None).is_empty()


class TestSentences:
    def test_numbers_are_those_of_the_analyses(self, results):
        dropout, tipping, forecast = sentences.summary(results)["answer"]
        assert "44 % lower hazard" in dropout
        assert "hazard ratio 0.56 per point, 95 % interval 0.35 to 0.91" in dropout
        assert "flips once missed surveys are 0.67 points higher" in tipping
        assert tipping.startswith("Praise after a session")
        plan = next(p for p in fixture.FORECAST.points if p.is_plan and p.quantity == "groups")
        assert f"± {plan.half_width:.2f} points with 280 participants" in forecast
        assert forecast.startswith("Two of the 3 arms")

    def test_a_loss_without_numbers_says_so(self, results):
        detail = sentences.summary(results)["detail"][0]
        assert "not estimable" in detail
        assert "4 of 264" in detail

    def test_words_claim_nothing_causal(self, results):
        said = " ".join(
            [
                *sentences.summary(results).select("answer", "detail").to_series().to_list(),
                *(f"{panel.title} {panel.definition}" for panel in page.PANELS),
            ]
        )
        assert not re.search(r"\b(caus|because of alliance|leads to|predicts)\w*", said)
        assert "ssociation" in said


class TestFrames:
    def test_each_choice_is_followed_and_nonsense_is_the_default(self, results):
        assert frames.deltas(results, None)["term"][0] == "within:praise"
        assert frames.deltas(results, "coach")["term"][0] == "within:coach"
        assert frames.deltas(results, "x'--")["term"][0] == "within:praise"
        assert frames.widths(results, "within")["unit"][0] == "points per exposure"
        assert frames.widths(results, "nonsense")["interval"][0] == "groups"
        assert frames.curves(results, "nonusage").is_empty()
        assert frames.curves(results, "nonsense")["loss"][0] == "dropout"

    def test_the_plan_is_what_others_are_compared_with(self, results):
        frame = frames.widths(results, "within")
        plan = frame.filter("is_plan").row(0, named=True)
        assert (plan["n_planned_participants"], plan["against_plan"]) == (280, 0.0)
        half = frame.filter(n_planned_participants=140, n_surveys=11).row(0, named=True)
        assert half["against_plan"] == pytest.approx(2**0.5 - 1)

    def test_a_survey_that_nobody_passed_has_no_share(self, results):
        frame = frames.answers(results)
        assert frame["share"].to_list() == [pytest.approx(250 / 270), None]

    def test_a_drifting_ratio_is_told(self, results):
        verdicts = dict(frames.checks(results).select("measure_label", "verdict").iter_rows())
        assert verdicts["Alliance, per point"].startswith("no sign")
        assert verdicts["Use, per session in the week before"].startswith("changes over time")

    def test_the_basis_names_every_estimate_and_its_warnings(self, results):
        frame = basis.basis(results)
        values = dict(frame.select("label", "value").iter_rows())
        assert values["Blinded ICC"] == "0.66"
        assert values["Plan"] == "280 participants"
        assert values["Own slopes"] == "0.010 points"
        assert "A variance between" in frame.filter(label="Note")["words"][0]


class TestFigures:
    def test_ratios_draw_each_model_on_a_log_axis_and_say_what_is_missing(self, results):
        frame = frames.ratios(results)
        before = frame.clone()
        drawn = figures.ratios(frame)
        assert frame.equals(before)
        alone, together = drawn["data"]
        assert sorted(alone["x"]) == [0.56, 0.95]
        assert sorted(together["x"]) == [0.58, 0.97]
        assert drawn["layout"]["xaxis"]["type"] == "log"
        said = [note["text"] for note in drawn["layout"]["annotations"]]
        assert "Not estimable" in said
        assert any("51 of 264" in words for words in said)

    def test_curves_have_bands_and_numbers_at_risk(self, results):
        drawn = figures.curves(frames.curves(results, None))
        lines = [trace for trace in drawn["data"] if trace.get("mode") == "lines+markers"]
        assert [trace["name"] for trace in lines] == [
            "Low third (3.9)",
            "Middle third (4.5)",
            "High third (5.0)",
        ]
        assert len({trace["line"]["dash"] for trace in lines}) == 3
        risk = [trace for trace in drawn["data"] if trace.get("mode") == "text"]
        assert [trace["text"][0] for trace in risk] == ["98", "91", "6"]

    def test_the_tipping_point_is_marked_and_the_lost_ground_shaded(self, results):
        drawn = outlook_tipping.tipping(frames.deltas(results, None))
        shade = next(shape for shape in drawn["layout"]["shapes"] if shape["type"] == "rect")
        assert shade["x0"] == 0.67
        assert any("tips at +0.67" in note["text"] for note in drawn["layout"]["annotations"])
        firm = outlook_tipping.tipping(frames.deltas(results, "coach"))
        assert not [shape for shape in firm["layout"]["shapes"] if shape["type"] == "rect"]

    def test_bars_end_where_associations_tip(self, results):
        bars, marks = outlook_tipping.tips(frames.tips(results))["data"]
        assert bars["base"] == [-1.0, -1.0]
        assert bars["x"] == [pytest.approx(1.67), 2.0]
        assert marks["x"] == [0.67]

    def test_the_plan_is_marked_on_the_widths(self, results):
        drawn = outlook_forecast.widths(frames.widths(results, None))
        names = [trace["name"] for trace in drawn["data"] if trace.get("showlegend", True)]
        assert names == ["to week 12", "to week 24 (plan)", "to week 30"]
        mark = drawn["data"][-1]
        assert mark["x"] == [280]
        assert drawn["layout"]["annotations"][0]["text"].startswith("<b>plan: ±")

    def test_lines_that_coincide_are_one_and_say_so(self, results):
        frame = frames.widths(results, None)
        week_12 = pl.col("last_week") == 12
        same = frame.filter(pl.col("last_week") == 24).select(
            "n_planned_participants", pl.col("half_width").alias("own")
        )
        near = (
            frame.join(same, on="n_planned_participants", how="left", maintain_order="left")
            .with_columns(half_width=pl.when(week_12).then("own").otherwise("half_width"))
            .drop("own")
        )
        drawn = outlook_forecast.widths(near)
        names = [trace["name"] for trace in drawn["data"] if trace.get("showlegend", True)]
        assert names == ["to week 24 (plan); nearly the same to week 12", "to week 30"]

    def test_frames_without_rows_say_so(self, tmp_path):
        empty = (
            (figures.curves, frames.curves(tmp_path, None)),
            (outlook_tipping.tipping, frames.deltas(tmp_path, None)),
            (outlook_tipping.tips, frames.tips(tmp_path)),
            (outlook_forecast.widths, frames.widths(tmp_path, None)),
            (outlook_forecast.answers, frames.answers(tmp_path)),
        )
        for make, frame in empty:
            drawn = make(frame)
            assert drawn["data"] == []
            assert drawn["layout"]["annotations"][0]["text"]


class TestSmallGroups:
    def test_a_third_with_few_at_risk_is_not_counted(self, results):
        shown = withhold(frames.curves(results, None), cells.CURVES, 10)
        high = shown.filter(level="high")
        assert high["n_at_risk"].is_null().all()
        assert high["survival"].is_not_null().all()
        texts = [trace for trace in figures.curves(shown)["data"] if trace.get("mode") == "text"]
        assert texts[2]["text"] == ["⊘"] * 3

    def test_few_events_take_their_numbers_with_them(self, results):
        shown = withhold(frames.ratios(results), cells.RATIOS, 60)
        assert shown["ratio"].is_null().all()
        assert figures.ratios(shown)["layout"]["annotations"]
        told = withhold(frames.ratios(results), cells.RATIOS, 10)["explanation"].to_list()
        assert any(words.startswith("fewer than 10 participants") for words in told)

    def test_a_withheld_model_draws_nothing(self, results):
        for make, frame, own in (
            (outlook_tipping.tipping, frames.deltas(results, None), cells.DELTAS),
            (outlook_tipping.tips, frames.tips(results), cells.TIPS),
            (outlook_forecast.widths, frames.widths(results, None), cells.WIDTHS),
            (figures.curves, frames.curves(results, None), cells.CURVES),
        ):
            assert make(withhold(frame, own, 1000))["data"] == []
        hidden = withhold(basis.basis(results), cells.BASIS, 1000)
        assert hidden["value"].is_null().all()
        assert basis.view(hidden, Filters())


@pytest.mark.parametrize(
    ("role", "is_theirs"),
    [
        *(("trial", True), ("statistician", True)),
        *(("designer", False), ("clinician", False), ("admin", False)),
    ],
)
def test_the_page_is_for_the_trial_team_and_the_statistician(role, is_theirs):
    viewer = Viewer(account="a", role=role)
    assert all(gate.allowed(panel, viewer) == is_theirs for panel in page.PANELS)


def test_associations_are_offered_in_the_order_of_the_study(filled, results):
    context = Context(study=example_study(), marts=filled, viewer=local_viewer, results=results)
    assert page.options(context)[1] == {"value": "praise", "label": "Praise after a session"}
    assert [one["value"] for one in page.options(context)] == ["reminder", "praise", "coach"]
