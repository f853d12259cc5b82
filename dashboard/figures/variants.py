"""Figures of comparing versions: balance before, effects on every outcome, moderators."""

from typing import Any

import polars as pl

from dashboard import theme
from dashboard.figures.facets import nothing
from dashboard.figures.models import broken_label, vertical
from dashboard.figures.variant_course import NO_PART, axis_scale, in_unit, written

ROW_PX, EDGES_PX = 34, 96
_NO_NUMBER = "No outcome has an estimate; the table says why."
_BEFORE = "Nothing that was known before can be compared."


def love(frame: pl.DataFrame) -> dict[str, Any]:
    """Standardised differences before, each with what chance alone stays within.

    Parameters
    ----------
    frame
        As `dashboard.variants.frames.balance` returns. Not modified.
    """
    shown = frame.filter(pl.col("difference").is_not_null())
    if shown.is_empty():
        return nothing(_BEFORE)
    places = list(range(shown.height))
    reach = max(float(shown["difference"].abs().max()), float(shown["limit"].max()), 0.1)
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": "within chance, 19 in 20",
        "x": (shown["limit"] * 2).to_list(),
        "base": (-shown["limit"]).to_list(),
        "y": places,
        "width": 0.62,
        "marker": {"color": theme.BAND},
        "hoverinfo": "skip",
        "showlegend": True,
    }
    kinds = (
        ("difference", shown["is_notable"].not_(), theme.BLUE, "circle"),
        ("beyond chance and 0.1", shown["is_notable"], theme.VERMILION, "diamond"),
    )
    return {
        "data": [
            bars,
            *(
                _dots(shown.with_row_index("place").filter(mask), name, colour, symbol)
                for name, mask, colour, symbol in kinds
                if mask.any()
            ),
        ],
        "layout": {
            "xaxis": {
                "title": {"text": "Difference before, in standard deviations"},
                "range": [-reach * 1.15, reach * 1.15],
                "nticks": 4,
                "tickangle": 0,
                "zeroline": True,
                "zerolinecolor": theme.AXIS,
                "showgrid": True,
            },
            "yaxis": _names_axis(shown["covariate"].to_list()),
            "height": shown.height * 27 + EDGES_PX,
        },
    }


def _dots(rows: pl.DataFrame, name: str, colour: str, symbol: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "showlegend": True,
        "x": rows["difference"].to_list(),
        "y": rows["place"].to_list(),
        "marker": {"size": 9, "color": colour, "symbol": symbol},
        "customdata": [
            [
                row["covariate"],
                theme.number(row["difference"], 3),
                theme.number(row["mean"], 2),
                theme.number(row["mean_reference"], 2),
            ]
            for row in rows.iter_rows(named=True)
        ],
        "hovertemplate": "<b>%{customdata[0]}</b><br>difference %{customdata[1]} SD<br>"
        "means %{customdata[2]} and %{customdata[3]}<extra></extra>",
    }


def _names_axis(names: list[str], letters: int = 34) -> dict[str, Any]:
    return {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [broken_label(name, letters) for name in names],
        "ticksuffix": "  ",
        "range": [len(names) - 0.4, -0.6],
        "rangemode": "normal",
        "ticks": "",
        "showgrid": False,
        "zeroline": False,
    }


def effects(frame: pl.DataFrame) -> dict[str, Any]:
    """Every outcome in its own standard deviations: fixed interval inside the always valid one.

    Parameters
    ----------
    frame
        As `dashboard.variants.frames.effects` returns. Not modified.

    Returns
    -------
    dict
        Thick whiskers: the 95 % interval of a single look. Thin ones: the interval that holds for
        all looks. An outcome without a number has words in its place, never a 0.
    """
    if frame.is_empty() or frame["standardised"].is_null().all():
        return nothing(_NO_NUMBER)
    placed = frame.with_row_index("place")
    shown = placed.filter(pl.col("standardised").is_not_null())
    blank = placed.filter(pl.col("standardised").is_null())
    return {
        "data": [
            _whiskered(shown, "std_valid_low", "std_valid_high", theme.GREY, 1.6, "always valid"),
            _whiskered(shown, "std_low", "std_high", theme.BLUE, 4, "one look (95 %)", marks=True),
        ],
        "layout": {
            "xaxis": {
                "title": {"text": "Difference, in standard deviations of the outcome"},
                "zeroline": False,
                "showgrid": True,
                "rangemode": "normal",
            },
            "yaxis": _names_axis(placed["outcome_label"].to_list()),
            "shapes": [vertical("x", 0.0)],
            "annotations": [
                {
                    "text": "no estimate",
                    "x": 0,
                    "y": row["place"],
                    "xanchor": "left",
                    "xshift": 8,
                    "showarrow": False,
                    "font": {"size": 12, "color": theme.MUTED},
                }
                for row in blank.iter_rows(named=True)
            ],
            "height": placed.height * ROW_PX + EDGES_PX,
        },
    }


