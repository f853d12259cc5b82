"""A planned study with repeated surveys, and studies drawn from that plan."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import block_diag

from models.inference import variance_components
from models.linear.fit import fit_linear
from models.linear.linear_fit import LinearFit
from models.linear.satterthwaite import satterthwaite_df
from models.panel import Codes, Flags, Floats, within_between
from models.power.plan import StudyEstimates, allocation, check_arms
from models.random_terms import RandomTerm
from models.results import FitResult, VarianceComponent

REFERENCE_PARTICIPANTS = 1000


@dataclass(frozen=True)
class Variances:
    """Spread of the outcome, in scale points: of levels, weekly trends, and what is left.

    `correlation` is that of participants' levels (at the mean week) and trends. `slope_sd` is the
    spread of participants' own within effects, per unit of exposure.
    """

    level_sd: float
    residual_sd: float
    trend_sd: float = 0.0
    correlation: float = 0.0
    slope_sd: float = 0.0

    def __post_init__(self) -> None:
        if self.residual_sd <= 0 or min(self.level_sd, self.trend_sd, self.slope_sd) < 0:
            raise ValueError("residual_sd must be above 0, the other spreads not below 0.")
        if not -1 <= self.correlation <= 1:
            raise ValueError("correlation must lie between -1 and 1.")

    @classmethod
    def of_icc(cls, sd: float, icc: float, trend_sd: float = 0.0) -> "Variances":
        """From one occasion's standard deviation and the share of it between participants."""
        if not 0 <= icc < 1 or sd <= 0:
            raise ValueError("sd must be above 0, and icc at least 0 and below 1.")
        return cls(sd * float(np.sqrt(icc)), sd * float(np.sqrt(1 - icc)), trend_sd)

    @classmethod
    def of_fit(cls, fit: LinearFit) -> "Variances":
        """Those of a fitted model; see `of_result`."""
        return cls._of(variance_components(fit.random, fit.residual_variance), "the fit")

    @classmethod
    def of_result(cls, result: FitResult) -> "Variances":
        """Those of a saved fit of the alliance.

        Levels of sites count as levels of their participants. The first own slope other than that
        of the week is taken for the within effect's.

        Raises
        ------
        ValueError
            If the result has no residual variance: it was not fitted, or is not a linear model.
        """
        return cls._of(result.variance_components, result.model_id)

    @classmethod
    def _of(cls, components: Sequence[VarianceComponent], name: str) -> "Variances":
        residual = [c.variance_or_covariance for c in components if c.term1 is None]
        if not residual:
            raise ValueError(f"{name} holds no residual variance: it was not fitted.")
        own = [c for c in components if c.term1 is not None and c.term2 is None]
        levels = sum(c.variance_or_covariance for c in own if c.term1 == "intercept")
        trends = [c.variance_or_covariance for c in own if c.term1 == "week"]
        slopes = [c.variance_or_covariance for c in own if c.term1 not in ("intercept", "week")]
        pairs = [c for c in components if (c.term1, c.term2) == ("intercept", "week")]
        correlation = pairs[0].sd_or_correlation if pairs else None
        return cls(
            level_sd=math.sqrt(levels),
            residual_sd=math.sqrt(residual[0]),
            trend_sd=math.sqrt(trends[0]) if trends else 0.0,
            correlation=min(max(correlation or 0.0, -1.0), 1.0),
            slope_sd=math.sqrt(slopes[0]) if slopes else 0.0,
        )

    @property
    def covariance(self) -> Floats:
        """Covariance (2, 2) of levels and trends."""
        cross = self.correlation * self.level_sd * self.trend_sd
        return np.array([[self.level_sd**2, cross], [cross, self.trend_sd**2]])


