"""One participant's reads put on one time axis: between the reads and the timeline."""

from datetime import date

import polars as pl

from dashboard import theme
from dashboard.ledger_grid import WORDS

SCHEMA = {
    "kind": pl.String,
    "lane_id": pl.String,
    "lane": pl.String,
    "position": pl.Int64,
    "study_day": pl.Int64,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "status": pl.String,
    "detail": pl.String,
}
SESSIONS_DUE, SURVEYS_DUE = "Sessions due", "Surveys due"


def log(
    facts: pl.DataFrame,
    sessions: pl.DataFrame,
    exposures: pl.DataFrame,
    scores: pl.DataFrame,
    ledger: pl.DataFrame,
) -> pl.DataFrame:
    """Everything that happened, one row each, in the order of lanes and days.

    Parameters
    ----------
    facts, sessions, exposures, scores, ledger
        As the readers of `queries.participant` return them. Not modified.

    Returns
    -------
    pl.DataFrame
        Columns of `SCHEMA`. `kind` is due, session, exposure, score or mark; `value` is minutes
        (sessions), a count (exposures) or scale points (scores); `low` and `high` are the ends of a
        score's scale; `status` is a ledger status, 'single' for a session of one event, or
        'incomplete' for a score with items missing. No rows when there is no participant.
    """
    if facts.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    parts = [_due(ledger), _used(sessions), _exposed(exposures), _scored(scores), _marks(facts)]
    placed = [part.select(pl.col(n).cast(t) for n, t in SCHEMA.items()) for part in parts]
    return pl.concat(placed).filter(pl.col("study_day").is_not_null())


def _due(ledger: pl.DataFrame) -> pl.DataFrame:
    is_session = pl.col("kind") == "session"
    return ledger.select(
        kind=pl.lit("due"),
        lane_id=pl.col("kind"),
        lane=pl.when(is_session).then(pl.lit(SESSIONS_DUE)).otherwise(pl.lit(SURVEYS_DUE)),
        position=pl.when(is_session).then(0).otherwise(1),
        study_day="due_day",
        value=pl.lit(None, pl.Float64),
        low=pl.lit(None, pl.Float64),
        high=pl.lit(None, pl.Float64),
        status="status",
        detail=pl.format(
            "{}: {}",
            pl.col("survey_label").fill_null("Session"),
            pl.col("status").replace_strict(WORDS, return_dtype=pl.String),
        ),
    )


def _used(sessions: pl.DataFrame) -> pl.DataFrame:
    return sessions.select(
        kind=pl.lit("session"),
        lane_id=pl.lit("use"),
        lane=pl.lit("Minutes of use"),
        position=pl.lit(0),
        study_day="study_day",
        value=pl.col("duration_s") / 60,
        low=pl.lit(None, pl.Float64),
        high=pl.lit(None, pl.Float64),
        status=pl.when("is_single_event").then(pl.lit("single")),
        detail=pl.format(
            "Session {}, began {} UTC, {}",
            "session_number",
            pl.col("started_at").dt.strftime("%H:%M"),
            # Lengths may tell the arm: an edition for masked viewers holds none.
            pl.when(pl.col("n_events").is_null())
            .then(pl.lit("length not shown"))
            .when(pl.col("n_events") == 1)
            .then(pl.lit("1 event"))
            .otherwise(pl.format("{} events", "n_events")),
        ),
    )


def _exposed(exposures: pl.DataFrame) -> pl.DataFrame:
    return exposures.select(
        kind=pl.lit("exposure"),
        lane_id="category_id",
        lane="feature_label",
        position="position",
        study_day="study_day",
        value="n_exposures",
        low=pl.lit(None, pl.Float64),
        high=pl.lit(None, pl.Float64),
        status="stage",
        detail=pl.format("{} × {}", pl.col("n_exposures").round(1), "stage"),
    )


def _scored(scores: pl.DataFrame) -> pl.DataFrame:
    return scores.filter(pl.col("score").is_not_null()).select(
        kind=pl.lit("score"),
        lane_id="dimension_id",
        lane="dimension_label",
        position="position",
        study_day="study_day",
        value="score",
        low="low",
        high="high",
        status=pl.when(~pl.col("is_complete")).then(pl.lit("incomplete")),
        detail=pl.format("{} of {} items answered", "n_items_answered", "n_items"),
    )


def _marks(facts: pl.DataFrame) -> pl.DataFrame:
    """The withdrawal, if any, and the end of the data."""
    row = facts.row(0, named=True)
    marks = [("data_end", "Data end", row["as_of_date"], "")]
    if row["withdrawn_date"] is not None:
        marks.append(
            ("withdrawn", "Withdrawn", row["withdrawn_date"], row["withdrawal_kind"] or "")
        )
    return pl.DataFrame(
        {
            "kind": ["mark"] * len(marks),
            "lane_id": [name for name, *_ in marks],
            "lane": [label for _, label, *_ in marks],
            "position": list(range(len(marks))),
            "study_day": [study_day(row["day_zero"], when) for _, _, when, _ in marks],
            "value": [None] * len(marks),
            "low": [None] * len(marks),
            "high": [None] * len(marks),
            "status": [None] * len(marks),
            "detail": [
                " · ".join(part for part in (theme.day(when), note) if part)
                for _, _, when, note in marks
            ],
        },
        schema=SCHEMA,
    )


def study_day(day_zero: date | None, when: date | None) -> int | None:
    """Whole days since day 0; None where one of the two is not known."""
    return None if day_zero is None or when is None else (when - day_zero).days
