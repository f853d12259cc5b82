"""Tables of one model: estimates, variance components, marginal means; withheld where not trusted.

Tables and exports of the panels get nulls for what is withheld (see `model_frames`); here the
numbers of such a model stand one click away, beside the reason.
"""

from collections.abc import Callable
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme
from dashboard.effect_detail import decimals, p_words

Row = dict[str, Any]
Written = Callable[[Row], str]
BEYOND = 1e6
"""Numbers beyond this are written as such: an odds ratio of separation fills no line."""
SHOW_ALL_THE_SAME = "Show the numbers all the same"


def estimates(frame: pl.DataFrame) -> Component:
    """The estimates, grouped by part, with the reason in the place of what has no number."""
    is_ratio = bool(frame["is_ratio"][0])
    columns = _ratio_columns() if is_ratio else _linear_columns()
    caption = "Fixed effects of the model, by part."
    return guarded(frame, _grouped(frame, columns, caption))


def _linear_columns() -> dict[str, Written]:
    return {
        "Estimate": lambda row: _signed(row["all_estimate"]),
        "SE": _number("all_se"),
        "df": _df,
        "95 % interval": _ends("all_ci_low", "all_ci_high"),
        "t": _number("all_statistic", 2),
        "p": lambda row: p_words(row["all_p_value"]),
        "Adjusted p": lambda row: p_words(row["all_p_adjusted"]),
        "Standardised": lambda row: _signed(row["all_standardised"]),
    }


def _ratio_columns() -> dict[str, Written]:
    rest = _linear_columns()
    return {
        "Odds ratio": _number("all_odds_ratio", 3),
        "95 % interval (odds ratio)": _ends("all_or_low", "all_or_high"),
        "Log odds": rest["Estimate"],
        "SE": rest["SE"],
        "95 % interval (log odds)": rest["95 % interval"],
        "df": rest["df"],
        "z": rest["t"],
        **{name: rest[name] for name in ("p", "Adjusted p", "Standardised")},
    }


def _grouped(
    frame: pl.DataFrame, columns: dict[str, Written], caption: str, *, first: str = "Term"
) -> Component:
    heads = [html.Th(first, scope="col"), *(html.Th(name, scope="col") for name in columns)]
    bodies = []
    for part in frame.partition_by("heading", maintain_order=True):
        unit = _common_unit(part)
        words = [part["heading"][0], html.Span(f" · {unit}" if unit else "", className="unit")]
        head = html.Th(words, colSpan=len(columns) + 1, scope="rowgroup")
        rows = [_term(row, columns, unit) for row in part.iter_rows(named=True)]
        bodies.append(html.Tbody([html.Tr(head, className="group"), *rows]))
    return _table(html.Thead(html.Tr(heads)), bodies, caption)


def _common_unit(part: pl.DataFrame) -> str:
    """The unit that most estimated terms of a part share, said once in its heading; else empty."""
    counts = part.filter(pl.col("state") != "not estimable")["unit"].value_counts(sort=True)
    first = counts.head(1).filter(pl.col("count") > counts["count"].sum() / 2, pl.col("count") > 1)
    return first["unit"].first() or ""


def _term(row: Row, columns: dict[str, Written], common_unit: str) -> Component:
    # An arm's label says what it is compared with.
    is_said = row["unit"] in ("", common_unit) or row["part"] == "arm"
    own = "" if is_said else row["unit"]
    under = [html.Span(own, className="under")] if own else []
    head = html.Th([row["label"], *under], scope="row", title=row["term"])
    if row["all_estimate"] is None:
        words = html.Td(
            html.Span([html.Strong("Not estimable. "), row["explanation"]]),
            colSpan=len(columns),
            className="reason",
        )
        return html.Tr([head, words])
    return html.Tr([head, *(html.Td(write(row)) for write in columns.values())])


