"""The command line of Rapport: `python app.py --help`, or `rapport --help` once installed."""

import os
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
StudyOption = Annotated[
    Path,
    typer.Option(
        "--study", "-s", help="The study.toml, or the folder that it is in.", show_default=True
    ),
]
Participants = Annotated[
    list[str], typer.Argument(metavar="PARTICIPANT", help="Ids or pseudonyms.")
]
IdSource = Annotated[
    str | None,
    typer.Option("--source", help="The source that the ids are of, where they are not the same."),
]
AgreedTo = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]
FitAfter = Annotated[bool, typer.Option("--fit/--no-fit", help="Fit the models after the build.")]
STUDY_HERE = Path("study.toml")
_QUESTION = "The question"
_SURVEYS = "The plan: repeated surveys"
_OTHERS = "Other plans"


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
def check(
    study: Annotated[
        Path,
        typer.Argument(
            help="The study.toml, the folder that it is in, or a folder of exports without one.",
            show_default=True,
        ),
    ] = STUDY_HERE,
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

    raise typer.Exit(run(study, with_notes=notes, as_json=as_json))


@cli.command()
def load(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    fit_models: Annotated[
        bool, typer.Option("--fit/--no-fit", help="Fit the models after the build.")
    ] = True,
    full: Annotated[
        bool, typer.Option("--full", help="Make every mart anew, not only what the load changed.")
    ] = False,
) -> None:
    """Load the exports, build the marts and fit the models.

    Every row of every file ends as exactly one of loaded, duplicate or
    rejected, and the receipt says which. Loading again adds nothing; a
    changed file replaces its own rows. A file that cannot be read does not
    stop the others: the command then ends with 1.

    A build makes anew what the load changed and takes the rest from the build
    before; the outcome is the same as with --full. RAPPORT_MEMORY_LIMIT, such
    as 8GB, limits the memory of load and build.
    """
    from etl.pipeline import refresh

    defined, place = _open(study, workspace)
    raise typer.Exit(refresh(defined, place, fit_models=fit_models, full=full))


@cli.command()
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
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
    code: Annotated[
        bool, typer.Option("--code", help="Add the code that reproduces the fit, also in R.")
    ] = False,
) -> None:
    """Fit the study's models, or a mixed model of any table.

    Without --data, the study's models are fitted on the current build; unchanged ones are kept.
    --model shows one of them in full: trust card, estimates, what was lost.

    rapport fit my-study --model alliance.humanness --code --rows alliance.humanness.csv

    With --data and --formula, a table is fitted as lme4 would, and nothing else is needed:

    rapport fit --data sleep.csv --formula "reaction ~ days + (1 + days | id)"

    rapport fit --data weeks.parquet --family binomial
    --formula "cbind(done, due - done) ~ week * arm + (1 | participant)"

    It ends with 0 when fitted, 1 when the data hold no answer (the result says why), and 2 when
    the file, the formula or an option has to be put right.
    """
    of_table = {"--formula": formula, "--family": family, "--method": method, "--df": df}
    is_study_named = study != STUDY_HERE or workspace is not None
    _refuse_options_apart(
        data, of_table, model, rows, is_shown=as_json or code, is_study_named=is_study_named
    )
    if data is not None and formula is not None:
        from etl.table_fit import run

        raise typer.Exit(
            run(
                data,
                formula,
                family=family or "gaussian",
                method=method,
                df=df or "satterthwaite",
                as_json=as_json,
                with_code=code,
            )
        )
    if model is not None:
        from etl.model_text import run as run_model

        defined, place = _open(study, workspace)
        raise typer.Exit(
            run_model(defined, place, model, rows=rows, as_json=as_json, with_code=code)
        )
    from etl.pipeline import fit_all

    fit_all(*_open(study, workspace))


