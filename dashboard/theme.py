"""The one place for colours, type, spacing, figure templates and how numbers and dates are written.

Colours are named by what they stand for. Figures use the light value; `for_scheme` (and its twin in
`assets/rapport.js`) swaps each for its dark partner, so a figure is made once for both schemes.
Every colour has a contrast of at least 4.5 : 1 on its scheme's surface; groups that share a panel
differ in dash and symbol as well, never in colour alone.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SIZES = {"small": 12, "body": 14, "panel": 15, "lead": 16, "page": 26, "number": 28}
SPACE = {"xs": 4, "s": 8, "m": 12, "l": 16, "xl": 24}
HEIGHTS = {"small": 220, "medium": 300, "large": 400, "tall": 560}

BLUE, VERMILION, GREEN = "#0a6ebd", "#c9510c", "#00805a"
VIOLET, MAGENTA, GOLD, TEAL = "#7d4fc3", "#b83280", "#946a00", "#00788a"
GREY, RED = "#6b7480", "#c22f2f"
INK, MUTED, GRID, AXIS, SURFACE = "#1c2430", "#5a6472", "#e6e9ee", "#b4bcc7", "#ffffff"
GAP, BAND, TINT = "#f3e3d9", "#dce9f5", "#eef2f6"
# Behind the text of the exposure × dimension map: an association in scale points, an odds ratio.
EFFECT_LOW, EFFECT_HIGH, ODDS_LOW, ODDS_HIGH = "#f0a878", "#86bce8", "#c9aef0", "#84cfae"

DARK: Mapping[str, str] = {
    BLUE: "#5ab2f2",
    VERMILION: "#f5915a",
    GREEN: "#35c795",
    VIOLET: "#b695f2",
    MAGENTA: "#f08cc4",
    GOLD: "#e0b341",
    TEAL: "#45c3d6",
    GREY: "#98a2b0",
    RED: "#f58080",
    INK: "#e7ebf0",
    MUTED: "#a5afbc",
    GRID: "#2c333d",
    AXIS: "#4b5563",
    SURFACE: "#1b1f26",
    GAP: "#4a3426",
    BAND: "#21384d",
    TINT: "#262c35",
    EFFECT_LOW: "#8a4a1f",
    EFFECT_HIGH: "#1f5f94",
    ODDS_LOW: "#5d3f96",
    ODDS_HIGH: "#1d6b4e",
}

ARMS = (BLUE, VERMILION, GREEN, VIOLET, GOLD, MAGENTA)
SITES = (TEAL, MAGENTA, GOLD, VIOLET, BLUE, GREEN)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
DIMENSIONS: Mapping[str, str] = {
    "alliance": INK,
    "humanness": MAGENTA,
    "meaningfulness": VIOLET,
    "progression": GREEN,
    "use": BLUE,
    "flexibility": VERMILION,
}
CATEGORIES: Mapping[str, str] = {
    "primary_task": BLUE,
    "dialogue": VERMILION,
    "credibility": VIOLET,
    "social": GREEN,
}
STATUSES: Mapping[str, str] = {
    "done": GREEN,
    "late": GOLD,
    "open": BLUE,
    "missed": VERMILION,
    "excused": GREY,
}
# From weak to strong, and from negative through none to positive.
SEQUENTIAL = ((0.0, TINT), (0.5, "#7db4de"), (1.0, "#0a4f8a"))
DIVERGING = ((0.0, VERMILION), (0.5, TINT), (1.0, BLUE))


def _at(values: tuple[str, ...], position: int | None) -> str:
    return values[(position or 0) % len(values)]


def arm_colour(position: int | None) -> str:
    """The colour of the arm at a position of the study file, the same on every page."""
    return _at(ARMS, position)


def site_colour(position: int | None) -> str:
    """The colour of the site at a position of the study file."""
    return _at(SITES, position)


def dash(position: int | None) -> str:
    """The line dash that goes with a position, so that colour never stands alone."""
    return _at(DASHES, position)


def symbol(position: int | None) -> str:
    """The marker symbol that goes with a position."""
    return _at(SYMBOLS, position)


def dimension_colour(dimension_id: str) -> str:
    """The colour of an alliance dimension; one that the seed paper does not name is grey."""
    return DIMENSIONS.get(dimension_id, GREY)


def category_colour(category_id: str) -> str:
    """The colour of a PSD category."""
    return CATEGORIES.get(category_id, GREY)


def status_colour(status: str) -> str:
    """The colour of a ledger status."""
    return STATUSES.get(status, GREY)


def template(scheme: str = "light") -> dict[str, Any]:
    """The plotly template of a scheme, as a plain dict."""
    axis = {
        "gridcolor": GRID,
        "linecolor": AXIS,
        "zerolinecolor": GRID,
        "tickcolor": AXIS,
        "ticks": "outside",
        "ticklen": 4,
        "automargin": True,
        "title": {"font": {"size": SIZES["small"], "color": MUTED}, "standoff": 8},
        "tickfont": {"size": SIZES["small"], "color": MUTED},
    }
    layout = {
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": list(ARMS),
        "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "xaxis": {**axis, "showgrid": False, "showline": True},
        "yaxis": {**axis, "showline": False, "rangemode": "tozero"},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": SIZES["small"], "color": INK},
        },
        "hoverlabel": {
            "bgcolor": SURFACE,
            "bordercolor": AXIS,
            "font": {"family": FONT, "size": SIZES["small"], "color": INK},
            "align": "left",
        },
        "hovermode": "closest",
        "dragmode": False,
        "annotationdefaults": {"font": {"size": SIZES["small"], "color": MUTED}},
    }
    return recolour({"layout": layout}, scheme)


def date_axis(title: str | None = None) -> dict[str, Any]:
    """An x axis of calendar days, written as in the text: 9 Mar, and the year once."""
    axis: dict[str, Any] = {"type": "date", "tickformat": "%-d %b\n%Y", "nticks": 7}
    axis |= {"tickangle": 0}
    return axis | ({"title": {"text": title}} if title else {})


def recolour(part: Any, scheme: str) -> Any:
    """A copy of a plain structure with its colours in the values of a scheme."""
    if isinstance(part, dict):
        return {key: recolour(value, scheme) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [recolour(value, scheme) for value in part]
    return DARK.get(part, part) if scheme == "dark" and isinstance(part, str) else part


def for_scheme(figure: Mapping[str, Any], scheme: str) -> dict[str, Any]:
    """A copy of a figure in a scheme, with its template: for reports and tests."""
    drawn = recolour(dict(figure), scheme)
    drawn["layout"] = {**drawn.get("layout", {}), "template": template(scheme)}
    return drawn


def whole(value: float | None) -> str:
    """A count with thin groups of three, such as `12 345`; a dash where there is none."""
    return "–" if value is None else f"{value:,.0f}".replace(",", "\u202f")


def number(value: float | None, digits: int = 1) -> str:
    """A measured number with fixed decimals and a real minus sign; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "\u2212")


