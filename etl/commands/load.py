"""Commands about the exports: what is wrong with them, load them, what was loaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from etl.commands.opening import open_study
from study.command_line.help_text import Commands
from study.command_line.options import STUDY_HERE, StudyPath, WorkspacePath

EngineName = Literal["duckdb", "spark"]

if TYPE_CHECKING:
    from study.blinding import EditionName

group = Commands()


@group.command()
def check(
    study: Annotated[
        Path,
        typer.Argument(
            help="The study.toml, the folder that it is in, or a folder of exports without one.",
            show_default=True,
        ),
    ] = STUDY_HERE,
    workspace: WorkspacePath = None,
    notes: Annotated[
        bool, typer.Option("--notes/--no-notes", help="Show notes too, or only what to put right.")
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the report as JSON, for machines.")
    ] = False,
) -> None:
    """Say what the exports are and what is wrong with them, without loading anything.

    It reads every file as a load would, into a database of the moment, and looks at formats,
    clocks and time zones, participants, features, answers, duplicates, personal data and missing
    days. It shows rows and columns, never what stands in them.

        rapport check my-study

    Before there is a study file, give the folder of the exports: it says what each file is, and
    writes sections to paste into study.toml.

        rapport check my-study/exports

    It ends with 0 when all is clean (notes are no fault), 1 with warnings and 2 with errors.
    """
    from etl.doctor.command import run

    raise typer.Exit(run(study, workspace, with_notes=notes, as_json=as_json))


@group.command()
def load(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    fit_models: Annotated[
        bool, typer.Option("--fit/--no-fit", help="Fit the models after the build.")
    ] = True,
    full: Annotated[
        bool, typer.Option("--full", help="Make every mart anew, not only what the load changed.")
    ] = False,
    masked: Annotated[
        bool,
        typer.Option("--masked", help="Make the edition for viewers who must not know the arms."),
    ] = False,
    scrambled: Annotated[
        bool,
        typer.Option(
            "--scrambled", help="Make the edition with arms dealt out at random, to plan analyses."
        ),
    ] = False,
    lake: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the events as Parquet by month; later loads keep it in line.",
            metavar="DIR",
        ),
    ] = None,
    own_lake: Annotated[
        Path | None,
        typer.Option(
            help="Folder of events as Parquet by month that other software writes: Spark reads it.",
            metavar="DIR",
        ),
    ] = None,
    no_own_lake: Annotated[
        bool, typer.Option("--no-own-lake", help="Read that folder no more.")
    ] = False,
    engine: Annotated[
        EngineName, typer.Option(help="What makes the marts; they are the same.")
    ] = "duckdb",
    master: Annotated[
        str | None,
        typer.Option(
            help="Where Spark runs: spark://host:7077, yarn, k8s://...; else here, local[*].",
            metavar="URL",
        ),
    ] = None,
    spark_conf: Annotated[
        list[str] | None,
        typer.Option(
            help="A setting of Spark, such as spark.executor.memory=8g; may be repeated.",
            metavar="KEY=VALUE",
        ),
    ] = None,
) -> None:
    """Load the exports, build the marts and fit the models.

    Every row of every file ends as exactly one of loaded, duplicate or
    rejected, and the receipt says which. Loading again adds nothing; a
    changed file replaces its own rows. A file that cannot be read, or of which
    every row is refused, does not stop the others: the command then ends with 1.

    A build makes anew what the load changed and takes the rest from the build
    before; the outcome is the same as with --full. RAPPORT_MEMORY_LIMIT, such
    as 8GB, limits the memory of load and build.

    In a study with two arms or more, editions hide the arms and what gives them
    away. The masked one is made at every load once it was asked for, once
    accounts exist, or where the study file wants it.

    Where one machine is too small for the build, Spark makes the same marts
    from the same queries, on this machine or on a cluster:

        rapport load --engine spark --lake /data/lake --master spark://host:7077

    It reads the events from the lake, which every machine of the cluster must
    see at the same path; without --lake it is a folder in the workspace. A
    build on Spark is always made in full. Events that other software writes
    as such a lake need no export:

        rapport load --engine spark --own-lake /data/events-of-ours

    Later loads read them too, and must be on Spark, until --no-own-lake.
    """
    from etl.engines.choice import wish_of

    wish = wish_of(engine, master, tuple(spark_conf or ()), lake, own_lake, leaves_own=no_own_lake)
    from etl.pipeline import refresh

    defined, place = open_study(study, workspace)
    asked: list[EditionName] = []
    if masked:
        asked.append("masked")
    if scrambled:
        asked.append("scrambled")
    raise typer.Exit(
        refresh(defined, place, fit_models=fit_models, full=full, editions=tuple(asked), wish=wish)
    )


@group.command()
def status(study: StudyPath = STUDY_HERE, workspace: WorkspacePath = None) -> None:
    """Say which build is served and what the last load found in each file."""
    from etl.pipeline import show_status

    show_status(*open_study(study, workspace))
