"""Fields that a format marks as personal: dropped unless the study file maps them."""

from collections.abc import Sequence

from etl.fields import needs
from study.definition import Source


def mapped_fields(source: Source) -> frozenset[str]:
    """Fields of an export that a source asks for by name."""
    return frozenset((*needs(source).fields, *(one.on for one in source.lookup)))


def unmapped(names: Sequence[str], source: Source) -> tuple[str, ...]:
    """Those of the names that the source does not ask for, neither whole nor in part."""
    asked = mapped_fields(source)
    return tuple(name for name in names if not any(_is_of(field, name) for field in asked))


def _is_of(field: str, name: str) -> bool:
    return field == name or field.endswith(f".{name}") or field.startswith(f"{name}.")
