"""`rapport fit`: the study's models, or a mixed model of any table."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from etl.commands.opening import open_study
from study.command_line.help_text import Commands
from study.command_line.options import STUDY_HERE, StudyPath, WorkspacePath

EngineName = Literal["polars", "duckdb", "spark"]
SparkMaster = Annotated[
    str | None,
    typer.Option(
        help="Where Spark runs: spark://host:7077, yarn, k8s://...; else here, local[*].",
        metavar="URL",
    ),
]
SparkSettings = Annotated[
    list[str] | None,
    typer.Option(
        help="A setting of Spark, such as spark.executor.memory=8g; may be repeated.",
        metavar="KEY=VALUE",
    ),
]

group = Commands()


@group.command()
def fit(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    model: Annotated[
        str | None,
        typer.Option(help="Show one of the study's models, such as alliance.humanness, in full."),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(help="With --model: write the rows it was fitted to, as CSV, to this file."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="A CSV or Parquet file to fit --formula to, without a study."),
    ] = None,
    formula: Annotated[
        str | None,
        typer.Option(help="The model in lme4's syntax; each bar (... | id) names a group column."),
    ] = None,
    family: Annotated[
        str | None,
        typer.Option(help="gaussian (the default), binomial, poisson or negbinomial."),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="reml (gaussian's default) or ml; laplace (the others' default) or agq:N."
        ),
    ] = None,
    df: Annotated[
        str | None,
        typer.Option(
            help="Degrees of freedom of gaussian models: satterthwaite (the default), kr or none."
        ),
    ] = None,
    engine: Annotated[
        EngineName,
        typer.Option(help="With --data: what reads the rows; duckdb and spark take Parquet."),
    ] = "polars",
    master: SparkMaster = None,
    spark_conf: SparkSettings = None,
    share_statistics: Annotated[
        Path | None,
        typer.Option(
            help="With --data: write the sums that the fit is made of, without rows, to this file.",
            metavar="FILE.parquet",
        ),
    ] = None,
    share_per: Annotated[
        Literal["pattern", "participant"],
        typer.Option(help="Sums over participants seen in the same weeks, or of each of them."),
    ] = "pattern",
    share_small_groups: Annotated[
        bool,
        typer.Option("--share-small-groups", help="Share sums of fewer than 5 participants, too."),
    ] = False,
    from_statistics: Annotated[
        list[Path] | None,
        typer.Option(
            help="Fit the model of such files together; may be repeated.", metavar="FILE.parquet"
        ),
    ] = None,
    analyses: Annotated[
        bool,
        typer.Option(
            "--analyses/--no-analyses",
            help="Compute the analyses that pages show, such as the forecast, after the models.",
        ),
    ] = True,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Compute this analysis alone, such as forecast; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
    code: Annotated[
        bool, typer.Option("--code", help="Add the code that reproduces the fit, also in R.")
    ] = False,
) -> None:
    """Fit the study's models, or a mixed model of any table.

    Without --data, the study's models are fitted on the current build; unchanged ones are kept.
    The analyses that pages show follow, each kept while its data stay the same; --only NAME
    computes one of them without the models.

    --model shows one of the models in full: trust card, estimates, what was lost.

        rapport fit my-study --model alliance.humanness --code \\
          --rows alliance.humanness.csv

    With --data and --formula, a table is fitted as lme4 would, and nothing else is needed:

        rapport fit --data sleep.csv --formula "reaction ~ days + (1 + days | id)"

        rapport fit --data weeks.parquet --family binomial \\
          --formula "cbind(done, due - done) ~ week * arm + (1 | participant)"

    Tables too large for this machine are summed up by Spark; sites that may not
    pass on rows share the sums, and whoever gets them fits them together:

        rapport fit --data lake/weeks --engine spark --master spark://host:7077 \\
          --formula "mood ~ week + (1 + week | participant)"

        rapport fit --data north.parquet --share-statistics north-sums.parquet \\
          --formula "mood ~ week + (1 + week | participant)"

        rapport fit --from-statistics north-sums.parquet \\
          --from-statistics south-sums.parquet

    It ends with 0 when fitted, 1 when the data hold no answer (the result says why), and 2 when
    the file, the formula or an option has to be put right.
    """
    of_table = {"--formula": formula, "--family": family, "--method": method, "--df": df}
    is_study_named = study != STUDY_HERE or workspace is not None
    if from_statistics:
        if data is not None or formula is not None or family is not None or is_study_named:
            raise _apart_from_statistics()
        from etl.table_fit import run_shared

        raise typer.Exit(
            run_shared(
                from_statistics,
                method=method,
                df=df or "satterthwaite",
                as_json=as_json,
                with_code=code,
            )
        )
    _refuse_sums_apart(data, engine, master, spark_conf, share_statistics)
    if share_statistics is None and (share_per != "pattern" or share_small_groups):
        raise _share_without_file()
    _refuse_analyses_apart(only, is_left_out=not analyses, is_other=bool(data or model))
    _refuse_options_apart(
        data, of_table, model, rows, is_shown=as_json or code, is_study_named=is_study_named
    )
    if data is not None and formula is not None:
        from etl.sums.answer import Share, wish_of
        from etl.table_fit import run

        share = None
        if share_statistics is not None:
            share = Share(share_statistics, share_per == "participant", share_small_groups)
        raise typer.Exit(
            run(
                data,
                formula,
                family=family or "gaussian",
                method=method,
                df=df or "satterthwaite",
                as_json=as_json,
                with_code=code,
                wish=wish_of(engine, master, tuple(spark_conf or ())),
                share=share,
            )
        )
    if model is not None:
        from etl.model_text import run as run_model
        from warehouse.damaged import told_when_build_damaged

        defined, place = open_study(study, workspace)
        with told_when_build_damaged(place):
            ended = run_model(defined, place, model, rows=rows, as_json=as_json, with_code=code)
        raise typer.Exit(ended)
    from etl.pipeline import analyse_all, fit_all

    if only:
        analyse_all(*open_study(study, workspace), only=only)
    else:
        fit_all(*open_study(study, workspace), analyses=analyses)


def _apart_from_statistics() -> Exception:
    from study.errors import UserError

    return UserError(
        "--from-statistics holds formula and data: leave STUDY, --workspace, --data, --formula and "
        "--family out."
    )


def _share_without_file() -> Exception:
    from study.errors import UserError

    return UserError(
        "--share-per and --share-small-groups say how statistics are shared: add "
        "--share-statistics FILE.parquet."
    )


def _refuse_sums_apart(
    data: Path | None,
    engine: str,
    master: str | None,
    settings: list[str] | None,
    share: Path | None,
) -> None:
    """Refuse options about sums of a table where there is no table."""
    from study.errors import UserError

    if data is None and (engine != "polars" or master or settings or share is not None):
        raise UserError(
            "--engine, --master, --spark-conf and --share-statistics are for a table: --data "
            "FILE.parquet with --formula."
        )


def _refuse_options_apart(
    data: Path | None,
    of_table: dict[str, str | None],
    model: str | None,
    rows: Path | None,
    *,
    is_shown: bool,
    is_study_named: bool,
) -> None:
    """Refuse options of `fit` that say nothing without another one."""
    from study.errors import UserError

    if data is not None and of_table["--formula"] is None:
        raise UserError('--data needs a formula: --formula "y ~ x + (1 | id)".')
    if data is not None and (model or rows):
        raise UserError("--model and --rows are for a study's models; --data is a table's.")
    if data is not None and is_study_named:
        raise UserError("--data is a table without a study: leave STUDY and --workspace out.")
    name = next((name for name, given in of_table.items() if given is not None), None)
    if data is None and name is not None:
        raise UserError(f"{name} needs a table: --data FILE.csv or FILE.parquet.")
    if rows is not None and model is None:
        raise UserError("--rows needs the model whose rows are wanted: --model ID.")
    if is_shown and data is None and model is None:
        raise UserError("--json and --code need --data FILE with --formula, or --model ID.")


def _refuse_analyses_apart(only: list[str] | None, *, is_left_out: bool, is_other: bool) -> None:
    """Refuse options about analyses where none is computed."""
    from study.errors import UserError

    if only and is_left_out:
        raise UserError("--only names analyses, --no-analyses leaves them out: choose one.")
    if (only or is_left_out) and is_other:
        raise UserError(
            "--only and --no-analyses are for all of a study: leave out --model, --data."
        )
