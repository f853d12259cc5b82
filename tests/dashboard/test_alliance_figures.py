"""Figures of the Alliance page, and the frames made for them."""

from itertools import pairwise

import polars as pl
import pytest

from dashboard import completeness, theme
from dashboard.figures import alliance as figures
from dashboard.figures import completeness as completeness_figures
from dashboard.figures.facets import counted_ticks, facets
from dashboard.intervals import with_t_interval


def weeks(**changes: object) -> pl.DataFrame:
    """Two dimensions over weeks 1, 2 and 4; week 4 is open."""
    rows = [
        {
            "dimension_id": name,
            "dimension_label": name.capitalize(),
            "position": position,
            "is_total": False,
            "study_week": week,
            "n_participants": n,
            "n_incomplete": 1,
            "n_occasions": n + 1,
            "n_answering": n,
            "mean_score": 3.0 + week / 10,
            "sd_score": 0.8,
            "low": 1.0,
            "high": 7.0,
            "n_at_risk": 20,
            "n_open": 3 if week == 4 else 0,
            "n_not_reached": 2 if week == 4 else 0,
        }
        | changes
        for position, name in enumerate(("humanness", "flexibility"))
        for week, n in ((1, 16), (2, 14), (4, 9))
    ]
    return with_t_interval(pl.DataFrame(rows), mean="mean_score", sd="sd_score")


def test_t_interval_is_that_of_a_textbook():
    frame = pl.DataFrame({"mean": [10.0, 5.0], "sd": [2.0, None], "n": [16, 1]})
    found = with_t_interval(frame, mean="mean", sd="sd", n="n")
    # t(15) at 97.5 % is 2.13145.
    assert found["ci_low"][0] == pytest.approx(10 - 2.13145 * 0.5, abs=1e-4)
    assert found["ci_high"][0] == pytest.approx(10 + 2.13145 * 0.5, abs=1e-4)
    assert found.row(1)[-2:] == (None, None)


def test_dimensions_share_the_range_of_their_scale():
    figure = figures.dimensions_over_weeks(weeks())
    ranges = {tuple(figure["layout"][axis]["range"]) for axis in ("yaxis", "yaxis2")}
    assert len(ranges) == 1
    low, high = ranges.pop()
    assert low < 1 <= 7 < high < 8


def test_open_weeks_are_hollow_and_dotted():
    solid, dotted, marks = figures.dimensions_over_weeks(weeks())["data"][:3]
    colour = theme.dimension_colour("humanness")
    assert marks["marker"]["color"] == [colour, colour, theme.SURFACE]
    assert (solid["x"], solid["line"]["dash"]) == ([1, 2, None], "solid")
    assert (dotted["x"], dotted["line"]["dash"]) == ([2, 4, None], "dot")


def test_n_stands_under_each_week_and_in_the_hover():
    figure = figures.dimensions_over_weeks(weeks())
    assert figure["layout"]["xaxis"]["ticktext"] == ["1<br>16", "2<br>14", "4<br>9"]
    ends, n, more = figure["data"][2]["customdata"][2]
    assert (n, "to" in ends) == ("9", True)
    assert "3 participants" in more
    assert "not reached yet by 2 participants" in more


def test_flexibility_is_called_context():
    titles = [
        note["text"] for note in figures.dimensions_over_weeks(weeks())["layout"]["annotations"]
    ]
    assert titles == ["<b>Humanness</b>", "<b>Flexibility</b> (context)"]


def test_a_week_without_a_mean_has_no_mark():
    frame = weeks().with_columns(
        mean_score=pl.when(pl.col("study_week") != 2).then("mean_score"),
    )
    marks = figures.dimensions_over_weeks(frame)["data"][2]
    assert marks["x"] == [1, 4]
    assert 0 not in marks["y"]


def groups(split: str, n_groups: int = 2) -> pl.DataFrame:
    rows = [
        {
            "group_id": f"g{g}",
            "group_label": f"Group {g}",
            "group_position": g,
            "study_week": week,
            "n_participants": 8,
            "mean_score": 4.0 + g / 10,
            "sd_score": 1.0,
            "low": 1.0,
            "high": 7.0,
            "split": split,
            "dimension_label": "Humanness",
        }
        for g in range(n_groups)
        for week in (1, 2)
    ]
    return with_t_interval(pl.DataFrame(rows), mean="mean_score", sd="sd_score")


def test_arms_share_axes_and_differ_in_more_than_colour():
    figure = figures.dimension_by_group(groups("arm", 3))
    looks = [(t["line"]["color"], t["line"]["dash"], t["marker"]["symbol"]) for t in figure["data"]]
    assert [look[0] for look in looks] == [theme.arm_colour(i) for i in range(3)]
    assert len({look[1] for look in looks}) == len({look[2] for look in looks}) == 3
    # Shifted so that intervals can be told apart; the hover names the true week.
    assert figure["data"][0]["x"] != figure["data"][1]["x"]
    assert figure["data"][0]["customdata"][0][-1] == 1


def test_cohorts_get_a_little_plot_each_with_the_others_behind():
    figure = figures.dimension_by_group(groups("cohort", 3))
    assert {"xaxis", "xaxis2", "xaxis3"} <= figure["layout"].keys()
    ghosts = [trace for trace in figure["data"] if trace.get("line", {}).get("color") == theme.AXIS]
    assert len(ghosts) == 3 * 2


