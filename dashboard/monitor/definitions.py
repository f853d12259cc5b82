"""Every definition of adherence on the same participants, and who changes class."""

from typing import Any

import duckdb
import polars as pl
from dash import html
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import panel_cells, theme, withheld
from dashboard.figures import monitor as figures
from dashboard.monitor.flow import PEOPLE
from dashboard.panel import Panel
from queries import monitor as reads
from queries.filters import Filters

YES, NO = "\u2713", "\u2717"
_EMPTY = (
    "Needs two definitions under [[adherence]] in the study file, and a participant whom all of "
    "them can judge."
)
SAME = {
    "definition_id": pl.String,
    "label": pl.String,
    "justification": pl.String,
    "position": pl.Int32,
    "n_all": pl.Int64,
    "n_adherent": pl.Int64,
    "n_gained": pl.Int64,
    "n_lost": pl.Int64,
    "n_changing": pl.Int64,
    "share": pl.Float64,
}
PATTERNS = {"pattern": pl.String, "words": pl.String, "n_participants": pl.Int64, "n_all": pl.Int64}


def read_same(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Each definition on those whom all definitions judge."""
    return on_the_same(reads.verdicts(con, viewer, filters))


def read_patterns(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """How many participants have which verdicts."""
    return patterns(reads.verdicts(con, viewer, filters))


def on_the_same(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Each definition on the participants whom all definitions judge.

    Parameters
    ----------
    verdicts
        As `queries.monitor.verdicts` returns. Not modified.

    Returns
    -------
    pl.DataFrame
        Columns of `SAME`, one row per definition; none with fewer than two. `n_gained` and
        `n_lost` compare with the first definition; `n_changing`, the same in every row, counts
        those whose class is not the same by all definitions.
    """
    rows, names = _of_all(verdicts)
    if len(names) < 2 or rows.is_empty():
        return pl.DataFrame(schema=SAME)
    yes = {name: rows[name] for name in names}
    first = yes[names[0]]
    n_yes = rows.select(pl.sum_horizontal(pl.col(names).cast(pl.Int64)))[:, 0]
    n_changing = int(((n_yes > 0) & (n_yes < len(names))).sum())
    said = verdicts.unique("definition_id").sort("position")
    made = [
        {
            **row,
            "n_all": rows.height,
            "n_adherent": int(yes[row["definition_id"]].sum()),
            "n_gained": int((yes[row["definition_id"]] & ~first).sum()),
            "n_lost": int((~yes[row["definition_id"]] & first).sum()),
            "n_changing": n_changing,
            "share": float(yes[row["definition_id"]].sum() / rows.height),
        }
        for row in said.select(list(SAME)[:4]).to_dicts()
    ]
    return pl.DataFrame(made, schema=SAME)


def patterns(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Combinations of verdicts among the participants whom all definitions judge, most first.

    Parameters
    ----------
    verdicts
        As `queries.monitor.verdicts` returns. Not modified.

    Returns
    -------
    pl.DataFrame
        Columns of `PATTERNS`. `pattern` has a sign per definition, in the study file's order;
        `words` says it with the definitions' labels.
    """
    rows, names = _of_all(verdicts)
    if len(names) < 2 or rows.is_empty():
        return pl.DataFrame(schema=PATTERNS)
    labels = dict(verdicts.select("definition_id", "label").unique().iter_rows())
    counted = rows.group_by(names).agg(n=pl.len().cast(pl.Int64))
    made = [
        {
            "pattern": "".join(YES if row[name] else NO for name in names),
            "words": "; ".join(f"{YES if row[name] else NO} {labels[name]}" for name in names),
            "n_participants": row["n"],
            "n_all": rows.height,
        }
        for row in counted.to_dicts()
    ]
    return pl.DataFrame(made, schema=PATTERNS).sort(
        "n_participants", "pattern", descending=[True, False]
    )


def _of_all(verdicts: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """One row per participant whom all definitions judge, one column per definition."""
    known = verdicts.filter(pl.col("is_adherent").is_not_null())
    names = known.unique("definition_id").sort("position")["definition_id"].to_list()
    if not names:
        return pl.DataFrame(), []
    wide = known.pivot(on="definition_id", index="participant_id", values="is_adherent")
    return wide.select("participant_id", *names).drop_nulls(), names


def definition_list(frame: pl.DataFrame, _filters: Filters) -> Component:
    """How many change class, then each definition with its share and its justification."""
    first = frame.row(0, named=True)
    n, of = first["n_changing"], first["n_all"]
    if n is None or of is None:
        head = f"How many change class is {withheld.WORD}."
    else:
        head = (
            f"{theme.whole(n)} of {theme.counted(of, 'participant')} ({theme.percent(n / of)}) are "
            f"adherent by one definition and not by another."
        )
    cards = [_card(row, is_first=i == 0) for i, row in enumerate(frame.to_dicts())]
    return html.Div([html.P(head, className="headline"), html.Div(cards, className="rules")])


def _card(row: dict[str, Any], *, is_first: bool) -> Component:
    share = row["share"]
    shown = withheld.WORD if share is None else theme.percent(share)
    width = f"{100 * (share or 0):.1f}%"
    return html.Div(
        [
            html.H3(row["label"]),
            html.Div(shown, className="value"),
            html.Div(html.Span(style={"width": width}), className="bar"),
            html.P(_of(row), className="of"),
            html.P(_moves(row, is_first=is_first), className="of"),
            html.P(["Justification: ", row["justification"]], className="why"),
        ],
        className="rule",
    )


def _of(row: dict[str, Any]) -> str:
    return f"{withheld.count(row['n_adherent'])} of {withheld.count(row['n_all'])} adherent"


def _moves(row: dict[str, Any], *, is_first: bool) -> str:
    if is_first:
        return "The first definition: others are compared with it."
    gained, lost = withheld.count(row["n_gained"]), withheld.count(row["n_lost"])
    return f"Against the first: +{gained} adherent, \u2212{lost} no longer."


def _n(frame: pl.DataFrame) -> str:
    n = frame["n_all"].max()
    words = withheld.WORD if n is None else theme.counted(n, "participant")
    return f"n = {words} whom all definitions judge"


SAME_PANEL = Panel(
    id="monitor-definitions",
    title="Every definition of adherence, on the same participants",
    definition="Only participants whom every definition of the study file can judge, so that "
    "shares differ by the definition and not by who is counted. The Adherence page has each "
    "definition "
    "with its own denominator and interval, and every pair of them. Over the whole time at risk.",
    read=read_same,
    content=definition_list,
    columns={
        "label": "Definition",
        "n_all": "Participants",
        "n_adherent": "Adherent",
        "share": "Share",
        "n_gained": "Adherent by it, not by the first",
        "n_lost": "By the first, not by it",
        "n_changing": "Change class by any",
        "justification": "Justification",
    },
    caption=_n,
    empty=_EMPTY,
    uses=PEOPLE,
    cells=panel_cells.SAME_PEOPLE,
)
PATTERN_PANEL = Panel(
    id="monitor-classes",
    title="Who is adherent by which definitions",
    definition="Each bar is a combination of verdicts, a filled dot for every definition by which "
    "its participants are adherent. Only participants whom every definition can judge. All but "
    "the bars with all dots, or none, change class from one definition to another.",
    read=read_patterns,
    figure=figures.patterns,
    columns={"pattern": "Verdicts", "words": "In words", "n_participants": "Participants"},
    caption=lambda frame: f"n = {theme.counted(frame['n_participants'].sum(), 'participant')}",
    empty=_EMPTY,
    height="large",
    uses=PEOPLE,
    cells=panel_cells.PATTERNS,
)
