"""`rapport reliability`: how reliable each scale is."""

from typing import Annotated

import typer

from etl.commands.opening import open_study
from study.command_line.help_text import Commands
from study.command_line.options import STUDY_HERE, StudyPath, WorkspacePath

group = Commands()


@group.command()
def reliability(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    instrument: Annotated[str | None, typer.Option(help="Only this instrument, by its id.")] = None,
    scale: Annotated[str | None, typer.Option(help="Only this scale, by its id.")] = None,
    pairwise: Annotated[
        bool,
        typer.Option(
            "--pairwise",
            help="Alpha at one occasion from every pair of answers, not from complete forms only.",
        ),
    ] = False,
    own_occasions: Annotated[
        bool,
        typer.Option(
            "--own-occasions",
            help="Count each participant's own filling-ins, whenever they were: all of them are "
            "used, and what all participants share counts as change.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Say how reliable each scale is in the current build: alpha, omega, and of change.

    At one occasion, for differences within and between participants, and for change. A line without
    a number says why there is none. Only coefficients are printed, never an answer.
    """
    from etl.reliability_text import run
    from warehouse.damaged import told_when_build_damaged

    defined, place = open_study(study, workspace)
    with told_when_build_damaged(place):
        code = run(
            defined,
            place,
            instrument_id=instrument,
            scale_id=scale,
            is_pairwise=pairwise,
            is_own=own_occasions,
            as_json=as_json,
        )
    raise typer.Exit(code)
