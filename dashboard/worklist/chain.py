"""Who needs contact and why: where the way from due to done broke, at the person or in the pipe.

The way is due → delivered → app opened → started → done. It broke at the first step that is
recorded and was not seen. In the *pipe* it broke where nothing the participant did could have
helped: not delivered, delivered late, a file that failed to load, or a step at which many on the
same version of the app (or the same telephone) stop alike. Everything else is the *person*, who may
have any reason.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import polars as pl

from queries.worklist import SOON_DAYS

LATE_DAYS = 2
"""A delivery counts as late from so many days on: one day may be a matter of time zones."""
LEAST_OTHERS = 3
"""Fewer others who stop at the same step are no pattern."""
LEAST_SHARE = 0.5
"""...nor is a smaller share of those on the same version..."""
TIMES_ELSEWHERE = 2
"""...nor one that is not at least so many times that on other versions."""

Source = Literal["pipe", "person"]
REASONS: Mapping[str, tuple[Source, str]] = MappingProxyType(
    {
        "not_delivered": ("pipe", "Not delivered"),
        "delivered_late": ("pipe", "Delivered late"),
        "file_failed": ("pipe", "A file failed to load"),
        "same_version": ("pipe", "Same app version, same step"),
        "same_device": ("pipe", "Same telephone, same step"),
        "never_used": ("person", "Never used the app"),
        "not_opened": ("person", "App not opened since"),
        "not_started": ("person", "Not started"),
        "not_finished": ("person", "Started, not finished"),
        "not_done": ("person", "Not done"),
        "silent": ("person", "Silent for longer than usual"),
    }
)
"""Where it broke and what that is called, in the order in which the first that fits is taken."""
STEPS = ("due", "delivered", "opened", "started", "done")
_SHARED_STEPS = ("opened", "started", "done")


def worklist(latest: pl.DataFrame, rhythm: pl.DataFrame) -> pl.DataFrame:
    """Participants who need contact, most pressing first.

    Parameters
    ----------
    latest
        As `queries.worklist.latest_obligations` gives it, for everybody.
    rhythm
        As `queries.rhythm.own_rhythm` gives it, for the same people.

    Returns
    -------
    pl.DataFrame
        The columns of both and `broke_at` (a name of `STEPS`), `reason` and `source` (see
        `REASONS`), `is_due` (something is open and pressing), `is_silent`, `n_same` and `n_alike`
        (others who stop at the same step, of how many on the same version or telephone),
        `n_same_elsewhere` and `n_elsewhere`. Sorted by days left (none last), then by silence
        against the usual gap.
    """
    found = latest.join(rhythm, on="participant_id", how="left", maintain_order="left")
    found = found.with_columns(broke_at=_broke_at(), waited_days=_waited(), is_silent=_is_silent())
    found = _alike(_alike(found, "app_version"), "device")
    found = found.with_columns(is_due=_is_due())
    found = found.with_columns(reason=_reason(), **_shared())
    listed = found.filter(pl.col("is_due") | pl.col("is_silent"))
    source = {reason: said[0] for reason, said in REASONS.items()}
    return listed.with_columns(source=pl.col("reason").replace_strict(source, default=None)).sort(
        "days_left",
        "times_usual",
        "silence_days",
        "participant_id",
        descending=[False, True, True, False],
        nulls_last=True,
    )


def only(frame: pl.DataFrame, why: str | None) -> pl.DataFrame:
    """Rows of a source ('pipe', 'person') or reason; all where none or an unknown one is asked."""
    if why in ("pipe", "person"):
        return frame.filter(pl.col("source") == why)
    if why == "silent":
        return frame.filter("is_silent")
    return frame.filter(pl.col("reason") == why) if why in REASONS else frame


def _broke_at() -> pl.Expr:
    """The first step that is recorded and was not seen; what is started needs no steps before."""
    return (
        pl.when(pl.col("status") != "open")
        .then(pl.lit(None, pl.String))
        .when(pl.col("started_at").is_not_null())
        .then(pl.lit("done"))
        .when(pl.col("is_delivery_seen") & pl.col("delivered_at").is_null())
        .then(pl.lit("delivered"))
        .when(pl.col("is_use_seen") & pl.col("app_opened_date").is_null())
        .then(pl.lit("opened"))
        .when("is_start_seen")
        .then(pl.lit("started"))
        .otherwise(pl.lit("done"))
    )


def _waited() -> pl.Expr:
    """Days since it should have been delivered: a session at the start of its week."""
    is_session = pl.col("kind") == "session"
    there_from = pl.when(is_session).then("window_start").otherwise("due_date")
    return (pl.col("as_of_date") - there_from).dt.total_days()


def _is_silent() -> pl.Expr:
    """Silent for longer than usual; without a rhythm, for as long as the study's own limit."""
    without = pl.col("why_not_known").is_in(["never_used", "too_few_days"])
    by_limit = without & (pl.col("silence_days") >= pl.col("nonusage_days"))
    return pl.col("is_longer_than_usual").fill_null(False) | by_limit.fill_null(False)


