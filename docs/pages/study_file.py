"""The reference page of the study file, from its typed objects."""

import inspect
import typing
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs.pages.markdown import table
from study.definition import Study

INNER = {"folder", "digest"}
PLAIN = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}


def page() -> str:
    """One section a part of the file: keys, what they take, defaults, meaning."""
    parts = [
        "# The study file\n\n`study.toml` says what the words of a study mean; everything else "
        "follows from it. `rapport init DIR` writes a commented one to start from, and "
        "`rapport check` says what is wrong with it, with the key path and what is allowed.\n"
    ]
    for name, field in Study.model_fields.items():
        if name not in INNER:
            parts += _sections(name, field)
    return "\n".join(parts)


def _sections(name: str, field: FieldInfo, parents: tuple[str, ...] = ()) -> Iterator[str]:
    path = (*parents, name)
    for model, repeated in _models(field.annotation):
        title = ".".join(path)
        yield f"## {'[[' if repeated else '['}{title}{']]' if repeated else ']'}\n"
        yield inspect.cleandoc(model.__doc__ or "") + "\n"
        rows = [
            (f"`{inner.alias or key}`", _type(inner.annotation), _default(inner), inner.description)
            for key, inner in model.model_fields.items()
        ]
        yield table(["key", "takes", "default", "meaning"], rows)
        for key, inner in model.model_fields.items():
            yield from _sections(key, inner, path)


def _models(annotation: object) -> Iterator[tuple[type[BaseModel], bool]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, False
        return
    repeated = typing.get_origin(annotation) in (tuple, list)
    for part in typing.get_args(annotation):
        for model, _ in _models(part):
            yield model, repeated


def _type(annotation: object) -> str:
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a section of its own"
    if origin is None:
        name = getattr(annotation, "__name__", str(annotation))
        return PLAIN.get(name, name)
    return _composed(origin, parts)


def _composed(origin: object, parts: tuple[object, ...]) -> str:
    if origin is typing.Annotated:
        return _type(parts[0])
    if origin is typing.Literal:
        return " or ".join(f'`"{part}"`' for part in parts)
    if origin in (tuple, list):
        return "list of " + _type(parts[0])
    if origin is dict:
        return f"table of {_type(parts[1])}"
    return " or ".join(_type(part) for part in parts if part is not type(None))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True) if field.default_factory else field.default
    if value in (None, PydanticUndefined, (), {}) or isinstance(value, BaseModel):
        return ""
    return f"`{value}`" if not isinstance(value, tuple) else f"`{list(value)}`"
