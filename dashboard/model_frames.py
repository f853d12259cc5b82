"""One model's result as frames: what the panels of the Models page draw, list and export.

Numbers of a model that is not trusted are kept from tables and exports: they stand only in columns
that begin with `all_`, which a panel shows after the reader asked for them.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl
from scipy.special import ndtr

from dashboard.effect_detail import family
from dashboard.result_frames import is_ratio, on_scale, withheld_because
from models.results import OPINIONS, Coefficient, FitResult, NotEstimable, Opinion
from study.presets import TOTAL_DIMENSION

HEADLINE = "headline"
METHODS: Mapping[str, str] = {HEADLINE: "Headline: the mixed model", **OPINIONS}
# These estimate another quantity in a logistic model, nearer to 0 by nature.
_AVERAGED = frozenset({"gee", "marginal"})
PART_NAMES: Mapping[str, str] = {
    "intercept": "Design",
    "week": "Design",
    "arm": "Design",
    "covariate": "Covariates",
    "moderator": "Moderation",
    "moderation": "Moderation",
    "within": "Within a participant",
    "between": "Between participants",
}
"""Headings of the estimates table, in its order, by part of a term."""

_ABOUT = {
    "model_id": pl.String,
    "outcome_label": pl.String,
    "is_ratio": pl.Boolean,
    "n_rows": pl.Int64,
    "n_participants": pl.Int64,
    "withheld": pl.String,
}
_ESTIMATE_NUMBERS = (
    *("estimate", "se", "df", "ci_low", "ci_high", "odds_ratio", "or_low", "or_high"),
    *("statistic", "p_value", "p_adjusted", "standardised"),
)
_OPINION_NUMBERS = ("estimate", "se", "ci_low", "ci_high")
_MEAN_NUMBERS = ("estimate", "se", "df", "ci_low", "ci_high", "p_value")


def _schema(texts: Iterable[str], numbers: Iterable[str]) -> dict[str, Any]:
    names = list(numbers)
    both = dict.fromkeys((*names, *(f"all_{name}" for name in names)), pl.Float64)
    return {**_ABOUT, **dict.fromkeys(texts, pl.String), **both}


ESTIMATES = _schema(
    (
        *("term", "label", "part", "heading", "unit"),
        *("state", "explanation", "df_method", "family"),
    ),
    _ESTIMATE_NUMBERS,
)
OPINION_ROWS = _schema(
    (
        *("term", "label", "part", "feature_id", "unit"),
        *("method", "method_label", "agreement"),
    ),
    _OPINION_NUMBERS,
)
VARIANCES = _schema(("group", "label", "state"), ("value", "sd"))
MEANS = _schema(("label", "kind", "state", "grid"), _MEAN_NUMBERS)
INFLUENCES = {
    **_ABOUT,
    **dict.fromkeys(("term", "label", "part", "group"), pl.String),
    "largest_shift": pl.Float64,
    "n_reversing": pl.Int64,
    "n_losing": pl.Int64,
}
PAIRS = {**_ABOUT, "expected": pl.Float64, "observed": pl.Float64, "n_beyond": pl.Int64}
BANDS = {
    **_ABOUT,
    **dict.fromkeys(("fitted", "mean", "low", "high"), pl.Float64),
    "n_in_bin": pl.Int64,
}


def chosen(results: Mapping[str, FitResult], model: str | None) -> FitResult | None:
    """The result that an address asks for, else total alliance, else the first by id."""
    totals = (one for one in results if one.endswith(f".{TOTAL_DIMENSION}"))
    shown = min(totals, default=min(results, default=""))
    return results.get(model or "") or results.get(shown)


def stem(label: str) -> str:
    """A term's label without its part: the headings say that."""
    return label.removesuffix(", within a participant").removesuffix(", between participants")


def in_study_order(result: FitResult, catalogue: pl.DataFrame) -> FitResult:
    """The result with its terms by part (`PART_NAMES`), features as in the study's catalogue."""
    place = _place_of(catalogue)
    coefficients = sorted(result.coefficients, key=lambda row: place(row.kind, row.feature_id))
    order = {row.term: i for i, row in enumerate(coefficients)}
    return replace(
        result,
        coefficients=tuple(coefficients),
        influence=tuple(sorted(result.influence, key=lambda row: order.get(row.term, -1))),
    )


def estimates(result: FitResult | None, catalogue: pl.DataFrame) -> pl.DataFrame:
    """One row per term, estimable or not, in the order of `in_study_order`.

    Parameters
    ----------
    result
        The model; None gives a frame without rows.
    catalogue
        As `queries.features.feature_catalogue` returns: it names and places features without an
        estimate. Not modified.

    Returns
    -------
    pl.DataFrame
        `state` is 'estimated', 'withheld' or 'not estimable'; numbers are null unless 'estimated',
        and `all_…` holds those of the withheld too. Log odds have odds ratios beside them.
    """
    if result is None:
        return pl.DataFrame(schema=ESTIMATES)
    labels = dict(catalogue.select("feature_id", "feature_label").iter_rows())
    place = _place_of(catalogue)
    placed = [
        (place(row.kind, row.feature_id), _estimate(row, result)) for row in result.coefficients
    ]
    placed += [
        (place(row.part, row.feature_id), _no_estimate(row, result, labels))
        for row in result.not_estimable
    ]
    placed.sort(key=lambda pair: pair[0])
    return pl.DataFrame([row for _, row in placed], schema=ESTIMATES, orient="row")


