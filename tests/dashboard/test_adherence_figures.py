"""Figures of the Adherence page: what they draw, and that they change nothing."""

import polars as pl
import pytest

from dashboard import ledger_grid, theme
from dashboard.figures import adherence as figures
from dashboard.figures import attrition as curves
from dashboard.figures import ledger_grid as grids
from tests.dashboard.test_adherence_intervals import WEEKS

WEEKLY = pl.DataFrame(
    {
        "arm_id": ["b", "a", "a", "a"],
        "arm_label": ["Beta", "Alpha", "Alpha", "Alpha"],
        "arm_position": [1, 0, 0, 0],
        "study_week": [0, 1, 0, 2],
        "n_participants": [4, 4, 5, 2],
        "n_incomplete": [0, 2, 0, 2],
        "n_participants_due": [4, 4, 5, 0],
        "n_due": [4, 4, 5, 0],
        "n_done": [1, 3, 5, 0],
        "n_sessions": [2, 8, 9, 1],
        "share": [0.25, 0.75, 1.0, None],
        "mean_sessions": [0.5, 2.0, 1.8, 0.5],
        "ci_low": [0.05, 0.3, 0.57, None],
        "ci_high": [0.7, 0.95, 1.0, None],
    }
)


@pytest.mark.parametrize("figure", [figures.weekly_share, figures.weekly_usage])
def test_weekly_lines_stand_by_arm_with_hollow_marks_where_weeks_still_run(figure):
    before = WEEKLY.clone()
    drawn = figure(WEEKLY)
    alpha, beta = drawn["data"]
    assert (alpha["name"], beta["name"]) == ("Alpha", "Beta")
    assert alpha["marker"]["symbol"][:2] == ["circle", "circle-open"]
    assert beta["marker"]["symbol"] == ["square"]
    assert alpha["line"]["dash"] != beta["line"]["dash"]
    assert "Hollow" in drawn["layout"]["xaxis"]["title"]["text"]
    assert WEEKLY.equals(before)


def test_the_share_has_a_fixed_scale_ends_of_intervals_and_n_under_each_week():
    drawn = figures.weekly_share(WEEKLY)
    alpha = drawn["data"][0]
    assert alpha["y"] == [1.0, 0.75]
    assert alpha["error_y"]["array"] == pytest.approx([0, 0.2])
    assert alpha["error_y"]["arrayminus"] == pytest.approx([0.43, 0.45])
    assert drawn["layout"]["yaxis"]["range"] == [0, 1.02]
    assert drawn["layout"]["xaxis"]["ticktext"] == ["0<br>9", "1<br>4"]
    assert alpha["customdata"][1][:2] == [1, "75 %"]
    assert alpha["customdata"][1][4] == "3 of 4 sessions due, 4 participants"


def test_without_weeks_there_is_no_line():
    assert figures.weekly_share(WEEKLY.clear())["data"] == []


PAIRS = pl.DataFrame(
    {
        "first_label": ["At least 80 % of the sessions", "Any use"],
        "first_position": [0, 1],
        "second_label": ["Any use", "At least 80 % of the sessions"],
        "second_position": [1, 0],
        "n_both": [10, 10],
        "n_changed": [4, 4],
        "n_first_only": [1, 3],
        "n_second_only": [3, 1],
    }
)


def test_pairs_of_definitions_say_how_many_change_class():
    before = PAIRS.clone()
    heatmap = figures.agreement(PAIRS)["data"][0]
    assert heatmap["text"] == [["", "4<br>of 10"], ["4<br>of 10", ""]]
    assert heatmap["z"] == [[None, 0.4], [0.4, None]]
    assert heatmap["y"] == ["1 · At least 80 % of<br>the sessions", "2 · Any use"]
    assert PAIRS.equals(before)


@pytest.fixture
def cells():
    return ledger_grid.session_cells(WEEKS, None)


def test_the_grid_has_a_cell_per_week_at_risk_and_a_gap_elsewhere(cells):
    before = cells.clone()
    drawn = grids.sessions(cells)
    heatmap = drawn["data"][0]
    assert heatmap["x"] == [0, 9]
    # Heading, p3, p2, heading, p1.
    codes = [[None if code is None else grids.STATES[code] for code in row] for row in heatmap["z"]]
    assert codes == [
        [None, None],
        ["missed", "open"],
        ["partly", None],
        [None, None],
        ["done", None],
    ]
    assert drawn["layout"]["meta"] == [None, "p3", "p2", None, "p1"]
    assert drawn["layout"]["yaxis"]["range"] == [4.5, -0.5]
    assert [note["text"] for note in drawn["layout"]["annotations"]] == [
        "<b>Site 0 · 2</b>",
        "<b>Site 1 · 1</b>",
    ]
    assert heatmap["customdata"][1][0][:2] == ["p3", "missed"]
    assert cells.equals(before)


