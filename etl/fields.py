"""Which fields of a file a source's mapping needs, and a clear word where one is missing."""

from dataclasses import dataclass

from etl.headers import missing_message
from etl.sources.reader import Reader
from study.definition import AnswerColumns, EventColumns, Instrument, Source
from study.errors import UserError

EVERYTHING = "*"


@dataclass(frozen=True)
class Needs:
    """Fields of a source.

    Parameters
    ----------
    always
        (key in study.toml, field) that every file must have.
    sometimes
        (key, field) that must be a column of a table, and may be absent from a JSON record.
    rest
        Whether all other fields are wanted too, as properties.
    """

    always: tuple[tuple[str, str], ...]
    sometimes: tuple[tuple[str, str], ...] = ()
    rest: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field by name, once."""
        return tuple(dict.fromkeys(field for _, field in (*self.always, *self.sometimes)))


@dataclass(frozen=True)
class ItemColumn:
    """A column of a wide survey file: the answers to one item."""

    column: str
    instrument_id: str
    item_id: str


def id_columns(source: Source) -> str:
    """The column that participants' ids stand in, as receipts name it.

    Where another stands in for an empty one, both: which of them gave an id is not kept.
    """
    return " or ".join((source.participant, *source.participant_else))


def needs(source: Source) -> Needs:
    """What the study file's mapping of a source asks of each of its files (wide items aside)."""
    if source.events is not None:
        return _event_needs(source, source.events)
    if source.answers is not None:
        return _answer_needs(source, source.answers)
    roster = source.roster
    names = ("enrolled", "arm", "site", "withdrawn", "withdrawal_kind")
    given = [(name, getattr(roster, name, None)) for name in names]
    properties = roster.properties if roster else ()
    covariates = roster.covariates.items() if roster else ()
    return Needs(
        always=(("participant", source.participant),),
        sometimes=(
            *_else(source),
            *_given(*given),
            *(("properties", name) for name in properties),
            *((f"covariates.{name}", column) for name, column in covariates),
        ),
    )


def _event_needs(source: Source, columns: EventColumns) -> Needs:
    properties = columns.properties
    names = (properties,) if isinstance(properties, str) else properties
    return Needs(
        always=(
            ("participant", source.participant),
            ("time", columns.time),
            *_given(("name", columns.name if columns.name_is is None else None)),
        ),
        sometimes=(
            *_else(source),
            *_given(
                ("received", columns.received),
                ("time_zone_column", columns.time_zone_column),
                ("app_version", columns.app_version),
                ("quantity", columns.quantity),
            ),
            *(("event_id", name) for name in _ids(columns.event_id)),
            *(("properties", name) for name in names if name and name != EVERYTHING),
        ),
        rest=EVERYTHING in names,
    )


def _answer_needs(source: Source, columns: AnswerColumns) -> Needs:
    long = (
        ("instrument", None if columns.instrument_is else columns.instrument),
        ("item", None if columns.item_is else columns.item),
        ("value", columns.value),
    )
    return Needs(
        always=(
            ("participant", source.participant),
            ("time", columns.time),
            *(_given(*long) if columns.shape == "long" else ()),
        ),
        sometimes=(
            *_else(source),
            *_given(("occasion", columns.occasion), ("time_zone_column", columns.time_zone_column)),
        ),
    )


def _else(source: Source) -> tuple[tuple[str, str], ...]:
    return tuple(("participant_else", name) for name in source.participant_else)


def _ids(event_id: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return event_id if isinstance(event_id, tuple) else (event_id,) if event_id else ()


def _given(*pairs: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    return tuple((key, field) for key, field in pairs if field)


def file_fields(source: Source) -> tuple[str, ...]:
    """Fields to read from the file itself: what is needed, less what lookups bring."""
    brought = {name for lookup in source.lookup for name in lookup.take}
    keys = [lookup.on for lookup in source.lookup]
    return tuple(dict.fromkeys(f for f in (*needs(source).fields, *keys) if f not in brought))


def check_fields(reader: Reader, source: Source, file: str) -> None:
    """Refuse a file that lacks a field of the mapping.

    Raises
    ------
    UserError
        Naming the columns there are and the nearest ones.
    """
    if reader.is_ragged and not reader.columns():
        return
    asked = needs(source)
    pairs = asked.always if reader.is_ragged else (*asked.always, *asked.sometimes)
    pairs = (*pairs, *(("lookup.on", lookup.on) for lookup in source.lookup))
    readable = set(file_fields(source))
    missing = [(key, field) for key, field in pairs if field in readable and not reader.has(field)]
    if missing:
        raise UserError(missing_message(missing, reader.columns(), source, file, reader.format))


def item_columns(
    columns: tuple[str, ...], source: Source, instruments: tuple[Instrument, ...], file: str
) -> tuple[ItemColumn, ...]:
    """Columns of a wide survey file that hold items of the study's instruments.

    Raises
    ------
    UserError
        If none does, or if the mapping names a column, an instrument or an item there is not.
    """
    answers = source.answers
    if answers is None or answers.shape != "wide":
        return ()
    there = frozenset(columns)
    if answers.column_pattern:
        only = answers.instrument_is
        wanted = [
            ItemColumn(_name(answers.column_pattern, one.id, item), one.id, item)
            for one in instruments
            if only in (None, one.id)
            for item in one.items
        ]
        found = [column for column in wanted if column.column in there]
    else:
        wanted = found = [
            _explicit(column, target, source, instruments)
            for column, target in answers.columns.items()
        ]
    missing = [("columns", column.column) for column in found if column.column not in there]
    if missing or not found:
        lost = missing or [("column_pattern", column.column) for column in wanted[:1]]
        raise UserError(missing_message(lost, columns, source, file))
    return tuple(found)


def _name(pattern: str, instrument_id: str, item_id: str) -> str:
    # Not str.format: a column name may hold other braces.
    return pattern.replace("{instrument}", instrument_id).replace("{item}", item_id)


def _explicit(
    column: str, target: str, source: Source, instruments: tuple[Instrument, ...]
) -> ItemColumn:
    only = source.answers.instrument_is if source.answers else None
    for one in instruments:
        prefix = "" if only == one.id else f"{one.id}."
        item = target.removeprefix(prefix)
        if target.startswith(prefix) and item in one.items:
            return ItemColumn(column, one.id, item)
    raise UserError(
        f"study.toml, source '{source.id}', answers.columns: {target!r} is no item of an "
        'instrument. Expected instrument.item, for example "dwai.3".'
    )
