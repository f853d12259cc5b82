"""Arguments and options that more than one command has, worded once."""

from pathlib import Path
from typing import Annotated

import typer

STUDY_HERE = Path("study.toml")

StudyPath = Annotated[
    Path, typer.Argument(help="The study.toml, or the folder that it is in.", show_default=True)
]
StudyOption = Annotated[
    Path,
    typer.Option(
        "--study", "-s", help="The study.toml, or the folder that it is in.", show_default=True
    ),
]
WorkspacePath = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        help="Folder where Rapport keeps its files; without it, .rapport beside the study file.",
    ),
]
Port = Annotated[int, typer.Option(help="Port on 127.0.0.1 to serve at.", min=1, max=65535)]
AgreedTo = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]
FitAfter = Annotated[bool, typer.Option("--fit/--no-fit", help="Fit the models after the build.")]
