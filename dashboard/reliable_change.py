"""The band in which a score's difference from the first is no larger than chance would make it."""

import polars as pl

Z_95 = 1.959963984540054


def bands(scores: pl.DataFrame) -> pl.DataFrame:
    """The reliable-change band of each dimension, around its first complete enough score.

    Parameters
    ----------
    scores
        One row per dimension and occasion, as `queries.participant.scores` returns. Not modified.

    Returns
    -------
    pl.DataFrame
        One row per dimension, in their order: `dimension_id`, `first_day`, `first_score`,
        `half_width`, `band_low`, `band_high`, `band_note`. Null where there is no band; the note
        says why, or what the band rests on.

    Notes
    -----
    Jacobson & Truax: first score ± 1.96 · sd · √2 · √(1 − r), with sd and r of a reference sample,
    as the study file gives them.

    References
    ----------
    Jacobson & Truax (1991), J Consult Clin Psychol 59:12-19. doi:10.1037/0022-006X.59.1.12
    """
    half = Z_95 * pl.col("sd") * (2 * (1 - pl.col("reliability"))).sqrt()
    return (
        scores.sort("position", "dimension_id", "answered_at", "occasion_id")
        .group_by("dimension_id", maintain_order=True)
        .agg(
            first_day=pl.col("study_day").filter(pl.col("score").is_not_null()).first(),
            first_score=pl.col("score").drop_nulls().first(),
            sd=pl.col("sd").first(),
            reliability=pl.col("reliability").first(),
            reliability_kind=pl.col("reliability_kind").first(),
        )
        .with_columns(half_width=half)
        .with_columns(
            band_low=pl.col("first_score") - pl.col("half_width"),
            band_high=pl.col("first_score") + pl.col("half_width"),
            band_note=_note(),
        )
        .drop("sd", "reliability", "reliability_kind")
    )


def _note() -> pl.Expr:
    basis = pl.format(
        "Band: first score ± {} (reliability {}, sd {}",
        pl.col("half_width").round(2),
        pl.col("reliability"),
        pl.col("sd"),
    )
    alpha = "; alpha stands in for a test-retest reliability, so the band may be too narrow)"
    return (
        pl.when(pl.col("first_score").is_null())
        .then(pl.lit("No band: no score yet."))
        .when(pl.col("reliability").is_null() & pl.col("sd").is_null())
        .then(pl.lit("No band: the study file gives neither reliability nor sd of this scale."))
        .when(pl.col("reliability").is_null())
        .then(pl.lit("No band: the study file gives no reliability of this scale."))
        .when(pl.col("sd").is_null())
        .then(pl.lit("No band: the study file gives no sd of this scale."))
        .when(pl.col("reliability_kind") == "alpha")
        .then(pl.concat_str(basis, pl.lit(alpha)))
        .otherwise(pl.concat_str(basis, pl.lit(")")))
    )
