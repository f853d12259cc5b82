"""Figures of the Monitor page: frame in, plain dict out."""

from typing import Any

import polars as pl

from dashboard import theme, withheld
from dashboard.figures.facets import Facet, facets, nothing


def retention(frame: pl.DataFrame) -> dict[str, Any]:
    """Shares in the study and with use, by study week: two plots, one line per arm.

    `frame`: as `dashboard.monitor.retention.read_retention` returns it.
    """
    placed = facets(2, 1, gap_y=0.16)
    titles = ("Still in the study", "Used the app in the week")
    columns = ("in_study_share", "active_share")
    counts = ("n_in_study", "n_active")
    groups = frame.partition_by("arm_label", "arm_position", as_dict=True, maintain_order=True)
    layout: dict[str, Any] = {
        "annotations": [],
        "showlegend": len(groups) > 1,
        "hovermode": "closest",
    }
    layout["legend"] = {"y": 1.06}
    traces = []
    weeks = [int(frame["study_week"].min() or 0), int(frame["study_week"].max() or 0)]
    for facet, title, column, count in zip(placed, titles, columns, counts, strict=True):
        x = {"range": [weeks[0] - 0.5, weeks[1] + 0.5], "dtick": 4, "showticklabels": True}
        if facet.is_bottom:
            x["title"] = {"text": "Study week"}
        y = {"range": [0, 1.04], "tickformat": ".0%", "dtick": 0.5}
        layout |= facet.layout(x, y)
        layout["annotations"].append(facet.title(title))
        for (label, position), rows in groups.items():
            shown = withheld.drawn(rows, column)
            traces.append(_line(shown, facet, (str(label), int(position)), column, count))
    return {"data": traces, "layout": layout}


def _line(
    rows: pl.DataFrame, facet: Facet, arm: tuple[str, int], column: str, count: str
) -> dict[str, Any]:
    label, position = arm
    numbers = list(zip(rows[count].to_list(), rows["n_reached"].to_list(), strict=True))
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": label,
        "legendgroup": label,
        "showlegend": facet.number == 0,
        **facet.axes,
        "x": rows["study_week"].to_list(),
        "y": rows[column].to_list(),
        "customdata": numbers,
        "line": {"color": theme.arm_colour(position), "dash": theme.dash(position), "width": 2},
        "marker": {"symbol": theme.symbol(position), "size": 6},
        "connectgaps": False,
        "hovertemplate": f"{label}, week %{{x}}: %{{y:.0%}} (%{{customdata[0]}} of "
        "%{customdata[1]})<extra></extra>",
    }