def percent(share: float | None) -> str:
    """A share between 0 and 1 as whole per cent, and `<1 %` where rounding would hide it."""
    if share is None:
        return "–"
    return "<1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"


def day(value: date | None) -> str:
    """A date such as `3 Mar 2025`; a dash where there is none."""
    return "–" if value is None else f"{value.day} {value:%b %Y}"


def moment(value: datetime | None) -> str:
    """A UTC time such as `3 Mar 2025, 21:40 UTC`; a dash where there is none."""
    return "–" if value is None else f"{day(value.date())}, {value:%H:%M} UTC"


def counted(n: int, singular: str, plural: str | None = None) -> str:
    """A count with its noun: `1 participant`, `30 participants`."""
    return f"{whole(n)} {singular if n == 1 else plural or singular + 's'}"


def css_variables() -> str:
    """The colours that the style sheets in assets/ use, for both schemes."""
    names = {
        "ink": INK,
        "muted": MUTED,
        "line": GRID,
        "edge": AXIS,
        "surface": SURFACE,
        "tint": TINT,
        "accent": BLUE,
        "good": GREEN,
        "warn": GOLD,
        "bad": RED,
        "band": BAND,
        "effect-low": EFFECT_LOW,
        "effect-high": EFFECT_HIGH,
        "odds-low": ODDS_LOW,
        "odds-high": ODDS_HIGH,
        **{f"category-{name}": colour for name, colour in CATEGORIES.items()},
    }
    light = "".join(f"--{name}:{value};" for name, value in names.items())
    dark = "".join(f"--{name}:{DARK[value]};" for name, value in names.items())
    return (
        f":root{{--font:{FONT};--ground:#f5f7f9;{light}}}"
        f':root[data-mantine-color-scheme="dark"]{{--ground:#14171c;{dark}}}'
    )


def mantine() -> dict[str, Any]:
    """The component library's theme: our type, and an accent that keeps its contrast."""
    accent = ["#eaf4fc", "#d3e6f6", "#a5ccec", "#74b0e2", "#4c99d9", "#348ad4"]
    return {
        "fontFamily": FONT,
        "primaryColor": "accent",
        "primaryShade": {"light": 7, "dark": 4},
        "colors": {
            "accent": [*accent, "#1c7cc9", BLUE, "#085a9c", "#06487e"],
            # The library's own dark greys are warm; ours are those of the panels.
            "dark": [
                *(DARK[name] for name in (INK, INK, MUTED, GREY, AXIS, AXIS, TINT, SURFACE)),
                "#14171c",
                "#0e1014",
            ],
        },
        "defaultRadius": "sm",
        "cursorType": "pointer",
        "respectReducedMotion": True,
    }
