"""Model results as frames: what the exposure × dimension map, its detail and its forest draw."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from models.results import Check, Coefficient, FitResult, Opinion

ALPHA = 0.05
PARTS = ("within", "between")
ADHERENCE = "adherence"
"""Name of the map's last column while no adherence model was fitted."""

RATIO_KINDS = frozenset({"logistic_mixed"})
"""Kinds of model whose coefficients are log odds, so that pages show odds ratios."""

EFFECT_SCHEMA = {
    "preset_id": pl.String,
    "model_id": pl.String,
    "outcome": pl.String,
    "outcome_label": pl.String,
    "is_ratio": pl.Boolean,
    "feature_id": pl.String,
    "part": pl.String,
    "state": pl.String,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "coefficient": pl.Float64,
    "marginal": pl.Float64,
    "marginal_low": pl.Float64,
    "marginal_high": pl.Float64,
    "se": pl.Float64,
    "statistic": pl.Float64,
    "df": pl.Float64,
    "p_value": pl.Float64,
    "p_adjusted": pl.Float64,
    "reason": pl.String,
    "explanation": pl.String,
    "unit": pl.String,
    "n_rows": pl.Int64,
    "n_participants": pl.Int64,
    "is_randomised": pl.Boolean,
    "fitted_at": pl.String,
}
_NUMBERS = (
    *("estimate", "ci_low", "ci_high", "coefficient", "marginal", "marginal_low", "marginal_high"),
    *("se", "statistic", "df", "p_value", "p_adjusted"),
)
_STATUS_WORDS = {
    "not_estimable": "This model could not be estimated on the data at hand.",
    "not_converged": "This model did not converge, so none of its numbers is shown.",
}


def of_preset(results: Iterable[FitResult], preset_id: str | None) -> list[FitResult]:
    """The results of one preset, or of the first by name; those of no preset go with each."""
    given = list(results)
    names = sorted({result.preset_id for result in given if result.preset_id})
    wanted = preset_id if preset_id in names else next(iter(names), "")
    return [result for result in given if result.preset_id in {wanted, ""}]


def effects(results: Iterable[FitResult], features: Iterable[str]) -> pl.DataFrame:
    """One row per result, feature and part ('within', 'between'), estimable or not.

    A model on the log-odds scale gets `estimate` and interval as odds ratios (`is_ratio`), those
    of one participant (conditional), and in `marginal…` those of the population, where it has
    them; `coefficient` and `se` always stay on the model's own scale. What has no number is null,
    and `state` ('estimated', 'withheld' because a required check failed, 'not_estimable',
    'not_converged') and `explanation` say why.
    """
    names = list(features)
    rows = [
        _effect(result, feature, part) for result in results for feature in names for part in PARTS
    ]
    return pl.DataFrame(rows, schema=EFFECT_SCHEMA, orient="row")


def grid(
    found: pl.DataFrame, catalogue: pl.DataFrame, measures: pl.DataFrame, links: pl.DataFrame
) -> pl.DataFrame:
    """Every feature × outcome × part of the map, in its order, with what is known of each.

    Parameters
    ----------
    found
        As `effects` returns.
    catalogue, measures, links
        As `queries.features.feature_catalogue`, `queries.alliance.dimension_measures` and
        `queries.features.hypothesised_links` return. None is modified.

    Returns
    -------
    pl.DataFrame
        The columns of `found`, of the catalogue, and: `column` (order of the outcome), `is_total`,
        `is_context` (a dimension seen as context of the alliance), `is_hypothesised`,
        `is_notable` (adjusted p below 0.05), `excludes_none` (the interval leaves out "no
        association"), `strength` and `reach_low`, `reach`, `reach_high` (see `_drawn`). A pair
        without a model has the state 'not_fitted'.
    """
    columns = _outcome_columns(found, measures)
    parts = pl.DataFrame({"part": PARTS, "part_order": [0, 1]})
    wanted = catalogue.join(columns, how="cross").join(parts, how="cross")
    known = found.drop("outcome_label")
    return (
        wanted.join(known, on=["feature_id", "outcome", "part"], how="left")
        .join(
            links.select("feature_id", outcome="dimension_id", is_hypothesised=pl.lit(True)),
            on=["feature_id", "outcome"],
            how="left",
        )
        .with_columns(
            pl.col("state").fill_null("not_fitted"),
            pl.col("is_hypothesised").fill_null(False),
            pl.col("is_ratio").fill_null(pl.col("is_adherence")),
            # Only what has no result is explained by its absence; an estimate needs no excuse.
            pl.when(pl.col("state").is_null())
            .then("missing_explanation")
            .otherwise("explanation")
            .alias("explanation"),
            is_notable=(pl.col("p_adjusted") < ALPHA).fill_null(False),
            excludes_none=(
                (pl.col("ci_low") > pl.col("none")) | (pl.col("ci_high") < pl.col("none"))
            ).fill_null(False),
        )
        .pipe(_drawn)
        .sort("category_position", "position", "feature_id", "column", "part_order")
        .rename({"column_label": "outcome_label"})
        .drop("missing_explanation", "none")
    )


