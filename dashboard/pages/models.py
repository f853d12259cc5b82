"""Models: may this model's numbers be believed, and what exactly are they?"""

from collections.abc import Callable
from functools import partial
from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import (
    filters_bar,
    model_card,
    model_code,
    model_frames,
    model_rows,
    model_table,
    panel,
    panel_cells,
    panel_wiring,
    tall_charts,
    theme,
)
from dashboard.context import Context
from dashboard.figures import models as figures
from dashboard.figures import opinions as opinion_figures
from dashboard.model_panels import (
    FITTED,
    LEVELS,
    RESIDUALS,
    analysed,
    model_panel,
    read_model,
)
from dashboard.model_raw import RAW
from dashboard.sources import Sources
from models import store
from queries import features as feature_reads
from queries.filters import Filters

PATH, TITLE, AUDIENCE = "/models", "Models", "Statisticians and reviewers"
FILTERS = ()
_NOT_FITTED = "No model has been fitted on this study yet. Run: rapport fit"
_NO_NUMBERS = (
    "This model has none: it has no numbers, they are withheld, or they were not computed. The "
    "trust card says which."
)
_EVERYBODY = "The model sees every participant with data for it; nobody is named here."
_NAMED = 2
"""Terms on which opinions disagree that a caption names; more are only counted."""


def read_estimates(
    sources: Sources,
    viewer: Viewer,
    _filters: Filters,
    *,
    model: str | None,
) -> pl.DataFrame:
    """Every term of the chosen model, in the order of the study file."""
    result = model_frames.chosen(store.load_all(sources.results), model)
    return model_frames.estimates(result, feature_reads.feature_catalogue(sources.con, viewer))


def _card_caption(frame: pl.DataFrame) -> str:
    failed = frame.filter(pl.col("state") == "failed", pl.col("section") != "verdict").height
    checks = frame.filter(pl.col("section").str.ends_with("checks")).height
    fitted = frame.filter(pl.col("label") == model_card.FITTED)["words"][0]
    counts = f"{theme.counted(checks, 'check')}, {failed} failed"
    return f"{analysed(frame)} · {counts} · fitted {fitted}"


def _estimates_caption(frame: pl.DataFrame) -> str:
    row = frame.row(0, named=True)
    words = [analysed(frame)]
    words += [f"df: {row['df_method']}"] if row["df_method"] else []
    words += [f"adjusted p: {row['family']}"] if row["family"] else []
    return " · ".join(words)


def _opinions_caption(frame: pl.DataFrame) -> str:
    terms = frame.n_unique("term")
    differing = frame.filter(pl.col("agreement") != "").unique("term", maintain_order=True)
    said = f"an opinion disagrees on {differing.height} of {theme.counted(terms, 'term')}"
    if 0 < differing.height <= _NAMED:
        # The chart may not have them: those of no feature are in the table only.
        pairs = differing.select("label", "part").iter_rows()
        said += ": " + "; ".join(f"{label} ({part})" for label, part in pairs)
    return f"{analysed(frame)} · {said if differing.height else 'no opinion disagrees'}"


def _influence_caption(frame: pl.DataFrame) -> str:
    touched = frame.filter((pl.col("n_reversing") > 0) | (pl.col("n_losing") > 0))
    words = "no finding hangs on one participant or site"
    if touched.height:
        words = f"{theme.counted(touched.n_unique('term'), 'finding')} would be lost or reversed"
    return f"{analysed(frame)} · {words}"


def _is_withheld(name: str) -> Callable[[pl.DataFrame], bool]:
    """Whether a frame has no number that may be shown."""
    return lambda frame: frame[name].is_null().all()


