"""`rapport audit`: who did what, and whether the log of it is whole."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from access.commands.opening import console, kept_state
from study.command_line.help_text import Commands
from study.command_line.options import STUDY_HERE, StudyPath, WorkspacePath

if TYPE_CHECKING:
    from access.audit import Entry

group = Commands(help="The audit log: who did what, when and why.", no_args_is_help=True)

_LAST = 50
_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@group.command("verify")
def verify_log(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    copy: Annotated[
        str | None,
        typer.Option(
            "--copy",
            metavar="HEAD",
            help="A head that 'rapport audit head' printed before, kept elsewhere.",
        ),
    ] = None,
) -> None:
    """Find out whether a line of the audit log was changed, removed, moved or cut off.

    It names the first line that does not fit. Whoever may write the whole database could make a
    log anew that fits in itself: only a copy of an older head, kept elsewhere, shows that.

        rapport audit verify my-study --copy 1204:6b86b273ff34fce1...

    It ends with 0 if the log is whole and 1 if not.
    """
    from access.audit import head_of, verify
    from access.audit_chain import Head

    with kept_state(study, workspace) as (_, state):
        faults = verify(state, Head.of(copy) if copy else None)
        head = None if faults else head_of(state)
    for fault in faults:
        place = "" if fault.number is None else f"Line {fault.number}: "
        said = place + fault.words
        typer.echo(f"{said[0].upper()}{said[1:]}.", err=True)
    if head is None:
        raise typer.Exit(1)
    typer.echo(f"The audit log is whole: {head.number:,} lines. Its head: {head}")


@group.command("head")
def show_head(study: StudyPath = STUDY_HERE, workspace: WorkspacePath = None) -> None:
    """Print where the log ends now, to be kept elsewhere: number and hash of its last line.

    Copied to another machine every day, by mail or into a locked document, it is what shows that
    older lines are still what they were:

        rapport audit head my-study >> /mnt/elsewhere/my-study-audit-heads.txt
    """
    from access.audit import head_of

    with kept_state(study, workspace) as (_, state):
        typer.echo(str(head_of(state)))


@group.command("show")
def show_log(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    account: Annotated[
        str | None, typer.Option(help="Only what this account did, such as anna or cli:root.")
    ] = None,
    action: Annotated[str | None, typer.Option(help="Only this action, such as export.")] = None,
    mentions: Annotated[
        str | None, typer.Option(help="Only lines about this, such as a participant.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(help="From this day or time on, in UTC.", formats=_DAYS)
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="Before this day or time, in UTC.", formats=_DAYS)
    ] = None,
    last: Annotated[
        int | None,
        typer.Option(help="How many, the newest; without it, 50, or all as JSON or CSV.", min=1),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write them as JSON, the oldest first, with hashes.")
    ] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Write them as CSV, the oldest first, with hashes.")
    ] = False,
) -> None:
    """Show lines of the audit log, the newest first. That it was read becomes a line of it, too.

    rapport audit show my-study --mentions p-0a1b2c3d4e --since 2026-03-01
    """
    from access.audit import at_command_line, checked_action, entries, record
    from study.errors import UserError

    if as_json and as_csv:
        raise UserError("Choose one of --json and --csv.")
    is_export = as_json or as_csv
    with kept_state(study, workspace) as (_, state):
        found = entries(
            state,
            account=account,
            action=None if action is None else checked_action(action),
            mentions=mentions,
            since=None if since is None else since.replace(tzinfo=UTC),
            until=None if until is None else until.replace(tzinfo=UTC),
            limit=last if last or is_export else _LAST,
        )
        what = f"{len(found)} lines{' as a file' if is_export else ''}"
        record(state, account=at_command_line(), action="audit_read", what=what)
    if as_json:
        _print_json(found)
    elif as_csv:
        _print_csv(found)
    else:
        _print_table(found)


def _print_json(found: "list[Entry]") -> None:
    import json
    from dataclasses import asdict

    rows = [asdict(entry) for entry in reversed(found)]
    typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))


def _print_csv(found: "list[Entry]") -> None:
    import csv
    import sys
    from dataclasses import asdict, fields

    from access.audit import Entry

    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow([field.name for field in fields(Entry)])
    rows.writerows([_inert(value) for value in asdict(entry).values()] for entry in reversed(found))


def _inert(value: object) -> object:
    # A spreadsheet would run a reason that begins like a formula.
    risky = isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
    return f"'{value}" if risky else value


def _print_table(found: "list[Entry]") -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD)
    for heading in ("line", "time (UTC)", "who", "action", "what", "why"):
        shown.add_column(heading, justify="right" if heading == "line" else "left")
    for entry in found:
        texts = (entry.at[:19].replace("T", " "), entry.account, entry.action, entry.what)
        shown.add_row(str(entry.number), *(escape(one) for one in (*texts, entry.why or "")))
    console().print(shown)
