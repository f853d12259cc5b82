"""Sections `[[covariates]]` and `[[models]]`: which models `rapport fit` fits, and with what."""

from typing import Literal

from pydantic import Field

from study.part import Flag, Id, Part, Text, Whole

TOTAL_DIMENSION = "alliance"
WEEKLY_ADHERENCE = "adherence"
LEAST_SITES = 5
"""Sites from which their levels are taken as random: fewer tell too little of a variance."""


class Covariate(Part):
    """Something known of each participant at the beginning, such as age, that models may hold
    constant. `covariates` of a roster source says which column holds it."""

    id: Id
    """Short name."""
    label: Text
    """Name shown on pages."""
    kind: Literal["number", "category"]
    """A number, such as age in years; or one of a few categories, compared with the commonest."""


class ModelPreset(Part):
    """A model that `rapport fit` fits: one for every dimension of `[dimensions]`, and one of weekly
    adherence where there is an intended use. Without this section, one with a window of 7 days."""

    id: Id
    """Short name."""
    outcome: Id = TOTAL_DIMENSION
    """What it is fitted for. `alliance`, the total, stands for the whole map: every dimension and
    weekly adherence too, unless the family is confirmatory. Any other dimension, or `adherence`
    (weekly adherence), is fitted alone."""
    window_days: Whole = Field(7, ge=1, le=366)
    """Exposures are counted over this many days, up to the day before the survey. Weekly adherence
    always looks at the week before."""
    lag_days: Whole = Field(0, ge=0, le=366)
    """Days between the end of the window and the survey's day: 0 ends it the day before."""
    transform: Literal["count", "rate", "log1p", "any"] = "count"
    """Exposures as counted, per session, as log(1 + count), or as any at all."""
    standardise: Flag = False
    """Whether exposures are divided by their standard deviation, within and between participants
    each by its own. Outcomes keep their unit."""
    features: tuple[Id, ...] = ()
    """Features in the model; without it, all."""
    covariates: tuple[Id, ...] = ()
    """Covariates that are held constant."""
    moderator: Id | None = None
    """A dimension whose lasting level, the participant's own mean, may change what exposure goes
    along with: crossed with exposure within participants."""
    moderated: tuple[Id, ...] = ()
    """Features that the moderator is crossed with; without it, all."""
    family: Literal["exploratory", "confirmatory"] = "exploratory"
    """`exploratory` adjusts the p-values of all features and outcomes for the share of false
    findings (Benjamini-Hochberg), `confirmatory` those of `hypotheses` alone for any false finding
    (Holm)."""
    hypotheses: tuple[Id, ...] = ()
    """Confirmatory: the features whose terms within participants, and moderation, were declared in
    advance."""
    df: Literal["satterthwaite", "kr"] = "satterthwaite"
    """Degrees of freedom of the alliance models: Satterthwaite's, or Kenward and Roger's for small
    studies."""
    site: Flag = True
    """Whether sites have own levels (a random intercept) where there are five sites or more."""
