"""What a caller asks of a model, and the fingerprint that tells whether it was answered before."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypedDict

import polars as pl
import statsmodels

Transform = Literal["count", "rate", "log1p", "any"]
CovariateKind = Literal["number", "category"]
Family = Literal["exploratory", "confirmatory"]
DfMethod = Literal["satterthwaite", "kr"]
MODERATOR_COLUMN = "moderator_score"
"""Column of the frame that holds the scores of the moderator."""


@dataclass(frozen=True)
class FeatureTerm:
    """A feature as the model needs it: id, the words for it, and whether everyone always has it."""

    feature_id: str
    label: str
    is_always_on: bool = False


@dataclass(frozen=True)
class CovariateTerm:
    """A baseline covariate: something known of each participant that does not change."""

    covariate_id: str
    label: str
    kind: CovariateKind

    @property
    def column(self) -> str:
        """The column of the frame that holds it: Float64 for a number, String for a category."""
        return f"covariate:{self.covariate_id}"


@dataclass(frozen=True)
class ModeratorTerm:
    """A dimension whose lasting level may change what exposure goes along with.

    `features` names the features whose within-person term it is crossed with; empty means all.
    """

    dimension_id: str
    label: str
    features: tuple[str, ...] = ()

    def moderates(self, feature_id: str | None) -> bool:
        """Whether the within-person term of a feature is crossed with the moderator."""
        return feature_id is not None and (not self.features or feature_id in self.features)


@dataclass(frozen=True)
class ModelSpec:
    """One model: its outcome, candidate features, arms in display order, and options.

    `arms` holds (id, label) pairs; the first that occurs in the data is the reference.
    `least_participants` is the fewest participants in whom a term must vary to be estimated.
    `window_days` and `lag_days` place the exposure window, which ends `lag_days` + 1 days before
    the survey. `is_standardised` divides exposure parts by their standard deviation; the outcome
    stays raw. `hypotheses` are the features whose terms a confirmatory family declares.
    `has_site_levels` asks for a random intercept of site where there are sites enough.
    """

    model_id: str
    outcome: str
    outcome_label: str
    features: tuple[FeatureTerm, ...] = ()
    arms: tuple[tuple[str, str], ...] = ()
    transform: Transform = "count"
    window_days: int = 7
    preset_id: str = ""
    is_randomised: bool = False
    least_participants: int = 10
    lag_days: int = 0
    is_standardised: bool = False
    covariates: tuple[CovariateTerm, ...] = ()
    moderator: ModeratorTerm | None = None
    family: Family = "exploratory"
    hypotheses: tuple[str, ...] = ()
    df_method: DfMethod = "satterthwaite"
    has_site_levels: bool = False

    @property
    def declared_terms(self) -> tuple[str, ...]:
        """Terms of a confirmatory family: within each declared feature, and its moderation."""
        if self.family == "exploratory":
            return ()
        moderated = (
            feature_id
            for feature_id in self.hypotheses
            if self.moderator is not None and self.moderator.moderates(feature_id)
        )
        return (
            *(f"within:{feature_id}" for feature_id in self.hypotheses),
            *(f"moderation:{feature_id}" for feature_id in moderated),
        )


class AskedRows(TypedDict):
    """What a model asks of whoever reads its rows (`queries.model_frames.rows_of_model`)."""

    outcome: str
    window_days: int
    lag_days: int
    moderator: str | None
    covariates: dict[str, str]


def asked_of(spec: ModelSpec) -> AskedRows:
    """What is read for a model, before the model leaves rows out."""
    return {
        "outcome": spec.outcome,
        "window_days": spec.window_days,
        "lag_days": spec.lag_days,
        "moderator": spec.moderator.dimension_id if spec.moderator else None,
        "covariates": {one.covariate_id: one.kind for one in spec.covariates},
    }


def frame_columns(always: tuple[str, ...], spec: ModelSpec) -> tuple[str, ...]:
    """Columns of the frame that a model reads: those it always does, and those that `spec` asks."""
    asked = [covariate.column for covariate in spec.covariates]
    if spec.moderator is not None:
        asked.append(MODERATOR_COLUMN)
    if spec.has_site_levels:
        asked.append("site_id")
    return (*always, *(name for name in asked if name not in always))


def input_hash(frame: pl.DataFrame, columns: tuple[str, ...], spec: ModelSpec) -> str:
    """Fingerprint of the rows a model uses, of what was asked, and of the code that answers.

    Row order does not matter; columns outside `columns` and what `spec` asks do not either. Two
    equal fingerprints mean that fitting again would give the same numbers.
    """
    columns = frame_columns(columns, spec)
    rows = frame.select(columns).hash_rows(seed=0).sort()
    asked = json.dumps(dataclasses.asdict(spec), sort_keys=True)
    names = json.dumps([columns, [str(kind) for kind in frame.select(columns).dtypes]])
    digest = hashlib.sha256()
    # Row hashes differ between versions of polars: another version fits anew.
    for part in (code_version(), statsmodels.__version__, pl.__version__, asked, names):
        digest.update(part.encode())
        digest.update(b"\0")
    digest.update(rows.to_numpy().tobytes())
    return digest.hexdigest()


@cache
def code_version() -> str:
    """Fingerprint of this package's own source, so that changed code means a new fit."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
