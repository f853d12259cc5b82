"""The reference page of the command line, from its own help."""

from collections.abc import Iterator

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from app import cli
from docs.pages.markdown import table


def page() -> str:
    """One section a command: what it does, its arguments and options."""
    group = typer.main.get_command(cli)
    if not isinstance(group, TyperGroup):
        raise TypeError("the command line has only one command")
    parts = [
        "# Command line\n\n`python app.py COMMAND`, or `rapport COMMAND` once installed "
        "(`pip install .`). Every command has `--help`.\n"
    ]
    parts += [_section(name, command) for name, command in _commands(group)]
    return "\n".join(parts)


def _commands(group: TyperGroup, before: str = "") -> Iterator[tuple[str, TyperCommand]]:
    """Every command with its full name, such as `user add`, by name."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def _section(name: str, command: TyperCommand) -> str:
    rows = [_parameter(parameter) for parameter in command.params]
    body = table(["argument or option", "default", "meaning"], rows) if rows else ""
    return f"## rapport {name}\n\n{(command.help or '').strip()}\n\n{body}"


def _parameter(parameter: TyperArgument | TyperOption) -> tuple[str, str, str]:
    names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
    if isinstance(parameter, TyperArgument):
        names = f"`{(parameter.name or '').upper()}`"
    default = "" if parameter.default is None else f"`{parameter.default}`"
    return names, default, (parameter.help or "").split(" [default")[0]
