"""Figures of the Models page: what is drawn where, and that frames stay as they were."""

import itertools
import math

import polars as pl
import pytest

from dashboard import model_frames, theme
from dashboard.figures import models as figures
from dashboard.figures import opinions as forest
from dashboard.figures.ratio_axis import ratio_axis
from models.results import Opinion
from tests.dashboard import result_fixture as fixture

HEADLINE = "headline (mixed model)"


def opinions(outcome="humanness", **changes) -> pl.DataFrame:
    return model_frames.opinions(fixture.result(outcome, **changes))


def names(figure) -> list[str]:
    return [trace["name"] for trace in figure["data"]]


def test_every_method_is_a_trace_in_each_column_and_once_in_the_legend():
    figure = forest.opinions(opinions())
    assert names(figure) == [HEADLINE, "CR2", "GEE", "bootstrap"] * 2
    assert [trace["showlegend"] for trace in figure["data"]] == [True] * 4 + [False] * 4
    assert {trace["xaxis"] for trace in figure["data"]} == {"x", "x2"}
    assert len({trace["marker"]["symbol"] for trace in figure["data"]}) == 4


def test_methods_of_a_term_stand_below_each_other_and_terms_do_not_touch():
    figure = forest.opinions(opinions())
    bands = [[trace["y"][i] for trace in figure["data"][:4]] for i in range(5)]
    assert all(band == sorted(band) and len(set(band)) == 4 for band in bands)
    assert all(one[-1] + 1 < after[0] for one, after in itertools.pairwise(bands))


def test_the_scale_is_common_and_logarithmic_for_odds_ratios():
    figure = forest.opinions(opinions("adherence"))
    assert "marginal" in names(figure)
    assert figure["layout"]["xaxis"]["type"] == figure["layout"]["xaxis2"]["type"] == "log"
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [1.0, 1.0]
    linear = forest.opinions(opinions())
    assert "type" not in linear["layout"]["xaxis"]
    assert [shape["x0"] for shape in linear["layout"]["shapes"]] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.85, 1.1, ["0.85", "0.9", "0.95", "1", "1.05", "1.1"]),
        (0.35, 4.9, ["0.5", "1", "2", "5"]),
        (1.001, 1.02, ["1", "1.01", "1.02"]),
        (1e-9, 1e9, ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]),
        (2.0, 1e9, ["1", "10", "100", "1000"]),
        (1.0, 1.0, ["0.9", "0.95", "1", "1.05", "1.1"]),
    ],
)
def test_an_axis_of_odds_ratios_has_few_plain_ticks_and_one_at_none(low, high, ticks):
    axis = ratio_axis(low, high)
    assert axis["ticktext"] == ticks
    start, end = axis["range"]
    assert start < math.log10(max(low, 1e-3)) <= math.log10(min(high, 1e3)) < end
    assert start < 0 < end


def test_disagreement_is_written_in_the_plot_above_its_term():
    frame = opinions()
    differing = frame.filter(pl.col("agreement") != "")
    assert differing.height >= 1
    figure = forest.opinions(frame)
    words = [one for one in figure["layout"]["annotations"] if one["text"].startswith("≠")]
    assert [one["text"] for one in words] == ["≠ GEE includes no association"]
    row = figure["data"][0]["x"].index(frame.filter(term=differing["term"][0])["estimate"][0])
    assert words[0]["y"] < figure["data"][0]["y"][row]
    agreed = frame.with_columns(agreement=pl.lit(""))
    assert not any(
        one["text"].startswith("≠") for one in forest.opinions(agreed)["layout"]["annotations"]
    )


def test_the_chart_has_the_terms_of_features_only():
    result = fixture.result("humanness")
    more = Opinion("intercept", "cluster_robust", 3.2, 0.2, 2.8, 3.6)
    frame = opinions(opinions=(more, *result.opinions))
    assert "Intercept" in frame["label"]
    assert "Intercept" not in forest.opinions(frame)["layout"]["yaxis"]["ticktext"]


def test_the_forest_is_as_high_as_its_rows_ask():
    few = opinions().filter(pl.col("label") == "Guided path")
    assert (
        forest.opinions(few)["layout"]["height"] < forest.opinions(opinions())["layout"]["height"]
    )


def test_withheld_and_empty_frames_draw_no_mark_but_a_note():
    for frame in (opinions(**fixture.FAILED), opinions().clear()):
        figure = forest.opinions(frame)
        assert figure["data"] == []
        assert "withheld" in figure["layout"]["annotations"][0]["text"]


def influences() -> pl.DataFrame:
    return model_frames.influences(fixture.result("humanness"))


def test_influence_has_a_mark_per_term_for_participants_and_sites():
    figure = figures.influence(influences())
    assert names(figure) == ["without one participant", "without one site"]
    assert [len(trace["x"]) for trace in figure["data"]] == [10, 10]
    assert len({trace["marker"]["symbol"] for trace in figure["data"]}) == 2
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [-1.0, 1.0]
    low, high = figure["layout"]["xaxis"]["range"]
    assert all(low < x < high for trace in figure["data"] for x in trace["x"])


def test_influence_says_what_findings_hang_on():
    words = [one["text"] for one in figures.influence(influences())["layout"]["annotations"]]
    assert words == ["3 participants would lose it", "1 site would reverse it"]


def test_labels_break_between_words():
    assert figures.broken_label("Messages of the coach character") == (
        "Messages of the coach<br>character"
    )
    assert figures.broken_label("Praise") == "Praise"


@pytest.mark.parametrize("read", [model_frames.residual_quantiles, model_frames.level_quantiles])
def test_quantiles_stand_against_the_line_of_equality(read):
    line, points = figures.quantiles(read(fixture.result("humanness")))["data"]
    assert line["x"] == line["y"]
    assert points["mode"] == "markers"
    assert len(points["x"]) == 17
    assert line["x"][0] < min(points["y"])
    assert max(points["y"]) < line["x"][1]


def test_residuals_along_the_fitted_values_have_a_band():
    frame = model_frames.residuals_by_fitted(fixture.result("humanness"))
    low, high, mean = figures.by_fitted(frame)["data"]
    assert high["fill"] == "tonexty"
    assert high["fillcolor"] == theme.BAND
    assert all(a < b < c for a, b, c in zip(low["y"], mean["y"], high["y"], strict=True))


DRAWN = {
    "opinions": (forest.opinions, opinions()),
    "influence": (figures.influence, influences()),
    "quantiles": (
        figures.quantiles,
        model_frames.residual_quantiles(fixture.result("humanness")),
    ),
    "by_fitted": (
        figures.by_fitted,
        model_frames.residuals_by_fitted(fixture.result("humanness")),
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_frames_are_not_modified_and_empty_ones_are_explained(name):
    figure, frame = DRAWN[name]
    before = frame.clone()
    assert figure(frame)["data"]
    assert frame.equals(before)
    empty = figure(frame.clear())
    assert empty["data"] == []
    assert empty["layout"]["annotations"][0]["text"]


@pytest.mark.parametrize("name", DRAWN)
def test_every_colour_is_one_of_the_theme(name):
    figure, frame = DRAWN[name]
    known = set(theme.DARK)

    def colours(node, key="") -> set[str]:
        if isinstance(node, dict):
            return set().union(*(colours(part, name) for name, part in node.items()))
        if isinstance(node, list | tuple):
            return set().union(*(colours(part, key) for part in node))
        return {node} if "color" in key and isinstance(node, str) else set()

    found = colours(figure(frame))
    assert found
    assert found <= known