def _place_of(catalogue: pl.DataFrame) -> Callable[[str, str | None], tuple[int, int]]:
    """Where a term stands: its part's heading, then its feature's place in the study."""
    places = {feature: i for i, feature in enumerate(catalogue["feature_id"])}
    headings = list(dict.fromkeys(PART_NAMES.values()))

    def place(part: str, feature_id: str | None) -> tuple[int, int]:
        return headings.index(PART_NAMES[part]), places.get(feature_id or "", -1)

    return place


def _about(result: FitResult) -> dict[str, Any]:
    return {
        "model_id": result.model_id,
        "outcome_label": result.outcome_label,
        "is_ratio": is_ratio(result),
        "n_rows": result.n_rows,
        "n_participants": result.n_participants,
        "withheld": withheld_because(result),
    }


def _shown(numbers: Mapping[str, float | None], result: FitResult) -> dict[str, float | None]:
    """Numbers under their names, null where withheld, and all of them under `all_…`."""
    kept = {name: number if result.is_trusted else None for name, number in numbers.items()}
    return {**kept, **{f"all_{name}": number for name, number in numbers.items()}}


def _state(result: FitResult) -> str:
    return "estimated" if result.is_trusted else "withheld"


def _estimate(row: Coefficient, result: FitResult) -> dict[str, Any]:
    numbers: dict[str, float | None] = {
        name: getattr(row, name) for name in _ESTIMATE_NUMBERS if hasattr(row, name)
    }
    # The intercept of log odds is no comparison, so it has odds and no odds ratio.
    if is_ratio(result) and row.kind != "intercept":
        ends = on_scale((row.estimate, row.ci_low, row.ci_high), result)
        numbers |= zip(("odds_ratio", "or_low", "or_high"), ends, strict=True)
    return {
        **_about(result),
        "term": row.term,
        "label": stem(row.label),
        "part": row.kind,
        "heading": PART_NAMES[row.kind],
        "unit": row.unit,
        "state": _state(result),
        "explanation": withheld_because(result) or None,
        "df_method": result.df_method,
        "family": family(result),
        **_shown(numbers, result),
    }


def _no_estimate(row: NotEstimable, result: FitResult, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        **_about(result),
        "term": row.term,
        "label": labels.get(row.feature_id or "", row.feature_id or row.term),
        "part": row.part,
        "heading": PART_NAMES[row.part],
        "unit": "",
        "state": "not estimable",
        "explanation": row.explanation,
        "df_method": result.df_method,
        "family": family(result),
    }


def opinions(result: FitResult | None) -> pl.DataFrame:
    """The headline and its second opinions, term by term, for terms that have any.

    Numbers are odds ratios in a logistic model, but `se`, which is of the log odds. `agreement`
    says in words how an opinion differs from the headline; it is empty where it does not, and on
    the headline's own row.
    """
    if result is None:
        return pl.DataFrame(schema=OPINION_ROWS)
    rows = []
    for head in result.coefficients:
        others = [one for one in result.opinions if one.term == head.term]
        others.sort(key=lambda one: list(METHODS).index(one.method))
        if others:
            rows.append(_opinion(head, HEADLINE, head, result))
            rows += [_opinion(head, one.method, one, result) for one in others]
    return pl.DataFrame(rows, schema=OPINION_ROWS, orient="row")


def _opinion(
    head: Coefficient, method: str, one: Coefficient | Opinion, result: FitResult
) -> dict[str, Any]:
    ends = on_scale((one.estimate, one.ci_low, one.ci_high), result)
    numbers = {"estimate": ends[0], "se": one.se, "ci_low": ends[1], "ci_high": ends[2]}
    is_other_target = is_ratio(result) and method in _AVERAGED
    words = "" if method == HEADLINE else disagreement(head, one, is_other_target=is_other_target)
    return {
        **_about(result),
        "term": head.term,
        "label": stem(head.label),
        "part": head.kind,
        "method": method,
        "method_label": METHODS[method],
        "feature_id": head.feature_id,
        "unit": head.unit or result.exposure.unit,
        "agreement": words if result.is_trusted else "",
        **_shown(numbers, result),
    }


