"""Reaching into JSON text: fields by dotted path, and fields that the study drops."""

import atexit
import json
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import polars as pl

from etl.sources.chunks import chunked

if TYPE_CHECKING:
    import duckdb


class JsonFields:
    """Extracts fields from JSON text and removes those that are to be dropped."""

    def __init__(self, drop: Sequence[str] = ()) -> None:
        """Remember the names to drop; a plain name is dropped at any depth, a dotted one there."""
        self._drop = frozenset(drop)
        self._top = tuple(name for name in drop if "." not in name)
        # One thread may read the next rows while another asks for the text of the last.
        self._turn = Lock()
        # A flat key may have dots in its name.
        self._names = [f'"{one}"' for name in drop for one in {name, name.rsplit(".", 1)[-1]}]
        self._con: duckdb.DuckDBPyConnection | None = None

    def extract(self, texts: pl.Series, fields: Sequence[str]) -> pl.DataFrame:
        """One String column a field and `is_object`, in the order of the texts.

        Text that is no JSON object gives NULL in every field. Objects and lists come as JSON text.
        """
        dotted = [field for field in fields if "." in field]
        paths = [*map(_nested, fields), *map(_literal, dotted)]
        found = self._run("load/extract_fields.sql", texts, paths=paths)
        columns = []
        for place, field in enumerate(fields):
            column = pl.col("fields").list.get(place)
            if field in dotted:
                # A flat key may have dots in its name: the nested field goes first.
                other = len(fields) + dotted.index(field)
                column = pl.coalesce(column, pl.col("fields").list.get(other))
            columns.append(column.alias(field))
        return found.select("is_object", *columns)

    def without(self, texts: pl.Series, keys: Sequence[str] = ()) -> pl.Series:
        """The texts without top-level `keys` and without what the study drops.

        Text that is not JSON comes back as it is, unless a dropped name stands in it: then it is
        withheld (NULL), because nobody can say where the value ends.
        """
        if self._names and texts.str.contains_any(self._names).any():
            return self._dropped(self._patched(texts, (*keys, *self._top)))
        return self._patched(texts, keys) if keys else texts

    def _patched(self, texts: pl.Series, keys: Sequence[str]) -> pl.Series:
        """Without top-level keys: one pass for all texts."""
        patch = json.dumps(dict.fromkeys(keys))
        kept = self._run("load/drop_fields.sql", texts, patch=patch)["kept"]
        return kept.alias(texts.name)

    def _dropped(self, texts: pl.Series) -> pl.Series:
        """Without what is dropped at any depth: one by one, and only where a name still stands."""
        is_left = texts.str.contains_any(self._names)
        kept = [
            self._thorough(text) if is_one and text is not None else text
            for text, is_one in zip(texts, is_left, strict=True)
        ]
        return pl.Series(texts.name, kept, dtype=pl.String)

    def _thorough(self, text: str) -> str | None:
        try:
            value = json.loads(text)
            return json.dumps(_prune(value, "", self._drop), ensure_ascii=False)
        except (ValueError, RecursionError):
            return None

    def _run(self, query: str, texts: pl.Series, **params: object) -> pl.DataFrame:
        # Most tables hold no JSON, and then the database is never needed.
        from queries import sqlfile

        frame = pl.DataFrame({"position": pl.int_range(len(texts), eager=True), "line": texts})
        with self._turn:
            if self._con is None:
                self._con = _database().cursor()
            try:
                self._con.register("lines", chunked(frame))
                found = sqlfile.load(query).fetch(self._con, **params)
                self._con.unregister("lines")
            except BaseException:
                # Where a query was stopped, taking the name away may fail as well, and would hide
                # why: the connection goes with it.
                self._con = None
                raise
        # The database keeps the order of what it reads; nothing rests on that alone.
        return found if found["position"].is_sorted() else found.sort("position")


@cache
def _database() -> "duckdb.DuckDBPyConnection":
    """One for all files of a run: to open another takes longer than to read a small file."""
    from warehouse.connect import in_memory

    atexit.register(_database.cache_clear)  # Closed before the interpreter ends.
    return in_memory()


def _prune(value: Any, place: str, drop: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_prune(one, place, drop) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        path = f"{place}.{key}" if place else key
        if key not in drop and path not in drop:
            kept[key] = _prune(inner, path, drop)
    return kept


def _nested(field: str) -> str:
    return "$" + "".join(f'."{part}"' for part in field.split("."))


def _literal(field: str) -> str:
    return f'$."{field}"'


def flat_names(record: dict[str, Any], prefix: str = "") -> list[str]:
    """Names of an object's fields, nested ones with dots, in the order they stand in."""
    names = []
    for key, value in record.items():
        names.append(prefix + key)
        if isinstance(value, dict):
            names.extend(flat_names(value, f"{prefix}{key}."))
    return names
