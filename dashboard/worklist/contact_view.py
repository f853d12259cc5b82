"""The contact log as it is read: how many were reached and returned, and the newest contacts."""

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import plain_table, theme
from dashboard.worklist import contact_log
from queries.filters import Filters

SHOWN = 20
_HEADINGS = ("Participant", "When", "How", "What came of it", "Returned within 7 days", "Note")


def view(frame: pl.DataFrame, _filters: Filters) -> Component:
    """Counts with their denominators, then the newest contacts; the table view has all."""
    rows = [_row(row) for row in frame.head(SHOWN).to_dicts()]
    table = plain_table.table("The newest contacts", _HEADINGS, rows)
    rest = frame.height - len(rows)
    more = [html.P(f"{theme.counted(rest, 'older contact')} in the table view.")] if rest else []
    return html.Div([_counts(frame), table, *more], className="contact-log")


def _counts(frame: pl.DataFrame) -> Component:
    counts = contact_log.summary(frame)
    unknown = counts["logged"] - counts["known"]
    after = f", {theme.whole(unknown)} not yet known" if unknown else ""
    return html.Dl(
        [
            _number("Contacts logged", counts["logged"], _with(counts["participants"])),
            _number("Reached", counts["reached"], f"of {theme.whole(counts['logged'])} contacts"),
            _number(
                "Returned within 7 days",
                counts["returned"] if counts["known"] else None,
                f"of {theme.whole(counts['known'])} whose 7 days are known{after}",
            ),
        ],
        className="numbers",
    )


def _with(n: int) -> str:
    return f"with {theme.counted(n, 'participant')}"


def _number(label: str, value: int | None, of: str) -> Component:
    return html.Div(
        [
            html.Dt(label),
            html.Dd(theme.whole(value), className="value"),
            html.Dd(of, className="of"),
        ],
        className="number",
    )


def _row(row: dict[str, object]) -> list[plain_table.Cell]:
    told = f"{row['contacted_local']}"
    return [
        str(row["participant_id"]),
        html.S(told) if row["is_struck"] else told,
        str(row["channel"]),
        str(row["outcome_words"]),
        str(row["returned_words"]),
        str(row["note"] or ""),
    ]
