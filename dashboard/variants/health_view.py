"""Health of a comparison, before any effect: the badge, who got what, and what was checked."""

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme, withheld

SIGNS = {"passed": "✓", "note": "!", "failed": "✕", "not_known": "?"}
_STATES = {"passed": "passed", "note": "note", "failed": "failed", "not_known": "not known"}


def view(frame: pl.DataFrame) -> Component:
    """What `dashboard.variants.frames.health` says, the worst checks first."""
    by_section = {
        str(name): rows for (name,), rows in frame.partition_by("section", as_dict=True).items()
    }
    badge = by_section["badge"].row(0, named=True)
    order = {"failed": 0, "note": 1, "not_known": 2, "passed": 3}
    checks = sorted(
        by_section.get("check", frame.clear()).iter_rows(named=True),
        key=lambda row: order[row["state"]],
    )
    kind = "is-randomised" if badge["is_randomised"] else "is-not-randomised"
    return html.Div(
        [
            html.P(
                [
                    html.Span(badge["label"], className=f"badge {kind}"),
                    html.Span(badge["words"]),
                ],
                className="badge-line",
            ),
            html.Div(
                [
                    html.Div(
                        [
                            html.H3("Versions"),
                            _versions(by_section["version"]),
                            html.P(by_section["unit"]["words"][0], className="unit-words"),
                        ]
                    ),
                    html.Div([html.H3("Checks"), html.Ul([_check(row) for row in checks],
                                                        className="checks")]),
                ],
                className="sides",
            ),
        ],
        className="detail variant-health",
    )  # fmt: skip


def _versions(rows: pl.DataFrame) -> Component:
    heads = ("Version", "Probability", "Deliveries", "Participants")
    body = [
        html.Tr(
            [
                html.Th([row["label"], _reference(row["words"])], scope="row"),
                html.Td(theme.number(row["probability"], 2)),
                html.Td(_count(row, "n_deliveries")),
                html.Td(_count(row, "n_participants")),
            ]
        )
        for row in rows.iter_rows(named=True)
    ]
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in heads]))
    return html.Div(
        html.Table([head, html.Tbody(body)], className="model-table"),
        className="model-scroller",
        tabIndex=0,
        role="region",
        **{"aria-label": "Versions"},
    )


def _reference(words: str) -> Component | str:
    return html.Span(words, className="under") if words else ""


def _count(row: dict[str, object], name: str) -> str:
    if withheld.is_withheld(row, name):
        return withheld.WORD
    value = row[name]
    return theme.whole(float(value)) if isinstance(value, int | float) else "–"


def _check(row: dict[str, str]) -> Component:
    return html.Li(
        [
            html.Span(SIGNS[row["state"]], className="sign", **{"aria-hidden": "true"}),
            html.Strong(_STATES[row["state"]], className="state"),
            html.Span(
                [html.Span(row["label"], className="name"), html.Br(), row["words"]],
                className="words",
            ),
        ],
        className=f"check is-{row['state'].replace('_', '-')}",
    )


def points_view(frame: pl.DataFrame) -> Component:
    """Decision points as terms with what is said of each."""
    items: list[Component] = []
    for row in frame.iter_rows(named=True):
        items += [html.Dt(row["label"]), html.Dd(row["words"])]
    return html.Dl(items, className="decision-points")
