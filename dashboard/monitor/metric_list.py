"""The catalogue of reporting metrics, by the names that reports of trials give them.

Names and published ranges: Valentine and others (2025), npj Digital Medicine,
doi:10.1038/s41746-025-01567-5 (92 trials); half-life: Eysenbach (2005), doi:10.2196/jmir.7.1.e11.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from models.survival import kaplan_meier

Unit = Literal["share", "minutes", "days", "number"]


@dataclass(frozen=True)
class Found:
    """A metric's value in one group: of how many participants, and their spread if it is a mean."""

    value: float | None
    n_participants: int
    spread: float | None = None
    value_started: float | None = None
    n_started: int | None = None


@dataclass(frozen=True)
class Metric:
    """A reporting metric: its name, unit, what it means, and the range that trials published."""

    id: str
    label: str
    unit: Unit
    definition: str
    of: Callable[[pl.DataFrame], Found | None]
    published: str = ""


def _share(rows: pl.DataFrame, condition: pl.Expr) -> Found:
    n = rows.height
    return Found(rows.filter(condition).height / n if n else None, n)


def _mean(column: str, scale: float = 1.0) -> Callable[[pl.DataFrame], Found | None]:
    """A mean over everybody who began, with their spread, and over those who started."""

    def of(people: pl.DataFrame) -> Found | None:
        rows = people.filter("is_begun")
        started = rows.filter(pl.col("is_starter"))
        values = rows[column].cast(pl.Float64) / scale
        if values.null_count():
            # A sum with a part that is not known is not known.
            return None
        own = started[column].cast(pl.Float64) / scale
        return Found(
            _number(values.mean()),
            rows.height,
            _number(values.std()),
            _number(own.mean()),
            started.height,
        )

    return of


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _uptake(people: pl.DataFrame) -> Found:
    return _share(people.filter("is_begun"), pl.col("is_starter"))


def _finished(people: pl.DataFrame) -> pl.DataFrame:
    return people.filter("is_programme_over", pl.col("n_planned") > 0)


def _completing(people: pl.DataFrame) -> Found | None:
    rows = _finished(people)
    done = pl.col("n_done") + pl.col("n_excused_sessions")
    return _share(rows, done >= pl.col("n_planned")) if rows.height else None


def _modules(people: pl.DataFrame) -> Found | None:
    rows = _finished(people)
    if rows.is_empty():
        return None
    done = rows["n_done"] / (rows["n_planned"] - rows["n_excused_sessions"]).clip(lower_bound=1)
    started = done.filter(rows["is_starter"].fill_null(value=False))
    return Found(
        _number(done.mean()),
        rows.height,
        _number(done.std()),
        _number(started.mean()),
        started.len(),
    )


def _first_module(people: pl.DataFrame) -> Found | None:
    rows = people.filter("is_first_week_over", pl.col("n_planned") > 0)
    return _share(rows, pl.col("n_done") > 0) if rows.height else None


def _surveys(people: pl.DataFrame) -> Found | None:
    rows = people.filter(pl.col("n_surveys_over") > 0)
    if rows.is_empty():
        return None
    return Found(float(rows["n_surveys_filled"].sum() / rows["n_surveys_over"].sum()), rows.height)


def _half_life(people: pl.DataFrame) -> Found | None:
    rows = people.filter(
        pl.col("nonusage_day").is_not_null(), pl.col("is_nonusage_event").is_not_null()
    )
    if rows.is_empty():
        return None
    days = rows["nonusage_day"].cast(pl.Float64).to_list()
    curve = kaplan_meier(days, rows["is_nonusage_event"].to_list())
    return Found(curve.half_life, rows.height)


_PLANNED = "In the planned weeks; who never used the app counts as 0. Second line: starters alone."
_OVER = (
    "Of participants whose planned weeks are over, also where they withdrew. A masked edition "
    "counts the weeks that all arms share."
)
METRICS = (
    Metric(
        "uptake",
        "Uptake",
        "share",
        "Participants with any use of the app from day 0 on, of those whose day 0 is reached.",
        _uptake,
    ),
    Metric(
        "time_on_app",
        "Mean time on app",
        "minutes",
        f"Minutes of use per participant; idle time is capped as the study file says. {_PLANNED}",
        _mean("active_s", 60),
        "41 to 530 min",
    ),
    Metric(
        "days_active",
        "Days active",
        "days",
        f"Mean number of days with use per participant. {_PLANNED}",
        _mean("n_active_days"),
        "6.4 to 23.1",
    ),
    Metric(
        "logins",
        "Mean logins",
        "number",
        "Mean number of sessions of use per participant: events without a pause longer than the "
        f"study's gap. Apps that keep people signed in have no other logins. {_PLANNED}",
        _mean("n_sessions"),
        "11.5 to 106.8",
    ),
    Metric(
        "first_module",
        "First module",
        "share",
        "Participants who did at least one session of the programme, of those whose first week is "
        "over.",
        _first_module,
    ),
    Metric(
        "modules",
        "Mean % of modules",
        "share",
        f"Sessions done, as a share of the sessions of the programme (excused ones left out); mean "
        f"over participants. {_OVER}",
        _modules,
        "31 to 98 %",
    ),
    Metric(
        "completing",
        "% completing whole programme",
        "share",
        f"Participants who did every session of the programme that was not excused. {_OVER}",
        _completing,
        "8 to 100 %",
    ),
    Metric(
        "survey_completion",
        "Survey completion",
        "share",
        "Surveys filled in, be it late, of those whose window is over; excused ones are left out.",
        _surveys,
    ),
    Metric(
        "half_life",
        "Usage half-life",
        "days",
        "Study day by which half had stopped using the app (Kaplan-Meier, never started: day 0); "
        "no value while more than half use it.",
        _half_life,
    ),
)
