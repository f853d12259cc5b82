"""A new key: every participant gets another pseudonym."""

from contextlib import closing
from dataclasses import replace

from etl.held import held_files
from etl.identity.erasure import open_held
from etl.identity.given import ids_on_disk
from etl.identity.identities import Identities
from etl.identity.key import change_keys, missing_key, read_keys
from etl.identity.keying import files_gone
from etl.identity.renamed_in_state import to_lasting_names, to_new_names
from etl.identity.tombstones import (
    Tombstones,
    of_id,
    of_kept,
    read_tombstones,
    with_hashes,
    write_tombstones,
)
from queries import sqlfile
from study.definition import Study
from study.errors import UserError
from warehouse.connect import open_raw
from warehouse.workspace import Workspace

REKEY = "rekey"
"""What `Tombstones.unfinished` begins with until everything bears the new pseudonyms; the old
key's fingerprint follows."""


def begin_rekey(study: Study, workspace: Workspace) -> None:
    """Note that the key is to change; `etl.identity.finish` changes it and reads everything anew.

    Pseudonyms cannot be turned back into ids, so every export is needed: they are all read before
    anything is changed.

    Raises
    ------
    UserError
        If the study keeps ids as they are, or an export is gone or cannot be read.
    """
    if study.privacy.participant_ids != "keyed":
        raise UserError(
            "This study keeps participants' ids as they are given, so there is no key to change: "
            'privacy.participant_ids is "as_given" in study.toml.'
        )
    con, identities = open_held(study, workspace)
    with closing(con):
        gone = files_gone(study, held_files(con))
        if gone:
            raise UserError(
                f"Every export must be read anew under a new key, and {gone} gone from disk. Put "
                "them back, then try again: nothing was changed."
            )
        keys = identities.keys
        if keys is None:
            raise AssertionError("a keyed study that was loaded has a key")
        known = _told_by_id(study, identities, read_tombstones(workspace))
        write_tombstones(workspace, replace(known, unfinished=f"{REKEY} {keys.fingerprint}"))


def change_key(study: Study, workspace: Workspace, unfinished: str) -> None:
    """Put the new key in the place of the old one, unless that was done before a crash.

    Contacts, care and requests for unmasking go along.
    """
    keys = read_keys(workspace)
    if keys is None:
        raise missing_key(workspace, "it was about to be changed")
    if unfinished == f"{REKEY} {keys.fingerprint}":
        to_lasting_names(study, workspace)
        change_keys(workspace, keys)
    to_new_names(study, workspace)


def forget_names_of_before(workspace: Workspace) -> None:
    """Take the old pseudonyms out of what the loader notes of its loads."""
    with closing(open_raw(workspace)) as con:
        sqlfile.load("identity/delete_old_changes.sql").execute(con)


def _told_by_id(study: Study, identities: Identities, before: Tombstones) -> Tombstones:
    """The same erasures, each told by the id too, where it was told by the pseudonym only."""
    if identities.keys is None:
        return before
    key = identities.keys.erased
    by_name: dict[str, str] = {}
    for given in ids_on_disk(study):
        for one in given.ids:
            participant = identities.participant(one, given.source_id)
            by_name[of_kept(key, identities.kept(participant))] = of_id(key, participant)
    return replace(
        before,
        erasures=tuple(
            with_hashes(one, (by_name[told] for told in one.hashes if told in by_name))
            for one in before.erasures
        ),
    )
