"""Triggers with which the database itself refuses to change or delete lines of the audit log.

They keep honest programs honest. Whoever owns the database can drop them; that they are gone, or
what was done without them, is found by `access.audit.verify`.
"""

from sqlalchemy import Connection, text

_SQLITE = {
    "audit_entries_no_update": """
create trigger audit_entries_no_update before update on audit_entries
begin select raise(abort, 'the audit log is append-only'); end""",
    "audit_entries_no_delete": """
create trigger audit_entries_no_delete before delete on audit_entries
begin select raise(abort, 'the audit log is append-only'); end""",
    # Without this, `insert or replace` would delete a line without the trigger above.
    "audit_entries_next_only": """
create trigger audit_entries_next_only before insert on audit_entries
when new.number <> (select number + 1 from audit_head)
  or new.hash_before <> (select hash from audit_head)
begin select raise(abort, 'the audit log is append-only'); end""",
    "audit_head_next_only": """
create trigger audit_head_next_only before update on audit_head
when new.number <> old.number + 1
  or not exists (select 1 from audit_entries where number = new.number and hash = new.hash)
begin select raise(abort, 'the audit log is append-only'); end""",
    "audit_head_no_delete": """
create trigger audit_head_no_delete before delete on audit_head
begin select raise(abort, 'the audit log is append-only'); end""",
    "audit_head_no_insert": """
create trigger audit_head_no_insert before insert on audit_head
begin select raise(abort, 'the audit log is append-only'); end""",
}

_FUNCTIONS = (
    """
create function audit_refuse() returns trigger language plpgsql as $$
begin raise exception 'the audit log is append-only'; end $$""",
    """
create function audit_entry_is_next() returns trigger language plpgsql as $$
begin
  if not exists (
    select 1 from audit_head where new.number = number + 1 and new.hash_before = hash
  ) then raise exception 'the audit log is append-only'; end if;
  return new;
end $$""",
    """
create function audit_head_is_next() returns trigger language plpgsql as $$
begin
  if new.number <> old.number + 1 or not exists (
    select 1 from audit_entries where number = new.number and hash = new.hash
  ) then raise exception 'the audit log is append-only'; end if;
  return new;
end $$""",
)

_POSTGRESQL = {
    "audit_entries_no_change": """
create trigger audit_entries_no_change before update or delete on audit_entries
for each row execute function audit_refuse()""",
    "audit_entries_no_truncate": """
create trigger audit_entries_no_truncate before truncate on audit_entries
for each statement execute function audit_refuse()""",
    "audit_entries_next_only": """
create trigger audit_entries_next_only before insert on audit_entries
for each row execute function audit_entry_is_next()""",
    "audit_head_next_only": """
create trigger audit_head_next_only before update on audit_head
for each row execute function audit_head_is_next()""",
    "audit_head_no_change": """
create trigger audit_head_no_change before insert or delete on audit_head
for each row execute function audit_refuse()""",
    "audit_head_no_truncate": """
create trigger audit_head_no_truncate before truncate on audit_head
for each statement execute function audit_refuse()""",
}


def protect_log(dialect: str) -> list[str]:
    """Statements that protect the log of a new database, by SQLAlchemy's name of its kind."""
    if dialect == "sqlite":
        return [statement.strip() for statement in _SQLITE.values()]
    return [statement.strip() for statement in (*_FUNCTIONS, *_POSTGRESQL.values())]


def missing_triggers(connection: Connection) -> list[str]:
    """Names of triggers that are gone, changed or switched off, and of changed functions."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("select name, sql from sqlite_master where type='trigger'"))
        held = {row.name: row.sql for row in rows}
        # SQLite writes the first two words large, and keeps the rest as it was given.
        return [
            name
            for name, sql in _SQLITE.items()
            if held.get(name, "").casefold() != sql.strip().casefold()
        ]
    return [*_missing_on_postgresql(connection), *_changed_functions(connection)]


def _missing_on_postgresql(connection: Connection) -> list[str]:
    rows = connection.execute(
        text(
            "select tgname from pg_trigger where not tgisinternal and tgenabled in ('O', 'A')"
            " and tgrelid in ('audit_entries'::regclass, 'audit_head'::regclass)"
        )
    )
    held = {row.tgname for row in rows}
    return [name for name in _POSTGRESQL if name not in held]


def _changed_functions(connection: Connection) -> list[str]:
    """Functions that triggers call and that no longer do what they did."""
    rows = connection.execute(
        text(
            "select p.proname, p.prosrc from pg_trigger t join pg_proc p on p.oid = t.tgfoid"
            " where not t.tgisinternal"
            " and t.tgrelid in ('audit_entries'::regclass, 'audit_head'::regclass)"
        )
    )
    held = {(row.proname, row.prosrc) for row in rows}
    made = {(_name(statement), statement.split("$$")[1]) for statement in _FUNCTIONS}
    return sorted({name for name, _ in held - made})


def _name(statement: str) -> str:
    return statement.split("function ")[1].split("(")[0]
