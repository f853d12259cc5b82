"""What one key of a source asks of another, and of the rest of the study."""

import re
from collections.abc import Iterator

from study.definition import Study
from study.export_formats import FORMATS, SETTINGS
from study.problems import Problem, listed, near, repeated_ids, show, unknown
from study.scoring_key import Instrument
from study.sources import (
    AnswerColumns,
    EventColumns,
    RosterColumns,
    Source,
    SourceKind,
    Timed,
)

_KINDS: tuple[SourceKind, ...] = ("roster", "events", "answers")
_LONG_ONLY = ("instrument", "item", "item_is", "value")
_WIDE_ONLY = ("column_pattern", "columns")


def problems(study: Study) -> Iterator[Problem]:
    """Everything about `[[sources]]` that their types alone cannot say."""
    yield from repeated_ids("sources", (source.id for source in study.sources))
    for index, source in enumerate(study.sources):
        path = f"sources[{index}]"
        yield from _format(source, path)
        yield from _sections(source, path)
        section = source.columns
        if section is None:
            continue
        yield from _time(section, f"{path}.{source.kind}")
        yield from _dropped(study, source, path)
        if isinstance(section, EventColumns):
            yield from _events(section, f"{path}.events")
        elif isinstance(section, AnswerColumns):
            yield from _answers(study, section, f"{path}.answers")
        else:
            yield from _roster(study, section, f"{path}.roster")


def _sections(source: Source, path: str) -> Iterator[Problem]:
    for kind in _KINDS:
        given = getattr(source, kind) is not None
        if kind == source.kind and not given:
            yield Problem(
                f"{path}.{kind}",
                f'is missing. A source of kind "{kind}" needs a section [sources.{kind}] that '
                "names its columns.",
            )
        if kind != source.kind and given:
            yield Problem(
                f"{path}.{kind}",
                f'does not belong here: this source is of kind "{source.kind}". Remove the '
                "section, or make a second source of it.",
            )


def _format(source: Source, path: str) -> Iterator[Problem]:
    known = FORMATS.get(source.format)
    if known and source.kind not in known.kinds:
        yield Problem(
            f"{path}.kind",
            f"{show(source.kind)} is not what a {known.label} holds: {listed(known.kinds)}. "
            "Correct kind or format.",
        )
    for key, formats in SETTINGS.items():
        if key in source.model_fields_set and source.format not in formats:
            yield Problem(
                f"{path}.{key}",
                f'has no effect with format = "{source.format}": it is for {listed(formats)}. '
                "Remove it, or correct format.",
            )
    if source.format == "redcap" and source.dictionary is None:
        yield Problem(
            f"{path}.dictionary",
            "is missing. A REDCap export means little without its data dictionary: export it "
            '(Project Setup, Data Dictionary) and name it, such as dictionary = "dictionary.csv".',
        )


def _time(section: Timed, path: str) -> Iterator[Problem]:
    if section.time_format == "day_offset" and section.time_origin is None:
        yield Problem(
            f"{path}.time_origin",
            'is missing. time_format = "day_offset" counts days from a date: name it, such as '
            "time_origin = 2025-01-06.",
        )
    if section.time_format != "day_offset" and section.time_origin is not None:
        yield Problem(
            f"{path}.time_origin",
            'has no effect here: it is for time_format = "day_offset". Remove one, or change '
            "the other.",
        )


def _dropped(study: Study, source: Source, path: str) -> Iterator[Problem]:
    """A column cannot be both read and dropped."""
    section = source.columns
    inner = section.model_dump() if section else {}
    columns = {f"{path}.participant": source.participant}
    for key, value in inner.items():
        if (
            isinstance(value, str)
            and not key.endswith("_is")
            and key not in ("shape", "time_format")
        ):
            columns[f"{path}.{source.kind}.{key}"] = value
    for where, column in columns.items():
        if column in study.privacy.drop:
            yield Problem(
                where,
                f"{show(column)} is also listed in privacy.drop, so it is never read. Choose one.",
            )


def _events(section: EventColumns, path: str) -> Iterator[Problem]:
    if section.name is None and section.name_is is None:
        yield Problem(
            f"{path}.name",
            'is missing. Name the field with the event\'s name (name = "event"), or say that '
            'every row is one kind of event (name_is = "click").',
        )
    if section.name is not None and section.name_is is not None:
        yield Problem(f"{path}.name_is", "stands beside name. Only one of the two can be true.")
    if "max_clock_skew_minutes" in section.model_fields_set and section.received is None:
        yield Problem(
            f"{path}.max_clock_skew_minutes",
            "has no effect without received, the field with the time of the server.",
        )