def test_states_differ_without_colour(cells):
    drawn = grids.sessions(cells)
    signs = {
        trace["marker"]["symbol"]: trace["y"]
        for trace in drawn["data"]
        if trace["type"] == "scatter" and trace["mode"] == "markers" and trace["x"] != [None]
    }
    assert signs == {"x-thin-open": [1], "circle-open": [1]}
    texts = next(trace for trace in drawn["data"] if trace.get("mode") == "text")
    assert list(zip(texts["y"], texts["text"], strict=True)) == [(1, "…"), (2, "2/3")]
    keys = [trace["name"] for trace in drawn["data"] if trace.get("x") == [None]]
    assert keys == ["done", "1/2 partly done", "× missed", "○ still open"]
    plain = {"done", "nothing_due"}
    assert set(grids.SIGNS) | plain == set(grids.STATES)


def test_the_grids_height_follows_its_rows(cells):
    few = grids.sessions(cells.filter(participant_id="p3"))["layout"]["height"]
    assert grids.sessions(cells)["layout"]["height"] - few == 3 * grids.ROW_PX


def test_the_survey_grid_names_instruments_over_their_first_column():
    surveys = WEEKS.head(3).with_columns(
        survey_position=pl.Series([1, 2, 3]),
        survey_label=pl.Series(["A, week 1", "A, week 2", "B, week 1"]),
        instrument_id=pl.Series(["a", "a", "b"]),
        status=pl.Series(["done", "late", "missed"]),
    )
    drawn = grids.surveys(ledger_grid.survey_cells(surveys, None))
    groups = [(note["text"], note["x"]) for note in drawn["layout"]["annotations"][-2:]]
    assert groups == [("a ›", 0.5), ("b ›", 2.5)]


def test_the_usage_grid_counts_sessions_and_says_nothing_of_what_was_due():
    drawn = grids.usage(ledger_grid.usage_cells(WEEKS))
    heatmap = drawn["data"][0]
    assert heatmap["z"][1] == [0, 0]
    assert heatmap["text"][1] == ["0", "0…"]
    assert heatmap["zmin"] == 0
    assert not any(word in str(drawn) for word in ("done", "missed", "due"))


CURVE = pl.DataFrame(
    {
        "arm_id": ["a", "a", "b"],
        "arm_label": ["Alpha", "Alpha", "A label that is long"],
        "arm_position": [0, 0, 1],
        "day": [3.0, 20.0, 20.0],
        "survival": [0.8, 0.4, 1.0],
        "ci_low": [0.5, 0.1, None],
        "ci_high": [0.95, 0.7, None],
        "n_at_risk": [10, 4, 7],
        "n_events": [2, 2, 0],
        "n_participants": [10, 10, 7],
        "half_life": [20.0, 20.0, None],
        "half_life_low": [3.0, 3.0, None],
        "half_life_high": [None, None, None],
    }
)


def test_curves_begin_at_one_and_name_their_half_life():
    before = CURVE.clone()
    drawn = curves.nonusage(CURVE)
    lines = [trace for trace in drawn["data"] if trace.get("name")]
    assert [line["name"] for line in lines] == [
        "Alpha: half-life 20 days (from 3)",
        "A label that is long: more than half remain",
    ]
    assert lines[0]["x"] == [0, 3.0, 20.0]
    assert lines[0]["y"] == [1, 0.8, 0.4]
    assert lines[0]["line"]["shape"] == "hv"
    assert lines[0]["line"]["dash"] != lines[1]["line"]["dash"]
    assert drawn["layout"]["yaxis"]["title"]["text"] == "Still using the app"
    assert drawn["layout"]["yaxis"]["range"] == [0, 1.02]
    assert CURVE.equals(before)


def test_numbers_at_risk_are_those_just_before_each_mark():
    drawn = curves.dropout(CURVE)
    alpha, beta = [trace for trace in drawn["data"] if trace["mode"] == "text"]
    assert alpha["x"] == [0, 7, 14]
    assert alpha["text"] == ["10", "4", "4"]
    assert beta["text"] == ["7", "7", "7"]
    assert drawn["layout"]["yaxis2"]["ticktext"] == ["Alpha", "A label that is<br>long"]


def test_without_an_event_the_band_is_the_curve():
    low, high = [
        trace
        for trace in curves.dropout(CURVE)["data"]
        if trace.get("legendgroup") == "b" and "name" not in trace
    ]
    assert low["y"] == high["y"] == [1, 1.0]


def test_no_curve_without_participants():
    assert curves.nonusage(CURVE.clear())["data"] == []


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (3.0, 30.0, "half-life 20 days (from 3 to 30)"),
        (None, 30.0, "half-life 20 days (to 30)"),
        (None, None, "half-life 20 days (interval open at both ends)"),
    ],
)
def test_open_ends_of_a_half_life_are_said(low, high, words):
    row = {"half_life": 20.0, "half_life_low": low, "half_life_high": high}
    assert curves.half_life(row) == words


def test_colours_are_the_themes_so_that_dark_has_a_partner(cells):
    drawn = str(grids.sessions(cells)["data"])
    assert all(fill in theme.DARK for fill in grids.FILLS.values())
    assert theme.SURFACE in drawn
