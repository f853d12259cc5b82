"""Figures of the Overview and of the Data page: frame in, plain dict out."""

import json
from datetime import date

import plotly.graph_objects as go
import polars as pl
import pytest

from access.viewer import local_viewer
from dashboard import attention, rules, theme
from dashboard.figures import data as data_figures
from dashboard.figures import overview as figures
from dashboard.pages import data as data_page
from queries import data as data_reads
from queries import overview as reads
from queries.filters import Filters

CASES = [
    (figures.recruitment, reads.recruitment),
    (figures.activity_by_week, reads.activity_by_week),
    (figures.adherence_to_date, reads.adherence_to_date),
    (data_figures.coverage, data_reads.coverage),
    (data_figures.unmapped_events, data_reads.unmapped_events),
]


@pytest.mark.parametrize(("figure", "read"), CASES)
def test_it_is_a_valid_figure_and_leaves_its_frame_alone(con, figure, read):
    frame = read(con, local_viewer(), Filters())
    before = frame.clone()
    drawn = figure(frame)
    assert frame.equals(before)
    assert type(drawn) is dict
    go.Figure(drawn)
    go.Figure(theme.for_scheme(drawn, "dark"))


@pytest.mark.parametrize(("figure", "read"), CASES)
def test_an_empty_frame_draws_nothing_and_does_not_fail(con, figure, read):
    drawn = figure(read(con, local_viewer(), Filters()).clear())
    assert all(len(trace["x"]) == 0 for trace in drawn["data"])


def test_sites_keep_their_colour_dash_and_order(con):
    drawn = figures.recruitment(reads.recruitment(con, local_viewer(), Filters()))
    assert [trace["name"] for trace in drawn["data"]] == ["London (n = 15)", "Bath (n = 15)"]
    bath = figures.recruitment(reads.recruitment(con, local_viewer(), Filters(sites=("bath",))))
    assert bath["data"][0]["line"] == drawn["data"][1]["line"]


def test_activity_shows_numerator_within_denominator(con):
    everybody, active = figures.activity_by_week(
        reads.activity_by_week(con, local_viewer(), Filters())
    )["data"]
    assert everybody["x"] == active["x"]
    assert all(a <= n for a, n in zip(active["y"], everybody["y"], strict=True))


def test_one_participant_has_no_interval():
    frame = pl.DataFrame(
        {"arm_label": ["A"], "arm_position": [0], "n_evaluable": [1], "share": [0.5],
         "low": [None], "high": [None]},
        schema_overrides={"low": pl.Float64, "high": pl.Float64},
    )  # fmt: skip
    assert figures.adherence_to_date(frame)["data"][0]["error_x"] == {"visible": False}


def test_gaps_are_days_without_use_and_days_with_next_to_none():
    counts = dict.fromkeys(range(1, 29), 100) | {10: 9, 11: 0, 20: 10}
    del counts[12]
    frame = pl.DataFrame(
        {
            "local_date": [date(2025, 1, day) for day in counts],
            "n_events": list(counts.values()),
            "n_answers": [0] * len(counts),
        }
    )
    assert data_figures.gaps(frame) == [(date(2025, 1, 10), date(2025, 1, 12))]
    assert data_figures.gaps(frame.clear()) == []


def test_the_outage_is_shaded_from_midday_before_to_midday_of_its_last_day(con):
    shapes = data_figures.coverage(data_reads.coverage(con, local_viewer(), Filters()))["layout"][
        "shapes"
    ]
    spans = [(shape["x0"], shape["x1"]) for shape in shapes]
    assert ("2025-04-09 12:00:00", "2025-04-12 12:00:00") in spans


def test_the_twelve_most_frequent_names_are_drawn_from_the_top():
    frame = pl.DataFrame(
        {"event_name": [f"e{i}" for i in range(15)], "n_events": list(range(100, 85, -1)),
         "n_participants": [1] * 15, "share": [0.01] * 15}
    )  # fmt: skip
    names = data_figures.unmapped_events(frame)["data"][0]["y"]
    assert names[-1] == "e0"
    assert len(names) == data_figures.MOST_NAMES


def test_every_rule_has_words(con):
    frame = data_page.explained(con, local_viewer(), Filters())
    assert set(frame["rule"]) <= set(rules.RULES)
    assert rules.explain("never heard of").remedy


def test_concerns_come_most_pressing_first_with_links_that_keep_the_filters(con):
    filters = Filters(sites=("bath", "london"))
    frame = reads.attention(con, local_viewer(), filters)
    text = json.dumps(
        attention.view(frame, filters).to_plotly_json(), default=lambda c: c.to_plotly_json()
    )
    order = [text.index(words) for words in ("could not be loaded", "stopped using", "1 % of rows")]
    assert order == sorted(order)
    assert "/participant?site=bath&site=london&participant=p015" in text


def test_a_long_list_names_a_few_and_counts_the_rest():
    frame = pl.DataFrame(
        {"kind": ["no_use"] * 30, "participant_id": [f"p{i}" for i in range(30)],
         "subject": [None] * 30, "n": [None] * 30, "n_of": [None] * 30, "days": [20] * 30},
    )  # fmt: skip
    text = str(attention.view(frame, Filters()))
    assert "30 participants stopped" in text
    assert "and 22 more" in text
    assert "p8 " not in text
