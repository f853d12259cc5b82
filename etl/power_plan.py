"""`rapport power`: from words on the command line to a planned study, its effects and sizes."""

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from models import store
from models.power.adherence_design import AdherenceDesign
from models.power.design import USUAL_EXPOSURE, ExposureDesign, PowerDesign, Variances
from models.power.micro_randomised import MicroRandomisedDesign
from models.power.plan import effects_of
from models.power.simulate import LEAST_PARTICIPANTS, MOST_SIMULATED
from study.errors import UserError

USUAL_N = (40, 80, 120)
USUAL_WEEKS = (2.0, 4.0, 8.0, 12.0)
USUAL_SD, USUAL_ICC = 0.9, 0.6
USUAL_N_WEEKS = 12
USUAL_POINTS = 28
T = TypeVar("T")
Design = PowerDesign | AdherenceDesign | MicroRandomisedDesign


@dataclass(frozen=True)
class PlanOptions:
    """The plan as it was typed; None (or False) where nothing was, so that no word is lost."""

    weeks: str | None = None
    sd: float | None = None
    icc: float | None = None
    trend_sd: float | None = None
    slope_sd: float | None = None
    from_model: str | None = None
    exposure_mean: float | None = None
    exposure_sd: float | None = None
    no_exposure: bool = False
    arms: str | None = None
    trend_by_arm: bool = False
    dropout: float | None = None
    missed: float | None = None
    adherence: bool = False
    n_weeks: int | None = None
    due: int | None = None
    usual: float | None = None
    level_sd: float | None = None
    mrt: bool = False
    points: int | None = None
    probability: float | None = None
    availability: float | None = None
    correlation: float | None = None
    effect_sd: float | None = None


_EXPOSURE = ("exposure_mean", "exposure_sd", "no_exposure")
_SPREAD = ("sd", "icc", "trend_sd", "slope_sd")
_TAKES = {
    "surveys": frozenset(
        ("weeks", *_SPREAD, "from_model", *_EXPOSURE, "arms", "trend_by_arm", "dropout", "missed")
    ),
    "adherence": frozenset(("n_weeks", "due", "usual", "level_sd", *_EXPOSURE, "arms", "dropout")),
    "mrt": frozenset(
        ("sd", "level_sd", "points", "probability", "availability", "correlation", "effect_sd")
    ),
}
_PLANS = {
    "surveys": "a plan of surveys",
    "adherence": "a plan with --adherence",
    "mrt": "a plan with --mrt",
}
_OPTION_OF = {
    "sessions_due": "--due",
    "n_weeks": "--n-weeks",
    "n_points": "--points",
    "level_sd": "--level-sd",
    "effect_sd": "--effect-sd",
    "between_sd": "--exposure-sd",
}
"""Where a design's parameter and the option are not called the same."""


def planned(options: PlanOptions, results: Path | None = None) -> Design:
    """The planned study.

    Parameters
    ----------
    results
        Folder of saved results, for `from_model`.

    Raises
    ------
    UserError
        If options do not go together, or a number is out of range.
    """
    kind = _kind(options)
    _refuse_others(options, kind)
    _refuse_infinite(options)
    try:
        if kind == "adherence":
            return _adherence(options)
        return _micro_randomised(options) if kind == "mrt" else _surveys(options, results)
    except ValueError as error:
        raise UserError(_in_options(str(error))) from error


def effects(design: Design, given: Sequence[str]) -> dict[str, float]:
    """Effects by term from `TERM=NUMBER`.

    Raises
    ------
    UserError
        If there is none, one cannot be read, stands twice, or is no term of the plan.
    """
    terms = [term for term in design.terms if term != "(Intercept)"]
    example = f"{next((term for term in terms if term != 'week'), 'week')}=0.1"
    if not given:
        raise UserError(
            f"Say the effect to be found, such as --effect {example}. This plan has the terms "
            f"{', '.join(terms)}."
        )
    found: dict[str, float] = {}
    for text in given:
        term, _, number = text.partition("=")
        term = term.strip()
        if term in found:
            raise UserError(f"--effect {term} stands twice.")
        found[term] = _number(
            number, f"--effect {text}", f"a term and its effect, such as {example},"
        )
    _demand_terms(design, found, terms)
    return found


def sizes(text: str | None) -> tuple[int, ...]:
    """Numbers of participants from `40,80,120`; these where there is none.

    Raises
    ------
    UserError
        If one is no whole number, too small to fit anything, or too large to simulate.
    """
    if text is None:
        return USUAL_N
    example = "numbers of participants, such as 40,80,120,"
    numbers = [_number(part, f"--n {text}", example) for part in text.split(",")]
    for number in numbers:
        if number != int(number) or not LEAST_PARTICIPANTS <= number <= MOST_SIMULATED:
            raise UserError(
                f"--n {text}: whole numbers from {LEAST_PARTICIPANTS} to {MOST_SIMULATED:,} are "
                "expected, such as 40,80,120."
            )
    return tuple(dict.fromkeys(int(number) for number in numbers))


def _kind(options: PlanOptions) -> str:
    if options.adherence and options.mrt:
        raise UserError("--adherence and --mrt are two designs: choose one.")
    return "adherence" if options.adherence else "mrt" if options.mrt else "surveys"


def _refuse_others(options: PlanOptions, kind: str) -> None:
    given = {
        field.name
        for field in dataclasses.fields(options)
        if getattr(options, field.name) not in (None, False) and field.name not in _PLANS
    }
    strange = sorted(given - _TAKES[kind])
    if strange:
        homes = [_PLANS[other] for other in _TAKES if strange[0] in _TAKES[other]]
        raise UserError(
            f"{_option(strange[0])} belongs to {' or '.join(homes)}, not to {_PLANS[kind]}."
        )
    if options.from_model and given & set(_SPREAD):
        raise UserError("--from-model gives the spread of the outcome: leave --sd and others out.")
    if options.no_exposure and given & {"exposure_mean", "exposure_sd", "slope_sd"}:
        raise UserError("--no-exposure leaves no exposure to describe: leave the others out.")


