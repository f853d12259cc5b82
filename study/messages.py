"""What pydantic found wrong with one section, in the words of a study file."""

import re
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from study.part import Part
from study.problems import Problem, listed, near, show

_EXPECTED = {
    "string_type": "text in quotes",
    "string_sub_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "date_type": "a date such as 2025-03-01, without quotes",
    "date_parsing": "a date such as 2025-03-01, without quotes",
    "date_from_datetime_inexact": "a date such as 2025-03-01, without a time",
    "date_from_datetime_parsing": "a date such as 2025-03-01, without quotes",
    "tuple_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a section",
    "model_attributes_type": "a section",
    "finite_number": "a number",
}
_LIMITS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}
Location = tuple[str | int, ...]


def problems_in(error: ValidationError, raw: object, model: type[Part], path: str) -> list[Problem]:
    """One problem per key that pydantic refused; `raw` is what was read, `path` where it is."""
    problems: dict[str, Problem] = {}
    for details in causes(error):
        place = location(details, raw)
        where = join(path, place)
        # A union gives an error for each of its kinds: the first is enough.
        problems.setdefault(where, Problem(where, _message(details, place, model)))
    return list(problems.values())


def causes(error: ValidationError) -> list[ErrorDetails]:
    """Pydantic's errors without those that only follow from others.

    A list whose every entry is wrong is also called too short.
    """
    errors = error.errors()
    return [
        one
        for one in errors
        if one["type"] != "too_short"
        or not any(
            len(other["loc"]) > len(one["loc"]) and other["loc"][: len(one["loc"])] == one["loc"]
            for other in errors
        )
    ]


def location(details: ErrorDetails, raw: object) -> Location:
    """The part of an error's location that is a key path in `raw`.

    Pydantic adds steps of its own, such as the kind tried in a union; those are no keys.
    """
    place: list[str | int] = []
    for step in details["loc"]:
        if isinstance(raw, Mapping) and (step in raw or details["type"] == "missing"):
            raw = raw.get(step)
        elif isinstance(raw, list | tuple) and isinstance(step, int) and step < len(raw):
            raw = raw[step]
        else:
            break
        place.append(step)
    return tuple(place)


def join(path: str, place: Location) -> str:
    """The key path as messages show it: `sources[2].answers.time`."""
    for step in place:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def known_keys(model: type[Part]) -> list[str]:
    """The keys that a section may have, as the study file writes them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _message(details: ErrorDetails, place: Location, model: type[Part]) -> str:
    kind, value = details["type"], details["input"]
    context: Mapping[str, Any] = details.get("ctx", {})
    if kind == "missing":
        return f"is missing.{_meaning(place, model)}"
    if kind == "extra_forbidden":
        allowed = known_keys(_model_at(model, place[:-1]))
        close = near(str(place[-1]), allowed)
        return f"is not a key of this section.{close} Keys: {', '.join(allowed)}."
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context["expected"]))
        given = near(value, allowed) if isinstance(value, str) else ""
        return f"{show(value)} is not allowed.{given} Allowed: {listed(allowed)}."
    return _limit(kind, value, context) or f"{show(value)} is not {_expected(kind, details)}."


def _limit(kind: str, value: object, context: Mapping[str, Any]) -> str | None:
    if kind in _LIMITS:
        words, key = _LIMITS[kind]
        return f"{show(value)} is out of range: it must be {words} {context[key]:g}."
    if kind == "too_short":
        return "is empty. It needs at least one entry."
    if kind == "too_long":
        return f"has too many entries: {context['max_length']} are allowed."
    if kind == "string_pattern_mismatch":
        return f'{show(value)} is not an id: use letters, digits, _ and -, such as "my_id".'
    return None


def _expected(kind: str, details: ErrorDetails) -> str:
    return _EXPECTED.get(kind, f"what is expected here ({details['msg']})")


def _meaning(place: Location, model: type[Part]) -> str:
    field = _find(_model_at(model, place[:-1]), place[-1])
    text = " ".join((field.description or "").split()) if field else ""
    return f" {text}" if text else ""


def _find(model: type[Part], key: str | int) -> Any:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return field
    return None


def _model_at(model: type[Part], place: Location) -> type[Part]:
    for step in place:
        field = _find(model, step)
        inner = part_in(field.annotation) if field else None
        model = inner or model
    return model


def part_in(annotation: object) -> type[Part] | None:
    """The section that a field of this type holds, if it holds one."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    parts = map(part_in, typing.get_args(annotation))
    return next((part for part in parts if part is not None), None)
