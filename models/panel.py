"""From long frames (one row per participant, occasion and feature) to rows that can be analysed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.results import RowsLost

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Panel:
    """One row per participant and occasion (or week), with one exposure column per feature.

    `exposures` is (n_rows, n_features), NaN where nothing was recorded; `rows` holds what is the
    same for all features. `lost` grows with every call of `without`.
    """

    rows: pl.DataFrame
    exposures: Floats
    feature_ids: tuple[str, ...]
    lost: tuple[RowsLost, ...] = ()

    @property
    def codes(self) -> Codes:
        """Participant of each row as 0, 1, 2, ...; computed anew, so that no number is unused."""
        return np.unique(self.rows["participant_id"].to_numpy(), return_inverse=True)[1]

    @property
    def n_participants(self) -> int:
        """Participants with at least one row left."""
        return self.rows["participant_id"].n_unique()

    def without(self, reason: str, is_lost: Flags) -> "Panel":
        """The panel without some rows, which are counted under their reason."""
        if not is_lost.any():
            return self
        gone = self.rows.filter(is_lost)["participant_id"]
        note = RowsLost(reason, n_rows=len(gone), n_participants=gone.n_unique())
        kept = ~is_lost
        return replace(
            self,
            rows=self.rows.filter(kept),
            exposures=self.exposures[kept],
            lost=(*self.lost, note),
        )


def widen(
    frame: pl.DataFrame, *, occasion: str, order: str, exposure: str, feature_ids: Sequence[str]
) -> Panel:
    """Give each participant and `occasion` one row, sorted by participant, `order` and occasion.

    Raises
    ------
    ValueError
        If a participant has a feature twice on one occasion: the read's grain is broken.
    """
    keys = ["participant_id", occasion]
    rows = (
        frame.unique(subset=keys, keep="first", maintain_order=True)
        .sort("participant_id", order, occasion)
        .with_row_index("row")
    )
    columns = list(feature_ids)
    long = (
        frame.filter(pl.col("feature_id").is_in(columns))
        .select(*keys, "feature_id", pl.col(exposure).cast(pl.Float64).alias("exposure"))
        .join(rows.select(*keys, "row"), on=keys)
    )
    exposures = np.full(len(rows) * len(columns), np.nan)
    feature = pl.col("feature_id").cast(pl.Enum(feature_ids)).to_physical().cast(pl.Int64)
    place = (
        long.select(pl.col("row").cast(pl.Int64) * len(columns) + feature).to_series().to_numpy()
    )
    if np.bincount(place).max(initial=0) > 1:
        raise ValueError("a feature occurs twice on one occasion of a participant")
    exposures[place] = long["exposure"].fill_null(np.nan).to_numpy()
    return Panel(rows.drop("row"), exposures.reshape(len(rows), len(columns)), tuple(feature_ids))


def site_codes(panel: Panel) -> Codes | None:
    """Each row's site as 0, 1, 2, ...; None where some are not known, or there is one only."""
    if "site_id" not in panel.rows.columns:
        return None
    sites = panel.rows["site_id"]
    if sites.null_count() or sites.n_unique() < 2:
        return None
    return np.unique(sites.to_numpy(), return_inverse=True)[1]


def dense(codes: Codes) -> Codes:
    """Codes (n,) of some of the participants as 0, 1, 2, ..., in the same order, without gaps."""
    return (np.cumsum(np.bincount(codes) > 0) - 1)[codes]


def first_rows(codes: Codes) -> Codes:
    """Each participant's first row, of codes (n,) without gaps: one value a participant."""
    first = np.empty(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first


def person_means(values: Floats, codes: Codes) -> Floats:
    """Each row's participant mean; (n,) or (n, k), rows of one participant share their value."""
    counts = np.bincount(codes)
    if values.ndim == 1:
        return (np.bincount(codes, weights=values) / counts)[codes]
    means = np.empty((len(counts), values.shape[1]))
    for j, column in enumerate(values.T):
        means[:, j] = np.bincount(codes, weights=column) / counts
    return means[codes]


def within_between(values: Floats, codes: Codes) -> tuple[Floats, Floats]:
    """Split into deviations from the participant's own mean, and that mean less the mean of all.

    Must be called on the rows that are analysed: after any loss of rows the means are others.
    """
    means = person_means(values, codes)
    return values - means, means - values.mean(axis=0)
