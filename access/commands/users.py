"""`rapport user`: who may sign in, and what they may see."""

from typing import TYPE_CHECKING, Annotated

import typer

from access.commands.opening import ask_password, console, kept_state, new_or_kept_state
from study.command_line.help_text import Commands
from study.command_line.options import STUDY_HERE, StudyOption, StudyPath, WorkspacePath

if TYPE_CHECKING:
    from access.accounts import Account

group = Commands(help="Accounts: who may sign in, and what they may see.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the account; large and small letters alike.")
]
RoleOption = Annotated[
    str, typer.Option("--role", help="trial, designer, clinician, statistician or admin.")
]
Sites = Annotated[
    list[str] | None,
    typer.Option(
        "--site", metavar="SITE", help="A site that they see; more than once for several."
    ),
]
AllSites = Annotated[bool, typer.Option("--all-sites", help="They see every site.")]
InCare = Annotated[
    list[str] | None,
    typer.Option(
        "--participant",
        metavar="PARTICIPANT",
        help="For a clinician: a participant in their care, as the pages call them.",
    ),
]
PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input instead of asking."
    ),
]


@group.command("add")
def add_user(
    name: Name,
    role: RoleOption,
    site: Sites = None,
    all_sites: AllSites = False,
    participant: InCare = None,
    password_stdin: PasswordStdin = False,
    study: StudyOption = STUDY_HERE,
    workspace: WorkspacePath = None,
) -> None:
    """Make an account; it asks for the password, which nobody else sees.

    The trial's team sees its own sites (--site, or --all-sites); a clinician sees the participants
    in their care and nobody else; designers, statisticians and administrators see all sites unless
    some are named. What each role may see is on the page Roles.

        rapport user add anna --role trial --site london --study my-study

        rapport user add cleo --role clinician \\
          --participant p-0a1b2c3d4e --study my-study

    Passwords have at least 12 characters. It ends with 2 if something has to be put right.
    """
    from access import accounts
    from access.audit import at_command_line
    from access.commands.limits import checked_limits

    with new_or_kept_state(study, workspace) as (defined, state):
        known = accounts.usable_name(name)
        limits = checked_limits(defined, role, site, all_sites, participant)
        password = ask_password(f"Password for {known}", from_stdin=password_stdin, twice=True)
        is_first = not accounts.has_accounts(state)
        made = accounts.add(
            state,
            known,
            limits.role,
            password=password,
            sites=limits.sites,
            participants=limits.participants,
            by=at_command_line(),
        )
    typer.echo(f"Added {_said(made)}.")
    if is_first:
        typer.echo("Start 'rapport serve' anew: from then on everybody signs in.")


@group.command("role")
def set_user_role(
    name: Name,
    role: RoleOption,
    site: Sites = None,
    all_sites: AllSites = False,
    participant: InCare = None,
    study: StudyOption = STUDY_HERE,
    workspace: WorkspacePath = None,
) -> None:
    """Give an account another role, other sites or other participants, in place of all before.

    They are signed out and have to sign in anew.

        rapport user role anna --role trial --site london --site leeds
    """
    from access import accounts
    from access.audit import at_command_line
    from access.commands.limits import checked_limits

    with kept_state(study, workspace) as (defined, state):
        limits = checked_limits(defined, role, site, all_sites, participant)
        changed = accounts.set_role(
            state,
            name,
            limits.role,
            sites=limits.sites,
            participants=limits.participants,
            by=at_command_line(),
        )
    typer.echo(f"Changed {_said(changed)}.")


@group.command("care")
def change_care(
    name: Name,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar="PARTICIPANT", help="Take into their care."),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="PARTICIPANT", help="Take out of their care."),
    ] = None,
    study: StudyOption = STUDY_HERE,
    workspace: WorkspacePath = None,
) -> None:
    """Change which participants are in a clinician's care, from their next page on.

    rapport user care cleo --add p-0a1b2c3d4e --remove p-5f6g7h8j9k --study my-study
    """
    from access import accounts
    from access.audit import at_command_line
    from access.commands.limits import checked_participants

    with kept_state(study, workspace) as (defined, state):
        changed = accounts.change_care(
            state,
            name,
            added=checked_participants(defined, add or ()),
            removed=remove or (),
            by=at_command_line(),
        )
    typer.echo(f"Changed {_said(changed)}.")


@group.command("disable")
def disable_user(
    name: Name, study: StudyOption = STUDY_HERE, workspace: WorkspacePath = None
) -> None:
    """Keep an account from signing in, and sign it out at once.

    Accounts are never deleted: the audit log names them. 'rapport user enable' takes it back.
    """
    from access import accounts
    from access.audit import at_command_line

    with kept_state(study, workspace) as (_, state):
        changed = accounts.disable(state, name, by=at_command_line())
    typer.echo(f"Disabled {changed.name}; signed out everywhere.")


@group.command("enable")
def enable_user(
    name: Name, study: StudyOption = STUDY_HERE, workspace: WorkspacePath = None
) -> None:
    """Let a disabled account sign in again, with the password it had."""
    from access import accounts
    from access.audit import at_command_line

    with kept_state(study, workspace) as (_, state):
        changed = accounts.enable(state, name, by=at_command_line())
    typer.echo(f"Enabled {_said(changed)}.")


@group.command("passwd")
def set_user_password(
    name: Name,
    password_stdin: PasswordStdin = False,
    study: StudyOption = STUDY_HERE,
    workspace: WorkspacePath = None,
) -> None:
    """Give an account another password, and sign it out everywhere: for one that was forgotten."""
    from access import accounts
    from access.audit import at_command_line

    with kept_state(study, workspace) as (_, state):
        password = ask_password(f"New password for {name}", from_stdin=password_stdin, twice=True)
        changed = accounts.set_password(state, name, password, by=at_command_line())
    typer.echo(f"{changed.name} has a new password and is signed out everywhere.")


@group.command("list")
def list_users(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the list as JSON.")] = False,
) -> None:
    """Show every account: its role, what it may see, and whether it may sign in."""
    from access.accounts import accounts

    with kept_state(study, workspace) as (_, state):
        found = accounts(state)
    if as_json:
        _print_json(found)
    else:
        _print_table(found)


def _said(account: "Account") -> str:
    sites = "all sites" if account.sites is None else "sites " + ", ".join(sorted(account.sites))
    care = account.participants
    in_care = "" if care is None else f", {len(care)} in care"
    return f"{account.name} ({account.role}, {sites}{in_care})"


def _print_json(found: "list[Account]") -> None:
    import json

    rows = [
        {
            "name": account.name,
            "role": account.role,
            "sites": None if account.sites is None else sorted(account.sites),
            "participants": None if account.participants is None else sorted(account.participants),
            "is_disabled": account.is_disabled,
            "has_password": account.has_password,
        }
        for account in found
    ]
    typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))


def _print_table(found: "list[Account]") -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD)
    for heading in ("account", "role", "sites", "in care", "signs in with", "may sign in"):
        shown.add_column(heading, justify="right" if heading == "in care" else "left")
    for account in found:
        shown.add_row(
            escape(account.name),
            account.role,
            "all" if account.sites is None else escape(", ".join(sorted(account.sites))),
            "" if account.participants is None else str(len(account.participants)),
            "a password" if account.has_password else "OpenID Connect",
            "no: disabled" if account.is_disabled else "yes",
        )
    console().print(shown)
