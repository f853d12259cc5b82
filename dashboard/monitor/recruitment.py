"""Recruitment against its target: what came, what was planned, and what is to be expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl

from access.gate import permitted_sites
from access.viewer import Viewer
from dashboard import curve_blocks, panel_cells, theme, withheld
from dashboard.figures import monitor_recruitment as figures
from dashboard.panel import Panel
from models.monitoring.accrual import (
    Accrual,
    band,
    chance_of,
    chance_of_silence,
    days_until,
    fit_accrual,
)
from queries import monitor as reads
from queries.filters import Filters
from queries.overview import recruitment as enrolments

LEAST_DAYS, LEAST_ENROLLED = 28, 5
LIKELY, UNLIKELY, SILENT = 0.8, 0.2, 0.01
LONGEST_AHEAD_DAYS = 730
_EMPTY = (
    "The study file has no target. Add a section [recruitment] to study.toml, such as\n"
    "target = 120, by = 2025-12-31, then run: rapport load"
)
CURVE = {
    "series": pl.String,
    "date": pl.Date,
    "n_enrolled": pl.Int64,
    "n_so_far": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n_all": pl.Int64,
    "target": pl.Int64,
    "said": pl.String,
}
SITES = {
    "site_id": pl.String,
    "site_label": pl.String,
    "site_position": pl.Int32,
    "n_enrolled": pl.Int64,
    "target": pl.Int64,
    "reached_share": pl.Float64,
    "expected": pl.Float64,
    "per_month": pl.Float64,
    "last_date": pl.Date,
    "days_since": pl.Int64,
    "chance_share": pl.Float64,
    "said": pl.String,
}


@dataclass(frozen=True)
class Plan:
    """What a group of sites is to enrol; `until` is the last day on which it can have."""

    target: int | None
    begun: date
    by: date | None
    closed: date | None
    as_of: date

    @property
    def until(self) -> date:
        """As-of day, or the end of recruitment where that was before."""
        return self.as_of if self.closed is None else min(self.as_of, self.closed)


def read_curve(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Enrolment over all chosen sites, the line of the plan, and a forecast."""
    days, whole, sites = _read(con, viewer, filters)
    return curve(days, whole, sites, smallest=viewer.smallest_cell)


