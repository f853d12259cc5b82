"""The multiverse as frames: one curve of specifications, what each choice does, and in words."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import polars as pl

from models.multiverse.result import Curve, Fitted, Multiverse, OutcomeMultiverse
from models.multiverse.specification import (
    OCCASION_WORDS,
    RANDOM_WORDS,
    TRANSFORM_WORDS,
    USE_WORDS,
    window_words,
)
from models.wording import LOSSES

CURVE = {
    "name": pl.String,
    "rank": pl.Int64,
    "outcome_label": pl.String,
    "feature_label": pl.String,
    "is_main": pl.Boolean,
    "state": pl.String,
    "standardised": pl.Float64,
    "std_low": pl.Float64,
    "std_high": pl.Float64,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "n_rows": pl.Int64,
    "n_lost": pl.Int64,
    "n_participants": pl.Int64,
    "window": pl.String,
    "scale": pl.String,
    "random": pl.String,
    "use": pl.String,
    "occasions": pl.String,
    "lost": pl.String,
    "explanation": pl.String,
}
CHOICES = {
    "choice": pl.String,
    "level": pl.String,
    "is_main": pl.Boolean,
    "n_specifications": pl.Int64,
    "lowest": pl.Float64,
    "middle": pl.Float64,
    "highest": pl.Float64,
    "n_rows": pl.Int64,
    "n_participants": pl.Int64,
}
WORDS = {
    "section": pl.String,
    "words": pl.String,
    "n_participants": pl.Int64,
}
CHOICE_HEADINGS: Mapping[str, str] = {
    "window": "Window",
    "scale": "Scale of exposure",
    "random": "Participants' own",
    "use": "Use",
    "occasions": "Occasions",
}
"""Columns that hold choices, in the order in which they are drawn, with what they are called."""
FITTED = "fitted"


def chosen_outcome(found: Multiverse, outcome: str | None) -> OutcomeMultiverse:
    """The outcome asked for, or the last (the total)."""
    named = {one.outcome: one for one in found.outcomes}
    return named.get(outcome or "", found.outcomes[-1])


def curve(
    found: Multiverse | None,
    feature: str | None,
    outcome: str | None,
    preferred: Sequence[Any] = (),
) -> pl.DataFrame:
    """One row per specification of one feature's association with one outcome, smallest first.

    Parameters
    ----------
    found
        The kept result; None where nothing was computed.
    feature, outcome
        What the address asks for; without either, the first of `preferred` that has numbers.
    preferred
        Pairs of (feature, outcome) that the study expects to be linked.
    """
    if found is None:
        return pl.DataFrame(schema=CURVE)
    if feature is None and outcome is None:
        feature, outcome = first_link(found, preferred)
    own = chosen_outcome(found, outcome)
    labels = dict(found.features)
    lines = {one.feature_id: one for one in own.curves}
    with_numbers = [
        one.feature_id for one in own.curves if any(x is not None for x in one.estimate)
    ]
    name = feature if feature in lines else next(iter(with_numbers), next(iter(lines), None))
    if name is None:
        return pl.DataFrame(schema=CURVE)
    rows = [
        _row(own.label, labels[name], lines[name], fitted, place)
        for place, fitted in enumerate(own.specifications)
    ]
    frame = pl.DataFrame(rows, schema=CURVE, orient="row")
    return frame.sort("standardised", nulls_last=True, maintain_order=True).with_columns(
        rank=pl.int_range(1, pl.len() + 1)
    )


def first_link(found: Multiverse, preferred: Sequence[Any]) -> tuple[str | None, str | None]:
    """The first expected link that has numbers, or nothing."""
    named = {one.outcome: one for one in found.outcomes}
    for feature, outcome in preferred:
        own = named.get(outcome)
        if own is None:
            continue
        for one in own.curves:
            if one.feature_id == feature and any(x is not None for x in one.estimate):
                return feature, outcome
    return None, None


def _row(outcome: str, feature: str, line: Curve, fitted: Fitted, place: int) -> tuple[Any, ...]:
    one = fitted.specification
    value, scale = line.estimate[place], line.scale[place]
    state = fitted.status if fitted.status != FITTED or value is not None else "not_estimable"
    numbers = (value, line.ci_low[place], line.ci_high[place])
    standardised = [None if x is None or scale is None else x * scale for x in numbers]
    return (
        one.name,
        None,
        outcome,
        feature,
        fitted.is_main,
        state,
        *standardised,
        *numbers,
        fitted.n_rows,
        fitted.n_lost,
        fitted.n_participants,
        window_words(one.window_days, one.lag_days),
        TRANSFORM_WORDS[one.transform],
        RANDOM_WORDS[one.random],
        USE_WORDS[one.adjusts_use],
        OCCASION_WORDS[one.occasions],
        _lost(fitted),
        line.reason[place] or fitted.explanation,
    )


def _lost(fitted: Fitted) -> str:
    parts = [f"{one.n_rows:,} {LOSSES.get(one.reason, one.reason)}" for one in fitted.lost]
    return "; ".join(parts)


def with_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """The specifications that have an estimate."""
    return frame.filter(pl.col("standardised").is_not_null())


def choices(frame: pl.DataFrame) -> pl.DataFrame:
    """What each level of each choice gives, over all specifications that share it."""
    numbered = with_numbers(frame)
    if numbered.is_empty():
        return pl.DataFrame(schema=CHOICES)
    main = frame.filter("is_main")
    rows = []
    for column, heading in CHOICE_HEADINGS.items():
        levels = numbered[column].unique(maintain_order=True).sort().to_list()
        if len(levels) < 2:
            continue
        for level in _in_order(column, levels):
            own = numbered.filter(pl.col(column) == level)
            values = own["standardised"].to_list()
            is_main = main.height > 0 and main[column][0] == level
            rows.append(
                (
                    heading, level, is_main, own.height, min(values), median(values), max(values),
                    own["n_rows"].min(), own["n_participants"].min(),
                )
            )  # fmt: skip
    return pl.DataFrame(rows, schema=CHOICES, orient="row")


_ORDERS: Mapping[str, tuple[str, ...]] = {
    "scale": tuple(TRANSFORM_WORDS.values()),
    "random": tuple(RANDOM_WORDS.values()),
    "use": tuple(USE_WORDS.values()),
    "occasions": tuple(OCCASION_WORDS.values()),
}


def _in_order(column: str, levels: Sequence[str]) -> list[str]:
    """Levels as the specifications list them; windows by their length."""
    order = _ORDERS.get(column)
    if order is not None:
        return [level for level in order if level in levels]
    return sorted(levels, key=lambda words: ("ending" in words, int(words.split()[0])))


def ordered_levels(frame: pl.DataFrame) -> list[tuple[str, str, list[str]]]:
    """(column, heading, levels) of every choice that was made in more than one way."""
    found = []
    for column, heading in CHOICE_HEADINGS.items():
        levels = frame[column].unique().to_list()
        if len(levels) > 1:
            found.append((column, heading, _in_order(column, levels)))
    return found


def words(frame: pl.DataFrame) -> pl.DataFrame:
    """What the curve says, sentence by sentence; nothing of it is a test."""
    numbered = with_numbers(frame)
    if numbered.is_empty():
        return pl.DataFrame(schema=WORDS)
    n = numbered["n_participants"].min()
    rows = [(section, said, n) for section, said in _sentences(frame, numbered)]
    return pl.DataFrame(rows, schema=WORDS, orient="row")


def _sentences(frame: pl.DataFrame, numbered: pl.DataFrame) -> list[tuple[str, str]]:
    main = numbered.filter("is_main")
    total, left = numbered.height, frame.height - numbered.height
    values = numbered["standardised"].to_list()
    counted = f"{total} specifications have an estimate"
    counted += f"; {left} have none, and say why in the table." if left else "."
    found = [("count", counted)]
    sign = 1 if (main["standardised"][0] if main.height else median(values)) > 0 else -1
    same = sum(value * sign > 0 for value in values)
    whose = "the declared one" if main.height else "their median"
    found.append(("sign", f"{same} of {total} ({same / total:.0%}) have the sign of {whose}."))
    beyond = numbered.filter((pl.col("std_low") > 0) | (pl.col("std_high") < 0)).height
    found.append(
        ("beyond", f"{beyond} of {total} ({beyond / total:.0%}) have an interval without 0.")
    )
    found.append(
        (
            "range",
            f"Median {_signed(median(values))}, from {_signed(min(values))} to "
            f"{_signed(max(values))} points per standard deviation of exposure.",
        )
    )
    if main.height:
        rank = int((numbered["standardised"] < main["standardised"][0]).sum()) + 1
        found.append(
            (
                "main",
                f"The declared specification stands at {_signed(main['standardised'][0])}: number "
                f"{rank} of {total} from below.",
            )
        )
    found += _what_moves(frame)
    found.append(
        (
            "caution",
            "This is no test. All specifications look at the same data, so their number adds no "
            "evidence; that many agree says the result does not hang on one choice.",
        )
    )
    return found


def _what_moves(frame: pl.DataFrame) -> list[tuple[str, str]]:
    by_choice = choices(frame)
    spans = {
        str(name): float(rows["middle"].max()) - float(rows["middle"].min())
        for (name,), rows in by_choice.group_by("choice", maintain_order=True)
    }
    if not spans:
        return []
    most = max(spans, key=spans.__getitem__)
    return [
        (
            "choice",
            f"Most depends on: {most.lower()} (medians differ by {spans[most]:.3f} points).",
        )
    ]


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "\u2212")
