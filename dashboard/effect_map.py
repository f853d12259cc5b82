"""The exposure × dimension map: a table whose cells are buttons, so that it reads and works by key.

Not a chart on purpose: every cell carries text (estimate, interval, adjusted p), each can be
reached with the keyboard, and on a narrow screen the table scrolls under its first column. Its
colours are in assets/features.css.
"""

from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme
from dashboard.effect_detail import decimals, ends, p_words, sentence
from dashboard.result_frames import ALPHA

_SHORT_REASONS = {
    "always_on": "always on",
    "not_recorded": "not in the log",
    "never_exposed": "never reached anybody",
    "no_variation_within": "never varies",
    "no_variation_between": "same for all",
    "too_few_participants": "varies in too few",
    "equals_sessions": "same as sessions",
    "collinear": "same as others",
    "separation": "no finite estimate",
    "not_in_model": "not in the model",
    "not_converged": "did not converge",
    "withheld": "a check failed",
    "small_group": "too few participants",
}
WITHHELD = "\u2298"
"""The glyph of a number that exists and is not shown: a circle with a bar."""
Row = dict[str, Any]


def cell_id(feature: str, outcome: str) -> dict[str, str]:
    """Id of a cell's button."""
    return {"map-feature": feature, "map-outcome": outcome}


def view(cells: pl.DataFrame) -> Component:
    """The map, the sentence of the chosen cell, and how to read it.

    Parameters
    ----------
    cells
        As `result_frames.grid` returns, with `is_chosen`. The within-person rows are drawn. Not
        modified.
    """
    within = _beside_between(cells)
    outcomes = within.unique("outcome", maintain_order=True).sort("column")
    digits = _digits(within)
    grid = html.Table(
        [
            html.Caption(
                "Within-person associations, the between-person ones beneath. "
                "Rows: features by category of persuasive design. "
                "Columns: dimensions of the alliance, their total, and weekly adherence.",
                className="is-unseen",
            ),
            html.Thead([_kinds(outcomes), _heads(outcomes)]),
            *_bodies(within, outcomes.height, digits),
        ],
        className="effect-map",
    )
    scroller = html.Div(
        grid,
        className="effect-scroller",
        tabIndex=0,
        role="region",
        **{"aria-label": "Exposure × dimension map; scrolls sideways on narrow screens"},
    )
    return html.Div([scroller, _chosen(within), _legend(within, digits)])


def _beside_between(cells: pl.DataFrame) -> pl.DataFrame:
    """The within-person rows, each with the between-person estimate of its pair beside it."""
    names = ("state", "estimate", "ci_low", "ci_high", "excludes_none")
    between = cells.filter(pl.col("part") == "between").select(
        "feature_id", "outcome", *(pl.col(name).alias(f"between_{name}") for name in names)
    )
    return cells.filter(pl.col("part") == "within").join(
        between, on=["feature_id", "outcome"], how="left", maintain_order="left"
    )


def _digits(within: pl.DataFrame) -> int:
    """Decimals of points: two on scales whose associations pass one point, else three."""
    points = within.filter(~pl.col("is_ratio"))["estimate"].abs().max()
    return 2 if isinstance(points, float) and points >= 1 else 3


def _kinds(outcomes: pl.DataFrame) -> Component:
    """What the columns' numbers are: scale points, then odds ratios."""
    n_ratios = int(outcomes["is_ratio"].sum())
    heads = [html.Td(className="is-corner")]
    if outcomes.height > n_ratios:
        words = "Alliance: scale points"
        heads.append(
            html.Th(words, colSpan=outcomes.height - n_ratios, scope="colgroup", className="kind")
        )
    if n_ratios:
        words = "Odds ratio, conditional"
        heads.append(html.Th(words, colSpan=n_ratios, scope="colgroup", className="kind is-ratio"))
    return html.Tr(heads)