def _whiskered(
    rows: pl.DataFrame,
    low: str,
    high: str,
    colour: str,
    thickness: float,
    name: str,
    *,
    marks: bool = False,
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "showlegend": True,
        "x": rows["standardised"].to_list(),
        "y": rows["place"].to_list(),
        "error_x": {
            "type": "data",
            "array": (rows[high] - rows["standardised"]).to_list(),
            "arrayminus": (rows["standardised"] - rows[low]).to_list(),
            "color": colour,
            "thickness": thickness,
            "width": 0 if marks else 5,
        },
        "marker": {
            "size": 10,
            "symbol": "circle" if marks else "line-ew-open",
            "color": colour,
            "line": {"width": 0 if marks else 2, "color": colour},
        },
        "customdata": [_effect_words(row) for row in rows.iter_rows(named=True)],
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<br>"
        "%{customdata[3]}<extra></extra>"
        if marks
        else None,
        "hoverinfo": None if marks else "skip",
    }


def _effect_words(row: dict[str, Any]) -> list[str]:
    unit = in_unit(row["unit"], row["scale"])
    return [
        row["outcome_label"],
        f"{written(row['estimate'], row)} {unit} "
        f"[{written(row['ci_low'], row)}, {written(row['ci_high'], row)}]",
        f"always valid [{written(row['valid_low'], row)}, {written(row['valid_high'], row)}]",
        f"n = {theme.whole(row['n_rows'])} of "
        f"{theme.counted(row['n_participants'], 'participant')}",
    ]


def moderators(frame: pl.DataFrame) -> dict[str, Any]:
    """The estimate at each level of each moderator, as found and after shrinkage.

    Parameters
    ----------
    frame
        As `dashboard.variants.frames.parts` returns, of moderators. Not modified.
    """
    if frame.is_empty() or frame["estimate"].is_null().all():
        return nothing(NO_PART)
    factor, unit = axis_scale(frame)
    places, headings, at = [], [], 0.0
    for (kind,), part in frame.group_by("kind", maintain_order=True):
        headings.append((at, str(kind)))
        for row in part.iter_rows(named=True):
            at += 1
            places.append({**row, "place": at})
        at += 1.2
    found = [row for row in places if row["estimate"] is not None]
    return {
        "data": [
            _levels(found, "estimate", "ci_low", "ci_high", factor, "as found", 0.0),
            _levels(
                [row for row in found if row["shrunken"] is not None],
                *("shrunken", "shrunken_low", "shrunken_high"),
                factor,
                "drawn together",
                0.32,
            ),
        ],
        "layout": {
            "xaxis": {
                "title": {"text": f"Difference ({unit})"},
                "showgrid": True,
                "zeroline": False,
                "rangemode": "normal",
            },
            "yaxis": {
                "tickmode": "array",
                "tickvals": [row["place"] for row in places],
                "ticktext": [broken_label(row["label"], 26) for row in places],
                "ticksuffix": "  ",
                "range": [at - 0.4, -0.7],
                "rangemode": "normal",
                "ticks": "",
                "showgrid": False,
                "zeroline": False,
            },
            "shapes": [vertical("x", 0.0)],
            "annotations": [_heading(place, kind) for place, kind in headings],
            "height": round(at * 29 + EDGES_PX),
        },
    }


def _levels(
    rows: list[dict[str, Any]],
    middle: str,
    low: str,
    high: str,
    factor: float,
    name: str,
    shift: float,
) -> dict[str, Any]:
    is_first = shift == 0.0
    colour = theme.GREY if is_first else theme.BLUE
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "showlegend": True,
        "x": [row[middle] * factor for row in rows],
        "y": [row["place"] + shift for row in rows],
        "error_x": {
            "type": "data",
            "array": [(row[high] - row[middle]) * factor for row in rows],
            "arrayminus": [(row[middle] - row[low]) * factor for row in rows],
            "color": colour,
            "thickness": 1.2 if is_first else 2.4,
            "width": 0,
        },
        "marker": {
            "size": 7 if is_first else 9,
            "symbol": "circle-open" if is_first else "circle",
            "color": colour,
            "line": {"color": colour, "width": 1.5},
        },
        "customdata": [
            [
                f"{row['kind']}: {row['label']}",
                f"{written(row[middle], row)} [{written(row[low], row)}, "
                f"{written(row[high], row)}]",
                theme.counted(row["n_participants"], "participant"),
            ]
            for row in rows
        ],
        "hovertemplate": "<b>%{customdata[0]}</b><br>"
        + name
        + ": %{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    }


def _heading(place: float, words: str) -> dict[str, Any]:
    return {
        "text": f"<b>{words}</b>",
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": place,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 12, "color": theme.MUTED},
    }
