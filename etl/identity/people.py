"""Who is meant by what somebody typed: an id of any source, or a pseudonym."""

from dataclasses import dataclass

import duckdb

from etl.identity.given import ids_on_disk
from etl.identity.identities import Identities
from etl.identity.pseudonym import as_written
from queries import sqlfile
from study.definition import Study
from study.errors import UserError
from warehouse.damaged import told_when_build_damaged
from warehouse.publish import current_mart
from warehouse.reader import MartReader
from warehouse.workspace import Workspace


@dataclass(frozen=True)
class Held:
    """How much of somebody the raw tables hold."""

    n_events: int
    n_answers: int
    n_roster: int
    n_rejected: int


@dataclass(frozen=True)
class Person:
    """One participant of the raw tables.

    `name` is what those call them; `participant` their id as the roster writes it, None where only
    the pseudonym is known; `ids` every id that is known of them, by source.
    """

    typed: str
    name: str
    participant: str | None
    ids: tuple[tuple[str, str], ...]
    held: Held


def held_names(con: duckdb.DuckDBPyConnection) -> dict[str, Held]:
    """Everybody whom the raw tables name."""
    rows = sqlfile.load("identity/held_names.sql").fetch(con).iter_rows(named=True)
    return {row.pop("participant_id"): Held(**row) for row in rows}


def shown_names(workspace: Workspace) -> frozenset[str]:
    """Everybody in the build that is served; nobody before the first."""
    if current_mart(workspace) is None:
        return frozenset()
    with told_when_build_damaged(workspace):
        con = MartReader(workspace).cursor()
        return frozenset(sqlfile.load("identity/shown_names.sql").fetch(con)["participant_id"])


def candidates(identities: Identities, typed: str, source_id: str | None) -> tuple[str, ...]:
    """Participants whose id it may be, as the roster writes ids: one, unless sources disagree."""
    text = typed.strip()
    if source_id is not None:
        return (identities.participant(text, source_id),)
    mapped = [known[text] for known in identities.maps.by_source.values() if text in known]
    return tuple(dict.fromkeys((*mapped, text)))


def find_person(
    study: Study,
    identities: Identities,
    held: dict[str, Held],
    typed: str,
    source_id: str | None = None,
) -> Person:
    """The one participant of the raw tables who is meant.

    Raises
    ------
    UserError
        If there is none, or if the id is that of different people in different sources.
    """
    check_source(study, source_id)
    written = as_written(typed) if identities.is_keyed else None
    if written in held and written is not None:
        participant = owner_of(study, identities, written)
        return _person(identities, held, typed, written, participant)
    found = {
        identities.kept(one): one
        for one in candidates(identities, typed, source_id)
        if identities.kept(one) in held
    }
    if not found:
        raise UserError(
            f"Nobody was loaded whose id is {typed.strip()!r}"
            + (f" in source '{source_id}'" if source_id else "")
            + ". Ids are compared letter by letter, upper and lower case apart. If the export came "
            "after the last load, run: rapport load"
        )
    if len(found) > 1:
        raise UserError(
            f"{typed.strip()!r} is the id of {len(found)} participants, in different sources. Say "
            "which one with --source and the source's id, as in study.toml."
        )
    ((name, participant),) = found.items()
    return _person(identities, held, typed, name, participant)


def owner_of(study: Study, identities: Identities, name: str) -> str | None:
    """The id behind a pseudonym, found by trying every id of the id maps and exports on disk."""
    for known in identities.maps.by_source.values():
        for participant in known.values():
            if identities.kept(participant) == name:
                return participant
    for given in ids_on_disk(study):
        for one in given.ids:
            participant = identities.participant(one, given.source_id)
            if identities.kept(participant) == name:
                return participant
    return None


def check_source(study: Study, source_id: str | None) -> None:
    """Refuse a source that the study does not have.

    Raises
    ------
    UserError
        Naming those that there are.
    """
    known = [source.id for source in study.sources]
    if source_id is not None and source_id not in known:
        raise UserError(
            f"The study has no source {source_id!r}. It has: {', '.join(known)}. Correct --source."
        )


def _person(
    identities: Identities,
    held: dict[str, Held],
    typed: str,
    name: str,
    participant: str | None,
) -> Person:
    ids = tuple(
        (source_id, given)
        for source_id, known in identities.maps.by_source.items()
        for given, owner in known.items()
        if owner == participant
    )
    return Person(typed.strip(), name, participant, ids, held[name])