def _heads(outcomes: pl.DataFrame) -> Component:
    heads = [html.Th("Feature", scope="col", className="is-corner")]
    for row in outcomes.iter_rows(named=True):
        under = "context" if row["is_context"] else ""
        under = "sessions a week later" if row["is_ratio"] else under
        kinds = {"is-total": row["is_total"], "is-ratio": row["is_ratio"]}
        heads.append(
            html.Th(
                [row["outcome_label"], html.Span(under, className="under")],
                scope="col",
                className=" ".join(name for name, holds in kinds.items() if holds),
            )
        )
    return html.Tr(heads)


def _bodies(within: pl.DataFrame, n_outcomes: int, digits: int) -> list[Component]:
    bodies = []
    for category in within.partition_by("category_id", maintain_order=True):
        name = category["category_id"][0]
        head = html.Th(
            [html.Span(className=f"dot is-{name}"), category["category_label"][0]],
            colSpan=n_outcomes + 1,
            scope="rowgroup",
            className="category",
        )
        rows = [
            _feature_row(feature, digits)
            for feature in category.partition_by("feature_id", maintain_order=True)
        ]
        bodies.append(html.Tbody([html.Tr(head), *rows]))
    return bodies


def _feature_row(feature: pl.DataFrame, digits: int) -> Component:
    label, principle = feature["feature_label"][0], feature["principle_label"][0]
    head = html.Th([label, html.Span(principle, className="under")], scope="row")
    return html.Tr([head, *(_cell(row, digits) for row in feature.iter_rows(named=True))])


def _cell(row: Row, digits: int) -> Component:
    is_estimated = row["state"] == "estimated"
    marks = {
        "is-blank": not is_estimated,
        "is-withheld": row["state"] == "withheld",
        "is-low": is_estimated and row["coefficient"] < 0,
        "is-high": is_estimated and row["coefficient"] > 0,
        "is-ratio": row["is_ratio"],
        "is-faint": is_estimated and not row["excludes_none"],
        "is-hypothesised": row["is_hypothesised"],
        "is-chosen": row["is_chosen"],
    }
    share = 0.0
    if is_estimated:
        # A pale tint keeps what may be nothing from shouting; the sign is in the text as well.
        share = row["strength"] * (1 if row["excludes_none"] else 0.3)
    inside = _numbers(row, digits) if is_estimated else _reason(row)
    button = html.Button(
        [*inside, *_between(row, digits)],
        id=cell_id(row["feature_id"], row["outcome"]),
        type="button",
        className=" ".join(["cell", *(name for name, holds in marks.items() if holds)]),
        style={"--strength": f"{100 * share:.0f}%"},
        **{"aria-label": _spoken(row), "aria-pressed": str(row["is_chosen"]).lower()},
    )
    kind = "is-odds" if row["is_ratio"] else "is-total" if row["is_total"] else ""
    return html.Td(button, className=kind)


def _numbers(row: Row, digits: int) -> list[Component]:
    places = 2 if row["is_ratio"] else digits
    number = decimals(row["estimate"], places, signed=not row["is_ratio"])
    star = [html.Span("●", className="notable")] if row["is_notable"] else []
    low, middle, high = (50 + 50 * row[name] for name in ("reach_low", "reach", "reach_high"))
    bar = html.Span(
        [
            html.Span(
                className="interval", style={"left": f"{low:.1f}%", "width": f"{high - low:.1f}%"}
            ),
            html.Span(className="point", style={"left": f"{middle:.1f}%"}),
        ],
        className="track",
    )
    p = "" if row["p_adjusted"] is None else f"adj. p {p_words(row['p_adjusted'])}"
    return [
        html.Span([number, *star], className="estimate"),
        html.Span(ends(row, places), className="ends"),
        bar,
        html.Span(p, className="p"),
    ]


