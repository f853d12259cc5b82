"""What the commands about accounts begin with: the study, its state, and where they write."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from study.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from access.accounts import Account
    from access.state.store import State
    from study.definition import Study


@contextmanager
def new_or_kept_state(study: Path, workspace: Path | None) -> "Iterator[tuple[Study, State]]":
    """The study and its state, which is made where there is none.

    Raises
    ------
    UserError
        If the study file has to be put right, or the state cannot be opened.
    """
    from access.state.store import open_state
    from study.file import load_study
    from warehouse.workspace import Workspace

    defined = load_study(study)
    state = open_state(Workspace(workspace) if workspace else Workspace.beside(defined.folder))
    try:
        yield defined, state
    finally:
        state.close()


@contextmanager
def kept_state(study: Path, workspace: Path | None) -> "Iterator[tuple[Study, State]]":
    """The study and its state.

    Raises
    ------
    UserError
        If there is none yet, it cannot be opened, or the study file has to be put right.
    """
    from access.state.store import open_if_kept
    from study.file import load_study
    from warehouse.workspace import Workspace

    defined = load_study(study)
    state = open_if_kept(Workspace(workspace) if workspace else Workspace.beside(defined.folder))
    if state is None:
        raise UserError(
            "Nobody has an account here yet. Make the first: rapport user add NAME --role admin"
        )
    try:
        yield defined, state
    finally:
        state.close()


def ask_password(words: str, *, from_stdin: bool, twice: bool = False) -> str:
    """A password, typed unseen or (`from_stdin`) the first line of standard input.

    Raises
    ------
    UserError
        If there is nobody to ask, or standard input is empty.
    """
    if from_stdin:
        line = sys.stdin.readline()
        if not line.strip("\r\n"):
            raise UserError("--password-stdin: standard input holds no password.")
        return line.rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UserError(
            "There is no terminal to ask for the password. Give it on standard input, with "
            "--password-stdin."
        )
    asked: str = typer.prompt(words, hide_input=True, confirmation_prompt=twice)
    return asked


def signed_in_as(state: "State", name: str, *, from_stdin: bool) -> "Account":
    """The account whose password was given: what needs a person is not done on a name alone.

    Raises
    ------
    UserError
        If they do not go together.
    """
    from access.accounts import Refused, sign_in
    from access.audit import at_command_line

    password = ask_password(f"Password of {name}", from_stdin=from_stdin)
    account = sign_in(state, name, password, at_command_line())
    if isinstance(account, Refused):
        raise UserError(
            "That name and password do not go together, or there were too many tries: then wait a "
            "quarter of an hour. Who signs in with OpenID Connect does this in the dashboard."
        )
    return account


def console() -> "Console":
    """A console on standard output; plain and uncut where it is not a terminal."""
    from rich.console import Console

    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=140)
