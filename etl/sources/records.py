"""Formats whose records are objects: from whatever holds them to batches of text columns."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Any

import polars as pl

from etl.sources.nested import flat_names
from etl.sources.reader import REST, ROW, BadRow, Batch

Record = dict[str, Any]
Numbered = tuple[int, Record] | BadRow
"""A record and its number, or why what stands there is none."""
BATCH_RECORDS = 10_000
_NESTED = frozenset((dict, list))
TOO_DEEP = "an object nested less deeply"
SAMPLE_RECORDS = 1000


class RecordReader:
    """Reads objects; a field is one of theirs by name, dots reaching into what is nested."""

    is_ragged = True

    def __init__(
        self,
        name: str,
        read: Callable[[], Iterator[Numbered]],
        *,
        drop: Sequence[str] = (),
        always: Callable[[str], bool] = lambda _: False,
        notes: Callable[[], tuple[str, ...]] = lambda: (),
    ) -> None:
        """Remember where records come from; nothing is read yet.

        Parameters
        ----------
        name
            How the format is called in messages.
        read
            Begins at the first record each time it is called.
        drop
            Names that appear neither among the rest nor in a row's text; a plain name at any
            depth, a dotted one in its place. A field asked for by name is given all the same.
        always
            Whether the format knows a field even where a file happens to have no value of it.
        notes
            What is to be said when everything was read.
        """
        self.format = name
        self._read = read
        self._drop = frozenset(drop)
        self._places = frozenset(name[: name.rindex(".") + 1] for name in drop if "." in name)
        self._always = always
        self._notes = notes
        self._columns: tuple[str, ...] | None = None

    def columns(self) -> tuple[str, ...]:
        """Names in the first thousand records, nested ones with dots."""
        if self._columns is None:
            names: dict[str, None] = {}
            for one in islice(self._read(), SAMPLE_RECORDS):
                if not isinstance(one, BadRow):
                    names.update(dict.fromkeys(_names(one[1])))
            self._columns = tuple(names)
        return self._columns

    def has(self, field: str) -> bool:
        """Whether the field stands in one of the first thousand records, or could in any."""
        return self._always(field) or field in self.columns()

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the records; see `Reader`."""
        asked = tuple(dict.fromkeys(fields))
        records = self._read()
        while some := list(islice(self._texts(records, asked, rest=rest), BATCH_RECORDS)):
            bad = tuple(one for one in some if isinstance(one, BadRow))
            good = [one for one in some if not isinstance(one, BadRow)]
            names = (ROW, *asked, *((REST,) if rest else ()), "record")
            table = _frame(good, names)
            yield Batch(table.drop("record"), table.select(ROW, "record"), bad)

    def notes(self) -> tuple[str, ...]:
        """What the format has to say of the file."""
        return self._notes()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """Each record as a JSON object, without what is dropped."""
        return raw["record"]

    def _texts(
        self, records: Iterator[Numbered], fields: tuple[str, ...], *, rest: bool
    ) -> Iterator[tuple[Any, ...] | BadRow]:
        """Of each record: its number, the fields' texts, the rest if wanted, the whole."""
        for one in records:
            if isinstance(one, BadRow):
                yield one
                continue
            number, record = one
            try:
                yield (number, *self._row(record, fields, rest=rest))
            except RecursionError:
                yield BadRow(number, TOO_DEEP, None)

    def _row(self, record: Record, fields: tuple[str, ...], *, rest: bool) -> list[str | None]:
        values = [self._text(look_up(record, field), field) for field in fields]
        kept = self._without(record, "")
        if rest:
            values.append(_json({key: one for key, one in kept.items() if key not in fields}))
        return [*values, _json(kept)]

    def _text(self, value: Any, place: str) -> str | None:
        return as_text(self._without(value, place) if value.__class__ in _NESTED else value)

    def _without(self, value: Any, place: str) -> Any:
        """A value without what is dropped in it; the value itself where that is nothing."""
        if isinstance(value, list):
            return [self._without(one, place) for one in value]
        if not isinstance(value, dict):
            return value
        kept = value if self._drop.isdisjoint(value) else _less(value, self._drop)
        prefix = f"{place}." if place else ""
        if prefix in self._places:
            kept = _less(kept, {key for key in kept if prefix + key in self._drop})
        nested = [key for key, one in kept.items() if one.__class__ in _NESTED]
        changed = {key: self._without(kept[key], prefix + key) for key in nested}
        return kept | changed if changed else kept


def _less(record: Record, names: Collection[str]) -> Record:
    return {key: value for key, value in record.items() if key not in names}


def _names(record: Record) -> list[str]:
    try:
        return flat_names(record)
    except RecursionError:
        return list(record)


def look_up(record: Record, field: str) -> Any:
    """What stands at a dotted name: the nested field goes before a key that has the dots itself."""
    value = record.get(field)
    if value is not None and not (isinstance(value, dict) or "." in field):
        return value
    value = record
    for part in field.split("."):
        if not isinstance(value, dict) or part not in value:
            return record.get(field)
        value = value[part]
    return record.get(field) if value is None else value


def as_text(value: Any) -> str | None:
    """A JSON value as an export would have it in a table."""
    if value is None or isinstance(value, str):
        return value
    return _json(value)


_json = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _frame(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    first = pl.Series(ROW, columns[0], dtype=pl.Int64)
    return pl.DataFrame(
        [first, *(_series(name, one) for name, one in zip(names[1:], columns[1:], strict=True))]
    )


def _series(name: str, texts: Sequence[str | None]) -> pl.Series:
    try:
        return pl.Series(name, texts, dtype=pl.String)
    except UnicodeEncodeError:
        # Half of a character, as some apps cut texts: JSON can write it, and no text can hold it.
        whole = [one if one is None else _whole(one) for one in texts]
        return pl.Series(name, whole, dtype=pl.String)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