def _between(row: Row, digits: int) -> list[Component]:
    """The between-person estimate in a line of its own, where there is one."""
    if row["between_state"] != "estimated":
        return []
    number = decimals(
        row["between_estimate"], 2 if row["is_ratio"] else digits, signed=not row["is_ratio"]
    )
    # Heavier where its interval leaves out "no association", as the estimate above it is.
    kind = "between" if row["between_excludes_none"] else "between is-faint"
    return [html.Span(["\u25a1 ", number], className=kind)]


def _reason(row: Row) -> list[Component]:
    if row["state"] == "not_fitted":
        return [html.Span("not fitted", className="why")]
    short = _SHORT_REASONS.get(row["reason"] or "", "see below")
    if row["state"] == "withheld":
        glyph = html.Span(WITHHELD, className="glyph", **{"aria-hidden": "true"})
        return [html.Span([glyph, "withheld"], className="why"), html.Span(short, className="ends")]
    head = "no estimate" if row["state"] == "not_converged" else "not estimable"
    return [html.Span(head, className="why"), html.Span(short, className="ends")]


def _spoken(row: Row) -> str:
    """The cell for who cannot see it: its sentence, whether it was expected, its adjusted p."""
    words = [sentence(row)]
    if row["is_hypothesised"]:
        words.append("The study expects this link.")
    if row["p_adjusted"] is not None:
        words.append(f"Adjusted p {p_words(row['p_adjusted'])}.")
    if row["between_state"] == "estimated":
        number = decimals(row["between_estimate"], 2 if row["is_ratio"] else 3)
        words.append(f"Between participants: {number}.")
    return " ".join(words)


def _chosen(within: pl.DataFrame) -> Component:
    rows = within.filter("is_chosen")
    words = sentence(rows.row(0, named=True)) if rows.height else "Choose a cell to read it."
    link = html.A("All its numbers", href="#features-detail")
    return html.P([html.Strong("Chosen: "), words, " ", link], className="chosen", role="status")


def _legend(within: pl.DataFrame, digits: int) -> Component:
    points = within.filter(~pl.col("is_ratio"))["estimate"].abs().max()
    ratios = within.filter(pl.col("is_ratio"))["coefficient"].abs().max()
    scales: list[Component] = []
    if isinstance(points, float):
        most = theme.number(points, digits)
        scales.append(_ramp("", f"\u2212{most}", f"+{most} points"))
    if isinstance(ratios, float):
        most = theme.number(2.718281828459045**ratios, 2)
        scales.append(_ramp("is-ratio", f"OR 1/{most}", f"OR {most}"))
    keys = [
        ("cell key is-high is-faint", "pale: the 95 % interval includes no association"),
        ("cell key is-hypothesised", "outlined: a link the study expects (hypothesis)"),
        ("cell key is-blank", "hatched: not estimable; never a zero"),
        *_withheld_key(within),
    ]
    return html.Div(
        [
            *scales,
            *(
                html.Span([html.Span(className=name, style={"--strength": "30%"}), words])
                for name, words in keys
            ),
            html.Span(
                [html.Span("●", className="notable"), f"adjusted p below {ALPHA}"],
            ),
            html.Span(
                [
                    html.Span("\u25a1", className="between"),
                    "between participants (above: within); bold: its interval excludes none",
                ]
            ),
            html.Span(
                [
                    html.Span(
                        [
                            html.Span(className="interval", style={"left": "35%", "width": "50%"}),
                            html.Span(className="point", style={"left": "60%"}),
                        ],
                        className="track",
                    ),
                    "estimate and 95 % interval; the tick is no association",
                ]
            ),
        ],
        className="map-legend",
    )


def _withheld_key(within: pl.DataFrame) -> list[tuple[str, str]]:
    if (within["state"] != "withheld").all():
        return []
    return [("cell key is-blank is-withheld", f"{WITHHELD} withheld: the cell says why")]


def _ramp(kind: str, low: str, high: str) -> Component:
    return html.Span(
        [low, html.Span(className=f"ramp {kind}".strip()), high], className="ramp-with-ends"
    )