def variances(frame: pl.DataFrame) -> Component:
    """Variance components by grouping, then the shares of variance."""
    parts = frame.filter(pl.col("group") != "share")
    shares = frame.filter(pl.col("group") == "share")
    rows = [
        html.Tr(
            [
                html.Th(row["label"], scope="row"),
                html.Td("" if row["group"] == "residual" else row["group"], className="words"),
                html.Td(_measure(row["all_value"])),
                html.Td(_measure(row["all_sd"])),
            ]
        )
        for row in parts.iter_rows(named=True)
    ]
    head = ("Component", "Grouped by", "Variance or covariance", "SD or correlation")
    heads = html.Thead(html.Tr([html.Th(name, scope="col") for name in head]))
    content: list[Component] = []
    if rows:
        content.append(_table(heads, [html.Tbody(rows)], "Variance components of the model."))
    if shares.height:
        content.append(_shares(shares))
    return guarded(frame, html.Div(content))


def _shares(frame: pl.DataFrame) -> Component:
    items: list[Component] = []
    for label, value in frame.select("label", "all_value").iter_rows():
        items += [html.Dt(label), html.Dd(theme.number(value, 3))]
    return html.Dl(items, className="facts")


def means(frame: pl.DataFrame) -> Component:
    """Marginal means of the arms and their differences, under the grid that they stand on."""
    columns: dict[str, Written] = {
        "Estimate": _number("all_estimate", 2),
        "95 % interval": _ends("all_ci_low", "all_ci_high", 2),
        "SE": _number("all_se", 3),
        "df": _df,
        "p": lambda row: p_words(row["all_p_value"]) if row["kind"] == "difference" else "",
    }
    kinds = {"mean": "Mean of the arm", "difference": "Difference between arms"}
    grouped = frame.with_columns(
        heading=pl.col("kind").replace_strict(kinds),
        term="label",
        part="kind",
        unit=pl.lit(""),
        explanation=pl.lit(""),
    )
    caption = "Marginal means of the arms and their differences."
    table = _grouped(grouped, columns, caption, first="Arm")
    grid = html.P([html.Strong("Reference grid: "), frame["grid"][0]], className="grid-words")
    return guarded(frame, html.Div([table, grid] if frame["grid"][0] else table))


def guarded(frame: pl.DataFrame, content: Component) -> Component:
    """The content as it is where the model is trusted, else behind the reason why it is not."""
    why = frame["withheld"][0]
    if not why:
        return content
    verdict = [
        html.Span("✕", className="sign", **{"aria-hidden": "true"}),
        html.Strong("Withheld", className="state"),
        html.Span(why, className="words"),
    ]
    return html.Div(
        [
            html.P(verdict, className="verdict is-failed"),
            html.Details(
                [
                    html.Summary(SHOW_ALL_THE_SAME),
                    html.P(
                        f"Not a result, and not to be reported: {why[0].lower()}{why[1:]}",
                        className="beside",
                    ),
                    content,
                ],
                className="all-the-same",
            ),
        ]
    )


def _table(head: Component, bodies: list[Component], caption: str) -> Component:
    """A table that scrolls sideways by keyboard where it is wider than its panel."""
    table = html.Table(
        [html.Caption(caption, className="is-unseen"), head, *bodies], className="model-table"
    )
    label = f"{caption.rstrip('.')}; scrolls sideways on narrow screens"
    return html.Div(
        table, className="model-scroller", tabIndex=0, role="region", **{"aria-label": label}
    )


def _number(name: str, digits: int = 3) -> Written:
    return lambda row: _measure(row[name], digits)


def _measure(value: float | None, digits: int = 3) -> str:
    """Fixed decimals; two significant digits of what they would round to nothing."""
    if value is None:
        return "–"
    if abs(value) >= BEYOND:
        return f"{'<' if value < 0 else '>'} {theme.whole(value / abs(value) * BEYOND)}"
    if value != 0 and abs(value) < 10**-digits:
        return f"{value:.2g}".replace("-", "\u2212")
    return decimals(value, digits)


def _end(value: float, digits: int) -> str:
    """An interval's end with fixed decimals, so that the two ends compare."""
    return decimals(value, digits) if abs(value) < BEYOND else _measure(value)


def _signed(value: float | None) -> str:
    return "–" if value is None else decimals(value, 3, signed=True)


def _ends(low: str, high: str, digits: int = 3) -> Written:
    def written(row: Row) -> str:
        if row[low] is None:
            return "–"
        return f"{_end(row[low], digits)} to {_end(row[high], digits)}"

    return written


def _df(row: Row) -> str:
    """Degrees of freedom; none is normal theory, which has infinitely many."""
    return "∞" if row["all_df"] is None else theme.number(row["all_df"], 1)
