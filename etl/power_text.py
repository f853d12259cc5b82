"""`rapport power`: simulate a planned study, and say its power as text or as JSON."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from etl.console import console
from etl.power_plan import Design, PlanOptions, effects, planned, sizes
from etl.table_report import number
from etl.version import rapport_version
from models.errors import NoNumberError
from models.power.adherence_design import AdherenceDesign
from models.power.design import PowerDesign
from models.power.micro_randomised import MicroRandomisedDesign
from models.power.simulate import (
    LEAST_SIMULATIONS,
    PowerRow,
    Progress,
    SmallestN,
    approximate_power,
    power,
    smallest_n,
)
from study.errors import UserError

ANSWERED, NO_NUMBER = 0, 1
USUAL_SIMULATIONS = 500
NONE = "–"


@dataclass(frozen=True)
class Question:
    """What is asked of a plan, as it was typed; None where nothing was.

    Powers of given effects per number of participants (`n`), or the smallest number of them with
    the `target` power for the term `smallest`.
    """

    effect: tuple[str, ...] = ()
    n: str | None = None
    smallest: str | None = None
    target: float | None = None
    alpha: float = 0.05
    simulations: int | None = None
    seed: int = 1
    is_quick: bool = False


@dataclass(frozen=True)
class QuickRow:
    """Power by expected standard errors, without simulation."""

    term: str
    n: int
    effect: float
    power: float


@dataclass(frozen=True)
class Answer:
    """Rows of powers, or the smallest number, or the sentence that says why there is neither."""

    design: Design
    question: Question
    rows: tuple[PowerRow, ...] | tuple[QuickRow, ...] = ()
    smallest: SmallestN | None = None
    error: NoNumberError | None = None


def run(options: PlanOptions, question: Question, *, results: Path | None, as_json: bool) -> int:
    """Answer, write to standard output and give the exit code: 0 answered, 1 no number.

    Parameters
    ----------
    results
        Folder of saved results, for a plan with the spread of a fitted model.

    Raises
    ------
    UserError
        If plan and question do not go together.
    """
    design = planned(options, results)
    answer = ask(design, question)
    if as_json:
        # Not through rich, which would break long lines.
        console().file.write(
            json.dumps(to_dict(answer), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        )
    else:
        out = console()
        for part in report(answer):
            out.print(part)
    return NO_NUMBER if answer.error else ANSWERED


def ask(design: Design, question: Question) -> Answer:
    """Simulate as the question says; a bar on standard error shows how far it is.

    Raises
    ------
    UserError
        If the question does not go with the plan, or its parts with each other.
    """
    truth = effects(design, question.effect)
    _check(question, truth)
    numbers = sizes(question.n)
    if question.is_quick:
        return _quick(design, question, truth, numbers)
    n_simulations = question.simulations or USUAL_SIMULATIONS
    try:
        with _bar() as on_progress:
            if question.smallest is None:
                rows = power(
                    design,
                    truth,
                    numbers,
                    alpha=question.alpha,
                    n_simulations=n_simulations,
                    seed=question.seed,
                    on_progress=on_progress,
                )
                return Answer(design, question, rows)
            found = smallest_n(
                design,
                truth,
                question.smallest,
                target=question.target or 0.8,
                alpha=question.alpha,
                n_simulations=n_simulations,
                seed=question.seed,
                on_progress=on_progress,
            )
            return Answer(design, question, smallest=found)
    except NoNumberError as error:
        return Answer(design, question, error=error)


def _check(question: Question, truth: Mapping[str, float]) -> None:
    for name, share in (("--alpha", question.alpha), ("--target", question.target)):
        if share is not None and not 0 < share < 1:
            raise UserError(f"{name} must lie between 0 and 1.")
    if question.simulations is not None and question.simulations < LEAST_SIMULATIONS:
        raise UserError(f"--simulations must be at least {LEAST_SIMULATIONS}.")
    if question.seed < 0:
        raise UserError("--seed must not be below 0.")
    if question.is_quick and (question.smallest or question.simulations):
        raise UserError("--quick simulates nothing: leave --smallest and --simulations out.")
    if question.smallest is None:
        if question.target is not None:
            raise UserError("--target is the power that --smallest TERM looks for: name the term.")
        return
    if question.n is not None:
        raise UserError("--n asks for power, --smallest for a number of participants: choose one.")
    if not truth.get(question.smallest):
        raise UserError(
            f"--smallest {question.smallest} needs an effect other than 0: "
            f"--effect {question.smallest}=0.1."
        )


def _quick(
    design: Design, question: Question, truth: Mapping[str, float], numbers: Sequence[int]
) -> Answer:
    if not isinstance(design, PowerDesign):
        raise UserError("--quick is for plans of surveys only: leave it out here.")
    rows = [
        QuickRow(term, n, truth[term], share)
        for n in numbers
        for term, share in approximate_power(design, truth, n, alpha=question.alpha).items()
    ]
    return Answer(design, question, tuple(rows))


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """A bar on standard error, if that is a terminal."""
    terminal = Console(stderr=True)
    if not terminal.is_terminal:
        yield None
        return
    columns = (TextColumn("Simulating"), BarColumn(bar_width=30), MofNCompleteColumn())
    with Bar(*columns, TimeRemainingColumn(), console=terminal, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


# -- JSON ---------------------------------------------------------------------------------------


def to_dict(answer: Answer) -> dict[str, Any]:
    """The answer in plain parts; what does not exist is None."""
    question = answer.question
    return {
        "design": {"kind": _kind(answer.design), **dataclasses.asdict(answer.design)},
        "alpha": question.alpha,
        "simulations": None if question.is_quick else question.simulations or USUAL_SIMULATIONS,
        "seed": None if question.is_quick else question.seed,
        "rows": [dataclasses.asdict(row) for row in answer.rows],
        "smallest": None if answer.smallest is None else dataclasses.asdict(answer.smallest),
        "error": answer.error and {"reason": answer.error.reason, "explanation": str(answer.error)},
        "version": rapport_version(),
    }


def _kind(design: Design) -> str:
    if isinstance(design, AdherenceDesign):
        return "adherence"
    return "micro_randomised" if isinstance(design, MicroRandomisedDesign) else "surveys"


# -- text ---------------------------------------------------------------------------------------


def report(answer: Answer) -> Iterator[RenderableType]:
    """The parts of the report, from top to bottom."""
    yield Text(_title(answer.design), style="bold")
    yield Text(_plan(answer.design))
    if answer.error is not None:
        yield Text("\nNo answer", style="bold red")
        yield Text(str(answer.error))
        return
    if answer.smallest is not None:
        yield Text(f"\n{_smallest(answer.smallest)}", style="bold")
    rows = answer.rows if answer.smallest is None else (answer.smallest.row,)
    yield _table(rows)
    yield Text(_notes(answer, rows), style="dim")
    failed = [row for row in rows if isinstance(row, PowerRow) and row.n_failed]
    for n, n_failed, n_fitted in sorted({(r.n, r.n_failed, r.n_simulations) for r in failed}):
        yield Text(
            f"With {n:,} participants, {n_failed:,} of {n_failed + n_fitted:,} studies could not "
            "be fitted; they are in no share.",
            style="yellow",
        )


def _title(design: Design) -> str:
    if isinstance(design, AdherenceDesign):
        return "Sessions done of those due, by week (logistic mixed model)"
    if isinstance(design, MicroRandomisedDesign):
        return "Micro-randomised trial (weighted and centred least squares)"
    return "Repeated surveys (linear mixed model)"


def _plan(design: Design) -> str:
    if isinstance(design, MicroRandomisedDesign):
        return (
            f"{design.n_points} decision points, delivery with probability "
            f"{number(design.probability)} where possible ({_percent(design.availability)}); "
            f"outcome: SD {number(design.level_sd)} between participants, "
            f"{number(design.residual_sd)} from point to point, correlation "
            f"{number(design.correlation)}"
            + (f"; SD of own effects {number(design.effect_sd)}" if design.effect_sd else "")
        )
    if isinstance(design, AdherenceDesign):
        first = (
            f"{design.n_weeks} weeks with {design.sessions_due} sessions due, "
            f"{_percent(design.usual)} done usually; SD of participants' levels "
            f"{number(design.level_sd)} in log odds"
        )
        return f"{first}\n{_exposure_and_arms(design)}, dropout {_percent(design.dropout)}"
    spread = design.variances
    first = (
        f"Surveys in weeks {', '.join(number(week) for week in design.weeks)}; outcome: SD "
        f"{number(spread.level_sd)} between participants, {number(spread.residual_sd)} within"
        + (f", {number(spread.trend_sd)} of weekly trends" if spread.trend_sd else "")
        + (f", {number(spread.slope_sd)} of own within effects" if spread.slope_sd else "")
    )
    lost = f"dropout {_percent(design.dropout)}, missed {_percent(design.missed)}"
    return f"{first}\n{_exposure_and_arms(design)}, {lost}"


def _exposure_and_arms(design: PowerDesign | AdherenceDesign) -> str:
    exposure = design.exposure
    text = "No exposure" if exposure is None else f"Exposure: mean {number(exposure.mean)}"
    if exposure is not None:
        text += f", SD {number(exposure.between_sd)} between participants (counts)"
    shares = " : ".join(number(share) for share in design.arms)
    return f"{text}; " + ("no arms" if len(design.arms) == 1 else f"arms {shares}")


def _smallest(found: SmallestN) -> str:
    return (
        f"{found.term}: {found.n:,} participants, between {found.low:,} and {found.high:,}, for a "
        f"power of {found.target:.2f}"
    )


def _table(rows: Sequence[PowerRow | QuickRow]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("term")
    for head in ("n", "effect", "power", "half width", "coverage", "type I"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.term, f"{row.n:,}", number(row.effect), *_cells(row))
    return table


def _cells(row: PowerRow | QuickRow) -> tuple[str, str, str, str]:
    if isinstance(row, QuickRow):
        return f"{row.power:.2f}", NONE, NONE, NONE
    type_i = NONE if row.type_i_error is None else f"{row.type_i_error:.3f}"
    share = f"{row.power:.2f} ± {row.power_error:.2f}"
    return share, number(row.half_width), f"{row.coverage:.3f}", type_i


def _notes(answer: Answer, rows: Sequence[PowerRow | QuickRow]) -> str:
    alpha = answer.question.alpha
    units = {
        "surveys": "Effects are in scale points: per exposure more (within, between), per week, "
        "or between arms.",
        "adherence": "Effects are log odds ratios of doing a session, given the participant.",
        "micro_randomised": "The effect is the mean difference of the outcome after delivery.",
    }[_kind(answer.design)]
    if answer.question.is_quick:
        return (
            f"{units}\nWithout simulation: variances are taken as known, so power is a little too "
            f"high for few participants. alpha {number(alpha)}."
        )
    n_studies = answer.question.simulations or USUAL_SIMULATIONS
    text = (
        f"{units}\n{n_studies:,} simulated studies for each n, seed {answer.question.seed}; ± is "
        f"the Monte Carlo standard error. Half width: of the {_percent(1 - alpha)} interval. "
        f"Type I: share of studies with p < {number(alpha)} were the effect 0."
    )
    if any(isinstance(row, PowerRow) and row.type_i_error is None for row in rows):
        text += " It is not known here (–): ask with an effect of 0."
    if answer.smallest is not None:
        text += (
            f"\nThe line is of the last simulation, with {answer.smallest.row.n:,} participants; "
            "the range is what its Monte Carlo error (95 %) allows."
        )
    return text


def _percent(share: float) -> str:
    return f"{number(100 * share)} %"
