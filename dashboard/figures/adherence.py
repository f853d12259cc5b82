"""Figures of the Adherence page other than grids and curves. Pure: frame in, figure out."""

from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.figures.facets import counted_ticks

DODGE = 0.14
NOTE = "Hollow: this week still runs for<br>some participants; they are left out"
TICKS_PX = 330


def weekly_share(frame: pl.DataFrame) -> dict[str, Any]:
    """Share of the sessions due that were done, per study week and arm, with 95 % intervals.

    Parameters
    ----------
    frame
        One row per arm and study week: the columns of `queries.adherence.weekly_sessions` and
        those that `dashboard.shares.with_clustered_interval` adds. Not modified. Weeks in which
        nothing was due are not drawn.
    """
    shown = withheld.drawn(frame, "share")
    words = pl.format(
        "{} of {} sessions due, {} participants", "n_done", "n_due", "n_participants_due"
    )
    drawn = _arms(shown.with_columns(words=words), "share", percent=True)
    axis = {"title": {"text": "Sessions done of due"}, "range": [0, 1.02], "tickformat": ".0%"}
    return _weeks(drawn, shown, axis, "n_participants_due")


def weekly_usage(frame: pl.DataFrame) -> dict[str, Any]:
    """Mean sessions of use per participant at risk, per study week and arm, with 95 % intervals.

    Parameters
    ----------
    frame
        One row per arm and study week: the columns of `queries.adherence.weekly_sessions`, with
        `mean_sessions`, `ci_low` and `ci_high`. Not modified.
    """
    shown = withheld.drawn(frame, "mean_sessions")
    words = pl.format("{} sessions, {} participants at risk", "n_sessions", "n_participants")
    drawn = _arms(shown.with_columns(words=words), "mean_sessions", percent=False)
    axis = {"title": {"text": "Sessions per participant"}, "rangemode": "tozero"}
    return _weeks(drawn, shown, axis, "n_participants")


def _arms(frame: pl.DataFrame, value: str, *, percent: bool) -> list[dict[str, Any]]:
    groups = frame.sort("arm_position", "arm_id").partition_by("arm_id", maintain_order=True)
    return [
        _arm(rows.sort("study_week"), value, DODGE * (index - (len(groups) - 1) / 2), percent)
        for index, rows in enumerate(groups)
    ]


def _arm(rows: pl.DataFrame, value: str, dodge: float, is_percent: bool) -> dict[str, Any]:
    position, label = rows["arm_position"][0], rows["arm_label"][0]
    colour, symbol = theme.arm_colour(position), theme.symbol(position)
    write = theme.percent if is_percent else theme.number
    return {
        "type": "scatter",
        "x": [week + dodge for week in rows["study_week"]],
        "y": rows[value].to_list(),
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": (rows["ci_high"] - rows[value]).to_list(),
            "arrayminus": (rows[value] - rows["ci_low"]).to_list(),
            "thickness": 1.2,
            "width": 0,
            "color": colour,
        },
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2, "dash": theme.dash(position)},
        "marker": {
            "size": 8,
            "color": colour,
            "symbol": [symbol if n == 0 else f"{symbol}-open" for n in rows["n_incomplete"]],
            "line": {"width": 2, "color": colour},
        },
        "name": label,
        "customdata": [
            [week, write(mean), write(low), write(high), words, withheld.count(left_out)]
            for week, mean, low, high, words, left_out in rows.select(
                "study_week", value, "ci_low", "ci_high", "words", "n_incomplete"
            ).iter_rows()
        ],
        "hovertemplate": f"{label}, study week %{{customdata[0]}}<br>"
        "<b>%{customdata[1]}</b> (%{customdata[2]} to %{customdata[3]})<br>%{customdata[4]}<br>"
        "left out, week still runs: %{customdata[5]}<extra></extra>",
    }


