"""The command line of Rapport: `python app.py --help`, or `rapport --help` once installed.

Commands of the data are in `etl/commands/`, those of accounts in `access/commands/`, one file a
group. Here are only the two that need both the data and the dashboard.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

# Installed, the folders live beside this file under `rapport/`, not on the import path.
HERE = str(Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

from etl.commands import fit, identity, load, power, reliability, start  # noqa: E402
from etl.commands.opening import open_study  # noqa: E402
from study.command_line.help_text import Commands  # noqa: E402
from study.command_line.options import (  # noqa: E402
    STUDY_HERE,
    Port,
    StudyPath,
    WorkspacePath,
)
from study.errors import UserError  # noqa: E402

if TYPE_CHECKING:
    from study.definition import Study
    from warehouse.workspace import Workspace

cli = typer.Typer(
    name="rapport",
    help="Engagement analytics for digital therapeutic alliance.\n\n"
    "Start with 'rapport demo', or with 'rapport init my-study' for data of your own.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
pages = Commands()


@pages.command()
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

    sample = Path(HERE, "sample_data", "harbour")
    study, place = open_study(sample, workspace or Path("workspace", "demo").resolve())
    refresh(study, place)
    if serve_it:
        serve_pages(study, place, port)


@pages.command()
def serve(
    study: StudyPath = STUDY_HERE, workspace: WorkspacePath = None, port: Port = 8050
) -> None:
    """Serve the dashboard to this machine, at http://127.0.0.1:8050.

    It can stay open while 'rapport load' runs: pages move to the new build
    at the next request.
    """
    serve_pages(*open_study(study, workspace), port)


def serve_pages(study: "Study", workspace: "Workspace", port: int) -> None:
    """Serve the pages of a study until interrupted."""
    from access.viewer import local_viewer
    from dashboard.server import serve as run

    run(study, workspace, local_viewer, port)


# Without a name, the commands of a group stand beside all others, in this order.
for group in (
    *(pages, start.group, load.group, fit.group),
    *(power.group, reliability.group, identity.group),
):
    cli.add_typer(group)


def main() -> None:
    """Run the command line; what a person can repair is said in a line, without a traceback."""
    # Models are many small matrices: threads of the linear algebra only get in each other's way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
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