def facet_shares(frame: pl.DataFrame) -> dict[str, Any]:
    """Initiation, implementation and persistence with intervals, a line per arm in each.

    `frame`: as `dashboard.monitor.retention.facets` returns it.
    """
    if frame.is_empty():
        return nothing("Nothing can be said yet.")
    names = frame["facet_label"].unique(maintain_order=True).to_list()
    order = [name for name in ("Initiation", "Implementation", "Persistence") if name in names]
    placed = facets(len(order), 1, gap_y=0.12)
    layout: dict[str, Any] = {"annotations": [], "showlegend": False}
    traces = []
    for facet, name in zip(placed, order, strict=True):
        rows = frame.filter(facet_label=name).sort("arm_position").reverse()
        x = {"range": [-0.02, 1.24], "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".0%"}
        x |= {"showgrid": True, "showticklabels": facet.is_bottom}
        y = {"type": "category", "range": [-0.6, max(rows.height, 1) - 0.4], "ticks": ""}
        layout |= facet.layout(x, y)
        layout["annotations"].append(facet.title(f"<b>{name}</b>{_explained(rows)}"))
        traces += [_dot(row, facet) for row in rows.to_dicts()]
        traces.append(_beside(rows, facet))
    return {"data": traces, "layout": layout}


def _beside(rows: pl.DataFrame, facet: Facet) -> dict[str, Any]:
    """The shares in words, in a column at the right."""
    shown = rows.filter(pl.col("share").is_not_null())
    return {
        "type": "scatter",
        "mode": "text",
        **facet.axes,
        "x": [1.06] * shown.height,
        "y": [f"{label}  " for label in shown["arm_label"]],
        "text": [theme.percent(share) for share in shown["share"]],
        "textposition": "middle right",
        "textfont": {"color": theme.INK},
        "hoverinfo": "skip",
    }


def _explained(rows: pl.DataFrame) -> str:
    words = {
        "initiation": ": any use",
        "implementation": ": done of due, while using",
        "persistence": ": still using",
    }
    first = rows.row(0, named=True)
    day = f" on day {theme.whole(first['day'])}" if first["day"] is not None else ""
    days = rows["day"].drop_nulls().n_unique()
    return words[first["facet_id"]] + (day if days == 1 else "")


def _dot(row: dict[str, Any], facet: Facet) -> dict[str, Any]:
    colour = theme.arm_colour(row["arm_position"])
    label = f"{row['arm_label']}  "
    if withheld.is_withheld(row, "share") or row["share"] is None:
        return {
            "type": "scatter",
            "mode": "text",
            **facet.axes,
            "x": [0.5],
            "y": [label],
            "text": [f"{withheld.SIGN} {withheld.WORD}"],
            "textfont": {"color": theme.MUTED},
            "hoverinfo": "skip",
        }
    low, high = row["ci_low"], row["ci_high"]
    half = row["half_life"]
    more = "" if half is None else f", half-life {theme.number(half, 0)} days"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": row["arm_label"],
        **facet.axes,
        "x": [row["share"]],
        "y": [label],
        "marker": {"color": colour, "symbol": theme.symbol(row["arm_position"]), "size": 10},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "visible": low is not None and high is not None,
            "array": [(high or row["share"]) - row["share"]],
            "arrayminus": [row["share"] - (low or row["share"])],
            "color": colour,
            "thickness": 2,
            "width": 5,
        },
        "hovertemplate": f"{row['arm_label']}: {theme.percent(row['share'])} "
        f"({theme.percent(low)} to {theme.percent(high)}), "
        f"n = {theme.whole(row['n_participants'])}{more}<extra></extra>",
    }


def patterns(frame: pl.DataFrame) -> dict[str, Any]:
    """Combinations of verdicts: bars above, a filled dot for each definition that says yes below.

    `frame`: as `dashboard.monitor.definitions.patterns` returns it.
    """
    if frame.is_empty():
        return nothing("Nothing can be compared yet.")
    names = [part[2:] for part in frame["words"][0].split("; ")]
    places = list(range(frame.height))
    is_same = [len(set(pattern)) == 1 for pattern in frame["pattern"]]
    bars = {
        "type": "bar",
        "x": places,
        "y": frame["n_participants"].to_list(),
        "width": 0.6,
        "marker": {"color": [theme.GREY if same else theme.BLUE for same in is_same]},
        "text": [withheld.count(n) for n in frame["n_participants"]],
        "textposition": "outside",
        "textfont": {"color": theme.INK},
        "cliponaxis": False,
        "customdata": frame["words"].str.replace_all("; ", "<br>").to_list(),
        "hovertemplate": "%{y} participants<br>%{customdata}<extra></extra>",
    }
    dots = [
        {
            "type": "scatter",
            "mode": "markers",
            "yaxis": "y2",
            "x": places,
            "y": [row] * frame.height,
            "marker": {
                "size": 13,
                "color": [
                    theme.INK if pattern[row] == "\u2713" else theme.SURFACE
                    for pattern in frame["pattern"]
                ],
                "line": {"color": theme.GREY, "width": 1.5},
            },
            "hoverinfo": "skip",
        }
        for row in range(len(names))
    ]
    labels = [
        {
            "text": name,
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "yref": "y2",
            "y": row - 0.36,
            "yanchor": "middle",
            "showarrow": False,
        }
        for row, name in enumerate(names)
    ]
    top = 0.42
    layout = {
        "xaxis": {
            "showticklabels": False,
            "ticks": "",
            "showline": False,
            "range": [-0.6, frame.height - 0.4],
        },
        "yaxis": {
            "domain": [top + 0.04, 1],
            "title": {"text": "Participants"},
            "rangemode": "tozero",
        },
        "yaxis2": {
            "domain": [0, top],
            "range": [len(names) - 0.5, -0.7],
            "showticklabels": False,
            "showgrid": False,
            "ticks": "",
            "zeroline": False,
            "rangemode": "normal",
        },
        "annotations": labels,
        "showlegend": False,
        "margin": {"t": 24},
    }
    return {"data": [bars, *dots], "layout": layout}