def _refuse_infinite(options: PlanOptions) -> None:
    for name, value in dataclasses.asdict(options).items():
        if isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"{_option(name)} must be a number.")


def _surveys(options: PlanOptions, results: Path | None) -> PowerDesign:
    arms = _arms(options)
    if options.trend_by_arm and len(arms) == 1:
        raise UserError("--trend-by-arm needs two arms or more: --arms 0.5,0.5.")
    return PowerDesign(
        weeks=_weeks(options.weeks),
        variances=_variances(options, results),
        exposure=_exposure(options),
        arms=arms,
        has_trend_by_arm=options.trend_by_arm,
        dropout=_given(options.dropout, 0.0),
        missed=_given(options.missed, 0.0),
    )


def _variances(options: PlanOptions, results: Path | None) -> Variances:
    if options.from_model:
        return _of_model(options.from_model, results)
    trend = _given(options.trend_sd, 0.0)
    sd, icc = _given(options.sd, USUAL_SD), _given(options.icc, USUAL_ICC)
    return dataclasses.replace(
        Variances.of_icc(sd, icc, trend), slope_sd=_given(options.slope_sd, 0.0)
    )


def _of_model(name: str, results: Path | None) -> Variances:
    saved = {} if results is None else store.load_all(results)
    if not saved:
        raise UserError("--from-model: no model was fitted here yet. Run: rapport fit STUDY")
    if name not in saved:
        linear = [key for key, result in saved.items() if result.kind == "linear_mixed"]
        raise UserError(f"--from-model {name}: no such model. There are: {', '.join(linear)}.")
    result = saved[name]
    if result.kind != "linear_mixed":
        raise UserError(f"--from-model {name} is no model of a score: its spread is in log odds.")
    if result.status != "fitted":
        raise UserError(f"--from-model {name} has no estimates: {result.explanation}")
    return Variances.of_result(result)


def _adherence(options: PlanOptions) -> AdherenceDesign:
    return AdherenceDesign(
        n_weeks=_given(options.n_weeks, USUAL_N_WEEKS),
        sessions_due=_given(options.due, 2),
        usual=_given(options.usual, 0.6),
        level_sd=_given(options.level_sd, 1.0),
        exposure=_exposure(options),
        arms=_arms(options),
        dropout=_given(options.dropout, 0.0),
    )


def _micro_randomised(options: PlanOptions) -> MicroRandomisedDesign:
    return MicroRandomisedDesign(
        n_points=_given(options.points, USUAL_POINTS),
        probability=_given(options.probability, 0.5),
        availability=_given(options.availability, 1.0),
        level_sd=_given(options.level_sd, 0.5),
        residual_sd=_given(options.sd, 1.0),
        effect_sd=_given(options.effect_sd, 0.0),
        correlation=_given(options.correlation, 0.0),
    )


def _exposure(options: PlanOptions) -> ExposureDesign | None:
    if options.no_exposure:
        return None
    return ExposureDesign(
        mean=_given(options.exposure_mean, USUAL_EXPOSURE.mean),
        between_sd=_given(options.exposure_sd, USUAL_EXPOSURE.between_sd),
    )


def _weeks(text: str | None) -> tuple[float, ...]:
    if text is None:
        return USUAL_WEEKS
    example = "the weeks of the surveys, such as 2,4,8,12,"
    weeks = tuple(_number(part, f"--weeks {text}", example) for part in text.split(","))
    if len(weeks) < 2 or any(a >= b for a, b in pairwise(weeks)):
        raise UserError("--weeks must be at least 2 and rise, such as 2,4,8,12.")
    return weeks


def _arms(options: PlanOptions) -> tuple[float, ...]:
    if options.arms is None:
        return (1.0,)
    shares = tuple(
        _number(part, f"--arms {options.arms}", "shares of the arms, such as 0.5,0.5,")
        for part in options.arms.split(",")
    )
    if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
        raise UserError("--arms must be shares above 0 that add up to 1, such as 0.5,0.5.")
    return shares


def _demand_terms(design: Design, found: Mapping[str, float], terms: Sequence[str]) -> None:
    try:
        effects_of(design, found)
    except ValueError as error:
        strange = sorted(set(found) - set(design.terms))
        needs = [_remedy(design, term) for term in strange]
        raise UserError(
            f"{', '.join(strange)} is no term of this plan; it has {', '.join(terms)}."
            + "".join(f" {need}" for need in dict.fromkeys(filter(None, needs)))
        ) from error


def _remedy(design: Design, term: str) -> str:
    if isinstance(design, MicroRandomisedDesign):
        return ""
    if term in ("within", "between"):
        return f"For {term}, leave --no-exposure out."
    if re.fullmatch(r"arm[2-9](:week)?", term) is None:
        return ""
    is_trend = term.endswith(":week") and isinstance(design, PowerDesign)
    return "For arms, say --arms 0.5,0.5" + (" and --trend-by-arm." if is_trend else ".")


def _number(text: str, where: str, expected: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise UserError(f"{where}: {expected} expected.") from error
    if not math.isfinite(number):
        raise UserError(f"{where}: {expected} expected.")
    return number


def _given(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _in_options(sentence: str) -> str:
    """A design's sentence with the options' names, as far as they differ."""
    names = "|".join(_OPTION_OF)
    return re.sub(rf"\b({names})\b", lambda match: _OPTION_OF[match[1]], sentence)
