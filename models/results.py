"""What a fitted model says, as frozen values that survive a trip through JSON.

No engine shows through here: whatever computed the numbers, pages and reports read these objects.
A number that does not exist is None, never 0 and never NaN.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

SCHEMA = 1
"""Version of the saved form: raise it whenever a field changes its meaning or its name."""

Kind = Literal["linear_mixed", "gee_binomial"]
Part = Literal["within", "between", "week", "arm", "intercept"]
Status = Literal["fitted", "not_estimable", "not_converged"]


@dataclass(frozen=True)
class Coefficient:
    """One fixed effect, in units of the outcome (log odds for a binomial model) per unit of x.

    `df` and `p_adjusted` are None where there is none: normal theory, or a term outside every
    family of tests.
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


@dataclass(frozen=True)
class NotEstimable:
    """A term that the data cannot speak about: a reason code and the sentence for a reader."""

    term: str
    feature_id: str | None
    part: Literal["within", "between"]
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

    def to_json(self) -> str:
        """The saved form; NaN and infinity are refused rather than written."""
        fields = {"schema": SCHEMA, **dataclasses.asdict(self)}
        return json.dumps(fields, indent=1, allow_nan=False, ensure_ascii=False)

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
    }
