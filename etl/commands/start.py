"""`rapport init`: a study file to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from study.command_line.help_text import Commands

group = Commands()


@group.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder for the new study file.")] = Path(),
) -> None:
    """Write a commented study.toml to start from.

    Edit it to say what your exports and events mean, then run 'rapport check'.
    """
    from study.template import write_template

    path = write_template(folder)
    typer.echo(f"Wrote {path}. Edit it, then run: rapport check {path}")
