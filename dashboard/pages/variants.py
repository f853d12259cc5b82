"""Compare variants: did the comparison work, and does one version of a feature do more?"""

from urllib.parse import parse_qs

import dash_mantine_components as dmc
from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from dashboard import filters_bar, panel, panel_wiring, tall_charts
from dashboard.context import Context
from dashboard.variants import frames, panels, prompt_panels
from models import analyses
from models.randomised.version_result import ComparedFeature, VersionReport

PATH, TITLE, AUDIENCE = "/variants", "Compare variants", "Designers"
FILTERS = ()
PANELS = (*panels.PANELS, *prompt_panels.PANELS)
TALL = (
    *(panels.EFFECTS, panels.BALANCE, panels.MODERATORS),
    *(prompt_panels.HORIZONS, prompt_panels.MODERATION),
)


def layout() -> Component:
    """The page without data."""
    lead = (
        "Did the comparison of two versions work as meant, and does one of them do more for "
        "alliance, adherence and use?"
    )
    health, effects, balance, looks, weeks, moderators = (panel.view(one) for one in panels.PANELS)
    chosen = html.Div(
        [
            _choice("versions", "Feature", "First with versions"),
            _choice("compared", "Version", "First after the reference"),
        ],
        className="page-controls",
    )
    outcome = html.Div(
        _choice("result", "Outcome of the three panels below", "Session within 24 hours"),
        className="page-controls",
    )
    prompts = html.Div(html.H2("Micro-randomised prompts"), className="page-controls part-head")
    return panel.page(
        TITLE,
        lead,
        chosen,
        *(health, effects, balance),
        outcome,
        *(looks, weeks, moderators),
        prompts,
        *(panel.view(one) for one in prompt_panels.PANELS),
    )


def _choice(key: str, label: str, placeholder: str) -> Component:
    return dmc.Select(
        id=filters_bar.choice_id(key),
        label=label,
        placeholder=placeholder,
        data=[],
        clearable=True,
        size="xs",
    )


def register(app: Dash, context: Context) -> None:
    """Wire the panels, and what the lists offer."""
    panel_wiring.register(app, context, PANELS)
    for tall in TALL:
        tall_charts.fit(app, tall)

    @app.callback(
        *(Output(filters_bar.choice_id(key), "data") for key in panels.CHOICES),
        Input("build", "data"),
        Input("url", "search"),
    )
    def _offer(_build: str | None, search: str | None) -> list[list[dict[str, str]]]:
        # The list itself is not on every page, the address is.
        chosen = parse_qs((search or "").lstrip("?")).get("versions", [None])[0]
        return options(context, chosen)


def options(context: Context, chosen: str | None) -> list[list[dict[str, str]]]:
    """What the page's lists offer: features, versions of the chosen one, and its outcomes."""
    found = analyses.saved(context.results_of(context.viewer()), "variants", VersionReport)
    report = None if found is None else found.result
    feature = frames.chosen_feature(report, chosen)
    if report is None or feature is None:
        return [[], [], []]
    features = [(one.feature_id, one.label) for one in report.features]
    pairs = (features, _versions(feature), _outcomes(feature))
    return [[{"value": value, "label": label} for value, label in some] for some in pairs]


def _versions(feature: ComparedFeature) -> list[tuple[str, str]]:
    return [
        (one.variant_id, one.label)
        for one in feature.versions
        if one.variant_id != feature.reference
    ]


def _outcomes(feature: ComparedFeature) -> list[tuple[str, str]]:
    return list({one.outcome: one.outcome_label for one in feature.effects}.items())