@cli.command()
def power(
    study: StudyPath = STUDY_HERE,
    workspace: WorkspacePath = None,
    effect: Annotated[
        list[str] | None,
        typer.Option(
            help="TERM=NUMBER, the true effect; more than once for several. Terms: within, "
            "between, week, arm2, arm3, arm2:week; treatment with --mrt.",
            rich_help_panel=_QUESTION,
        ),
    ] = None,
    n: Annotated[
        str | None,
        typer.Option(
            help="Numbers of participants; without it, 40,80,120.", rich_help_panel=_QUESTION
        ),
    ] = None,
    smallest: Annotated[
        str | None,
        typer.Option(
            help="A term: find the smallest number of participants with --target power for it.",
            rich_help_panel=_QUESTION,
        ),
    ] = None,
    target: Annotated[
        float | None,
        typer.Option(help="Power for --smallest; without it, 0.8.", rich_help_panel=_QUESTION),
    ] = None,
    alpha: Annotated[
        float, typer.Option(help="Two-sided level of the tests.", rich_help_panel=_QUESTION)
    ] = 0.05,
    simulations: Annotated[
        int | None,
        typer.Option(
            help="Simulated studies for each number of participants; without it, 500.",
            rich_help_panel=_QUESTION,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="The same seed gives the same answer.", rich_help_panel=_QUESTION)
    ] = 1,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Answer at once, without simulation: roughly, for surveys only.",
            rich_help_panel=_QUESTION,
        ),
    ] = False,
    weeks: Annotated[
        str | None,
        typer.Option(help="Weeks of the surveys; without it, 2,4,8,12.", rich_help_panel=_SURVEYS),
    ] = None,
    sd: Annotated[
        float | None,
        typer.Option(
            help="Standard deviation of the score at one survey; without it, 0.9. With --mrt, that "
            "from point to point; without it, 1.",
            rich_help_panel=_SURVEYS,
        ),
    ] = None,
    icc: Annotated[
        float | None,
        typer.Option(
            help="Share of its variance between participants; without it, 0.6.",
            rich_help_panel=_SURVEYS,
        ),
    ] = None,
    trend_sd: Annotated[
        float | None,
        typer.Option(help="Spread of participants' weekly trends.", rich_help_panel=_SURVEYS),
    ] = None,
    slope_sd: Annotated[
        float | None,
        typer.Option(help="Spread of participants' own within effects.", rich_help_panel=_SURVEYS),
    ] = None,
    from_model: Annotated[
        str | None,
        typer.Option(
            help="PRESET.OUTCOME: take the spreads from this fitted model of STUDY instead.",
            rich_help_panel=_SURVEYS,
        ),
    ] = None,
    exposure_mean: Annotated[
        float | None,
        typer.Option(help="Usual exposures a window; without it, 3.", rich_help_panel=_SURVEYS),
    ] = None,
    exposure_sd: Annotated[
        float | None,
        typer.Option(
            help="Spread of usual exposures between participants; without it, 1.5.",
            rich_help_panel=_SURVEYS,
        ),
    ] = None,
    no_exposure: Annotated[
        bool,
        typer.Option("--no-exposure", help="Only compare arms.", rich_help_panel=_SURVEYS),
    ] = False,
    arms: Annotated[
        str | None,
        typer.Option(
            help="Shares of the arms, the reference first, such as 0.5,0.5.",
            rich_help_panel=_SURVEYS,
        ),
    ] = None,
    trend_by_arm: Annotated[
        bool,
        typer.Option(
            "--trend-by-arm", help="Arms have weekly trends of their own.", rich_help_panel=_SURVEYS
        ),
    ] = False,
    dropout: Annotated[
        float | None,
        typer.Option(help="Share that has left before the end.", rich_help_panel=_SURVEYS),
    ] = None,
    missed: Annotated[
        float | None,
        typer.Option(help="Share of the other surveys not answered.", rich_help_panel=_SURVEYS),
    ] = None,
    adherence: Annotated[
        bool,
        typer.Option(
            "--adherence",
            help="Plan sessions done of those due, by week, instead of surveys; effects are log "
            "odds ratios. Exposure, --arms and --dropout hold here too.",
            rich_help_panel=_OTHERS,
        ),
    ] = False,
    n_weeks: Annotated[
        int | None, typer.Option(help="Weeks; without it, 12.", rich_help_panel=_OTHERS)
    ] = None,
    due: Annotated[
        int | None,
        typer.Option(help="Sessions due a week; without it, 2.", rich_help_panel=_OTHERS),
    ] = None,
    usual: Annotated[
        float | None,
        typer.Option(
            help="Probability that one is done; without it, 0.6.", rich_help_panel=_OTHERS
        ),
    ] = None,
    level_sd: Annotated[
        float | None,
        typer.Option(
            help="Spread of participants' levels: in log odds with --adherence (without it, 1), in "
            "the outcome's units with --mrt (without it, 0.5).",
            rich_help_panel=_OTHERS,
        ),
    ] = None,
    mrt: Annotated[
        bool,
        typer.Option(
            "--mrt",
            help="Plan a micro-randomised trial instead; its effect is 'treatment'.",
            rich_help_panel=_OTHERS,
        ),
    ] = False,
    points: Annotated[
        int | None,
        typer.Option(
            help="Decision points per participant; without it, 28.", rich_help_panel=_OTHERS
        ),
    ] = None,
    probability: Annotated[
        float | None,
        typer.Option(help="Of delivery at a point; without it, 0.5.", rich_help_panel=_OTHERS),
    ] = None,
    availability: Annotated[
        float | None,
        typer.Option(
            help="Share of points where delivery is possible; without it, 1.",
            rich_help_panel=_OTHERS,
        ),
    ] = None,
    correlation: Annotated[
        float | None,
        typer.Option(help="Of the outcome at successive points.", rich_help_panel=_OTHERS),
    ] = None,
    effect_sd: Annotated[
        float | None,
        typer.Option(help="Spread of participants' own effects.", rich_help_panel=_OTHERS),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the answer as JSON.")] = False,
) -> None:
    """Say what a planned study can find: power, by fitting its model to studies drawn from it.

    How much power have 40 and 80 participants for 0.06 scale points per exposure more?

    rapport power --effect within=0.06 --n 40,80 --dropout 0.3

    How many participants does a difference between arms need, spread as in a fitted study?

    rapport power my-study --from-model alliance.alliance --arms 0.5,0.5 --effect arm2=0.3
    --smallest arm2

    It ends with 0 when answered, 1 when the planned studies cannot be fitted (it says why), and 2
    when an option has to be put right.
    """
    from etl.power_plan import PlanOptions
    from etl.power_text import Question, run

    results = _open(study, workspace)[1].results if from_model else None
    options = PlanOptions(
        weeks=weeks,
        sd=sd,
        icc=icc,
        trend_sd=trend_sd,
        slope_sd=slope_sd,
        from_model=from_model,
        exposure_mean=exposure_mean,
        exposure_sd=exposure_sd,
        no_exposure=no_exposure,
        arms=arms,
        trend_by_arm=trend_by_arm,
        dropout=dropout,
        missed=missed,
        adherence=adherence,
        n_weeks=n_weeks,
        due=due,
        usual=usual,
        level_sd=level_sd,
        mrt=mrt,
        points=points,
        probability=probability,
        availability=availability,
        correlation=correlation,
        effect_sd=effect_sd,
    )
    question = Question(
        effect=tuple(effect or ()),
        n=n,
        smallest=smallest,
        target=target,
        alpha=alpha,
        simulations=simulations,
        seed=seed,
        is_quick=quick,
    )
    raise typer.Exit(run(options, question, results=results, as_json=as_json))