@dataclass(frozen=True)
class ExposureDesign:
    """How exposure to a feature varies: between participants' usual amounts, and around them.

    'counts': usual amounts are gamma distributed, windows Poisson around them, and `within_sd` is
    not used; 'normal': both normal.
    """

    mean: float = 3.0
    between_sd: float = 1.5
    within_sd: float = 1.5
    kind: Literal["counts", "normal"] = "counts"

    def __post_init__(self) -> None:
        if self.between_sd <= 0 or self.within_sd <= 0 or self.mean <= 0:
            raise ValueError("mean, between_sd and within_sd of the exposure must be above 0.")

    def draw(self, rng: np.random.Generator, n: int, n_occasions: int) -> Floats:
        """Exposure (n, n_occasions)."""
        if self.kind == "normal":
            usual = rng.normal(self.mean, self.between_sd, n)
            return usual[:, None] + rng.normal(0, self.within_sd, (n, n_occasions))
        scale = self.between_sd**2 / self.mean
        usual = rng.gamma(self.mean / scale, scale, n)
        return rng.poisson(usual[:, None], (n, n_occasions)).astype(float)


USUAL_EXPOSURE = ExposureDesign()
"""Three exposures a window, usual amounts of 0 to 6."""


@dataclass(frozen=True)
class PowerDesign:
    """A study with repeated surveys.

    Parameters
    ----------
    weeks
        When surveys are due; at least 2 of them, rising.
    variances
        Of the outcome.
    exposure
        Of the feature of interest; None for a trial that only compares arms.
    arms
        Shares of the arms, the reference first: (1,) for none, (0.5, 0.5) for two equal ones.
    has_trend_by_arm
        Whether the model lets arms have weekly trends of their own.
    dropout
        Share of participants who have left before the last survey, at a constant rate.
    missed
        Share of the other surveys that are not answered, at random.
    """

    weeks: tuple[float, ...]
    variances: Variances
    exposure: ExposureDesign | None = USUAL_EXPOSURE
    arms: tuple[float, ...] = (1.0,)
    has_trend_by_arm: bool = False
    dropout: float = 0.0
    missed: float = 0.0

    def __post_init__(self) -> None:
        if len(self.weeks) < 2 or any(
            a >= b for a, b in zip(self.weeks, self.weeks[1:], strict=False)
        ):
            raise ValueError("weeks must be at least 2 and rise, such as (2, 4, 8, 12).")
        check_arms(self.arms)
        if not (0 <= self.dropout < 1 and 0 <= self.missed < 1):
            raise ValueError("dropout and missed are shares: at least 0 and below 1.")

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the fixed effects, as effects are given and rows reported."""
        names = ["(Intercept)", "week"]
        names += ["within", "between"] if self.exposure is not None else []
        others = range(2, len(self.arms) + 1)
        names += [f"arm{number}" for number in others]
        names += [f"arm{number}:week" for number in others if self.has_trend_by_arm]
        return tuple(names)

    @property
    def has_slopes(self) -> bool:
        """Whether participants' own within effects vary, and the model lets them."""
        return self.exposure is not None and self.variances.slope_sd > 0

    @property
    def moves_along(self) -> bool:
        """Estimates of a linear mixed model move along with the effects."""
        return True

    def study(self, effects: Floats, n: int, rng: np.random.Generator) -> StudyEstimates:
        """Draw and fit one study: REML, Satterthwaite's degrees of freedom."""
        drawn = draw_study(self, n, rng)
        fit = fit_linear(drawn.noise + drawn.X @ effects, drawn.X, self.terms, drawn.random)
        df = satterthwaite_df(fit, np.eye(len(effects)))
        return fit.beta, np.sqrt(np.diag(fit.cov_beta)), df


@dataclass(frozen=True, eq=False)
class DrawnStudy:
    """Answered surveys of one simulated study: design (n, p), outcome noise (n,), participants.

    `noise` is the outcome less its expected value.
    """

    X: Floats
    noise: Floats
    random: tuple[RandomTerm, ...]
    n_participants: int

    @property
    def codes(self) -> Codes:
        """Participant of each row."""
        return self.random[0].codes