def _weeks(
    data: list[dict[str, Any]], shown: pl.DataFrame, yaxis: dict[str, Any], n: str
) -> dict[str, Any]:
    # A sum that leaves out what is withheld would be no n of all arms.
    of_all = pl.when(pl.col(n).is_not_null().all()).then(pl.col(n).sum())
    counts = shown.group_by("study_week").agg(of_all.alias(n)).sort("study_week")
    weeks = counts["study_week"].to_list()
    title = "Study week, and n of all arms"
    is_hollow = bool((shown["n_incomplete"] > 0).any())
    return {
        "data": data,
        "layout": {
            "xaxis": {
                "title": {"text": f"{title}<br>{NOTE}" if is_hollow else title},
                "tickangle": 0,
                **counted_ticks(weeks, counts[n].to_list(), width_px=TICKS_PX),
                "range": [min(weeks, default=0) - 0.5, max(weeks, default=0) + 0.5],
            },
            "yaxis": yaxis,
        },
    }


def agreement(frame: pl.DataFrame) -> dict[str, Any]:
    """How many participants change class between each pair of adherence definitions.

    Parameters
    ----------
    frame
        One row per ordered pair of definitions: `first_label`, `second_label`, `first_position`,
        `second_position`, `n_both`, `n_changed`, `n_first_only`, `n_second_only`. Not modified.
    """
    labels = (
        frame.select(label="first_label", position="first_position")
        .unique()
        .sort("position", "label")["label"]
        .to_list()
    )
    pairs = {(row["first_label"], row["second_label"]): row for row in frame.to_dicts()}
    cells = [[pairs.get((first, second)) for second in labels] for first in labels]
    # Numbered, so that the names need not stand above narrow columns as well.
    numbers = [str(number) for number in range(1, len(labels) + 1)]
    names = [f"{n} · {_wrapped(label)}" for n, label in zip(numbers, labels, strict=True)]
    heatmap = {
        "type": "heatmap",
        "x": numbers,
        "y": names,
        "z": [[row and _changed(row) for row in line] for line in cells],
        "zmin": 0,
        "zmax": 1,
        "text": [[_change_words(row) if row else "" for row in line] for line in cells],
        "texttemplate": "%{text}",
        "textfont": {"color": theme.INK, "size": theme.SIZES["body"]},
        # Both ends are pale: the counts are what is read.
        "colorscale": [[0, theme.TINT], [1, theme.BAND]],
        "showscale": False,
        "hoverongaps": False,
        "xgap": 3,
        "ygap": 3,
        "customdata": [
            [
                [
                    *(row["first_label"], row["second_label"]),
                    *(withheld.count(row[name]) for name in ("n_first_only", "n_second_only")),
                ]
                if row
                else None
                for row in line
            ]
            for line in cells
        ],
        "hovertemplate": "by “%{customdata[0]}” alone: %{customdata[2]}<br>"
        "by “%{customdata[1]}” alone: %{customdata[3]}<extra></extra>",
    }
    bare = {"showgrid": False, "zeroline": False, "showline": False, "ticks": ""}
    return {
        "data": [heatmap],
        "layout": {
            "xaxis": bare | {"side": "top", "type": "category"},
            "yaxis": bare | {"autorange": "reversed"},
            "annotations": _gone(cells),
        },
    }


def _changed(row: dict[str, Any]) -> float | None:
    """Share who change class; None where it is withheld."""
    return None if row["n_changed"] is None else float(row["n_changed"] / row["n_both"])


def _change_words(row: dict[str, Any]) -> str:
    if row["n_changed"] is None:
        return ""
    return f"{row['n_changed']}<br>of {row['n_both']}"


def _gone(cells: list[list[dict[str, Any] | None]]) -> list[dict[str, Any]]:
    """A word in each cell that has no number because it is withheld."""
    return [
        {
            "x": x,
            "y": y,
            "text": withheld.WORD,
            "showarrow": False,
            "font": {"color": theme.MUTED, "size": theme.SIZES["small"]},
        }
        for y, line in enumerate(cells)
        for x, row in enumerate(line)
        if row and row["n_changed"] is None
    ]


def _wrapped(label: str, width: int = 16) -> str:
    """A label broken at spaces, so that neighbours do not collide on a small screen."""
    lines = [""]
    for word in label.split():
        fits = not lines[-1] or len(lines[-1]) + len(word) < width
        lines = [*lines[:-1], f"{lines[-1]} {word}".strip()] if fits else [*lines, word]
    return "<br>".join(lines)
