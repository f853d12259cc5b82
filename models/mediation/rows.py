"""Rows of exposure, then mediator, then outcome: in that order in time, or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import polars as pl

from models.errors import NotEstimableError
from models.panel import Codes, Flags, Floats, within_between
from models.results import RowsLost
from study.errors import UserError

_FEW_OCCASIONS = 3.0


@dataclass(frozen=True)
class Roles:
    """Which column plays which part; see `mediate`."""

    participant: str
    exposure: str
    mediator: str
    outcome: str
    time: str
    exposure_end: str
    mediator_at: str
    outcome_start: str
    trials: str | None = None
    covariates: tuple[str, ...] = ()

    @property
    def measured(self) -> tuple[str, ...]:
        """Columns that must hold numbers."""
        trials = () if self.trials is None else (self.trials,)
        return (self.exposure, self.mediator, self.outcome, self.time, *trials, *self.covariates)

    @property
    def clocks(self) -> tuple[str, str, str]:
        """Columns that must follow one another in time."""
        return (self.exposure_end, self.mediator_at, self.outcome_start)


@dataclass(frozen=True, eq=False)
class MediationRows:
    """Complete rows, parts within and between participants told apart on exactly these rows.

    All arrays are (n,); `adjusted` (n, k) holds the centred time and the centred covariates.
    """

    codes: Codes
    exposure_within: Floats
    exposure_between: Floats
    mediator: Floats
    mediator_within: Floats
    mediator_between: Floats
    outcome: Floats
    trials: Floats | None
    adjusted: Floats
    adjusted_names: tuple[str, ...]
    lost: tuple[RowsLost, ...]
    warnings: tuple[str, ...]

    @property
    def n_participants(self) -> int:
        """Participants with at least one complete row."""
        return int(self.codes.max()) + 1


def mediation_rows(frame: pl.DataFrame, roles: Roles) -> MediationRows:
    """The rows that can be analysed.

    Raises
    ------
    UserError
        If a column is not there or holds no numbers.
    NotEstimableError
        If the order in time is broken, or exposure or mediator never vary within participants.
    """
    _check_columns(frame, roles)
    kept, lost = _complete(frame, roles)
    rows = frame.filter(kept)
    if rows.is_empty():
        raise NotEstimableError(
            "No row has exposure, mediator and outcome together.", reason="no_rows"
        )
    _check_order(rows, roles)
    codes = np.unique(rows[roles.participant].cast(pl.String).to_numpy(), return_inverse=True)[1]
    exposure_within, exposure_between = within_between(_values(rows, roles.exposure), codes)
    mediator_within, mediator_between = within_between(_values(rows, roles.mediator), codes)
    for name, part in ((roles.exposure, exposure_within), (roles.mediator, mediator_within)):
        if not part.std() > 1e-9 * max(1e-300, float(np.abs(_values(rows, name)).max())):
            raise NotEstimableError(
                f"'{name}' never varies within a participant, so no path within can be told.",
                reason="no_variation_within",
            )
    names = (roles.time, *roles.covariates)
    adjusted = np.column_stack([_values(rows, name) for name in names])
    return MediationRows(
        codes=codes.astype(np.int64),
        exposure_within=exposure_within,
        exposure_between=exposure_between,
        mediator=_values(rows, roles.mediator),
        mediator_within=mediator_within,
        mediator_between=mediator_between,
        outcome=_values(rows, roles.outcome),
        trials=None if roles.trials is None else _values(rows, roles.trials),
        adjusted=adjusted - adjusted.mean(axis=0),
        adjusted_names=names,
        lost=lost,
        warnings=_warnings(codes, roles),
    )


def _values(frame: pl.DataFrame, name: str) -> Floats:
    values = frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return np.asarray(np.where(np.isfinite(values), values, np.nan), dtype=np.float64)


def _check_columns(frame: pl.DataFrame, roles: Roles) -> None:
    for name in (roles.participant, *roles.measured, *roles.clocks):
        if name not in frame.columns:
            near = get_close_matches(name, frame.columns, n=1, cutoff=0.6)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UserError(
                f"There is no column '{name}'.{hint} Columns: {', '.join(frame.columns)}."
            )
    for name in roles.measured:
        kind = frame[name].dtype
        if not (kind.is_numeric() or kind in (pl.Boolean, pl.Null)):
            raise UserError(f"Column '{name}' must hold numbers, not {kind}.")
    kinds = {frame[name].dtype for name in roles.clocks}
    if len({kind.base_type() for kind in kinds}) > 1 and not all(k.is_numeric() for k in kinds):
        raise UserError(f"{', '.join(roles.clocks)} must hold times of one kind.")
    if frame[roles.participant].null_count() > 0:
        raise UserError(f"Column '{roles.participant}' misses values.")


def _complete(frame: pl.DataFrame, roles: Roles) -> tuple[Flags, tuple[RowsLost, ...]]:
    """Rows that have everything, and the others under their first reason."""
    participants = frame[roles.participant].cast(pl.String).to_numpy()
    reasons: list[tuple[str, Flags]] = []
    pairs: Sequence[tuple[str, str]] = (
        ("no_exposure", roles.exposure),
        ("no_mediator", roles.mediator),
        ("no_outcome", roles.outcome),
        *((("nothing_due", roles.trials),) if roles.trials else ()),
        ("no_time", roles.time),
        *(("no_covariate", name) for name in roles.covariates),
    )
    for reason, name in pairs:
        values = _values(frame, name)
        is_gone = np.isnan(values) | ((values <= 0) & (reason == "nothing_due"))
        reasons.append((reason, np.asarray(is_gone)))
    reasons += [("no_time", frame[name].is_null().to_numpy()) for name in roles.clocks]
    kept = np.ones(len(frame), dtype=bool)
    lost: dict[str, list[Flags]] = {}
    for reason, is_lost in reasons:
        gone = kept & is_lost
        kept &= ~is_lost
        if gone.any():
            lost.setdefault(reason, []).append(gone)
    counted = []
    for reason, masks in lost.items():
        gone = np.any(masks, axis=0)
        counted.append(RowsLost(reason, int(gone.sum()), len(np.unique(participants[gone]))))
    return kept, tuple(counted)


def _check_order(rows: pl.DataFrame, roles: Roles) -> None:
    """Exposure must end before the mediator is measured, and that before the outcome begins."""
    end, measured, start = (rows[name] for name in roles.clocks)
    for earlier, later, words in (
        (end, measured, "the exposure ended only when, or after, the mediator was measured"),
        (measured, start, "the mediator was measured only when, or after, the outcome began"),
    ):
        n_broken = int((earlier >= later).sum())
        if n_broken:
            raise NotEstimableError(
                f"In {n_broken} rows {words}. A cause comes first: use an earlier window, or leave "
                "these rows out.",
                reason="temporal_order",
            )


def _warnings(codes: Codes, roles: Roles) -> tuple[str, ...]:
    texts = []
    occasions = len(codes) / (int(codes.max()) + 1)
    if occasions < _FEW_OCCASIONS:
        texts.append(
            f"{occasions:.1f} occasions per participant on average: with fewer than three, parts "
            "within and between participants are hard to tell apart."
        )
    if not roles.covariates:
        texts.append(
            "No covariate from before the exposure, such as earlier alliance or earlier use: "
            "whatever raises all three looks like mediation."
        )
    return tuple(texts)
