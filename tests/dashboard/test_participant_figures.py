"""Figures of the Participant page: what they draw, and that they change nothing."""

import itertools

import polars as pl
import pytest

from dashboard import theme
from dashboard.figures import participant as figures
from dashboard.figures import participant_scores
from dashboard.participant_log import SCHEMA

ROWS = [
    ("due", "session", "Sessions due", 0, 6, None, None, None, "done", "Session: done"),
    ("due", "session", "Sessions due", 0, 13, None, None, None, "missed", "Session: missed"),
    ("due", "survey", "Surveys due", 1, 7, None, None, None, "late", "Survey: done late"),
    ("session", "use", "Minutes of use", 0, 5, 12.5, None, None, None, "Session 1"),
    ("session", "use", "Minutes of use", 0, 8, None, None, None, "single", "Session 2"),
    ("exposure", "dialogue", "Praise", 0, 5, 4.0, None, None, "seen", "4 × seen"),
    ("exposure", "dialogue", "Praise", 0, 8, 1.0, None, None, "seen", "1 × seen"),
    ("exposure", "social", "Stories", 1, 5, 2.0, None, None, "seen", "2 × seen"),
    ("score", "humanness", "Humanness", 0, 7, 4.0, 1.0, 7.0, None, "3 of 3 items answered"),
    ("score", "humanness", "Humanness", 0, 14, 5.0, 1.0, 7.0, "incomplete", "2 of 3 items"),
    ("score", "alliance", "Alliance", 1, 7, 4.5, 1.0, 7.0, None, "15 of 15 items answered"),
    ("mark", "data_end", "Data end", 0, 20, None, None, None, None, "1 Mar 2025"),
    ("mark", "withdrawn", "Withdrawn", 1, 16, None, None, None, None, "24 Feb 2025"),
]


def frame(rows=ROWS):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def traces(drawn, axis):
    return [trace for trace in drawn["data"] if trace["yaxis"] == axis]


def test_the_strips_share_one_axis_and_do_not_overlap():
    layout = figures.timeline(frame())["layout"]
    strips = [layout[name]["domain"] for name in ("yaxis", "yaxis2", "yaxis3", "yaxis4")]
    assert all(upper[0] > lower[1] for upper, lower in itertools.pairwise(strips))
    assert strips[0][1] == 1
    assert strips[-1][0] == pytest.approx(0, abs=1e-9)
    assert [name for name in layout if name.startswith("xaxis")] == ["xaxis"]
    assert layout["xaxis"]["anchor"] == "y4"


def test_what_was_due_differs_by_symbol_and_lane():
    due = traces(figures.timeline(frame()), "y")
    assert [(trace["name"], trace["marker"]["symbol"]) for trace in due] == [
        ("done", "circle"),
        ("done late", "diamond"),
        ("missed", "x-thin-open"),
    ]
    assert [trace["y"] for trace in due] == [[0], [1], [0]]


def test_sessions_are_minutes_and_single_events_have_no_length():
    bars, single = traces(figures.timeline(frame()), "y2")
    assert (bars["x"], bars["y"]) == ([5], [12.5])
    assert (single["x"], single["y"]) == ([8], [0])
    assert "no length" in single["customdata"][0][1]


def test_the_area_of_a_mark_goes_with_the_count():
    praise, stories = traces(figures.timeline(frame()), "y3")
    most, least = praise["marker"]["size"]
    assert most == figures.LARGEST_MARK
    assert most / least == pytest.approx(2)
    assert stories["y"] == [1]
    assert praise["marker"]["color"] == theme.category_colour("dialogue")


def test_scores_with_items_missing_are_hollow_and_in_points():
    drawn = figures.timeline(frame())
    humanness, alliance = traces(drawn, "y4")
    assert humanness["marker"]["symbol"] == ["circle", "circle-open"]
    assert humanness["y"] == [4.0, 5.0]
    assert alliance["line"]["dash"] != humanness["line"]["dash"]
    assert drawn["layout"]["yaxis4"]["range"] == [0.8, 7.2]


