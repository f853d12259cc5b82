"""How far each feature reached: offered, delivered, seen, acted on."""

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme, withheld


def with_shares(frame: pl.DataFrame) -> pl.DataFrame:
    """The stages with their share of the feature's first stage and of the stage before.

    Parameters
    ----------
    frame
        As `queries.features.exposure_funnel` returns, in order of feature and stage. Not modified.

    Returns
    -------
    pl.DataFrame
        The same rows with `n_before` (participants of the stage before), `share_of_first`,
        `share_of_previous` (null at the first stage, and where the stage compared with was never
        reached), `share_reached` (participants who reached the stage, of those shown). Shares may
        pass 1: a stage can be logged more often than the one before it.
    """
    n = pl.col("n_exposures")
    first, previous = n.first().over("feature_id"), n.shift(1).over("feature_id")
    people = pl.col("n_participants")
    return frame.sort("position", "feature_id", "stage_rank").with_columns(
        n_before=people.shift(1).over("feature_id"),
        share_of_first=pl.when(first > 0).then(n / first),
        share_of_previous=pl.when(previous > 0).then(n / previous),
        share_reached=pl.when(pl.col("n_in_scope") > 0).then(
            pl.col("n_participants") / pl.col("n_in_scope")
        ),
    )


def view(frame: pl.DataFrame) -> Component:
    """One card per feature with a bar per stage, as `with_shares` returns them."""
    return html.Div(
        [_card(rows) for rows in frame.partition_by("feature_id", maintain_order=True)],
        className="funnels",
    )


def _card(rows: pl.DataFrame) -> Component:
    longest = rows["n_exposures"].max()
    most = float(longest) if isinstance(longest, int | float) and longest > 0 else 1.0
    head = html.H3(
        [html.Span(className=f"dot is-{rows['category_id'][0]}"), rows["feature_label"][0]],
        title=rows["category_label"][0],
    )
    stages = [_stage(row, most) for row in rows.iter_rows(named=True)]
    return html.Div([head, html.Ol(stages)], className="funnel")


def _stage(row: dict[str, object], most: float) -> Component:
    if withheld.is_withheld(row, "n_participants"):
        return _gone(row)
    count = row["n_exposures"]
    width = 100 * count / most if isinstance(count, float) else 0.0
    share = row["share_of_previous"]
    words = [theme.whole(count if isinstance(count, float) else None)]
    if isinstance(share, float):
        words.append(f"{theme.percent(share)} of the stage before")
    reached = row["share_reached"]
    people = f"{row['n_participants']} participants"
    if isinstance(reached, float):
        people += f" ({theme.percent(reached)})"
    return html.Li(
        [
            html.Span(str(row["stage"]), className="stage"),
            html.Span(
                html.Span(
                    className=f"bar is-{row['category_id']}", style={"width": f"{width:.1f}%"}
                ),
                className="groove",
                **{"aria-hidden": "true"},
            ),
            html.Span([html.Strong(words[0]), *(f" · {more}" for more in words[1:])]),
            html.Span(people, className="people"),
        ],
        className="is-exposure" if row["is_exposure"] else "",
    )


def _gone(row: dict[str, object]) -> Component:
    """A stage that too few reached, or all but too few: no bar, and a word instead of numbers."""
    return html.Li(
        [
            html.Span(str(row["stage"]), className="stage"),
            html.Span(className="groove", **{"aria-hidden": "true"}),
            html.Span(f"{withheld.SIGN} {withheld.WORD}", className="people"),
        ],
        className="is-exposure" if row["is_exposure"] else "",
    )
