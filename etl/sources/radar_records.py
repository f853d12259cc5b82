"""What the topics of RADAR-base's questionnaire app hold, row by row."""

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl

from etl.sources.columns import as_json
from etl.sources.reader import ROW, BadRow

Topic = Literal["response", "event", "completion"]
RESPONSE: Topic = "response"
EVENT: Topic = "event"
COMPLETION: Topic = "completion"
OF_ANSWER = ("questionId", "value", "startTime", "endTime")
_ANSWER = re.compile(rf"value\.answers\.(\d+)\.({'|'.join(OF_ANSWER)})")
_OF_RESPONSE = ("value.name", "value.timeCompleted")
_METADATA = "value.metadata."
WHOLE = 100.0
"""What the completion log gives for a questionnaire that was filled in to its end."""


def topic_of(columns: Sequence[str]) -> Topic | None:
    """Which of the topics a file is of, by its columns; None for any other."""
    if "value.eventType" in columns:
        return EVENT
    if "value.completionPercentage" in columns:
        return COMPLETION
    if all(name in columns for name in _OF_RESPONSE) or any(map(_ANSWER.fullmatch, columns)):
        return RESPONSE
    return None


def is_dropped(column: str, drop: Sequence[str]) -> bool:
    """Whether a column is one of those to drop: by its name, or by its name inside `value`."""
    inner = column.partition(".")[2]
    return not {column, inner, *inner.split(".")}.isdisjoint(drop)


# -- answers ------------------------------------------------------------------------------------


def answer_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """Columns of one answer: those of its questionnaire, and its own."""
    return (*_shared(columns), "occasion", "item", "item_number", *OF_ANSWER[1:])


def answers(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """One row an answer: `ROW` of the questionnaire, and `answer_columns`.

    A questionnaire's answers lie side by side (`value.answers.0.value`, `value.answers.1.value`,
    …), and a file has as many as its longest. Of one of them, nothing at all is no answer; an id
    without a value is a question that was passed over.
    """
    shared = _shared(columns)
    there = frozenset(columns)
    places = sorted({int(found[1]) for found in map(_ANSWER.fullmatch, columns) if found})
    number = pl.col("questionId").str.extract(r"(\d{1,9})$").str.replace(r"^0+(\d)", "$1")
    place = pl.col("place")
    return (
        rows.select(
            ROW,
            *shared,
            _occasion(shared),
            *(_side_by_side(name, places, there) for name in OF_ANSWER),
            pl.lit(pl.Series("place", [[str(one + 1) for one in places] or [None]])).first(),
        )
        .explode(*OF_ANSWER, "place")
        .with_columns(_filled(name) for name in OF_ANSWER)
        .filter(pl.any_horizontal(pl.col(name).is_not_null() for name in OF_ANSWER))
        .with_columns(
            pl.coalesce("questionId", place).alias("item"),
            pl.when(pl.col("questionId").is_null())
            .then(place)
            .otherwise(number)
            .alias("item_number"),
        )
        .select(ROW, *answer_columns(columns))
    )


def _shared(columns: Sequence[str]) -> list[str]:
    return [name for name in columns if not _ANSWER.fullmatch(name)]


def _side_by_side(field: str, places: Sequence[int], columns: frozenset[str]) -> pl.Expr:
    """One field of all answers as a list; NULL where the file has no column of it."""
    names = [f"value.answers.{place}.{field}" for place in places]
    none = pl.lit(None, dtype=pl.String)
    return pl.concat_list([name if name in columns else none for name in names] or [none]).alias(
        field
    )


def _filled(column: str) -> pl.Expr:
    """A column, empty fields as NULL."""
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text).alias(column)


def _text(column: str, columns: frozenset[str]) -> pl.Expr:
    """A column, empty fields as NULL; NULL where the file has no such column."""
    return _filled(column) if column in columns else pl.lit(None, dtype=pl.String)


def _occasion(shared: Sequence[str]) -> pl.Expr:
    """One questionnaire filled in: its name and the milliseconds since 1970 when it began."""
    there = frozenset(shared)
    # The same time may be written 1.74E9 in one file and 1740000000.0 in another.
    seconds = _text("value.time", there).cast(pl.Float64, strict=False)
    stamp = (seconds * 1000).round().cast(pl.Int64, strict=False).cast(pl.String)
    name = _text("value.name", there).fill_null("")
    return pl.concat_str(name, stamp, separator="@").alias("occasion")


def numbered(
    found: pl.DataFrame, bad: tuple[BadRow, ...], n_before: int
) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
    """Records and bad rows in the order of the file, numbered from `n_before` + 1."""
    rows = np.concatenate([found[ROW].to_numpy(), [one.source_row for one in bad]])
    numbers = np.empty(len(rows), dtype=np.int64)
    numbers[np.argsort(rows, kind="stable")] = np.arange(len(rows)) + n_before + 1
    of_bad = numbers[found.height :].tolist()
    records = found.with_columns(pl.Series(ROW, numbers[: found.height], dtype=pl.Int64))
    return records, tuple(
        BadRow(number, one.expected, one.raw_text, one.rule)
        for number, one in zip(of_bad, bad, strict=True)
    )


# -- events -------------------------------------------------------------------------------------


def app_events(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Events of the app: `name` in lower case; the questionnaire and the metadata as properties."""
    there = frozenset(columns)
    own = ("value.questionnaireName", "value.questionnaireType")
    kept = [
        *(_text(name, there).alias(name.removeprefix("value.")) for name in own if name in there),
        *(_text(name, there).alias(key) for name, key in _metadata(columns).items()),
    ]
    return rows.with_columns(
        _text("value.eventType", there).str.to_lowercase().alias("name"),
        as_json(rows.select(kept)).alias("properties"),
    )


def _metadata(columns: Sequence[str]) -> dict[str, str]:
    """Columns of the event's own map; a map that is empty leaves one column without a key."""
    # In one order, whatever the file's: the same event again must have the same properties.
    names = sorted(name for name in columns if name.startswith(_METADATA))
    taken = {"questionnaireName", "questionnaireType"}
    keys = [name.removeprefix(_METADATA) for name in names]
    return {
        name: f"metadata.{key}" if key in taken else key
        for name, key in zip(names, keys, strict=True)
    }


def completions(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The completion log: `name` by the share that was filled in, which is a property."""
    there = frozenset(columns)
    share = _number("value.completionPercentage", there)
    kept = [
        _text("value.name", there).alias("questionnaireName"),
        share.alias("completionPercentage"),
        *(
            _number(name, there).alias(name.removeprefix("value."))
            for name in ("value.timeNotification",)
            if name in there
        ),
    ]
    name = (
        pl.when(share.is_null())
        .then(pl.lit("questionnaire_completion_unknown"))
        .when(share >= WHOLE)
        .then(pl.lit("questionnaire_completed"))
        .when(share > 0)
        .then(pl.lit("questionnaire_partial"))
        .otherwise(pl.lit("questionnaire_missed"))
    )
    return rows.with_columns(name.alias("name"), as_json(rows.select(kept)).alias("properties"))


def _number(column: str, columns: frozenset[str]) -> pl.Expr:
    return _text(column, columns).cast(pl.Float64, strict=False)
