"""A planned study of weekly adherence: sessions done of those due, and exposure the week before."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from models.generalised.fit import fit_generalised
from models.panel import Floats, within_between
from models.power.design import USUAL_EXPOSURE, ExposureDesign
from models.power.plan import StudyEstimates, allocation, check_arms
from models.random_terms import RandomTerm


@dataclass(frozen=True)
class AdherenceDesign:
    """Weeks with sessions due; effects are log odds ratios, given the participant.

    Parameters
    ----------
    n_weeks, sessions_due
        Weeks analysed, and sessions due in each.
    usual
        Probability that a session due is done by a middling participant in the middle week.
    level_sd
        Spread of participants' levels in log odds; 1 is usual, 2 is much.
    trend
        Change of the log odds per week, which is in the truth unless `week` is among the effects.
    exposure, arms
        As in `PowerDesign`.
    dropout
        Share of participants who have left before the last week, at a constant rate.
    """

    n_weeks: int
    sessions_due: int = 2
    usual: float = 0.6
    level_sd: float = 1.0
    trend: float = 0.0
    exposure: ExposureDesign | None = USUAL_EXPOSURE
    arms: tuple[float, ...] = (1.0,)
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_arms(self.arms)
        if self.n_weeks < 2 or self.sessions_due < 1:
            raise ValueError("n_weeks must be at least 2, sessions_due at least 1.")
        if not 0 < self.usual < 1 or not 0 <= self.dropout < 1 or self.level_sd <= 0:
            raise ValueError(
                "usual must lie between 0 and 1, dropout be at least 0 and below 1, and level_sd "
                "above 0."
            )

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the fixed effects."""
        names = ["(Intercept)", "week"]
        names += ["within", "between"] if self.exposure is not None else []
        return (*names, *(f"arm{number}" for number in range(2, len(self.arms) + 1)))

    @property
    def moves_along(self) -> bool:
        """A logistic model's precision depends on its effects."""
        return False

    def study(self, effects: Floats, n: int, rng: np.random.Generator) -> StudyEstimates:
        """Draw and fit one study: Laplace approximation, random intercept, normal theory."""
        stays = (1 - self.dropout) ** (1 / (self.n_weeks - 1))
        leaves = np.minimum(rng.geometric(max(1 - stays, 1e-12), n), self.n_weeks)
        is_seen = np.arange(self.n_weeks) < leaves[:, None]
        codes, weeks = np.nonzero(is_seen)
        codes = codes.astype(np.int64)
        columns = [np.ones(len(codes)), weeks - (self.n_weeks - 1) / 2]
        if self.exposure is not None:
            exposure = self.exposure.draw(rng, n, self.n_weeks)[is_seen]
            columns += list(within_between(exposure, codes))
        arm = allocation(self.arms, n, rng)[codes]
        columns += [(arm == k).astype(float) for k in range(1, len(self.arms))]
        X = np.column_stack(columns)
        base = np.zeros(len(effects))
        base[0] = special.logit(self.usual)
        base[1] = 0.0 if effects[1] else self.trend
        eta = X @ (effects + base) + rng.normal(0, self.level_sd, n)[codes]
        done = rng.binomial(self.sessions_due, special.expit(eta)).astype(float)
        level = RandomTerm("participant", ("(Intercept)",), np.ones((len(codes), 1)), codes)
        due = np.full(len(codes), float(self.sessions_due))
        fit = fit_generalised(done, X, self.terms, level, trials=due)
        se = np.sqrt(np.diag(fit.cov_beta))
        # Errors are counted from the effects: what the plan adds of its own is taken out again.
        return fit.beta - base, se, np.full(len(se), np.inf)