@cli.command()
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

    defined, place = _open(study, workspace)
    raise typer.Exit(
        run(
            defined,
            place,
            instrument_id=instrument,
            scale_id=scale,
            is_pairwise=pairwise,
            is_own=own_occasions,
            as_json=as_json,
        )
    )


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


@cli.command("id")
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
    tell. With --reverse it ends with 1 where a pseudonym is in none of the exports.

    rapport id SCR-0412 --study my-study

    rapport id --reverse p-0a1b2c3d4e --study my-study
    """
    from etl.identity.commands import show_names, show_owners

    defined, place = _open(study, workspace)
    if reverse:
        raise typer.Exit(show_owners(defined, place, participants))
    raise typer.Exit(show_names(defined, place, participants, source))


@cli.command()
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

    defined, place = _open(study, workspace)
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


@cli.command()
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

    defined, place = _open(study, workspace)
    raise typer.Exit(run_rekey(defined, place, is_agreed=yes, fit_models=fit_models))


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


def _open(study: Path, workspace: Path | None) -> "tuple[Study, Workspace]":
    from etl.identity.tombstones import read_tombstones
    from study.file import load_study
    from warehouse.workspace import Workspace

    defined = load_study(study)
    place = Workspace(workspace) if workspace else Workspace.beside(defined.folder)
    if read_tombstones(place).unfinished is not None:
        from etl.identity.commands import finish_unfinished

        finish_unfinished(defined, place)
    return defined, place


def _serve(study: "Study", workspace: "Workspace", port: int) -> None:
    from access.viewer import local_viewer
    from dashboard.server import serve as run

    run(study, workspace, local_viewer, port)


def main() -> None:
    """Run the command line; what a person can repair is said in a line, without a traceback."""
    # Models are many small matrices: threads of the linear algebra only get in each other's way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
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
