"""Exposure over weeks and the stages of a feature."""

import json

import plotly.utils
import polars as pl
import pytest

from dashboard import funnel, theme
from dashboard.figures import features as figures
from dashboard.intervals import with_t_interval


def exposure(by_feature: bool = False) -> pl.DataFrame:
    rows = [
        {
            "group_id": f"f{number}" if by_feature else category,
            "group_label": f"Feature {number}" if by_feature else category.capitalize(),
            "category_id": "dialogue" if by_feature else category,
            "position": number,
            "study_week": week,
            "n_participants": 20 - week,
            "n_open": int(week == 2),
            "n_exposed": 10,
            "mean_exposures": float(week),
            "sd_exposures": 1.5,
        }
        for number, category in enumerate(("dialogue", "social"))
        for week in (0, 1, 2)
    ]
    return with_t_interval(pl.DataFrame(rows), mean="mean_exposures", sd="sd_exposures")


def test_categories_share_axes_in_their_own_colours():
    figure = figures.exposure_over_weeks(exposure())
    colours = [trace["line"]["color"] for trace in figure["data"]]
    assert colours == [theme.category_colour("dialogue"), theme.category_colour("social")]
    assert len({trace["marker"]["symbol"] for trace in figure["data"]}) == 2
    assert "xaxis2" not in figure["layout"]
    assert figure["layout"]["xaxis"]["ticktext"] == ["0<br>20", "1<br>19", "2<br>18"]


def test_features_have_axes_of_their_own_in_the_colour_of_their_category():
    figure = figures.exposure_over_weeks(exposure(by_feature=True))
    assert {"yaxis", "yaxis2"} <= figure["layout"].keys()
    assert {trace["line"]["color"] for trace in figure["data"]} == {
        theme.category_colour("dialogue")
    }


def test_open_weeks_are_hollow_and_hover_has_the_true_week_and_n():
    trace = figures.exposure_over_weeks(exposure())["data"][0]
    assert trace["marker"]["color"][-1] == theme.SURFACE
    assert trace["marker"]["color"][0] != theme.SURFACE
    week, ends, exposed, at_risk, more = trace["customdata"][2]
    assert (week, exposed, at_risk) == (2, "10", "18")
    assert "1 participant" in more
    # A mean of counts has no value below 0, whatever the t interval says.
    assert trace["customdata"][0][1].startswith("0.00 to")
    assert ends.count("to") == 1


@pytest.mark.parametrize("frame", [exposure(), exposure(by_feature=True)])
def test_frames_are_not_modified_and_empty_ones_are_explained(frame):
    before = frame.clone()
    assert figures.exposure_over_weeks(frame)["data"]
    assert frame.equals(before)
    empty = figures.exposure_over_weeks(frame.clear())
    assert empty["data"] == []
    assert "Nobody" in empty["layout"]["annotations"][0]["text"]


STAGES = pl.DataFrame(
    [
        ("a", "A", "dialogue", "Dialogue", 0, "offered", 0, False, 10.0, 5, 8),
        ("a", "A", "dialogue", "Dialogue", 0, "seen", 2, True, 4.0, 3, 8),
        ("b", "B", "social", "Social", 1, "offered", 0, False, 0.0, 0, 8),
        ("b", "B", "social", "Social", 1, "seen", 2, True, 0.0, 0, 8),
    ],
    schema=[
        "feature_id", "feature_label", "category_id", "category_label", "position", "stage",
        "stage_rank", "is_exposure", "n_exposures", "n_participants", "n_in_scope",
    ],
    orient="row",
)  # fmt: skip


def test_shares_of_stages_are_null_where_there_is_nothing_to_compare_with():
    before = STAGES.clone()
    frame = funnel.with_shares(STAGES)
    assert frame["share_of_previous"].to_list() == [None, 0.4, None, None]
    assert frame["share_of_first"].to_list() == [1.0, 0.4, None, None]
    assert frame["share_reached"].to_list() == [0.625, 0.375, 0.0, 0.0]
    assert STAGES.equals(before)


def test_cards_say_how_many_and_do_not_divide_by_nothing():
    cards = json.dumps(funnel.view(funnel.with_shares(STAGES)), cls=plotly.utils.PlotlyJSONEncoder)
    assert "40 % of the stage before" in cards
    assert "3 participants (38 %)" in cards
    assert "NaN" not in cards
    assert '"width": "0.0%"' in cards
