"""`rapport unmask`: one asks for an arm and says why, another confirms."""

from typing import TYPE_CHECKING, Annotated

import typer

from access.commands.opening import console, kept_state, signed_in_as
from study.command_line.help_text import Commands
from study.command_line.options import STUDY_HERE, StudyOption, StudyPath, WorkspacePath

if TYPE_CHECKING:
    from access.unmasking import Request

group = Commands(help="Unmasking, by two people and with a reason.", no_args_is_help=True)

AsAccount = Annotated[
    str, typer.Option("--as", metavar="NAME", help="The account that does it; asks its password.")
]
PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input instead of asking."
    ),
]


@group.command("ask")
def ask_unmasking(
    as_account: AsAccount,
    reason: Annotated[
        str, typer.Option(help="Why, in at least 10 characters; it must name nobody.")
    ],
    participant: Annotated[
        str | None, typer.Option(help="Whose arm, by the name that the pages show.")
    ] = None,
    whole_study: Annotated[
        bool, typer.Option("--whole-study", help="The arms of all participants.")
    ] = False,
    password_stdin: PasswordStdin = False,
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
) -> None:
    """Ask for the arm of one participant, or of all. Nothing opens until another person confirms.

        rapport unmask ask my-study --as tom --participant p-0a1b2c3d4e \\
          --reason "Serious adverse event, reported on 2 March"

    It ends with 2 if the account may not ask, or something has to be put right.
    """
    from access.commands.limits import checked_participants
    from access.unmasking import LAPSES_AFTER, ask

    with kept_state(study, workspace) as (defined, state):
        named = checked_participants(defined, [participant])[0] if participant else None
        account = signed_in_as(state, as_account, from_stdin=password_stdin)
        asked = ask(state, account, "study" if whole_study else "participant", reason, named)
    typer.echo(
        f"Request {asked.id}: {asked.what}. Within {LAPSES_AFTER.days} days, a second person has "
        f"to run: rapport unmask confirm {asked.id} --as NAME"
    )


@group.command("confirm")
def confirm_unmasking(
    request: Annotated[int, typer.Argument(metavar="REQUEST", help="Number of the request.")],
    as_account: AsAccount,
    password_stdin: PasswordStdin = False,
    study: StudyOption = STUDY_HERE,
    workspace: WorkspacePath = None,
) -> None:
    """Agree to a request, as a second person. What it opens stays open: nobody can unsee it.

        rapport unmask confirm 3 --as stan --study my-study

    It ends with 2 if the account may not confirm, or the request lapsed after 7 days.
    """
    from access.unmasking import confirm

    with kept_state(study, workspace) as (_, state):
        account = signed_in_as(state, as_account, from_stdin=password_stdin)
        done = confirm(state, account, request)
    typer.echo(f"Open from now on: {done.what}. Asked by {done.asked_by}, confirmed by you.")


@group.command("list")
def list_requests(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the list as JSON.")] = False,
) -> None:
    """Show every request for an unmasking: who asked, why, and what became of it."""
    from access.unmasking import requests

    with kept_state(study, workspace) as (_, state):
        found = requests(state)
    if as_json:
        _print_json(found)
    else:
        _print_table(found)


def _outcome(request: "Request") -> str:
    from access.clock import utc_now

    if request.confirmed_by is not None and request.confirmed_at is not None:
        return f"confirmed by {request.confirmed_by}, {request.confirmed_at:%Y-%m-%d %H:%M}"
    return "waits for a second person" if request.is_pending(utc_now()) else "lapsed"


def _print_json(found: "list[Request]") -> None:
    import json
    from dataclasses import asdict

    rows = [asdict(request) | {"outcome": _outcome(request)} for request in found]
    typer.echo(json.dumps(rows, indent=1, ensure_ascii=False, default=lambda at: at.isoformat()))


def _print_table(found: "list[Request]") -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD)
    for heading in ("request", "opens", "why", "asked by", "asked (UTC)", "outcome"):
        shown.add_column(heading, justify="right" if heading == "request" else "left")
    for request in found:
        texts = (request.what, request.reason, request.asked_by)
        asked_at = f"{request.asked_at:%Y-%m-%d %H:%M}"
        outcome = escape(_outcome(request))
        shown.add_row(str(request.id), *(escape(one) for one in texts), asked_at, outcome)
    console().print(shown)
