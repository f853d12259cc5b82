"""Commands about participants: their pseudonyms, their erasure, the key."""

from typing import Annotated

import typer

from etl.commands.opening import open_study
from study.command_line.help_text import Commands
from study.command_line.options import (
    STUDY_HERE,
    AgreedTo,
    FitAfter,
    StudyOption,
    StudyPath,
    WorkspacePath,
)

group = Commands()

Participants = Annotated[
    list[str], typer.Argument(metavar="PARTICIPANT", help="Ids or pseudonyms.")
]
IdSource = Annotated[
    str | None,
    typer.Option("--source", help="The source that the ids are of, where they are not the same."),
]


@group.command("id")
def identify(
    participants: Participants,
    study: StudyOption = STUDY_HERE,
    workspace: WorkspacePath = None,
    source: IdSource = None,
    reverse: Annotated[
        bool,
        typer.Option(
            "--reverse",
            help="Say whose a pseudonym is, by trying every id of the exports on disk.",
        ),
    ] = False,
) -> None:
    """Print the pseudonym of a participant's id, or the id behind a pseudonym.

    Both need the workspace's key, and --reverse the exports as well: who lacks either cannot
    tell. It ends with 1 where nobody of an id was loaded, and with --reverse where a pseudonym is
    in none of the exports.

        rapport id SCR-0412 --study my-study

        rapport id --reverse p-0a1b2c3d4e --study my-study
    """
    from etl.identity.commands import show_names, show_owners

    defined, place = open_study(study, workspace)
    if reverse:
        raise typer.Exit(show_owners(defined, place, participants))
    raise typer.Exit(show_names(defined, place, participants, source))


@group.command()
def erase(
    participants: Participants,
    study: StudyOption = STUDY_HERE,
    workspace: WorkspacePath = None,
    source: IdSource = None,
    by: Annotated[
        str, typer.Option("--by", help="Why, such as 'withdrew consent'; it must name nobody.")
    ] = "",
    yes: AgreedTo = False,
    fit_models: FitAfter = True,
) -> None:
    """Erase participants from everything that Rapport keeps, and keep them out.

    By id or pseudonym. They go from the raw tables, all builds and saved results; a later load of
    the same exports refuses their rows. The exports themselves are yours: they are not touched.

        rapport erase SCR-0412 --study my-study --by "withdrew consent"
    """
    from etl.identity.commands import run_erase

    defined, place = open_study(study, workspace)
    raise typer.Exit(
        run_erase(
            defined,
            place,
            participants,
            source_id=source,
            reason=by,
            is_agreed=yes,
            fit_models=fit_models,
        )
    )


@group.command()
def rekey(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    yes: AgreedTo = False,
    fit_models: FitAfter = True,
) -> None:
    """Make a new key, which gives every participant another pseudonym.

    For a key that somebody else may have seen. Every export must still be there: all of them are
    read anew. It ends with 1 where one of them could not be loaded.
    """
    from etl.identity.commands import run_rekey

    defined, place = open_study(study, workspace)
    raise typer.Exit(run_rekey(defined, place, is_agreed=yes, fit_models=fit_models))
