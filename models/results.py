"""What a fitted model says, as frozen values that survive a trip through JSON.

No engine shows through here: whatever computed the numbers, pages and reports read these objects.
A number that does not exist is None, never 0 and never NaN.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

SCHEMA = 2
"""Version of the saved form: raise it whenever a field changes its meaning or its name."""

OPINIONS: dict[str, str] = {
    "cluster_robust": "Cluster-robust standard error (CR2)",
    "gee": "Generalised estimating equations (population-averaged)",
    "cluster_bootstrap": "Bootstrap of participants",
    "marginal": "Marginal (population-averaged) from the mixed model",
}
"""Second opinions by code, in the order in which they are shown."""

Kind = Literal["linear_mixed", "logistic_mixed"]
Part = Literal[
    "within", "between", "week", "arm", "intercept", "covariate", "moderator", "moderation"
]
Status = Literal["fitted", "not_estimable", "not_converged"]


@dataclass(frozen=True)
class Coefficient:
    """One fixed effect, in units of the outcome (log odds for a binomial model) per unit of x.

    `df` and `p_adjusted` are None where there is none: normal theory, or a term outside every
    family of tests. `standardised` is the estimate per standard deviation of x (of its own part:
    deviations for a within term, means for a between term), in the outcome's standard deviations
    of the same part, or in log odds; None where there is no such scale. `unit` says in words what
    one more of x is.
    """

    term: str
    label: str
    kind: Part
    feature_id: str | None
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    statistic: float
    df: float | None
    p_value: float
    p_adjusted: float | None = None
    standardised: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Opinion:
    """The same term by another method, to be read beside the headline.

    `method` is one of `OPINIONS`; estimate and interval are on the coefficients' scale.
    """

    term: str
    method: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class NotEstimable:
    """A term that the data cannot speak about: a reason code and the sentence for a reader."""

    term: str
    feature_id: str | None
    part: Part
    reason: str
    explanation: str


@dataclass(frozen=True)
class RowsLost:
    """Rows that could not be analysed, each counted once, under its first reason."""

    reason: str
    n_rows: int
    n_participants: int


@dataclass(frozen=True)
class VarianceComponent:
    """A random-effect variance (`term2` None), a covariance, or the residual variance.

    `sd_or_correlation` is the square root of a variance, the correlation of a covariance, or None
    where a variance of 0 leaves the correlation undefined.
    """

    group: str
    term1: str | None
    term2: str | None
    variance_or_covariance: float
    sd_or_correlation: float | None


@dataclass(frozen=True)
class Exposure:
    """How exposure entered the model, and what "one more" means in its coefficients."""

    transform: str
    window_days: int | None
    stage: str
    unit: str


@dataclass(frozen=True)
class Adjustment:
    """Multiplicity: the method, how many tests share the family, and what the family is."""

    method: str
    family_size: int
    family: str


@dataclass(frozen=True)
class Check:
    """One line of the trust card: a condition that was looked at, and how it came out."""

    name: str
    is_passed: bool
    explanation: str
    is_required: bool = False


@dataclass(frozen=True)
class Influence:
    """What leaving out one participant (or site) at a time does to a term.

    `largest_shift` is in standard errors, with its sign; `n_reversing` counts those without whom a
    finding (p < 0.05) would have the other sign, `n_losing` those without whom p exceeds 0.05.
    """

    term: str
    group: str
    largest_shift: float
    n_reversing: int
    n_losing: int


@dataclass(frozen=True)
class Diagnostics:
    """Aggregates behind the diagnostic plots; pairs are (x, y), bands (x, mean, low, high).

    `residuals` and `levels` compare quantiles of a standard normal (x) with those of the residuals
    and of the participants' own levels, both in standard deviations. `by_fitted` are means of
    standardised residuals, and one standard deviation either way, along the fitted values.
    """

    residuals: tuple[tuple[float, float], ...] = ()
    levels: tuple[tuple[float, float], ...] = ()
    by_fitted: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True)
class MarginalMean:
    """The outcome expected of an arm on the reference grid, or a difference of two arms."""

    label: str
    is_difference: bool
    estimate: float
    se: float
    df: float | None
    ci_low: float
    ci_high: float
    p_value: float | None = None


@dataclass(frozen=True)
class Code:
    """Text that reproduces the fit from its exported rows."""

    python: str
    statsmodels: str
    r: str


@dataclass(frozen=True)
class FitResult:
    """Everything that a page may say about one model.

    Coefficients are empty unless `status` is 'fitted'. `n_rows` counts analysed rows: occasions in
    an alliance model, participant-weeks in an adherence model.
    """

    model_id: str
    kind: Kind
    outcome: str
    outcome_label: str
    formula: str
    engine: str
    engine_version: str
    input_hash: str
    fitted_at: str
    is_converged: bool
    is_singular: bool
    log_likelihood: float | None
    n_rows: int
    n_participants: int
    coefficients: tuple[Coefficient, ...]
    not_estimable: tuple[NotEstimable, ...]
    rows_lost: tuple[RowsLost, ...]
    variance_components: tuple[VarianceComponent, ...]
    icc: float | None
    r2_marginal: float | None
    r2_conditional: float | None
    exposure: Exposure
    adjustment: Adjustment | None
    warnings: tuple[str, ...]
    is_randomised: bool
    status: Status
    explanation: str
    preset_id: str = ""
    method: str = ""
    df_method: str = ""
    se_method: str = ""
    working_correlation: float | None = None
    checks: tuple[Check, ...] = ()
    n_groups: tuple[tuple[str, int], ...] = ()
    opinions: tuple[Opinion, ...] = ()
    influence: tuple[Influence, ...] = ()
    diagnostics: Diagnostics | None = None
    means: tuple[MarginalMean, ...] = ()
    reference_grid: str = ""
    code: Code | None = None
    seconds: float | None = None

    @property
    def failed_checks(self) -> tuple[Check, ...]:
        """Required checks that did not pass: with any, the estimates are no headline."""
        return tuple(one for one in self.checks if one.is_required and not one.is_passed)

    @property
    def is_trusted(self) -> bool:
        """Whether there are estimates and every required check passed."""
        return self.status == "fitted" and not self.failed_checks

    def to_json(self) -> str:
        """The saved form; NaN and infinity are refused rather than written."""
        fields = {"schema": SCHEMA, **vars(self)}
        # A line a field: with an indent for all, json leaves its quick encoder. `vars` gives it
        # what stands within, where `dataclasses.asdict` would copy everything first.
        try:
            lines = [f" {json.dumps(name)}: {_as_json(value)}" for name, value in fields.items()]
        except ValueError:
            # The slow one refuses too, and says what it refuses.
            return json.dumps(fields, indent=1, allow_nan=False, ensure_ascii=False, default=vars)
        return "{\n" + ",\n".join(lines) + "\n}"

    @classmethod
    def from_json(cls, text: str) -> "FitResult":
        """The result in a saved text.

        Raises
        ------
        ResultFormatError
            If the text is damaged or was written by another version of this form.
        """
        try:
            fields = json.loads(text)
        except ValueError as error:
            raise ResultFormatError("is not JSON (damaged or cut short)") from error
        if not isinstance(fields, dict) or fields.pop("schema", None) != SCHEMA:
            raise ResultFormatError(f"was not written in form {SCHEMA}, the one in use")
        try:
            return cls(**{**fields, **_nested(fields)})
        except (KeyError, TypeError) as error:
            raise ResultFormatError("lacks fields, or holds unknown ones") from error

    def coefficient(self, term: str) -> Coefficient | None:
        """The coefficient of a term such as 'within:praise', or None where there is none."""
        return next((row for row in self.coefficients if row.term == term), None)


class ResultFormatError(ValueError):
    """A saved result cannot be read; the message completes 'the file …'."""


def _as_json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, default=vars)


def _nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that hold other dataclasses, rebuilt from plain JSON."""
    adjustment = fields["adjustment"]
    return {
        "coefficients": tuple(Coefficient(**row) for row in fields["coefficients"]),
        "not_estimable": tuple(NotEstimable(**row) for row in fields["not_estimable"]),
        "rows_lost": tuple(RowsLost(**row) for row in fields["rows_lost"]),
        "variance_components": tuple(
            VarianceComponent(**row) for row in fields["variance_components"]
        ),
        "exposure": Exposure(**fields["exposure"]),
        "adjustment": None if adjustment is None else Adjustment(**adjustment),
        "warnings": tuple(fields["warnings"]),
        "checks": tuple(Check(**row) for row in fields["checks"]),
        "n_groups": tuple((str(group), int(n)) for group, n in fields["n_groups"]),
        "opinions": tuple(Opinion(**row) for row in fields["opinions"]),
        "influence": tuple(Influence(**row) for row in fields["influence"]),
        "diagnostics": _diagnostics(fields["diagnostics"]),
        "means": tuple(MarginalMean(**row) for row in fields["means"]),
        "code": None if fields["code"] is None else Code(**fields["code"]),
    }


def _diagnostics(fields: Mapping[str, Any] | None) -> Diagnostics | None:
    if fields is None:
        return None
    return Diagnostics(**{name: tuple(tuple(row) for row in fields[name]) for name in fields})