def draw_study(design: PowerDesign, n: int, rng: np.random.Generator) -> DrawnStudy:
    """A study of n participants; those who never answered are not among its rows.

    Arms have their shares of n, rounded; exposure is centred on the rows that were answered.
    """
    n_occasions = len(design.weeks)
    is_seen = _seen(design, n, rng)
    participants, places = np.nonzero(is_seen)
    codes = np.unique(participants, return_inverse=True)[1].astype(np.int64)
    week = np.array(design.weeks)[places] - float(np.mean(design.weeks))
    columns = [np.ones(len(codes)), week]
    if design.exposure is not None:
        exposure = design.exposure.draw(rng, n, n_occasions)[is_seen]
        columns += list(within_between(exposure, codes))
    arm = allocation(design.arms, n, rng)[participants]
    dummies = [(arm == k).astype(float) for k in range(1, len(design.arms))]
    columns += dummies
    columns += [dummy * week for dummy in dummies] if design.has_trend_by_arm else []
    own = rng.multivariate_normal(np.zeros(2), design.variances.covariance, n, method="eigh")
    noise = own[participants, 0] + own[participants, 1] * week
    if design.has_slopes:
        noise += rng.normal(0, design.variances.slope_sd, n)[participants] * columns[2]
    noise += rng.normal(0, design.variances.residual_sd, len(codes))
    X = np.column_stack(columns)
    return DrawnStudy(X, noise, _random_terms(design, X, codes), int(codes.max()) + 1)


def _random_terms(design: PowerDesign, X: Floats, codes: Codes) -> tuple[RandomTerm, ...]:
    """Own levels, trends where they vary, and own within effects where they vary."""
    names = ("(Intercept)", "week") if design.variances.trend_sd > 0 else ("(Intercept)",)
    random = [RandomTerm("participant", names, X[:, : len(names)], codes)]
    if design.has_slopes:
        random.append(RandomTerm("participant", ("within",), X[:, 2:3], codes))
    return tuple(random)


def expected_se(design: PowerDesign, n: int) -> Floats:
    """Standard errors (p,) that n participants give when variances are known.

    Generalised least squares on one large study drawn from the design, scaled to n.
    """
    study = draw_study(design, REFERENCE_PARTICIPANTS, np.random.default_rng(20250801))
    values = np.hstack([term.values for term in study.random])
    q = len(study.random[0].names)
    slopes = [np.eye(1) * design.variances.slope_sd**2] if design.has_slopes else []
    covariance = block_diag(design.variances.covariance[:q, :q], *slopes)
    residual = design.variances.residual_sd**2
    information = study.X.T @ study.X / residual
    order = np.argsort(study.codes, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(study.codes))[:-1]):
        Z, X = values[rows], study.X[rows]
        # V^-1 = (I - Z C Z') / residual, by Woodbury, also where a variance is 0.
        inner = np.linalg.solve(
            np.eye(len(covariance)) + covariance @ (Z.T @ Z) / residual, covariance
        )
        cross = Z.T @ X / residual
        information -= cross.T @ inner @ cross
    scaled = np.linalg.inv(information) * REFERENCE_PARTICIPANTS / n
    return np.asarray(np.sqrt(np.diag(scaled)))


def _seen(design: PowerDesign, n: int, rng: np.random.Generator) -> Flags:
    """Which surveys are answered (n, occasions)."""
    n_occasions = len(design.weeks)
    stays = (1 - design.dropout) ** (1 / (n_occasions - 1))
    left = np.cumsum(rng.random((n, n_occasions)) > stays, axis=1) > 0
    # Whoever is recruited is there for the first survey: dropout begins after it.
    left = np.column_stack([np.zeros(n, dtype=bool), left[:, :-1]])
    is_seen = ~left & (rng.random((n, n_occasions)) >= design.missed)
    if not is_seen.any():
        is_seen[0, 0] = True
    return np.asarray(is_seen)
