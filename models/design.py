"""The design: base columns every model has, exposure on its scale, and the screened parts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from models.baseline import base_columns, covariates_unknown
from models.findings import Finding, Inflation, Reliability, inflated, inflation, unreliable
from models.moderation import (
    moderator_columns,
    moderator_reliability,
    moderator_unknown,
    part_of_total,
)
from models.panel import Codes, Flags, Floats, Panel, site_codes
from models.results import NotEstimable
from models.screen import Column, Predictor, Screened, drop_collinear, screen
from models.spec import ModelSpec, Transform
from models.wording import UNITS
from study.presets import LEAST_SITES

__all__ = [
    "LEAST_SITES",
    "Design",
    "arms_unknown",
    "build_design",
    "candidates",
    "covariates_unknown",
    "exposure_column",
    "moderator_unknown",
    "sites_unknown",
    "transformed",
]

_NOUNS: dict[Transform, str] = {
    "count": "exposures in the window",
    "rate": "exposures per session in the window",
    "log1p": "of log(1 + exposures in the window)",
    "any": "of any exposure in the window, 0 or 1",
}


@dataclass(frozen=True)
class Design:
    """Analysed rows as numbers.

    `columns` stand in the order intercept, week, arms, covariates, exposure within participants and
    between them, moderator, moderation. `warnings` are the sentences of `findings`. `reliability`
    is that of participants' means, `inflation` the variance inflation factor of every column but
    the intercept. `sites` gives each row's site as 0, 1, 2, ... where a random intercept of site is
    asked and can be had, else None.
    """

    panel: Panel
    codes: Codes
    columns: tuple[Column, ...]
    not_estimable: tuple[NotEstimable, ...]
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    reliability: tuple[Reliability, ...] = ()
    inflation: tuple[Inflation, ...] = ()
    sites: Codes | None = None

    @cached_property
    def matrix(self) -> Floats:
        """The fixed design X, (n_rows, n_columns)."""
        return np.column_stack([column.values for column in self.columns])

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of the columns, in their order."""
        return tuple(column.term for column in self.columns)

    @property
    def flags(self) -> tuple[str, ...]:
        """Codes of what `warnings` says, in the same order."""
        return tuple(finding.code for finding in self.findings)

    def column(self, term: str) -> Column | None:
        """The column of a term, or None where the design has none."""
        return next((column for column in self.columns if column.term == term), None)


def build_design(
    panel: Panel,
    spec: ModelSpec,
    *,
    time: str,
    sessions: Floats | None,
    extra: Sequence[Predictor] = (),
    previous: Floats | None = None,
    previous_words: str = "a low score",
) -> Design:
    """The design of a panel whose lost rows are gone already.

    Parameters
    ----------
    time
        Column of `panel.rows` that holds the week; it is centred on the analysed rows.
    sessions
        Sessions in each row's exposure window, for the check of coupling; None to leave it out.
    extra
        Predictors besides the features, such as earlier alliance in the adherence model.
    previous
        The outcome (or use) before each row's exposure window, NaN where unknown, for the check
        whether a low value is the reason of exposure; None to leave it out.
    previous_words
        What a low value of `previous` is, such as "little use".
    """
    codes = panel.codes
    base, left_out = base_columns(panel, spec, time)
    screened = screen(
        (*_predictors(panel, spec), *extra),
        codes,
        sessions=sessions,
        least_participants=spec.least_participants,
        previous=previous,
        previous_words=previous_words,
    )
    columns = tuple(sorted(screened.columns, key=lambda column: column.kind != "within"))
    moderating, refused = moderator_columns(panel, spec, columns)
    screened = replace(
        screened,
        columns=(*columns, *moderating),
        not_estimable=(*left_out, *screened.not_estimable, *refused),
        findings=(*screened.findings, *part_of_total(spec)),
    )
    screened = drop_collinear(base, screened)
    return _judged(panel, spec, base, screened)


def exposure_column(transform: Transform, count: str, rate: str) -> str:
    """Which column of the frame a transform starts from."""
    return rate if transform == "rate" else count


def transformed(values: Floats, transform: Transform) -> Floats:
    """Exposure on the scale of the model; NaN stays NaN. A rate is a rate already."""
    if transform == "log1p":
        return np.log1p(values)
    if transform == "any":
        return np.where(np.isnan(values), np.nan, (values > 0).astype(np.float64))
    return values


def candidates(frame: pl.DataFrame, spec: ModelSpec) -> tuple[str, ...]:
    """Features that need a record on every analysed row: in the frame, and not always on."""
    present = set(frame["feature_id"].drop_nulls().unique())
    return tuple(
        feature.feature_id
        for feature in spec.features
        if feature.feature_id in present and not feature.is_always_on
    )


def arms_unknown(panel: Panel) -> Flags:
    """Rows without an arm, in a study that has more than one among its rows; else none."""
    arm = panel.rows["arm_id"]
    several = arm.drop_nulls().n_unique() > 1
    return (arm.is_null() & several).to_numpy()


def sites_unknown(panel: Panel, spec: ModelSpec) -> Flags:
    """Rows without a site, where sites get own levels; else none."""
    if not _has_sites(panel, spec):
        return np.zeros(len(panel.rows), dtype=np.bool_)
    return panel.rows["site_id"].is_null().to_numpy()


def _has_sites(panel: Panel, spec: ModelSpec) -> bool:
    """Whether site levels are asked, and there are sites enough among the rows."""
    if not spec.has_site_levels or "site_id" not in panel.rows.columns:
        return False
    return panel.rows["site_id"].drop_nulls().n_unique() >= LEAST_SITES


def _judged(panel: Panel, spec: ModelSpec, base: Sequence[Column], screened: Screened) -> Design:
    """The design with what is to be said of its columns together."""
    columns = (*base, *screened.columns)
    varying = [column for column in columns if column.kind != "intercept"]
    factors = inflation(
        np.column_stack([np.ones(len(panel.rows)), *(column.values for column in varying)])[:, 1:],
        [(column.term, column.label) for column in varying],
    )
    theirs = {column.term for column in screened.columns}
    kept = [one for one in screened.reliability if one.term in theirs]
    moderator = moderator_reliability(panel, spec)
    if moderator is not None and moderator.term in theirs:
        kept.append(moderator)
    findings = (
        *screened.findings,
        *inflated([one for one in factors if one.term in theirs]),
        *unreliable(kept),
    )
    return Design(
        panel=panel,
        codes=panel.codes,
        columns=columns,
        not_estimable=screened.not_estimable,
        warnings=tuple(finding.explanation for finding in findings),
        findings=findings,
        reliability=tuple(kept),
        inflation=factors,
        sites=site_codes(panel) if _has_sites(panel, spec) else None,
    )


def _predictors(panel: Panel, spec: ModelSpec) -> tuple[Predictor, ...]:
    place = {feature_id: j for j, feature_id in enumerate(panel.feature_ids)}
    words = _NOUNS if spec.is_standardised else UNITS
    return tuple(
        Predictor(
            key=feature.feature_id,
            feature_id=feature.feature_id,
            label=feature.label,
            values=(
                panel.exposures[:, place[feature.feature_id]]
                if feature.feature_id in place
                else None
            ),
            is_always_on=feature.is_always_on,
            unit=words[spec.transform],
            is_scaled=spec.is_standardised,
        )
        for feature in spec.features
    )
