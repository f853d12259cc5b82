"""How many surveys that were due were filled in, and whether use of the app goes with it."""

import polars as pl

from dashboard.shares import Z_95

STATUSES = ("done", "late", "open", "missed", "excused")
FILLED = ("done", "late")
OVER = ("done", "late", "missed")


def survey_shares(frame: pl.DataFrame) -> pl.DataFrame:
    """Each scheduled survey's participants by status, one row per survey.

    Parameters
    ----------
    frame
        As `queries.alliance.survey_status` returns: survey × status × use. Not modified.

    Returns
    -------
    pl.DataFrame
        In order of instrument and week, with a count per status (0 where nobody has it), `n_due`
        (all of them) and `share_filled`: done or late among those whose window is over and who
        were not excused; null while there is none.
    """
    counts = [
        pl.col("n_participants").filter(pl.col("status") == status).sum().alias(status)
        for status in STATUSES
    ]
    return (
        frame.group_by("survey_id", "survey_label", "instrument_label", "study_week")
        .agg(*counts, n_due=pl.col("n_participants").sum())
        .with_columns(share_filled=_filled() / _over())
        .sort("instrument_label", "study_week", "survey_id")
    )


def filled_by_use(frame: pl.DataFrame) -> pl.DataFrame:
    """Share of surveys filled in, of participants who used the app that week and who did not.

    Parameters
    ----------
    frame
        As `queries.alliance.survey_status` returns. Not modified.

    Returns
    -------
    pl.DataFrame
        One row per survey and `use` ('active', 'inactive') with `n_over` (window over, not
        excused), `n_filled`, `share` and Wilson's 95 % interval `ci_low`, `ci_high`. Surveys
        that are still open, and weeks in which a participant was not at risk, are left out.
    """
    counts = (
        frame.filter(pl.col("status").is_in(OVER), pl.col("use") != "unknown")
        .group_by("survey_id", "survey_label", "instrument_label", "study_week", "use")
        .agg(
            n_over=pl.col("n_participants").sum(),
            n_filled=pl.col("n_participants").filter(pl.col("status").is_in(FILLED)).sum(),
        )
    )
    share, size = pl.col("n_filled") / pl.col("n_over"), pl.col("n_over")
    middle = (share + Z_95**2 / (2 * size)) / (1 + Z_95**2 / size)
    half = (share * (1 - share) / size + Z_95**2 / (4 * size**2)).sqrt()
    half = Z_95 * half / (1 + Z_95**2 / size)
    return counts.with_columns(
        share=share, ci_low=(middle - half).clip(0, 1), ci_high=(middle + half).clip(0, 1)
    ).sort("instrument_label", "study_week", "survey_id", "use")


def score_completeness(frame: pl.DataFrame) -> pl.DataFrame:
    """Occasions and complete scores per dimension, over all weeks shown.

    Parameters
    ----------
    frame
        As `queries.alliance.alliance_by_week` returns. Not modified.

    Returns
    -------
    pl.DataFrame
        One row per dimension, in order: `n_occasions`, `n_complete`, `n_incomplete`, `share`,
        and `n_answering`: participants with an occasion.
    """
    return (
        frame.group_by("dimension_id", "dimension_label", "position", "is_total")
        .agg(
            pl.col("n_occasions").sum(),
            pl.col("n_incomplete").sum(),
            # The same in every week, over all of them.
            pl.col("n_answering").max(),
        )
        .with_columns(n_complete=pl.col("n_occasions") - pl.col("n_incomplete"))
        .with_columns(share=pl.col("n_complete") / pl.col("n_occasions"))
        .sort("is_total", "position", "dimension_id")
    )


def _filled() -> pl.Expr:
    return pl.sum_horizontal(FILLED)


def _over() -> pl.Expr:
    total = pl.sum_horizontal(OVER)
    return pl.when(total > 0).then(total)
