"""What the raw tables were keyed with, and which files say otherwise now."""

import hashlib
import hmac
from collections.abc import Mapping

import duckdb
import polars as pl

from etl.files import export_files
from etl.held import Held
from etl.identity.identities import Identities, held_digest
from queries import sqlfile
from study.definition import Study
from study.errors import UserError

KEYED_ANEW = (
    "Participants are named in another way than at the load before (another key, or another "
    "privacy.participant_ids), so everything was read anew."
)
LISTED = 5
_ENTRIES = {
    "source_id": pl.String,
    "given_hash": pl.String,
    "participant_id": pl.String,
    "own_name": pl.String,
}


def is_keyed_anew(
    con: duckdb.DuckDBPyConnection,
    study: Study,
    identities: Identities,
    held: Mapping[str, Held],
) -> bool:
    """Whether all that is held bears other names than this load gives, and must be read anew.

    The caller then forgets every file, and calls `note_keying`, in one transaction: files that
    were keyed in two ways would make two people of everyone.

    Raises
    ------
    UserError
        If an export that is held is gone from disk, so that it cannot be read anew.
    """
    before = held_digest(con)
    if before == identities.digest or not held:
        return False
    gone = files_gone(study, held)
    if gone:
        raise UserError(
            "Participants would be named in another way than at the load before (another key, or "
            f"another privacy.participant_ids), so every export must be read anew, and {gone} gone "
            "from disk. Put them back, or go back to the key and the setting of before. To go on "
            "without their rows, remove raw.duckdb from the workspace (not the key beside it) and "
            "load again."
        )
    return True


def files_gone(study: Study, held: Mapping[str, Held]) -> str:
    """Held files with rows that are no longer on disk, as the beginning of `… gone from disk`.

    Empty where there is none.
    """
    sources = {source.id: source for source in study.sources}
    there = {file.file_id for source in study.sources for file in export_files(study, source)}
    gone = sorted(
        one.path
        for one in held.values()
        if one.rows_read
        and one.source_id in sources
        and one.file_id not in there
        and not (study.folder / one.path).exists()
    )
    if not gone:
        return ""
    more = f" and {len(gone) - LISTED} more" if len(gone) > LISTED else ""
    return f"{', '.join(gone[:LISTED])}{more} {'is' if len(gone) == 1 else 'are'}"


def note_keying(con: duckdb.DuckDBPyConnection, identities: Identities) -> None:
    """Note what the rows of the raw tables are keyed with from now on."""
    for name in ("keying", "delete_keying"):
        sqlfile.load(f"identity/{name}.sql").execute(con)
    sqlfile.load("identity/insert_keying.sql").execute(con, digest=identities.digest)


def stale_files(con: duckdb.DuckDBPyConnection, identities: Identities) -> frozenset[str]:
    """Ids of files in which somebody is named otherwise than the id maps say now.

    Most days a map only gains people whose rows are still to come, and no file is stale.
    """
    with_now = _entries(identities)
    sqlfile.load("identity/id_map.sql").execute(con)
    con.register("current_map", with_now.to_arrow())
    try:
        sqlfile.load("identity/renamed.sql").execute(con)
        if sqlfile.load("identity/count_renamed.sql").fetch(con)["n_renamed"][0] == 0:
            return frozenset()
        return frozenset(sqlfile.load("identity/stale_files.sql").fetch(con)["file_id"])
    finally:
        con.unregister("current_map")


def keep_maps(con: duckdb.DuckDBPyConnection, identities: Identities) -> None:
    """Note what the id maps say, once every stale file was read anew."""
    for name in ("id_map", "delete_id_map"):
        sqlfile.load(f"identity/{name}.sql").execute(con)
    con.register("current_map", _entries(identities).to_arrow())
    try:
        sqlfile.load("identity/insert_id_map.sql").execute(con)
    finally:
        con.unregister("current_map")


def _entries(identities: Identities) -> pl.DataFrame:
    rows = [
        (
            source_id,
            _hash(identities, given),
            identities.name_of(given, source_id),
            identities.kept(given),
        )
        for source_id, known in identities.maps.by_source.items()
        for given in known
    ]
    return pl.DataFrame(rows, schema=_ENTRIES, orient="row")


def _hash(identities: Identities, given: str) -> str:
    key = identities.keys.pseudonyms if identities.is_keyed and identities.keys else b"as given"
    return hmac.digest(key, b"map\0" + given.encode(), hashlib.sha256).hex()