def withhold_small(cells: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """The map's cells, where models of fewer than `smallest` participants are withheld."""
    is_small = (pl.col("n_participants") < smallest).fill_null(False)
    said = {
        "state": "withheld",
        "reason": "small_group",
        "explanation": f"Withheld: the model has fewer than {smallest} participants.",
    }
    return cells.with_columns(
        pl.when(is_small).then(pl.lit(words)).otherwise(pl.col(name)).alias(name)
        for name, words in said.items()
    )


def _effect(result: FitResult, feature: str, part: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "preset_id": result.preset_id,
        "model_id": result.model_id,
        "outcome": result.outcome,
        "outcome_label": result.outcome_label,
        "is_ratio": is_ratio(result),
        "feature_id": feature,
        "part": part,
        "unit": result.exposure.unit,
        "n_rows": result.n_rows,
        "n_participants": result.n_participants,
        "is_randomised": result.is_randomised,
        "fitted_at": result.fitted_at,
    }
    if result.status == "not_converged":
        words = result.explanation or _STATUS_WORDS[result.status]
        return {**row, **_no_number("not_converged", "not_converged", words)}
    match = next(
        (c for c in result.coefficients if c.feature_id == feature and c.kind == part), None
    )
    if match is not None and not result.is_trusted:
        return {**row, **_no_number("withheld", "withheld", withheld_because(result))}
    if match is not None:
        return {**row, **_numbers(match, result)}
    why = next((n for n in result.not_estimable if (n.feature_id, n.part) == (feature, part)), None)
    if why is not None:
        return {**row, **_no_number("not_estimable", why.reason, why.explanation)}
    words = "" if result.status == "fitted" else result.explanation
    fallback = _STATUS_WORDS.get(result.status, "This feature is not part of the model.")
    return {**row, **_no_number("not_estimable", "not_in_model", words or fallback)}


def is_ratio(result: FitResult) -> bool:
    """Whether a model's coefficients are log odds ratios."""
    return result.kind in RATIO_KINDS


def withheld_because(result: FitResult) -> str:
    """Why a fitted model's numbers are no headline, in a sentence; empty where they are one."""
    failed = result.failed_checks
    if result.status != "fitted" or not failed:
        return ""
    if len(failed) == 1:
        return (
            f"The numbers are withheld because the required check “{failed[0].name}” failed: "
            f"{_clause(failed[0])}."
        )
    names = ", ".join(f"“{check.name}”" for check in failed)
    return f"The numbers are withheld because {len(failed)} required checks failed: {names}."


def _clause(check: Check) -> str:
    return check.explanation.rstrip(". ") or "no detail was recorded"


def marginal_opinion(result: FitResult, term: str) -> Opinion | None:
    """The population-averaged estimate of a term: by standardisation, else by GEE, else None."""
    found = {one.method: one for one in result.opinions if one.term == term}
    return found.get("marginal") or found.get("gee")


def _no_number(state: str, reason: str, explanation: str) -> Mapping[str, Any]:
    return {
        **dict.fromkeys(_NUMBERS),
        "state": state,
        "reason": reason,
        "explanation": explanation,
    }


def _numbers(row: Coefficient, result: FitResult) -> Mapping[str, Any]:
    shown = on_scale((row.estimate, row.ci_low, row.ci_high), result)
    other = marginal_opinion(result, row.term) if is_ratio(result) else None
    beside: tuple[float | None, ...] = (None, None, None)
    if other is not None:
        beside = on_scale((other.estimate, other.ci_low, other.ci_high), result)
    return {
        "state": "estimated",
        "estimate": shown[0],
        "ci_low": shown[1],
        "ci_high": shown[2],
        "coefficient": row.estimate,
        "marginal": beside[0],
        "marginal_low": beside[1],
        "marginal_high": beside[2],
        "se": row.se,
        "statistic": row.statistic,
        "df": row.df,
        "p_value": row.p_value,
        "p_adjusted": row.p_adjusted,
        "reason": None,
        "explanation": None,
    }


def on_scale(numbers: Iterable[float], result: FitResult) -> tuple[float, ...]:
    """Numbers of a model's own scale as pages show them: odds ratios instead of log odds."""
    return tuple(odds_ratio(number) if is_ratio(result) else number for number in numbers)


def odds_ratio(log_odds: float) -> float:
    """The odds ratio of a log odds; one beyond every scale stays finite."""
    # exp overflows above 709; an interval that wide says "no upper end" either way.
    return math.exp(min(log_odds, 700))


def _outcome_columns(found: pl.DataFrame, measures: pl.DataFrame) -> pl.DataFrame:
    """The map's columns in order: dimensions, their total, then adherence (odds ratios)."""
    dimensions = measures.select(
        outcome="dimension_id",
        column_label="dimension_label",
        column=pl.col("position") + pl.when("is_total").then(1000).otherwise(0),
        is_total="is_total",
        is_context=pl.col("dimension_id") == "flexibility",
        is_adherence=pl.lit(False),
        span=pl.col("high") - pl.col("low"),
        none=pl.lit(0.0),
        missing_explanation=pl.when(pl.col("scale_label").is_null())
        .then(pl.lit("No scale of the study measures this dimension."))
        .otherwise(pl.lit("No model was fitted for this outcome. Run: rapport fit")),
    )
    ratios = (
        found.filter("is_ratio")
        .select("outcome", "outcome_label")
        .unique("outcome")
        .sort("outcome")
    )
    if ratios.is_empty():
        ratios = pl.DataFrame({"outcome": [ADHERENCE], "outcome_label": ["Weekly adherence"]})
    return pl.concat(
        [
            dimensions,
            ratios.select(
                "outcome",
                column_label="outcome_label",
                column=pl.int_range(2000, 2000 + pl.len(), dtype=dimensions["column"].dtype),
                is_total=pl.lit(False),
                is_context=pl.lit(False),
                is_adherence=pl.lit(True),
                span=pl.lit(1.0),
                none=pl.lit(1.0),
                missing_explanation=pl.lit(
                    "No adherence model was fitted: it needs intended use in the study file. "
                    "Then run: rapport fit"
                ),
            ),
        ]
    )


def _drawn(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells with `strength` (0 to 1) for colour, and `reach…` (-1 to 1) for a small interval.

    Points are taken as a share of their scale's range, so that scales of other lengths compare;
    odds ratios are compared with each other, as log odds. The strongest association of its kind
    has the strength 1. Reach is relative to twice that; an interval that goes further is cut.
    """
    span = pl.col("span")
    ends = {
        "reach_low": pl.when("is_ratio").then(pl.col("ci_low").log()).otherwise("ci_low"),
        "reach": pl.col("coefficient"),
        "reach_high": pl.when("is_ratio").then(pl.col("ci_high").log()).otherwise("ci_high"),
    }
    size = (pl.col("coefficient") / span).abs()
    largest = size.max().over("is_ratio", "part")
    return cells.with_columns(
        strength=(size / largest).fill_nan(0.0),
        **{
            name: (end / span / (2 * largest)).fill_nan(0.0).clip(-1, 1)
            for name, end in ends.items()
        },
    )


def chosen_cell(
    cells: pl.DataFrame, feature: str | None, outcome: str | None
) -> tuple[str, str] | None:
    """The feature and outcome that an address asks for, or the one to begin with.

    Without a choice: of the given outcome (or the first), the first link that the study expects and
    that has an estimate, else the first estimate, else the first cell. None for an empty map.
    """
    within = cells.filter(pl.col("part") == "within")
    for name, wanted in (("outcome", outcome), ("feature_id", feature)):
        if wanted is not None and wanted in within[name]:
            within = within.filter(pl.col(name) == wanted)
    if within.is_empty():
        return None
    estimated = pl.col("state") == "estimated"
    # Python's sort keeps the map's order among equals.
    ranked = within.with_columns(
        rank=pl.when(estimated & pl.col("is_hypothesised"))
        .then(0)
        .when(estimated)
        .then(1)
        .otherwise(2)
    ).sort("rank", maintain_order=True)
    return ranked["feature_id"][0], ranked["outcome"][0]