def _roster(study: Study, section: RosterColumns, path: str) -> Iterator[Problem]:
    for key, listed_there in (("arm", study.arms), ("site", study.sites)):
        if getattr(section, key) is not None and not listed_there:
            yield Problem(
                f"{path}.{key}",
                f"names a column, but the study file lists no [[{key}s]], so no value in it "
                f"would be known. List them, or remove the key.",
                refers_to=f"{key}s",
            )


def _answers(study: Study, section: AnswerColumns, path: str) -> Iterator[Problem]:
    wrong = _WIDE_ONLY if section.shape == "long" else _LONG_ONLY
    other = "wide" if section.shape == "long" else "long"
    for key in wrong:
        if key in section.model_fields_set:
            yield Problem(
                f"{path}.{key}",
                f'is for shape = "{other}"; this source is "{section.shape}". Remove one, or '
                "change the other.",
            )
    yield from _long(section, path) if section.shape == "long" else _wide(study, section, path)
    by_id = {instrument.id: instrument for instrument in study.instruments}
    if section.instrument_is is not None and section.instrument_is not in by_id:
        yield _unknown_instrument(f"{path}.instrument_is", section.instrument_is, by_id)
    for name in section.add:
        if name not in by_id:
            yield _unknown_instrument(f"{path}.add.{name}", name, by_id)
    instrument = by_id.get(section.instrument_is or "")
    if instrument and section.item_is is not None and section.item_is not in instrument.items:
        yield _unknown_item(f"{path}.item_is", section.item_is, instrument)


def _long(section: AnswerColumns, path: str) -> Iterator[Problem]:
    for key in ("instrument", "item"):
        column, constant = getattr(section, key), getattr(section, f"{key}_is")
        if column is None and constant is None:
            yield Problem(
                f"{path}.{key}",
                f"is missing. Long answers need the column with the {key}'s id ({key} = ...), or "
                f"the id itself where it is always the same ({key}_is = ...).",
            )
        if column is not None and constant is not None:
            yield Problem(
                f"{path}.{key}_is", f"stands beside {key}. Only one of the two can be true."
            )
    if section.value is None:
        yield Problem(
            f"{path}.value",
            'is missing. Name the column with the answer, such as value = "answer".',
        )


def _wide(study: Study, section: AnswerColumns, path: str) -> Iterator[Problem]:
    if section.column_pattern is None and not section.columns:
        yield Problem(
            f"{path}.column_pattern",
            "is missing. Wide answers need a pattern of the columns' names, such as "
            'column_pattern = "{instrument}_{item}", or a table columns that lists them.',
        )
    if section.column_pattern is not None:
        yield from _pattern(section, section.column_pattern, f"{path}.column_pattern")
    if section.column_pattern is not None and section.columns:
        yield Problem(
            f"{path}.columns", "stands beside column_pattern. Only one of the two counts."
        )
    by_id = {instrument.id: instrument for instrument in study.instruments}
    for column, target in section.columns.items():
        name, item = _column(section, target)
        where = f"{path}.columns.{column}"
        if not item:
            yield Problem(
                where,
                f'{show(target)} does not name an item. Write "instrument.item", as "dwai.1".',
            )
        elif name not in by_id:
            yield _unknown_instrument(where, name, by_id)
        elif item not in by_id[name].items:
            yield _unknown_item(where, item, by_id[name])


def _column(section: AnswerColumns, target: str) -> tuple[str, str]:
    """Instrument and item that a column is said to hold; the item is empty where none is named."""
    if section.instrument_is is not None:
        return section.instrument_is, target
    name, _, item = target.partition(".")
    return name, item


def _pattern(section: AnswerColumns, pattern: str, path: str) -> Iterator[Problem]:
    fields = set(re.findall(r"\{(\w*)\}", pattern))
    # Other braces may be part of the columns' names; a slip of the pen is not.
    slips = [(field, near(field, {"instrument", "item"} - fields)) for field in sorted(fields)]
    for field, close in slips:
        if close and field not in {"instrument", "item"}:
            yield Problem(path, f"{{{field}}} is not filled in.{close}")
            return
    if "item" not in fields:
        yield Problem(path, f"{show(pattern)} has no {{item}}, so every item has the same column.")
    elif "instrument" not in fields and section.instrument_is is None:
        yield Problem(
            path,
            f"{show(pattern)} has no {{instrument}}. Add it, or name the instrument "
            '(instrument_is = "dwai").',
        )


def _unknown_instrument(path: str, name: str, by_id: dict[str, Instrument]) -> Problem:
    return unknown(path, name, "an instrument of this study", by_id, "Add it to [[instruments]].")


def _unknown_item(path: str, item: str, instrument: Instrument) -> Problem:
    return unknown(path, item, f'an item of "{instrument.id}"', instrument.items)
