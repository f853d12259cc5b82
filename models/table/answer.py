"""What fitting a table gives: lme4's tables, with what was left out and why."""

from dataclasses import asdict, dataclass, field
from typing import Any

from models.table.rows import DroppedRows


@dataclass(frozen=True)
class FixedEffect:
    """One coefficient; `df` is None where the statistic is z. The interval covers 95 %."""

    term: str
    estimate: float
    se: float
    df: float | None
    statistic: float
    p: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class RandomEffect:
    """A variance (`term2` is None) with its SD, or a covariance with its correlation."""

    group: str
    term1: str
    term2: str | None
    variance_or_covariance: float
    sd_or_correlation: float | None


@dataclass(frozen=True)
class LeftOut:
    """A term that the data cannot tell; `reason` is a code, `explanation` a sentence."""

    term: str
    reason: str
    explanation: str


@dataclass(frozen=True)
class NoNumber:
    """Why nothing could be estimated."""

    reason: str
    explanation: str


@dataclass(frozen=True)
class TableFit:
    """A mixed model of a table. With `error` set there are no estimates, and it says why."""

    formula: str
    family: str
    method: str
    df_method: str
    n_rows: int = 0
    n_rows_read: int = 0
    n_groups: dict[str, int] = field(default_factory=dict)
    rows_dropped: tuple[DroppedRows, ...] = ()
    fixed: tuple[FixedEffect, ...] = ()
    random: tuple[RandomEffect, ...] = ()
    residual_variance: float | None = None
    dispersion: float | None = None
    loglik: float | None = None
    n_parameters: int | None = None
    converged: bool = False
    singular: bool = False
    warnings: tuple[str, ...] = ()
    not_estimable: tuple[LeftOut, ...] = ()
    error: NoNumber | None = None
    code: dict[str, str] = field(default_factory=dict)

    @property
    def aic(self) -> float | None:
        """Akaike's criterion, with REML's likelihood for a REML fit, as lme4 gives it."""
        if self.loglik is None or self.n_parameters is None:
            return None
        return -2 * self.loglik + 2 * self.n_parameters

    def to_dict(self) -> dict[str, Any]:
        """The fit as plain values for JSON; None where there is no number, never NaN."""
        made = asdict(self)
        made["aic"] = self.aic
        for key in ("fixed", "random", "rows_dropped", "not_estimable", "warnings"):
            made[key] = list(made[key])
        return made