def test_scales_of_different_ends_are_shown_as_shares_of_each():
    rows = [*ROWS, ("score", "use", "Use", 2, 7, 50.0, 0.0, 100.0, None, "")]
    drawn = figures.timeline(frame(rows))
    assert [trace["y"][0] for trace in traces(drawn, "y4")] == pytest.approx([0.5, 7 / 12, 0.5])
    assert "share of the scale" in drawn["layout"]["yaxis4"]["title"]["text"]


def test_withdrawal_and_data_end_are_marked():
    layout = figures.timeline(frame())["layout"]
    assert [(line["x0"], line["line"]["dash"]) for line in layout["shapes"]] == [
        (20, "dot"),
        (16, "solid"),
    ]
    assert [note["text"] for note in layout["annotations"]] == ["Data end", "Withdrawn"]


def test_a_data_end_long_after_the_rest_does_not_squeeze_it():
    rows = [row if row[1] != "data_end" else (*row[:4], 400, *row[5:]) for row in ROWS]
    layout = figures.timeline(frame(rows))["layout"]
    assert layout["xaxis"]["range"] == [-1.5, 17.5]
    assert [note["text"] for note in layout["annotations"]] == ["Withdrawn"]


def test_strips_without_rows_are_left_out_and_the_height_follows():
    whole = figures.timeline(frame())["layout"]
    some = figures.timeline(frame([row for row in ROWS if row[0] != "exposure"]))["layout"]
    assert "yaxis4" not in some
    assert whole["height"] - some["height"] == 2 * figures.LANE_PX + figures.GAP_PX


def test_an_empty_log_gives_no_trace():
    assert figures.timeline(frame([]))["data"] == []


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(0, 20, [0, 7, 14]), (-10, 20, [-7, 0, 7, 14]), (0, 175, [0, 28, 56, 84, 112, 140, 168])],
)
def test_ticks_are_whole_weeks_from_day_zero(first, last, expected):
    assert figures.ticks(first, last) == expected


SCORES = pl.DataFrame(
    {
        "dimension_id": ["use", "humanness", "humanness", "humanness"],
        "dimension_label": ["Use", "Humanness", "Humanness", "Humanness"],
        "position": [1, 0, 0, 0],
        "answered_at": [7, 21, 7, 14],
        "study_day": [7, 21, 7, 14],
        "score": [3.0, 6.0, 5.5, None],
        "n_items_answered": [3, 2, 3, 1],
        "n_items": [3, 3, 3, 3],
        "is_complete": [True, False, True, False],
        "low": [1.0] * 4,
        "high": [7.0] * 4,
        "first_score": [3.0, 5.5, 5.5, 5.5],
        "band_low": [None, 3.5, 3.5, 3.5],
        "band_high": [None, 7.5, 7.5, 7.5],
        "band_note": ["No band: no sd", "Band", "Band", "Band"],
    }
)


def test_each_dimension_has_its_plot_with_the_band_cut_at_the_scale():
    before = SCORES.clone()
    drawn = participant_scores.scores(SCORES)
    humanness, use = drawn["data"]
    assert (humanness["name"], use["name"]) == ("Humanness", "Use")
    assert (humanness["x"], humanness["y"]) == ([7, 21], [5.5, 6.0])
    assert humanness["marker"]["symbol"] == ["circle", "circle-open"]
    band, line = drawn["layout"]["shapes"]
    assert (band["y0"], band["y1"]) == (3.5, 7.0)
    assert line["y0"] == line["y1"] == 5.5
    assert SCORES.equals(before)


def test_plots_share_their_days_and_have_their_scales_range():
    layout = participant_scores.scores(SCORES)["layout"]
    assert layout["xaxis"]["range"] == layout["xaxis2"]["range"]
    assert layout["yaxis"]["range"] == pytest.approx([0.76, 7.24])
    assert [note["text"] for note in layout["annotations"]] == ["Humanness", "Use"]


def test_no_plot_without_scores():
    assert participant_scores.scores(SCORES.clear())["data"] == []


def test_the_log_is_not_modified():
    rows = frame()
    before = rows.clone()
    figures.timeline(rows)
    assert rows.equals(before)
