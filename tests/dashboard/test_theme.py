"""Colours that everybody can tell apart, on both grounds; numbers and dates as people write them."""

from datetime import date, datetime
from itertools import combinations

import pytest

from dashboard import theme

MARKS = {
    name: value
    for name, value in vars(theme).items()
    if name in {"BLUE", "VERMILION", "GREEN", "VIOLET", "MAGENTA", "GOLD", "TEAL", "GREY", "RED"}
}
# Machado, Oliveira & Fernandes (2009), severity 1: what a person without one kind of cone sees.
PROTANOPIA = ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052))
DEUTERANOPIA = ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969))


def _linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def _luminance(colour: str) -> float:
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), _linear(colour), strict=True))


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _seen(colour: str, matrix) -> list[float]:
    linear = _linear(colour)
    return [max(0.0, sum(w * p for w, p in zip(row, linear, strict=True))) for row in matrix]


@pytest.mark.parametrize("name", [*MARKS, "INK", "MUTED"])
def test_every_colour_can_be_read_in_both_schemes(name):
    light = getattr(theme, name)
    assert _contrast(light, theme.SURFACE) >= 4.5
    assert _contrast(theme.DARK[light], theme.DARK[theme.SURFACE]) >= 4.5


@pytest.mark.parametrize("matrix", [PROTANOPIA, DEUTERANOPIA])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_three_arms_differ_without_red_or_green_cones(matrix, scheme):
    for pair in combinations(theme.recolour(list(theme.ARMS[:3]), scheme), 2):
        one, other = (_seen(colour, matrix) for colour in pair)
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 0.1


def test_no_group_repeats_a_colour():
    for group in (theme.ARMS, theme.SITES, theme.DIMENSIONS.values(), theme.CATEGORIES.values()):
        assert len(set(group)) == len(tuple(group))


def test_the_dark_figure_is_a_copy_with_dark_colours():
    figure = {"data": [{"line": {"color": theme.BLUE}}], "layout": {"yaxis": {"title": "Weeks"}}}
    dark = theme.for_scheme(figure, "dark")
    assert dark["data"][0]["line"]["color"] == theme.DARK[theme.BLUE]
    assert dark["layout"]["yaxis"] == {"title": "Weeks"}
    assert dark["layout"]["template"] == theme.template("dark")
    assert figure["data"][0]["line"]["color"] == theme.BLUE


def test_positions_beyond_the_palette_start_again():
    assert theme.arm_colour(len(theme.ARMS)) == theme.arm_colour(0)
    assert theme.arm_colour(None) == theme.arm_colour(0)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (theme.whole(12345), "12\u202f345"),
        (theme.whole(None), "–"),
        (theme.number(-0.25, 2), "\u22120.25"),
        (theme.percent(0.004), "<1 %"),
        (theme.percent(0), "0 %"),
        (theme.percent(None), "–"),
        (theme.day(date(2025, 3, 3)), "3 Mar 2025"),
        (theme.moment(datetime(2025, 3, 3, 21, 4)), "3 Mar 2025, 21:04 UTC"),
        (theme.counted(1, "participant"), "1 participant"),
        (theme.counted(0, "row or answer", "rows or answers"), "0 rows or answers"),
    ],
)
def test_numbers_and_dates(written, expected):
    assert written == expected
