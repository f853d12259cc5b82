"""The reference page of the export formats, from what the loader knows of each."""

from collections.abc import Iterator, Mapping

from docs.pages.markdown import table
from etl.sources.format import Format
from etl.sources.registry import formats
from study.export_formats import FORMATS, SETTINGS, ExportFormat

INTRODUCTION = """\
# Export formats

What a source with `format = "..."` in `study.toml` already knows. Name only what differs in your
project; what you name goes first. A format is told by what is in a file, never by its name;
`rapport check FOLDER` says what each file is.

CSV, JSON Lines and Parquet files of any system need no format: `format = "auto"`, which is the
default, tells them apart by their content, and the sections of the source say which column holds
what. All files may be gzipped.
"""


def page() -> str:
    """One section a format: how to export, what is known of its columns, what goes wrong."""
    return "\n".join([INTRODUCTION, *(_section(one) for one in formats())])


def _section(one: Format) -> str:
    known = FORMATS[one.id]  # type: ignore[index]  # a Format's id is one of the names
    parts = [
        f'## {one.label}: `format = "{one.id}"`\n',
        f"{one.export}\n",
        f"Kinds: {', '.join(f'`{kind}`' for kind in known.kinds)}.{_settings(one.id)}\n",
        table(["key", "known as"], _defaults(known)),
        "What goes wrong with such exports, and what happens then:\n",
        *(f"- {trap}" for trap in one.traps),
        f"\nWhat this rests on: {one.confirmed}\n",
    ]
    return "\n".join(parts)


def _settings(name: str) -> str:
    own = [f"`{key}`" for key, names in SETTINGS.items() if name in names]
    return f" Settings of its own: {', '.join(own)}." if own else ""


def _defaults(known: ExportFormat) -> Iterator[tuple[str, str]]:
    yield from _lines("", known.source)
    for kind in known.kinds:
        yield from _lines(f"{kind}.", getattr(known, kind))


def _lines(prefix: str, keys: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in keys.items():
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        yield f"`{prefix}{key}`", f"`{shown}`"
