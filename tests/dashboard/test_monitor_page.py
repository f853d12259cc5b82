"""Figures and words of the Monitor page, and what happens to small groups in them."""

from dataclasses import replace

import polars as pl
import pytest

from access.cells import withhold
from access.viewer import local_viewer
from dashboard.figures import monitor as figures
from dashboard.figures import monitor_funnel, monitor_recruitment
from dashboard.monitor import definitions, flags, flow, metrics, recruitment, retention, surveys
from dashboard.pages import monitor
from dashboard.sources import Sources
from models.monitoring.funnel import FLAG, WATCH
from queries.filters import Filters
from tests.dashboard.test_monitor_reads import STEADY, plan

LOCAL, ALL = local_viewer(), Filters()


def read(panel, con, tmp_path):
    source = Sources(con, tmp_path) if panel.reads == "both" else con
    return panel.read(source, LOCAL, ALL, **dict.fromkeys(panel.choices))


@pytest.mark.parametrize("panel", monitor.PANELS, ids=lambda panel: panel.id)
@pytest.mark.parametrize("smallest", [1, 5, 200])
def test_every_panel_is_drawn_whatever_is_withheld(panel, con, tmp_path, smallest):
    frame = withhold(read(panel, con, tmp_path), panel.cells, smallest)
    if panel.is_empty(frame):
        return
    assert panel.caption(frame)
    if panel.figure is not None:
        drawn = panel.figure(frame)
        assert drawn["data"] or drawn["layout"]["annotations"]
    if panel.content is not None:
        assert panel.content(frame, ALL)


def test_small_groups_are_in_no_flow(con, tmp_path):
    frame = withhold(read(flow.FLOW, con, tmp_path), flow.FLOW.cells, 5)
    kept = frame["n_participants"].drop_nulls()
    assert kept.filter((kept > 0) & (kept < 5)).is_empty()
    rest = (frame["n_of"] - frame["n_participants"]).drop_nulls()
    assert rest.filter((rest > 0) & (rest < 5)).is_empty()
    assert "\u2298" in str(flow.flow_chart(frame, ALL))


def test_the_flow_has_a_column_per_arm(con, tmp_path):
    drawn = str(flow.flow_chart(read(flow.FLOW, con, tmp_path), ALL))
    assert drawn.count("'flow-stage'") == 15
    for label in ("STOP, 6 sessions", "STOP, 12 sessions", "Text reading"):
        assert label in drawn


def test_recruitment_has_its_band_plan_and_target():
    whole = plan(120, by=None)
    frame = recruitment.curve(STEADY, whole, {"london": whole})
    drawn = monitor_recruitment.recruitment(frame)
    names = [trace.get("name") for trace in drawn["data"]]
    assert "Forecast, 80 % band" in names
    assert "Plan" not in names, "without a day there is no line"
    assert drawn["layout"]["shapes"][0]["y0"] == 120
    assert drawn["data"][-1]["y"][-1] == 90


def test_retention_has_a_line_per_arm_and_plot(con, tmp_path):
    drawn = figures.retention(read(retention.RETENTION, con, tmp_path))
    assert len(drawn["data"]) == 6
    used = drawn["data"][-1]
    assert max(used["x"]) < 12, "use is shown in the planned weeks only"
    assert {trace["xaxis"] for trace in drawn["data"]} == {"x", "x2"}


def test_patterns_show_a_dot_for_each_yes(con, tmp_path):
    frame = read(definitions.PATTERN_PANEL, con, tmp_path)
    drawn = figures.patterns(frame)
    bars, *rows = drawn["data"]
    assert bars["y"] == frame["n_participants"].to_list()
    for place, row in enumerate(rows):
        filled = [colour == figures.theme.INK for colour in row["marker"]["color"]]
        assert filled == [pattern[place] == "\u2713" for pattern in frame["pattern"]]


def test_the_headline_counts_who_changes_class(con, tmp_path):
    frame = read(definitions.SAME_PANEL, con, tmp_path)
    words = str(definitions.definition_list(frame, ALL))
    assert f"{frame['n_changing'][0]} of {frame['n_all'][0]} participants" in words
    for why in frame["justification"]:
        assert why in words


def test_each_metric_has_its_definition_a_hover_away(con, tmp_path):
    frame = read(metrics.METRIC_PANEL, con, tmp_path)
    words = str(metrics.metric_table(frame, ALL))
    for metric in metrics.METRICS:
        assert metric.label in words
        assert metric.definition in words
        assert f"monitor-metric-{metric.id}" in words
    assert "11.5 to 106.8" in words


def test_funnels_have_both_limits_and_every_group(con, tmp_path):
    frame = read(flags.FUNNEL, con, tmp_path)
    drawn = monitor_funnel.funnels(frame)
    judged = frame.drop_nulls("overall_share")
    n = judged["indicator_id"].n_unique()
    assert len(drawn["data"]) == 7 * n
    first = judged.filter(indicator_id=judged["indicator_id"][0])
    points = drawn["data"][6]
    assert points["y"] == first["adjusted_share"].to_list()
    upper_far = next(t for t in drawn["data"] if t["name"] == "99.8 % limits")
    upper = next(t for t in drawn["data"] if t["name"] == "95 % limits")
    assert all(a >= b for a, b in zip(upper_far["y"], upper["y"], strict=True))
    assert WATCH > FLAG


@pytest.mark.parametrize(("compare", "kind"), [(None, "site"), ("cohort", "cohort"), ("x", "site")])
def test_what_is_compared_is_chosen(con, compare, kind):
    frame = flags.read_funnel(con, LOCAL, ALL, compare=compare)
    assert set(frame["group_kind"]) == {kind}


def test_nobody_masked_sees_an_arm(con, tmp_path):
    """The page reads arms from the edition alone; its panels name none in a pooled one."""
    masked = replace(LOCAL, edition="masked", role="trial")
    frame = flow.read_flow(con, masked, ALL)
    assert set(frame["arm_label"]) == {"Group A", "Group B", "Group C"}
    for panel in (surveys.VISITS, surveys.CROSS, flags.FUNNEL, flags.FLAGS):
        columns = set(read(panel, con, tmp_path).columns)
        assert not {name for name in columns if name.startswith("arm")}


def test_windows_in_words():
    assert surveys.window_words(0, 6) == "0 to +6 days"
    assert surveys.window_words(3, 3) == "\u22123 to +3 days"


def test_frames_are_not_changed(con):
    frame = flags.read_funnel(con, LOCAL, ALL, compare=None)
    before = frame.clone()
    monitor_funnel.funnels(frame)
    assert frame.equals(before)
    assert isinstance(frame, pl.DataFrame)


def test_a_funnel_whose_groups_are_all_withheld_is_not_drawn_as_an_empty_plot(con, tmp_path):
    frame = read(flags.FUNNEL, con, tmp_path)
    judged = frame.drop_nulls("overall_share")
    first = judged["indicator_id"][0]
    hidden = pl.when(pl.col("indicator_id") == first).then(None).otherwise("adjusted_share")
    drawn = monitor_funnel.funnels(frame.with_columns(adjusted_share=hidden))
    assert len(drawn["data"]) == 7 * (judged["indicator_id"].n_unique() - 1)
    nobody = monitor_funnel.funnels(frame.with_columns(adjusted_share=pl.lit(None, pl.Float64)))
    assert nobody["data"] == []
    assert "withheld" in nobody["layout"]["annotations"][0]["text"]
