"""From days per participant to attrition curves: between the read and the figure."""

import polars as pl

from dashboard import curve_blocks
from models.survival import kaplan_meier

HALF = 0.5
SCHEMA = {
    "arm_id": pl.String,
    "arm_label": pl.String,
    "arm_position": pl.Int32,
    "day": pl.Float64,
    "survival": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "n_at_risk": pl.Int64,
    "n_events": pl.Int64,
    "n_censored": pl.Int64,
    "n_participants": pl.Int64,
    "half_life": pl.Float64,
    "half_life_low": pl.Float64,
    "half_life_high": pl.Float64,
}


def curves(frame: pl.DataFrame, *, day: str, is_event: str, smallest: int = 1) -> pl.DataFrame:
    """Kaplan-Meier curves, one row per arm and day on which somebody left the curve.

    Parameters
    ----------
    frame
        One row per participant with `arm_id`, `arm_label`, `arm_position` and the two columns
        named. Rows without a day are left out. Not modified.
    day, is_event
        Column names: days until the event or until last seen, and which of the two it was.
    smallest
        Fewest participants who may leave the curve between two of its days, by kind: smaller steps
        are joined, and half-lives are read off the joined curve.

    Returns
    -------
    pl.DataFrame
        Columns of `SCHEMA`. Half-lives are days, the same on every row of an arm, null where the
        curve or its limit stays above a half.
    """
    known = frame.filter(
        pl.col(day).is_not_null() & pl.col(is_event).is_not_null() & (pl.col(day) >= 0)
    )
    groups = known.sort("arm_position", "arm_id").partition_by("arm_id", maintain_order=True)
    parts = [_of_arm(rows, day, is_event) for rows in groups]
    made = pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)
    return made if smallest <= 1 else _coarse(made, smallest)


def _coarse(made: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """The curves in steps of at least `smallest` events, and as many seen to their end, or none."""
    steps = curve_blocks.joined(
        made, smallest, of="arm_id", counts=("n_events", "n_censored"), first=("n_at_risk",)
    )
    ends = {"half_life": "survival", "half_life_low": "ci_low", "half_life_high": "ci_high"}
    halves = (
        pl.col("day").filter(pl.col(curve) <= HALF).first().over("arm_id").alias(name)
        for name, curve in ends.items()
    )
    return steps.with_columns(halves)


def _of_arm(rows: pl.DataFrame, day: str, is_event: str) -> pl.DataFrame:
    fitted = kaplan_meier(rows[day].cast(pl.Float64).to_list(), rows[is_event].to_list())
    steps = len(fitted.days)
    values = {
        "arm_id": [rows["arm_id"][0]] * steps,
        "arm_label": [rows["arm_label"][0]] * steps,
        "arm_position": [rows["arm_position"][0]] * steps,
        "day": fitted.days,
        "survival": fitted.survival,
        "ci_low": fitted.ci_low,
        "ci_high": fitted.ci_high,
        "n_at_risk": fitted.n_at_risk,
        "n_events": fitted.n_events,
        "n_censored": fitted.n_censored,
        "n_participants": [fitted.n_participants] * steps,
        "half_life": [fitted.half_life] * steps,
        "half_life_low": [fitted.half_life_low] * steps,
        "half_life_high": [fitted.half_life_high] * steps,
    }
    return pl.DataFrame(values, schema=SCHEMA)
