"""Taking people out of the raw tables, so that receipts go on adding up."""

import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

import duckdb
import polars as pl

from etl.fields import id_columns
from etl.identity.identities import SHOWN_ERASED
from etl.progress import quiet
from etl.receipt import Status
from etl.rules import EXPECTED
from etl.settle import Seen, settle
from etl.version import rapport_version
from queries import sqlfile
from study.definition import Study

TABLES = ("events", "answers", "roster", "participant_changes", "id_map")
_PATHS = {"source_id": pl.String, "path": pl.String, "shown": pl.String}


def take_out(
    con: duckdb.DuckDBPyConnection,
    study: Study,
    names: Sequence[str],
    ids: Collection[str],
    *,
    before_commit: Callable[[], None] | None = None,
) -> None:
    """Take people out of every raw table, and judge what is left: in one transaction.

    Their records count as rejected from now on, with the place and nothing else.

    Parameters
    ----------
    names
        What the raw tables call them.
    ids
        Whatever else is known to be theirs: texts and paths that hold it are cleared.
    before_commit
        Called when all is taken out, and can still be undone.
    """
    _execute(con, "id_map")
    con.begin()
    try:
        _take_out(con, study, names, ids)
        if before_commit is not None:
            before_commit()
    except BaseException:
        con.rollback()
        raise
    con.commit()


def _take_out(
    con: duckdb.DuckDBPyConnection, study: Study, names: Sequence[str], ids: Collection[str]
) -> None:
    _execute(con, "erased_records", names=list(names))
    for table in TABLES:
        _execute(con, f"delete_erased_{table}", names=list(names))
    _execute(con, "delete_erased_rejected_rows")
    _execute(
        con,
        "insert_erased_records",
        expected=EXPECTED["erased_participant"],
        sources=[one.id for one in study.sources],
        columns=[id_columns(one) for one in study.sources],
    )
    known = sorted({*names, *ids})
    _execute(con, "clear_texts", ids=known)
    _execute(con, "delete_erased_findings", ids=known)
    _rename_paths(con, frozenset(known))
    _judge_again(con, study)


def _rename_paths(con: duckdb.DuckDBPyConnection, ids: frozenset[str]) -> None:
    """Some systems write one file or folder a participant: their id goes from the paths too."""
    held = sqlfile.load("identity/held_paths.sql").fetch(con).iter_rows()
    rows = [(source_id, path, without_ids(path, ids)) for source_id, path in held]
    changed = [row for row in rows if row[1] != row[2]]
    if not changed:
        return
    con.register("changed_paths", pl.DataFrame(changed, schema=_PATHS, orient="row").to_arrow())
    for table in ("files", "receipts", "rejected_rows"):
        _execute(con, f"rename_paths_{table}")
    con.unregister("changed_paths")


def without_ids(path: str, ids: frozenset[str]) -> str:
    """A path in which parts that are one of the ids, but for their suffix, say `erased`."""
    return "/".join(_part(part, ids) for part in path.split("/"))


def _part(part: str, ids: frozenset[str]) -> str:
    stem, dot, suffix = part.partition(".")
    if part in ids:
        return SHOWN_ERASED
    return SHOWN_ERASED + dot + suffix if stem in ids else part


def _judge_again(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Duplicates and strangers may be others now; receipts are written as a load would."""
    now = datetime.now(UTC).replace(tzinfo=None)
    load_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    sqlfile.load("load/begin_load.sql").execute(
        con,
        load_id=load_id,
        started_at=now,
        study_hash=study.digest,
        rapport_version=rapport_version(),
    )
    settle(
        con,
        study,
        _seen(con, study),
        load_id=load_id,
        loaded_at=now,
        must_resolve=True,
        progress=quiet(),
    )
    sqlfile.load("load/end_load.sql").execute(
        con, load_id=load_id, finished_at=datetime.now(UTC).replace(tzinfo=None)
    )


def _seen(con: duckdb.DuckDBPyConnection, study: Study) -> tuple[Seen, ...]:
    """Every held file as the last load left it; none was read now."""
    sources = {source.id: source for source in study.sources}
    rows = sqlfile.load("identity/last_receipts.sql").fetch(con).iter_rows(named=True)
    return tuple(
        Seen(
            row["file_id"],
            sources.get(row["source_id"]),
            row["path"],
            _status(row["status"]),
            0,
            row["message"],
            source_id=row["source_id"],
        )
        for row in rows
    )


def _status(before: str) -> Status:
    return "failed" if before == "failed" else "missing" if before == "missing" else "unchanged"


def _execute(con: duckdb.DuckDBPyConnection, name: str, **params: object) -> None:
    sqlfile.load(f"identity/{name}.sql").execute(con, **params)