def latest(high: float = 7.0) -> pl.DataFrame:
    rows = [
        ("humanness", "Humanness", 0, False, 3, score, 1.0, 7.0) for score in (2.0, 3.0, 5.0)
    ] + [("use", "Use", 1, False, 3, high, 1.0, high)]
    names = ("dimension_id", "dimension_label", "position", "is_total", "study_week", "score",
             "low", "high")  # fmt: skip
    return pl.DataFrame(rows, schema=names, orient="row")


def test_latest_scores_have_one_box_each_with_n():
    figure = figures.latest_scores(latest())
    assert [trace["name"] for trace in figure["data"]] == ["Humanness<br>n = 3", "Use<br>n = 1"]
    assert figure["data"][0]["x"] == [2.0, 3.0, 5.0]


def test_many_scores_are_sent_as_the_box_that_plotly_would_reckon():
    scores = [1.0, *(3.0 + 0.002 * n for n in range(1000)), 7.0]
    few = latest().head(1).drop("score")
    many = pl.concat([few] * len(scores)).with_columns(score=pl.Series(scores))
    [box] = figures.latest_scores(many)["data"]
    assert "x" not in box
    # Plotly's "linear": at position n * p - 0.5 of the sorted values, counted from nought.
    assert (box["q1"], box["median"], box["q3"]) == (
        [pytest.approx(3.498)], [pytest.approx(3.999)], [pytest.approx(4.5)]
    )  # fmt: skip
    assert (box["lowerfence"], box["upperfence"]) == ([3.0], [pytest.approx(4.998)])


def test_scales_of_other_lengths_are_shown_as_shares_of_their_range():
    figure = figures.latest_scores(latest(high=13.0))
    assert figure["data"][1]["x"] == [100.0]
    assert "per cent" in figure["layout"]["xaxis"]["title"]["text"]


STATUS = pl.DataFrame(
    [
        ("s1", "Week 1", "done", "active", 6),
        ("s1", "Week 1", "late", "inactive", 1),
        ("s1", "Week 1", "missed", "inactive", 3),
        ("s1", "Week 1", "excused", "unknown", 2),
        ("s2", "Week 2", "open", "active", 4),
    ],
    schema=["survey_id", "survey_label", "status", "use", "n_participants"],
    orient="row",
).with_columns(
    study_week=pl.when(pl.col("survey_id") == "s1").then(1).otherwise(2),
    instrument_label=pl.lit("Scale"),
)


def test_open_and_excused_surveys_are_not_failures():
    frame = completeness.survey_shares(STATUS)
    assert frame["n_due"].to_list() == [12, 4]
    assert frame["share_filled"].to_list() == [0.7, None]
    figure = completeness_figures.survey_shares(frame)
    assert [trace["name"] for trace in figure["data"]] == [
        "done in time", "done late", "still open", "missed", "excused",
    ]  # fmt: skip
    total = [sum(trace["x"][row] for trace in figure["data"]) for row in (0, 1)]
    assert total == pytest.approx([1.0, 1.0])


def test_filling_in_is_compared_by_use():
    frame = completeness.filled_by_use(STATUS)
    assert frame.select("use", "n_filled", "n_over").rows() == [
        ("active", 6, 6),
        ("inactive", 1, 4),
    ]
    # Wilson's interval for 6 of 6 reaches below 1 although the share is 1.
    assert frame["ci_low"][0] == pytest.approx(0.6097, abs=1e-3)
    figure = completeness_figures.filled_by_use(frame)
    assert len({trace["marker"]["symbol"] for trace in figure["data"]}) == 2


def test_score_completeness_counts_occasions():
    frame = completeness.score_completeness(weeks())
    assert frame["n_occasions"].to_list() == [42, 42]
    assert frame["n_complete"].to_list() == [39, 39]
    assert "39 of 42" in completeness_figures.score_completeness(frame)["data"][0]["text"][0]


CASES = [
    (figures.dimensions_over_weeks, weeks()),
    (figures.dimension_by_group, groups("arm")),
    (figures.dimension_by_group, groups("cohort", 5)),
    (figures.latest_scores, latest()),
    (completeness_figures.survey_shares, completeness.survey_shares(STATUS)),
    (completeness_figures.filled_by_use, completeness.filled_by_use(STATUS)),
    (completeness_figures.score_completeness, completeness.score_completeness(weeks())),
]


@pytest.mark.parametrize(("figure", "frame"), CASES)
def test_frames_are_not_modified_and_empty_ones_are_explained(figure, frame):
    before = frame.clone()
    assert figure(frame)["data"]
    assert frame.equals(before)
    empty = figure(frame.clear())
    assert empty["data"] == []
    assert empty["layout"]["annotations"][0]["text"].startswith("No")


def test_ticks_that_would_touch_are_left_out_but_not_the_last():
    ticks = counted_ticks([0, 1, 2, 3, 24], [9, 8, 7, 6, 100], width_px=260)
    assert ticks["tickvals"] == [0, 3, 24]
    assert ticks["ticktext"][-1] == "24<br>100"


@pytest.mark.parametrize("n", [1, 2, 5, 30])
def test_facets_stay_inside_the_figure_and_do_not_overlap(n):
    placed = facets(n, 3)
    assert len(placed) == n
    for facet in placed:
        assert 0 <= facet.x[0] < facet.x[1] <= 1
        assert 0 <= facet.y[0] < facet.y[1] <= 1
    rows = sorted({facet.y for facet in placed})
    assert all(below[1] < above[0] for below, above in pairwise(rows))
