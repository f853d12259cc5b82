"""`rapport contacts`: the log of contacts with participants, to be carried away."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from study.command_line.help_text import Commands
from study.command_line.options import STUDY_HERE, StudyPath, WorkspacePath

if TYPE_CHECKING:
    from access.contacts import Contact

group = Commands(help="The log of contacts with participants.", no_args_is_help=True)

_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
_COLUMNS = (
    *("contact", "participant", "contacted_at", "channel", "outcome", "reason", "note"),
    *("logged_by", "logged_at", "struck_out_at"),
)


@group.command("export")
def export_contacts(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    participant: Annotated[
        str | None, typer.Option(help="Only contacts with them, by the name that the pages show.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(help="From this day or time on, in UTC.", formats=_DAYS)
    ] = None,
) -> None:
    """Write the contact log as CSV, the oldest first; that it was becomes a line of the audit log.

    Lines that were struck out are in it, with when. Times are UTC. Whether somebody returned
    within 7 days is in the CSV of the page Worklist, which knows their use.

        rapport contacts export my-study > contacts.csv
    """
    from access.audit import at_command_line, record
    from access.contacts import contacts
    from access.state.store import open_if_kept
    from study.errors import UserError
    from study.file import load_study
    from warehouse.workspace import Workspace

    folder = load_study(study).folder
    state = open_if_kept(Workspace(workspace) if workspace else Workspace.beside(folder))
    if state is None:
        raise UserError("No contact was logged here yet: that is done on the page Worklist.")
    try:
        found = contacts(state, None if participant is None else [participant])
        first = None if since is None else since.replace(tzinfo=UTC)
        kept = [one for one in reversed(found) if first is None or one.at >= first]
        what = f"contact log; {len(kept)} lines"
        record(state, account=at_command_line(), action="export", what=what)
    finally:
        state.close()
    _print_csv(kept)


def _print_csv(kept: "list[Contact]") -> None:
    import csv
    import sys

    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(_COLUMNS)
    rows.writerows([_inert(value) for value in _cells(one)] for one in kept)


def _cells(one: "Contact") -> tuple[object, ...]:
    from access.contacts import CHANNELS, OUTCOMES

    return (
        *(one.id, one.participant, _at(one.at), CHANNELS[one.channel], OUTCOMES[one.outcome]),
        *(one.reason, one.note, one.account, _at(one.logged_at), _at(one.struck_at)),
    )


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _inert(value: object) -> object:
    # A spreadsheet would run a note that begins like a formula.
    risky = isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
    return f"'{value}" if risky else value