def _is_due() -> pl.Expr:
    """Something is open, and its window closes soon, its due day is past, or the pipe broke."""
    is_open = pl.col("status") == "open"
    closes_soon = pl.col("days_left") <= SOON_DAYS
    is_over = (pl.col("kind") == "survey") & (pl.col("days_over") >= 1)
    return (is_open & (closes_soon | is_over | _not_delivered())).fill_null(False)


def _not_delivered() -> pl.Expr:
    return (pl.col("broke_at") == "delivered") & (pl.col("waited_days") >= 1)


def _alike(frame: pl.DataFrame, what: str) -> pl.DataFrame:
    """For each row, how many others of the same version or telephone stop at the same step.

    Counted among those of whom the same kind of thing is due now, done or not.
    """
    is_now = pl.col("window_end") >= pl.col("as_of_date")
    is_counted = is_now & pl.col("status").is_in(["open", "done"]) & pl.col(what).is_not_null()
    kind, step = ["kind"], ["kind", "broke_at"]
    same = [pl.col("participant_id").count().over([*keys, what]) for keys in (step, kind)]
    every = [pl.col("participant_id").count().over(keys) for keys in (step, kind)]
    counted = frame.filter(is_counted).select(
        "participant_id",
        (same[0] - 1).alias(f"{what}_same"),
        (same[1] - 1).alias(f"{what}_alike"),
        (every[0] - same[0]).alias(f"{what}_same_elsewhere"),
        (every[1] - same[1]).alias(f"{what}_elsewhere"),
    )
    return frame.join(counted, on="participant_id", how="left", maintain_order="left")


def _is_pattern(what: str) -> pl.Expr:
    share = pl.col(f"{what}_same") / pl.col(f"{what}_alike")
    elsewhere = pl.col(f"{what}_same_elsewhere") / pl.col(f"{what}_elsewhere")
    return (
        pl.col("broke_at").is_in(list(_SHARED_STEPS))
        & (pl.col(f"{what}_same") >= LEAST_OTHERS)
        & (share >= LEAST_SHARE)
        # With nobody elsewhere there is nothing to hold it against: it may be everybody.
        & (pl.col(f"{what}_elsewhere") >= LEAST_OTHERS)
        & (share >= TIMES_ELSEWHERE * elsewhere)
    ).fill_null(False)


def _reason() -> pl.Expr:
    step = pl.col("broke_at")
    failed = (pl.col("n_failed_files") > 0) & (step == "opened")
    never = pl.col("why_not_known") == "never_used"
    return (
        pl.when(~pl.col("is_due") & never)
        .then(pl.lit("never_used"))
        .when(~pl.col("is_due"))
        .then(pl.lit("silent"))
        .when(_not_delivered())
        .then(pl.lit("not_delivered"))
        .when(pl.col("delivery_days") >= LATE_DAYS)
        .then(pl.lit("delivered_late"))
        .when(failed)
        .then(pl.lit("file_failed"))
        .when(_is_pattern("app_version"))
        .then(pl.lit("same_version"))
        .when(_is_pattern("device"))
        .then(pl.lit("same_device"))
        .when(never & (step == "opened"))
        .then(pl.lit("never_used"))
        .when(step == "opened")
        .then(pl.lit("not_opened"))
        .when(step == "started")
        .then(pl.lit("not_started"))
        .when(pl.col("started_at").is_not_null())
        .then(pl.lit("not_finished"))
        .otherwise(pl.lit("not_done"))
    )


def _shared() -> dict[str, pl.Expr]:
    """The counts of the pattern that is told: of the telephone where that is the reason."""
    by_device = _reason() == "same_device"
    return {
        f"n_{name}": pl.when(by_device).then(f"device_{name}").otherwise(f"app_version_{name}")
        for name in ("same", "alike", "same_elsewhere", "elsewhere")
    }