def read_sites(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Each site against its own target."""
    days, whole, sites = _read(con, viewer, filters)
    return by_site(days, whole, sites)


def _read(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> tuple[pl.DataFrame, Plan | None, Mapping[str, Plan]]:
    """Enrolments by site and day, and the plans of all sites shown together and of each."""
    asked = Filters(sites=filters.sites)
    days = enrolments(con, viewer, asked)
    plan = reads.recruitment_plan(con, viewer)
    if plan.is_empty() or days.is_empty():
        return days, None, {}
    shown = permitted_sites(viewer, filters.sites)
    return days, *plans(days, plan, shown)


def plans(
    days: pl.DataFrame, plan: pl.DataFrame, shown: list[str] | None
) -> tuple[Plan, dict[str, Plan]]:
    """The plan of all sites that are shown together, and of each; None shows all.

    Some of the sites have no target together unless each has its own.
    """
    first = days["enrolled_date"].min()
    whole, *rows = plan.to_dicts()
    kept = [row for row in rows if shown is None or row["site_id"] in shown]

    def of(row: Mapping[str, Any], target: int | None) -> Plan:
        begun = row["begun_date"] or first
        return Plan(target, begun, row["by_date"], row["closed_date"], row["as_of_date"])

    targets = [row["target"] for row in kept]
    own = None if None in targets or not targets else sum(targets)
    together = of(whole, whole["target"] if shown is None else own)
    return together, {row["site_id"]: of(row, row["target"]) for row in kept}


def curve(
    days: pl.DataFrame, whole: Plan | None, sites: Mapping[str, Plan], *, smallest: int = 1
) -> pl.DataFrame:
    """Rows of the figure: series 'enrolled', 'planned' and 'forecast' or 'look_back'.

    Parameters
    ----------
    days
        As `queries.overview.recruitment` returns. Not modified.
    whole, sites
        Plans; without a target nothing is drawn.
    smallest
        Fewest participants of a step of the curve.

    Returns
    -------
    pl.DataFrame
        Columns of `CURVE`. `n_so_far` is the line, `low` and `high` the 80 % band. Once recruitment
        is over, or the target reached, the band is the one that would have been forecast on the
        day when half of the target was enrolled: how good it would have been can be seen.
    """
    if whole is None or whole.target is None:
        return pl.DataFrame(schema=CURVE)
    daily = days.group_by("enrolled_date").agg(pl.col("n_enrolled").sum()).sort("enrolled_date")
    so_far = daily.with_columns(n_so_far=pl.col("n_enrolled").cum_sum(), one=pl.lit(0))
    n_all = int(daily["n_enrolled"].sum())
    steps = curve_blocks.joined(so_far, smallest, of="one", counts=("n_enrolled",))
    rows = [
        {"series": "enrolled", "date": day, "n_enrolled": n, "n_so_far": float(total)}
        for day, n, total in steps.select("enrolled_date", "n_enrolled", "n_so_far").iter_rows()
    ]
    if whole.by is not None:
        rows += [
            {"series": "planned", "date": whole.begun, "n_so_far": 0.0},
            {"series": "planned", "date": whole.by, "n_so_far": float(whole.target)},
        ]
    rows += _forecast_rows(days, whole, sites, n_all)
    said = status(days, whole, sites)[1]
    fixed = {"n_all": n_all, "target": whole.target, "said": said}
    return pl.DataFrame([{**row, **fixed} for row in rows], schema=CURVE)


def _forecast_rows(
    days: pl.DataFrame, whole: Plan, sites: Mapping[str, Plan], n_all: int
) -> list[dict[str, Any]]:
    """The band from now on; from half of the target on, where nothing is to come any more."""
    assert whole.target is not None
    is_over = n_all >= whole.target or (whole.closed is not None and whole.closed <= whole.as_of)
    on = _half_way(days, whole.target) if is_over else whole.as_of
    known = None if on is None else _fit(days, whole, sites, on)
    if on is None or known is None:
        return []
    before = int(days.filter(pl.col("enrolled_date") <= on)["n_enrolled"].sum())
    end = whole.until if is_over else _horizon(known, whole, whole.target - before, on)
    steps = max((end - on).days, 1)
    ahead = sorted({round(steps * i / 40) for i in range(41)})
    bands = [before + band(known, ahead, chance) for chance in (0.1, 0.5, 0.9)]
    return [
        {
            "series": "look_back" if is_over else "forecast",
            "date": on + timedelta(days=day),
            "low": float(low),
            "n_so_far": float(middle),
            "high": float(high),
        }
        for day, low, middle, high in zip(ahead, *bands, strict=True)
    ]


def _horizon(known: Accrual, whole: Plan, more: int, on: date) -> date:
    """Up to when a forecast is drawn: the planned end, or when the target is nearly sure."""
    sure = days_until(known, more, 0.9) or LONGEST_AHEAD_DAYS
    end = on + timedelta(days=min(round(sure) + 7, LONGEST_AHEAD_DAYS))
    return end if whole.by is None else max(end, whole.by)


def _half_way(days: pl.DataFrame, target: int) -> date | None:
    daily = days.group_by("enrolled_date").agg(pl.col("n_enrolled").sum()).sort("enrolled_date")
    reached = daily.filter(pl.col("n_enrolled").cum_sum() >= target / 2)
    return None if reached.is_empty() else reached["enrolled_date"][0]


def _fit(days: pl.DataFrame, whole: Plan, sites: Mapping[str, Plan], on: date) -> Accrual | None:
    """What was known of the rate on a day; None while that is too little."""
    seen = days.filter(pl.col("enrolled_date") <= on)
    if seen.is_empty():
        return None
    begun = min(whole.begun, seen["enrolled_date"].min())
    n_days = (on - begun).days + 1
    if n_days < LEAST_DAYS or seen["n_enrolled"].sum() < LEAST_ENROLLED:
        return None
    opened = {name: plan.begun for name, plan in sites.items() if plan.begun <= on} or {"": begun}
    by_site = dict(seen.group_by("site_id").agg(pl.col("n_enrolled").sum()).iter_rows())
    # Whoever has no site of the plan is enrolled all the same: at a site of its own.
    names = sorted({*opened, *by_site})
    counts = [int(by_site.get(name, 0)) for name in names]
    open_days = [max((on - opened.get(name, begun)).days + 1, 1) for name in names]
    return fit_accrual(counts, open_days, weekly(seen, begun, on))


def weekly(days: pl.DataFrame, begun: date, on: date) -> list[int]:
    """Enrolments in each whole week from the first day of recruitment on."""
    n_weeks = ((on - begun).days + 1) // 7
    numbered = days.with_columns(week=(pl.col("enrolled_date") - begun).dt.total_days() // 7)
    counts = dict(numbered.group_by("week").agg(pl.col("n_enrolled").sum()).iter_rows())
    return [int(counts.get(week, 0)) for week in range(n_weeks)]


def status(days: pl.DataFrame, plan: Plan, sites: Mapping[str, Plan]) -> tuple[float | None, str]:
    """The chance of the target by its day, None where that is not open, and a sentence on it."""
    n = int(days["n_enrolled"].sum())
    if plan.target is None:
        return None, "No target of its own."
    if n >= plan.target:
        on = _reached_on(days, plan.target)
        early = "" if plan.by is None else _against(on, plan.by)
        return None, f"Target reached on {theme.day(on)}{early}."
    if plan.closed is not None and plan.closed <= plan.as_of:
        share = theme.percent(n / plan.target)
        return None, f"Closed on {theme.day(plan.closed)} with {share} of the target."
    known = _fit(days, plan, sites, plan.as_of)
    if known is None:
        return None, "Too early to tell: fewer than 4 weeks, or fewer than 5 participants."
    return _still_open(known, plan, n, days["enrolled_date"].max())


def _still_open(known: Accrual, plan: Plan, n: int, last: object) -> tuple[float | None, str]:
    """The chance of a target that is still to be reached, and a sentence on it."""
    assert plan.target is not None
    silent = (plan.as_of - last).days if isinstance(last, date) else 0
    if chance_of_silence(known, silent) < SILENT:
        words = f"\u26a0 Nobody enrolled for {theme.counted(silent, 'day')}"
        return None, f"{words}: less than 1 % likely at the rate so far."
    more = plan.target - n
    half = days_until(known, more, 0.5)
    expected = "" if half is None else f" Expected on {_ahead(plan.as_of, half)}."
    if plan.by is None:
        return None, f"{theme.percent(n / plan.target)} of the target.{expected}"
    chance = chance_of(known, more, (plan.by - plan.as_of).days)
    return chance, f"{_judgement(chance)} by {theme.day(plan.by)}.{expected}"


def _ahead(on: date, days: float) -> str:
    return theme.day(on + timedelta(days=round(days)))


def _judgement(chance: float) -> str:
    words = "Likely" if chance >= LIKELY else "Open" if chance > UNLIKELY else "\u26a0 Unlikely"
    return f"{words}: {theme.percent(chance)} chance of the target"


def _reached_on(days: pl.DataFrame, target: int) -> date:
    daily = days.group_by("enrolled_date").agg(pl.col("n_enrolled").sum()).sort("enrolled_date")
    found: date = daily.filter(pl.col("n_enrolled").cum_sum() >= target)["enrolled_date"][0]
    return found


def _against(on: date, by: date) -> str:
    apart = (by - on).days
    if apart == 0:
        return ", on the planned day"
    words = theme.counted(abs(apart), "day")
    return f", {words} early" if apart > 0 else f", {words} late"


def by_site(days: pl.DataFrame, whole: Plan | None, sites: Mapping[str, Plan]) -> pl.DataFrame:
    """Each site against its own target, one row per site; none without a plan.

    `expected` is what the site's target asks for by now, evenly spread; `per_month` the mean rate
    in 30 days since the site opened; `chance_share` the chance of its target by the planned day.
    """
    if whole is None:
        return pl.DataFrame(schema=SITES)
    rows = []
    for name, label, place in (
        days.select("site_id", "site_label", "site_position").unique().sort("site_position").rows()
    ):
        own = days.filter(site_id=name)
        plan = sites.get(name, Plan(None, whole.begun, whole.by, whole.closed, whole.as_of))
        n, last = int(own["n_enrolled"].sum()), own["enrolled_date"].max()
        chance, said = status(own, plan, {name: plan})
        open_days = max((plan.until - plan.begun).days + 1, 1)
        rows.append(
            {
                "site_id": name,
                "site_label": label,
                "site_position": place,
                "n_enrolled": n,
                "target": plan.target,
                "reached_share": n / plan.target if plan.target else None,
                "expected": _expected(plan),
                "per_month": 30 * n / open_days,
                "last_date": last,
                "days_since": (plan.as_of - last).days if isinstance(last, date) else None,
                "chance_share": chance,
                "said": said,
            }
        )
    return pl.DataFrame(rows, schema=SITES)


def _expected(plan: Plan) -> float | None:
    if plan.target is None or plan.by is None:
        return None
    whole = (plan.by - plan.begun).days + 1
    return plan.target * min(((plan.as_of - plan.begun).days + 1) / max(whole, 1), 1.0)


def _n_curve(frame: pl.DataFrame) -> str:
    first = frame.row(0, named=True)
    if first["n_all"] is None:
        return f"n {withheld.WORD}"
    n = theme.counted(first["n_all"], "participant")
    return f"n = {n} of {theme.whole(first['target'])} · {first['said'].removesuffix('.')}"


CURVE_PANEL = Panel(
    id="monitor-recruitment",
    title="Recruitment against the target",
    definition="Participants enrolled by their local date, over all chosen sites; the plan is a "
    "straight line from the first day of recruitment to the target. Forecast (80 % band): sites "
    "enrol as Poisson processes with gamma-distributed rates (Anisimov and Fedorov 2007), as much "
    "wider as weeks so far differ by more than chance, at the mean rate so far. Once recruitment "
    "is over, the band is the one that would have been forecast when half of the target was "
    "enrolled. "
    "A target is called unlikely below 20 %. The filters of arms and months do not apply.",
    read=read_curve,
    figure=figures.recruitment,
    columns={
        "series": "Series",
        "date": "Date",
        "n_enrolled": "Enrolled",
        "n_so_far": "So far, or expected",
        "low": "10 % fewer than",
        "high": "10 % more than",
        "target": "Target",
    },
    caption=_n_curve,
    empty=_EMPTY,
    empty_title="No target to compare with",
    height="large",
    uses=("site",),
    cells=panel_cells.ACCRUAL,
)
SITE_PANEL = Panel(
    id="monitor-sites",
    title="Recruitment by site",
    definition="Each site against its own target under [recruitment] sites in the study file. "
    "Expected by now: the target, evenly spread over the time planned. A month is 30 days since "
    "the site opened. Chance: that the site reaches its target by the planned day, at its mean "
    "rate so far; none once it is reached or recruitment is closed. A site that is silent for "
    "longer than its rate makes likely (1 %) is marked.",
    read=read_sites,
    figure=figures.site_targets,
    columns={
        "site_label": "Site",
        "n_enrolled": "Enrolled",
        "target": "Target",
        "reached_share": "Of the target",
        "expected": "Expected by now",
        "per_month": "A month",
        "last_date": "Last enrolment",
        "days_since": "Days since",
        "chance_share": "Chance of the target",
        "said": "In words",
    },
    caption=lambda frame: f"n = {theme.counted(frame['n_enrolled'].sum(), 'participant')}",
    empty=_EMPTY,
    empty_title="No target to compare with",
    height="large",
    uses=("site",),
    cells=panel_cells.SITE_TARGETS,
)
