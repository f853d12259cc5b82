"""The command line of Rapport: `python app.py --help`, or `rapport --help` once installed.

Commands of the data are in `etl/commands/`, those of accounts in `access/commands/`, reports in
`dashboard/commands/`, one file a group. Here are only the two that need both data and dashboard.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

# Installed, the folders live beside this file under `rapport/`, not on the import path.
HERE = str(Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

from access.commands import audit, contacts, unmask, users
from dashboard.commands import report
from etl.commands import fit, identity, load, power, reliability, start
from etl.commands.opening import open_study
from study.command_line.help_text import Commands
from study.command_line.interrupted import was_interrupted
from study.command_line.options import (
    STUDY_HERE,
    Port,
    StudyPath,
    WorkspacePath,
)
from study.errors import UserError

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

    The analyses that take longest (outlook, variants, multiverse) are computed
    while the pages are served already; a line on them says how far that is.
    """
    from etl.pipeline import refresh

    sample = Path(HERE, "sample_data", "harbour")
    study, place = open_study(sample, workspace or Path("workspace", "demo").resolve())
    refresh(study, place, analyses=not serve_it)
    if serve_it:
        from dashboard.server import Serving
        from dashboard.server import serve as run
        from etl.analyses.background import computing_meanwhile

        with computing_meanwhile(study, place, sample):
            run(study, place, Serving(port=port))


@pages.command()
def serve(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    host: Annotated[
        str, typer.Option(help="Address to serve at; other than this machine's own needs accounts.")
    ] = "127.0.0.1",
    port: Port = 8050,
    workers: Annotated[
        int | None,
        typer.Option(help="Processes, where people sign in; one a core, up to 4.", min=1, max=64),
    ] = None,
    threads: Annotated[int, typer.Option(help="Threads of each process.", min=1, max=64)] = 8,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy",
            help="A proxy in front speaks TLS: its X-Forwarded headers are believed, and cookies "
            "are sent by TLS only.",
        ),
    ] = False,
    access: Annotated[
        Path | None,
        typer.Option(help="Who signs people in; without it, access.toml of the workspace, if any."),
    ] = None,
    compute: Annotated[
        bool,
        typer.Option(
            "--compute/--no-compute",
            help="Compute analyses that are missing or of an older build, beside the pages.",
        ),
    ] = True,
) -> None:
    """Serve the dashboard: to this machine, at http://127.0.0.1:8050, or to a team.

    Without accounts it is open to everyone at this machine, and to nobody
    else. As soon as there is one ('rapport user add'), everybody signs in, and
    other machines can be served behind a proxy that speaks TLS.

    It can stay open while 'rapport load' runs: pages move to the new build
    at the next request.

    Analyses that are missing, or of an older build, are computed beside it in a
    process of its own; the pages say how far that is.
    """
    from dashboard.server import Serving
    from dashboard.server import serve as run

    serving = Serving(host, port, workers, threads, behind_proxy, access)
    defined, place = open_study(study, workspace)
    if not compute:
        run(defined, place, serving)
        return
    from etl.analyses.background import computing_meanwhile

    with computing_meanwhile(defined, place, study):
        run(defined, place, serving)


# Without a name, the commands of a group stand beside all others, in this order.
for group in (
    *(pages, start.group, load.group, fit.group),
    *(power.group, reliability.group, identity.group),
):
    cli.add_typer(group)
for name, named in (
    *(("user", users.group), ("unmask", unmask.group)),
    *(("audit", audit.group), ("contacts", contacts.group)),
    ("report", report.group(open_study)),
):
    cli.add_typer(named, name=name)


def main() -> None:
    """Run the command line; what a person can repair is said in a line, without a traceback."""
    # Models are many small matrices: threads of the linear algebra only get in each other's way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        cli()
    except UserError as error:
        typer.echo(f"rapport: {error}", err=True)
        sys.exit(error.exit_code)
    except (Exception, KeyboardInterrupt) as error:
        if not was_interrupted(error):
            raise
        typer.echo("rapport: stopped. What was shown before is shown still.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
