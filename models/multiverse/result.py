"""What a multiverse says: a curve of estimates per outcome and feature, and how each came about."""

from dataclasses import dataclass
from typing import Literal

from models.multiverse.specification import Specification
from models.results import RowsLost


@dataclass(frozen=True)
class Fitted:
    """One specification of one outcome, fitted or not; all features stand in the one model.

    `explanation` says why there is no number, where `status` is not 'fitted'.
    """

    specification: Specification
    is_main: bool
    n_rows: int
    n_participants: int
    lost: tuple[RowsLost, ...]
    status: Literal["fitted", "not_estimable", "not_converged"]
    explanation: str
    is_singular: bool

    @property
    def n_lost(self) -> int:
        """Occasions that could not be analysed."""
        return sum(one.n_rows for one in self.lost)


@dataclass(frozen=True)
class Curve:
    """One feature's within-person association under each specification of its outcome, in order.

    `estimate` and the 95 % interval are scale points per unit of the transform; `scale` is the
    standard deviation within participants of the transformed exposure, by which they become
    comparable. All are None where a specification has no number, and `reason` then says why.
    """

    feature_id: str
    estimate: tuple[float | None, ...]
    ci_low: tuple[float | None, ...]
    ci_high: tuple[float | None, ...]
    scale: tuple[float | None, ...]
    reason: tuple[str, ...]


@dataclass(frozen=True)
class OutcomeMultiverse:
    """Every specification of one outcome, and the curve of every feature."""

    outcome: str
    label: str
    specifications: tuple[Fitted, ...]
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class Multiverse:
    """Every outcome's specifications; `preset_id` names the preset that declares the main one."""

    preset_id: str
    features: tuple[tuple[str, str], ...]
    outcomes: tuple[OutcomeMultiverse, ...]