CARD = model_panel(
    id="models-trust",
    title="Trust card",
    definition="Conditions that were looked at when the model was fitted. 'Passed': it holds. "
    "'Note': it does not, and the numbers are to be read with that in mind. 'Failed': a required "
    f"condition does not hold, so the numbers are withheld everywhere. {_EVERYBODY}",
    read=partial(read_model, model_card.lines),
    content=lambda frame, _filters: model_card.view(frame),
    view_name="Card",
    columns={"section": "Section", "label": "What", "state": "State", "words": "In words"},
    caption=_card_caption,
    titled=model_card.title,
    empty=_NOT_FITTED,
    width="full",
    cells=panel_cells.CARD,
)
ESTIMATES = model_panel(
    id="models-estimates",
    title="Estimates",
    definition="Fixed effects: per unit of the term, in points of the outcome, or in log odds with "
    "the odds ratio beside it (conditional: at a participant's own level). Standardised: per "
    "standard deviation of the term. Adjusted p: only terms of a declared family of tests. A term "
    "that the data cannot speak about stands in its place with the reason, never as 0.",
    read=read_estimates,
    content=lambda frame, _filters: model_table.estimates(frame),
    view_name="Estimates",
    columns={
        "term": "Term",
        "label": "In words",
        "part": "Part",
        "unit": "Unit",
        "state": "State",
        "estimate": "Estimate (points, or log odds)",
        "se": "SE",
        "df": "df",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "odds_ratio": "Odds ratio (conditional)",
        "or_low": "Odds ratio, 95 % from",
        "or_high": "Odds ratio, 95 % to",
        "statistic": "Statistic",
        "p_value": "p",
        "p_adjusted": "Adjusted p",
        "standardised": "Standardised",
        "explanation": "Why there is no number",
    },
    caption=_estimates_caption,
    empty="This model has no numbers: the trust card says why.",
    width="full",
    shows_tests=True,
    cells=panel_cells.ESTIMATES,
)
OPINIONS = model_panel(
    id="models-opinions",
    title="Second opinions: the same terms by other methods",
    definition="Headline: the mixed model with its own standard errors. CR2: the same estimate "
    "with a cluster-robust standard error. Generalised estimating equations: another estimator. "
    "Bootstrap: participants drawn again. In a logistic model the equations and the marginal "
    "odds ratio are averaged over the population, nearer to 1 than a participant's own, so only "
    "their intervals are compared. An opinion disagrees "
    "where its 95 % interval and the headline's differ on 'no association', or its estimate lies "
    "outside the headline's interval. The chart has the terms of features; the others are in the "
    "table.",
    read=partial(read_model, model_frames.opinions),
    figure=opinion_figures.opinions,
    columns={
        "label": "Term",
        "part": "Part",
        "method_label": "Method",
        "estimate": "Estimate (points, or odds ratio)",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "se": "SE (log odds for odds ratios)",
        "agreement": "How it differs from the headline",
    },
    caption=_opinions_caption,
    empty=_NO_NUMBERS,
    height="tall",
    width="full",
    is_empty=_is_withheld("estimate"),
    shows_tests=True,
    cells=panel_cells.OPINIONS,
)
VARIANCES = model_panel(
    id="models-variances",
    title="Variance components, ICC and R²",
    definition="Variances of participants' own levels and trends (and of sites), their "
    "covariance, and what is left. ICC: the share of variance between participants in the model "
    "without terms' help. R² after Nakagawa and Schielzeth, with random slopes after Johnson.",
    read=partial(read_model, model_frames.variances),
    content=lambda frame, _filters: model_table.variances(frame),
    columns={
        "group": "Grouped by",
        "label": "What",
        "state": "State",
        "value": "Value",
        "sd": "SD or correlation",
    },
    caption=analysed,
    empty=_NO_NUMBERS,
    cells=panel_cells.VARIANCES,
)
MEANS = model_panel(
    id="models-means",
    title="Marginal means by arm, and their differences",
    definition="What the model expects of each arm at the same values of everything else, the "
    "reference grid, and the differences between arms with their tests. Not a raw mean: arms "
    "that met more exposures are compared at equal exposure.",
    read=partial(read_model, model_frames.means),
    content=lambda frame, _filters: model_table.means(frame),
    columns={
        "label": "Arm or difference",
        "kind": "What",
        "state": "State",
        "estimate": "Estimate",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "se": "SE",
        "df": "df",
        "p_value": "p",
        "grid": "Reference grid",
    },
    caption=analysed,
    empty="No marginal means: they come with linear models of studies with several arms, and this "
    "is none, or it has no numbers; see the trust card.",
    shows_tests=True,
    cells=panel_cells.MEANS,
)
INFLUENCE = model_panel(
    id="models-influence",
    title="Influence of single participants and sites",
    definition="The model without one participant (or one site) at a time: by how many standard "
    "errors a term's estimate moves at most. A finding (p < 0.05) is lost where p then exceeds "
    "0.05, reversed where the estimate then has the other sign. Dotted lines: one standard error. "
    + _EVERYBODY,
    read=partial(read_model, model_frames.influences),
    figure=figures.influence,
    columns={
        "label": "Term",
        "part": "Part",
        "group": "Left out: one",
        "largest_shift": "Largest shift (SE)",
        "n_losing": "Would lose the finding",
        "n_reversing": "Would reverse it",
    },
    caption=_influence_caption,
    empty="Influence was not computed for this model, or it has no numbers; see the trust card.",
    height="tall",
    width="full",
    # A model without one participant, beside the model with everybody, is about that participant.
    level="participant",
    shows_tests=True,
)
CODE = model_panel(
    id="models-code",
    title="Reproduce this model",
    definition="The command writes the analysed rows to a file on the machine that holds the "
    "data; the code fits the same model to that file. The languages agree within the tolerances "
    "of their optimisers.",
    read=partial(read_model, model_code.lines),
    content=lambda frame, _filters: model_code.view(frame),
    view_name="Code",
    columns={"language": "Language", "line": "Line", "code": "Code"},
    caption=analysed,
    empty="There is no code for a model without a fit; the trust card says why it has none.",
    width="full",
    cells=panel_cells.CODE,
)
PANELS = (
    *(CARD, ESTIMATES, RAW, OPINIONS, VARIANCES, MEANS, INFLUENCE),
    *(RESIDUALS, LEVELS, FITTED, CODE),
)
TALL = (RAW, OPINIONS, INFLUENCE)


