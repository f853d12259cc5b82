"""`rapport power`: what a planned study can find."""

from typing import Annotated

import typer

from etl.commands.opening import open_study
from study.command_line.help_text import Commands
from study.command_line.options import STUDY_HERE, StudyPath, WorkspacePath

group = Commands()

_QUESTION = "The question"
_SURVEYS = "The plan: repeated surveys"
_OTHERS = "Other plans"


@group.command()
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

        rapport power my-study --from-model alliance.alliance --arms 0.5,0.5 \\
          --effect arm2=0.3 --smallest arm2

    It ends with 0 when answered, 1 when the planned studies cannot be fitted (it says why), and 2
    when an option has to be put right.
    """
    from etl.power_plan import PlanOptions
    from etl.power_text import Question, run

    results = open_study(study, workspace)[1].results if from_model else None
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
