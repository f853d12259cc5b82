"""Erasing participants: from every file that Rapport writes, and so that they stay erased."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

import duckdb

from etl.identity.identities import Identities, held_digest, load_identities
from etl.identity.key import Keys, make_keys
from etl.identity.people import Person, candidates, find_person, held_names
from etl.identity.pseudonym import as_written
from etl.identity.raw_erasure import take_out
from etl.identity.tombstones import (
    Erasure,
    Tombstones,
    of_id,
    of_kept,
    of_source_id,
    read_tombstones,
    write_tombstones,
)
from etl.load import prepare
from study.definition import Study
from study.errors import UserError
from warehouse.connect import open_raw
from warehouse.workspace import Workspace

ERASE = "erase"
"""What `Tombstones.unfinished` says while an erasure has files left to renew."""


def open_held(study: Study, workspace: Workspace) -> tuple[duckdb.DuckDBPyConnection, Identities]:
    """The raw tables of a loaded workspace, locked for the caller, and what ids mean in them.

    Raises
    ------
    UserError
        If nothing was loaded, another load is at work, or the study file names participants in
        another way than the last load did.
    """
    if not workspace.raw_path.exists():
        raise UserError("Nothing was loaded yet, so nobody is known here. Run: rapport load")
    con = open_raw(workspace)
    try:
        prepare(con)
        identities = load_identities(study, workspace, con)
        _refuse_other_keying(con, identities)
    except BaseException:
        con.close()
        raise
    return con, identities


def _refuse_other_keying(con: duckdb.DuckDBPyConnection, identities: Identities) -> None:
    if held_digest(con) != identities.digest:
        raise UserError(
            "The study names participants in another way than at the last load (another key, or "
            "another privacy.participant_ids). Run first: rapport load"
        )


def find_people(
    study: Study, workspace: Workspace, typed: Sequence[str], source_id: str | None
) -> tuple[Person, ...]:
    """Those who are meant, each once, and what is held of them.

    Raises
    ------
    UserError
        If somebody is not known, or was erased before.
    """
    con, identities = open_held(study, workspace)
    with closing(con):
        held = held_names(con)
        for one in typed:
            _refuse_erased(workspace, identities, one, source_id)
        found = [find_person(study, identities, held, one, source_id) for one in typed]
    return tuple({person.name: person for person in found}.values())


def _refuse_erased(
    workspace: Workspace, identities: Identities, typed: str, source_id: str | None
) -> None:
    if identities.keys is None or not identities.erased:
        return
    text = typed.strip()
    key = identities.keys.erased
    participants = candidates(identities, text, source_id)
    told_by = {of_kept(key, as_written(text) or text), *(of_id(key, one) for one in participants)}
    for erasure in read_tombstones(workspace).erasures:
        if told_by.intersection(erasure.hashes):
            raise UserError(f"{text!r} was erased already, on {erasure.erased_at}.")


def begin_erasure(
    study: Study, workspace: Workspace, people: Sequence[Person], reason: str
) -> None:
    """Take people out of the raw tables, and note that they stay out whatever is loaded.

    `etl.identity.finish` renews the other files; until it has, the note says so.
    """
    con, identities = open_held(study, workspace)
    with closing(con):
        keys = identities.keys or make_keys(workspace)
        before = read_tombstones(workspace)
        today = datetime.now(UTC).date().isoformat()
        erasures = tuple(Erasure(today, reason, _hashes(keys, person)) for person in people)
        after = Tombstones((*before.erasures, *erasures), unfinished=ERASE)
        ids = {given for person in people for _, given in person.ids}
        ids |= {person.participant for person in people if person.participant is not None}
        take_out(
            con,
            study,
            [person.name for person in people],
            ids,
            before_commit=lambda: write_tombstones(workspace, after),
        )


def take_out_again(study: Study, workspace: Workspace) -> None:
    """Take out whoever is noted as erased and still there: what a killed erasure left.

    The note is written a moment before the raw tables let go of them.
    """
    con, identities = open_held(study, workspace)
    with closing(con):
        keys = identities.keys or make_keys(workspace)
        erased = read_tombstones(workspace).hashes
        names = [one for one in held_names(con) if of_kept(keys.erased, one) in erased]
        if names:
            take_out(con, study, names, ())


def _hashes(keys: Keys, person: Person) -> tuple[str, ...]:
    own = () if person.participant is None else (of_id(keys.erased, person.participant),)
    return (
        of_kept(keys.erased, person.name),
        *own,
        *(of_source_id(keys.erased, source_id, given) for source_id, given in person.ids),
    )
