"""Monitor: is the trial on its way, who is lost where, and which site or month stands out?"""

import dash_mantine_components as dmc
from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import filters_bar, panel, panel_wiring, tall_charts, wide_charts
from dashboard.context import Context
from dashboard.monitor import definitions, flags, flow, metrics, recruitment, retention, surveys
from dashboard.panel import Panel

PATH, TITLE, AUDIENCE = "/monitor", "Monitor", "Trial team"
FILTERS = ("site", "arm", "cohort")
LEAD = (
    "Where participants are between enrolment and analysis, whether recruitment meets its target, "
    "and which site, month or file stands out."
)
PANELS: tuple[Panel, ...] = (
    flow.FLOW,
    recruitment.CURVE_PANEL,
    recruitment.SITE_PANEL,
    flags.FLAGS,
    flags.FUNNEL,
    retention.RETENTION,
    retention.FACET_PANEL,
    surveys.VISITS,
    surveys.CROSS,
    metrics.METRIC_PANEL,
    definitions.SAME_PANEL,
    definitions.PATTERN_PANEL,
)


def layout() -> Component:
    """The page without data."""
    return panel.page(
        TITLE,
        LEAD,
        panel.view(flow.FLOW),
        panel.view(recruitment.CURVE_PANEL),
        panel.view(recruitment.SITE_PANEL),
        _heading("Statistical monitoring"),
        panel.view(flags.FLAGS),
        _compare(),
        panel.view(flags.FUNNEL),
        _heading("Retention and use", *_curves()),
        panel.view(retention.RETENTION),
        panel.view(retention.FACET_PANEL),
        panel.view(metrics.METRIC_PANEL),
        _heading("Surveys"),
        panel.view(surveys.VISITS),
        panel.view(surveys.CROSS),
        _heading("Definitions of adherence, side by side"),
        panel.view(definitions.SAME_PANEL),
        panel.view(definitions.PATTERN_PANEL),
    )


def _heading(words: str, *more: Component | str) -> Component:
    return html.Div(
        [html.H2(words), *([html.P(list(more))] if more else [])], className="monitor-part"
    )


def _curves() -> list[Component | str]:
    link = dcc.Link("Adherence", href="/adherence")
    return ["Curves of non-usage and dropout, with numbers at risk and half-lives: ", link, "."]


def _compare() -> Component:
    select = dmc.Select(
        id=filters_bar.choice_id("compare"),
        label="Funnels compare",
        placeholder="Sites",
        data=[
            {"value": "cohort", "label": "Months of enrolment"},
            {"value": "file", "label": "Files"},
        ],
        clearable=True,
        size="xs",
    )
    return html.Div(select, className="page-controls is-full")


def register(app: Dash, context: Context) -> None:
    """Wire the panels, the height of the chart with a row per site, and charts that scroll."""
    panel_wiring.register(app, context, PANELS)
    tall_charts.fit(app, recruitment.SITE_PANEL)
    wide_charts.register(app, (flags.FUNNEL,))
