"""Figures of retention, reach, doses and raw data: what they draw, and what they leave out."""

from datetime import date

import polars as pl

from access.cells import withhold
from dashboard.figures import raw_points, reach, usage
from dashboard.usage import cells, cohort_table


def retention_frame(**more):
    return pl.DataFrame(
        {
            "study_week": [0, 1],
            "n_participants": [40, 30],
            "n_active": [20, 15],
            "share": [0.5, 0.5],
            "ci_low": [0.4, 0.4],
            "ci_high": [0.6, 0.6],
            "n_left": [0, 12],
            "n_ever": [40, 42],
            "share_of_all": [0.5, 15 / 42],
            "n_open": [0, 11],
            "n_active_open": [0, 0],
            **more,
        }
    )


def test_weeks_that_are_not_over_are_hollow():
    every, inside = usage.retention(retention_frame())["data"]
    assert inside["y"] == [0.5, 0.5]
    assert inside["marker"]["color"][0] != inside["marker"]["color"][1]
    assert every["line"]["dash"] == "dash"


def test_who_left_is_not_to_be_had_by_subtraction():
    frame = withhold(retention_frame(n_left=[0, 3], n_ever=[40, 33]), cells.RETENTION, 10)
    row = frame.row(1, named=True)
    assert (row["n_left"], row["n_ever"], row["share_of_all"]) == (None, None, None)
    assert row["share"] == 0.5


def lifecycle_frame():
    return pl.DataFrame(
        {
            "study_week": [0, 1],
            "n_participants": [40, 40],
            "n_new": [40, 0],
            "n_continuing": [0, 25],
            "n_returning": [0, 0],
            "n_quiet": [0, 12],
            "n_dormant": [0, 3],
            "n_not_begun": [0, 0],
            "n_open": [0, 0],
            "limit_days": [14, 14],
        }
    )


def test_a_week_adds_up_to_everybody():
    drawn = usage.lifecycle(lifecycle_frame())["data"]
    assert [one["name"] for one in drawn] == [
        usage.WORDS[name] for name in ("new", "continuing", "quiet", "dormant")
    ]
    assert [sum(ys) for ys in zip(*(one["y"] for one in drawn), strict=True)] == [1.0, 1.0]


def test_what_is_withheld_of_a_week_is_an_outlined_rest():
    frame = withhold(lifecycle_frame(), cells.LIFECYCLE, 10)
    *_, rest = usage.lifecycle(frame)["data"]
    assert "withheld" in rest["name"]
    # The 3 who are dormant, and the 12 next to them that would give them away.
    assert rest["y"] == [0.0, 15 / 40]


def test_no_week_over_gives_a_note():
    empty = retention_frame().clear()
    assert usage.retention(empty)["data"] == []
    assert usage.lifecycle(lifecycle_frame().clear())["data"] == []


def test_a_release_has_a_line_and_its_name():
    frame = pl.DataFrame(
        {
            "category_id": ["dialogue"] * 2,
            "category_label": ["Dialogue support"] * 2,
            "week_start": [date(2025, 1, 6), date(2025, 1, 13)],
            "is_open": [False, True],
            "n_participants": [20, 20],
            "mean_exposures": [1.0, 2.0],
            "versions": [None, "2.1"],
            "version_date": [None, date(2025, 1, 15)],
        }
    )
    layout = usage.releases(frame)["layout"]
    assert [one["x0"] for one in layout["shapes"]] == [date(2025, 1, 15)]
    assert [one["text"] for one in layout["annotations"]] == ["2.1"]


def cohort_frame():
    return pl.DataFrame(
        {
            "cohort": ["2025-01", "2025-01", "2025-02"],
            "unit": ["month"] * 3,
            "study_week": [0, 1, 0],
            "n_participants": [30, 12, 0],
            "n_active": [18, 12, 0],
            "share": [0.6, 1.0, None],
            "n_open": [0, 18, 30],
        }
    )


def test_cells_that_are_not_over_are_greyed_and_none_is_a_zero():
    text = str(cohort_table.view(cohort_frame()))
    assert text.count("heat is-whole") == 1
    assert text.count("'heat is-part'") == 1
    assert "'heat is-whole', style={'--share': '0%'}" not in text


def reach_frame():
    return pl.DataFrame(
        {
            "feature_id": ["a", "b", "c"],
            "feature_label": ["Cheer", "Badge", "Never"],
            "principle_label": ["Praise", "Rewards", "Rewards"],
            "category_id": ["dialogue"] * 3,
            "category_label": ["Dialogue support"] * 3,
            "is_always_on": [False, True, False],
            "position": [0, 1, 2],
            "n_all": [40] * 3,
            "n_participants": [40] * 3,
            "n_reached_any": [20, 38, 0],
            "n_reached": [20, 38, 0],
            "n_users": [20, 38, 0],
            "mean_per_week": [2.0, 0.5, None],
            "share": [0.5, 0.95, 0.0],
        }
    )


def test_features_stand_by_breadth_and_frequency():
    figure = reach.breadth_by_frequency(reach_frame())
    [trace] = figure["data"]
    assert list(zip(trace["text"], trace["x"], trace["y"], strict=True)) == [
        ("Cheer", 0.5, 2.0),
        ("Badge", 0.95, 0.5),
    ]
    assert "Never" in figure["layout"]["xaxis"]["title"]["text"]


def test_a_withheld_feature_is_named_and_not_placed():
    frame = withhold(reach_frame(), cells.REACH, 10)
    figure = reach.breadth_by_frequency(frame)
    assert figure["data"][0]["text"] == ["Cheer"]
    assert "withheld: Badge" in figure["layout"]["xaxis"]["title"]["text"]


def test_stages_of_a_principle_share_one_little_plot():
    frame = pl.DataFrame(
        {
            "principle_id": ["praise"] * 2,
            "principle_label": ["Praise"] * 2,
            "category_id": ["dialogue"] * 2,
            "stage": ["offered", "seen"],
            "stage_rank": [0, 2],
            "is_exposure": [False, True],
            "study_week": [0, 0],
            "n_participants": [20, 20],
            "n_open": [0, 0],
            "n_reached": [20, 10],
            "mean_reached": [2.0, 1.0],
        }
    )
    offered, seen = reach.dose_by_stage(frame)["data"]
    assert offered["xaxis"] == seen["xaxis"]
    assert offered["line"]["width"] < seen["line"]["width"]
    assert offered["line"]["dash"] != seen["line"]["dash"]


def test_dots_lie_beneath_the_line():
    frame = pl.DataFrame(
        {
            "label": ["Cheer"] * 2,
            "feature_id": ["a"] * 2,
            "part": ["within"] * 2,
            "is_share": [False] * 2,
            "x": [-1.0, 1.0],
            "y": [-0.2, 0.3],
            "fitted": [-0.25, 0.25],
            "n_in_bin": [12, 12],
            "n_rows_in_bin": [40, 10],
        }
    )
    line, dots = raw_points.beneath(frame)["data"]
    assert (line["y"], dots["y"]) == ([-0.25, 0.25], [-0.2, 0.3])
    assert dots["marker"]["size"][0] > dots["marker"]["size"][1]
    assert raw_points.beneath(frame.with_columns(y=pl.lit(None, dtype=pl.Float64)))["data"] == []