def layout() -> Component:
    """The page without data."""
    lead = "May this model's numbers be believed, what exactly are they, and how to check them."
    chosen = dmc.Select(
        id=filters_bar.choice_id("model"),
        label="Model, by preset of the study file",
        placeholder="Choose another model",
        data=[],
        clearable=True,
        searchable=True,
        size="xs",
        className="model-choice",
    )
    rows = html.Div(id=model_rows.PLACE, className="rows-link")
    chooser = html.Div([chosen, rows], className="page-controls")
    return panel.page(TITLE, lead, chooser, *(panel.view(part) for part in PANELS))


def register(app: Dash, context: Context) -> None:
    """Wire the panels, and what the list offers."""
    panel_wiring.register(app, context, PANELS)
    model_rows.register(app, context)
    for tall in TALL:
        tall_charts.fit(app, tall)

    @app.callback(
        Output(filters_bar.choice_id("model"), "data"),
        Input("build", "data"),
    )
    def _offer(_build: str | None) -> list[dict[str, Any]]:
        return options(context)


def options(context: Context) -> list[dict[str, Any]]:
    """What the list offers: the models of each preset, under its name."""
    results = store.load_all(context.results_of(context.viewer())).values()
    presets = sorted({result.preset_id for result in results})
    return [
        {
            "group": preset or "of no preset",
            "items": [
                {"value": one.model_id, "label": f"{one.outcome_label} ({one.model_id})"}
                for one in results
                if one.preset_id == preset
            ],
        }
        for preset in presets
    ]
