"""The command line of Rapport: `python app.py --help`, or `rapport --help` once installed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from study.definition import Study
    from warehouse.workspace import Workspace

HERE = Path(__file__).resolve().parent

cli = typer.Typer(
    name="rapport",
    help="Engagement analytics for digital therapeutic alliance.\n\n"
    "Start with 'rapport demo', or with 'rapport init my-study' for data of your own.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StudyPath = Annotated[
    Path, typer.Argument(help="The study.toml, or the folder that it is in.", show_default=True)
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
STUDY_HERE = Path("study.toml")


@cli.command()
def demo(
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", "-w", help="Folder for its files; without it, workspace/demo."),
    ] = None,
    port: Port = 8050,
    serve_it: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the pages, or only load the data.")
    ] = True,
) -> None:
    """Load the generated sample study and serve its dashboard.

    The data are made up by a seeded generator; what it planted is in
    sample_data/README.md.
    """
    from etl.pipeline import refresh

    study, place = _open(
        HERE / "sample_data" / "harbour", workspace or Path("workspace", "demo").resolve()
    )
    refresh(study, place)
    if serve_it:
        _serve(study, place, port)


@cli.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder for the new study file.")] = Path(),
) -> None:
    """Write a commented study.toml to start from.

    Edit it to say what your exports and events mean, then run 'rapport check'.
    """
    from study.template import write_template

    path = write_template(folder)
    typer.echo(f"Wrote {path}. Edit it, then run: rapport check {path}")


@cli.command()
def check(study: StudyPath = STUDY_HERE) -> None:
    """Check the study file and its exports without loading anything.

    Ends with 0 when all is clean, 1 with warnings and 2 with errors.
    """
    from etl.check import check as check_study
    from etl.console import console
    from study.file import load_study

    report = check_study(load_study(study))
    console().print(report.table())
    raise typer.Exit(report.exit_code)


@cli.command()
def load(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    fit_models: Annotated[
        bool, typer.Option("--fit/--no-fit", help="Fit the models after the build.")
    ] = True,
) -> None:
    """Load the exports, build the marts and fit the models.

    Every row of every file ends as exactly one of loaded, duplicate or
    rejected, and the receipt says which. Loading again adds nothing; a
    changed file replaces its own rows. A file that cannot be read does not
    stop the others: the command then ends with 1.
    """
    from etl.pipeline import refresh

    defined, place = _open(study, workspace)
    raise typer.Exit(refresh(defined, place, fit_models=fit_models))


@cli.command()
def fit(study: StudyPath = STUDY_HERE, workspace: WorkspacePath = None) -> None:
    """Fit the study's models on the current build; unchanged ones are kept."""
    from etl.pipeline import fit_all

    fit_all(*_open(study, workspace))


@cli.command()
def serve(
    study: StudyPath = STUDY_HERE, workspace: WorkspacePath = None, port: Port = 8050
) -> None:
    """Serve the dashboard to this machine, at http://127.0.0.1:8050.

    It can stay open while 'rapport load' runs: pages move to the new build
    at the next request.
    """
    _serve(*_open(study, workspace), port)


@cli.command()
def status(study: StudyPath = STUDY_HERE, workspace: WorkspacePath = None) -> None:
    """Say which build is served and what the last load found in each file."""
    from etl.pipeline import show_status

    show_status(*_open(study, workspace))


def _open(study: Path, workspace: Path | None) -> "tuple[Study, Workspace]":
    from study.file import load_study
    from warehouse.workspace import Workspace

    defined = load_study(study)
    return defined, Workspace(workspace) if workspace else Workspace.beside(defined.folder)


def _serve(study: "Study", workspace: "Workspace", port: int) -> None:
    from access.viewer import local_viewer
    from dashboard.server import serve as run

    run(study, workspace, local_viewer, port)


def main() -> None:
    """Run the command line; what a person can repair is said in a line, without a traceback."""
    # Installed, the folders live beside this file under `rapport/`, not on the import path.
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    from study.errors import UserError

    try:
        cli()
    except UserError as error:
        typer.echo(f"rapport: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("rapport: stopped. What was shown before is shown still.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