def disagreement(
    head: Coefficient, one: Coefficient | Opinion, *, is_other_target: bool = False
) -> str:
    """How an opinion differs from the headline, in words; empty where the two agree.

    Compared are their 95 % intervals with "no association" (0 on the model's own scale), then the
    opinion's estimate with the headline's interval, unless it estimates another quantity.
    """
    there, here = _side(head), _side(one)
    if there and here and there != here:
        return "points the other way"
    if there and not here:
        return "includes no association"
    if here and not there:
        return "excludes no association"
    if not is_other_target and not head.ci_low <= one.estimate <= head.ci_high:
        return "lies outside the interval"
    return ""


def _side(one: Coefficient | Opinion) -> int:
    """1 or -1 where the interval excludes 0, on that side; else 0."""
    return int(one.ci_low > 0) - int(one.ci_high < 0)


def variances(result: FitResult | None) -> pl.DataFrame:
    """Variance components, then ICC and R²; what has no value is null."""
    if result is None:
        return pl.DataFrame(schema=VARIANCES)
    rows = [
        (one.group, _component(one.term1, one.term2), one.variance_or_covariance)
        for one in result.variance_components
    ]
    sds = [one.sd_or_correlation for one in result.variance_components]
    shares = {
        "ICC: share of the variance that lies between participants": result.icc,
        "R² marginal: share explained by the terms": result.r2_marginal,
        "R² conditional: share explained with participants' own levels": result.r2_conditional,
        "Working correlation of the estimating equations": result.working_correlation,
    }
    rows += [("share", label, value) for label, value in shares.items() if value is not None]
    sds += [None] * (len(rows) - len(sds))
    made = [
        {
            **_about(result),
            "group": group,
            "label": label,
            "state": _state(result),
            **_shown({"value": value, "sd": sd}, result),
        }
        for (group, label, value), sd in zip(rows, sds, strict=True)
    ]
    return pl.DataFrame(made, schema=VARIANCES, orient="row")


def _component(term1: str | None, term2: str | None) -> str:
    if term1 is None:
        return "Residual variance"
    names = {"intercept": "level", "(Intercept)": "level", "week": "trend (week)"}
    one = names.get(term1, term1)
    if term2 is None:
        return f"Variance of own {one}"
    return f"Covariance of own {one} and {names.get(term2, term2)}"


def means(result: FitResult | None) -> pl.DataFrame:
    """Marginal means of the arms, then differences between arms, on the reference grid."""
    if result is None:
        return pl.DataFrame(schema=MEANS)
    rows = [
        {
            **_about(result),
            "label": one.label,
            "kind": "difference" if one.is_difference else "mean",
            "state": _state(result),
            "grid": result.reference_grid,
            **_shown({name: getattr(one, name) for name in _MEAN_NUMBERS}, result),
        }
        for one in sorted(result.means, key=lambda one: one.is_difference)
    ]
    return pl.DataFrame(rows, schema=MEANS, orient="row")


def influences(result: FitResult | None) -> pl.DataFrame:
    """What leaving out one participant or site at a time does to each term; nobody is named."""
    if result is None:
        return pl.DataFrame(schema=INFLUENCES)
    known = {row.term: row for row in result.coefficients}
    rows = [
        {
            **_about(result),
            "term": one.term,
            "label": stem(known[one.term].label) if one.term in known else one.term,
            "part": known[one.term].kind if one.term in known else "",
            "group": one.group,
            "largest_shift": one.largest_shift,
            "n_reversing": one.n_reversing,
            "n_losing": one.n_losing,
        }
        for one in result.influence
    ]
    return pl.DataFrame(rows, schema=INFLUENCES, orient="row")


def residual_quantiles(result: FitResult | None) -> pl.DataFrame:
    """Quantiles of the residuals against those of a standard normal, in standard deviations."""
    return _pairs(result, "residuals")


def level_quantiles(result: FitResult | None) -> pl.DataFrame:
    """Quantiles of participants' own levels against a standard normal, in standard deviations."""
    return _pairs(result, "levels")


def _pairs(result: FitResult | None, name: str) -> pl.DataFrame:
    if result is None or result.diagnostics is None:
        return pl.DataFrame(schema=PAIRS)
    pairs = getattr(result.diagnostics, name)
    rows = [
        {
            **_about(result),
            "expected": x,
            "observed": y,
            # At an end of the plot stand few: as many participants as their share of the rows.
            "n_beyond": math.ceil(result.n_participants * ndtr(-abs(x))),
        }
        for x, y in pairs
    ]
    return pl.DataFrame(rows, schema=PAIRS, orient="row")


def residuals_by_fitted(result: FitResult | None) -> pl.DataFrame:
    """Mean standardised residual along the fitted values, with one standard deviation each way."""
    if result is None or result.diagnostics is None:
        return pl.DataFrame(schema=BANDS)
    names = ("fitted", "mean", "low", "high")
    bins = result.diagnostics.by_fitted
    # Bins are of nearly equal size; what they hold are rows.
    size = {"n_in_bin": result.n_rows // max(len(bins), 1)}
    rows = [{**_about(result), **dict(zip(names, row, strict=True)), **size} for row in bins]
    return pl.DataFrame(rows, schema=BANDS, orient="row")
