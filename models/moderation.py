"""A moderator: the lasting level of a dimension, and what it changes in the terms of exposure."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.findings import Finding, Reliability, reliability_of_means
from models.panel import Codes, Flags, Floats, Panel, dense
from models.results import NotEstimable, Part
from models.screen import Column, n_varying
from models.spec import MODERATOR_COLUMN, FeatureTerm, ModelSpec, ModeratorTerm
from models.wording import REASONS
from study.definition import TOTAL_DIMENSION


def moderator_unknown(panel: Panel, spec: ModelSpec) -> Flags:
    """Rows of participants who have no score of the moderator at all; none where nobody has."""
    scores = _scores(panel)
    if spec.moderator is None or np.isnan(scores).all():
        return np.zeros(len(panel.rows), dtype=np.bool_)
    codes = panel.codes
    counts = np.bincount(codes, weights=np.isfinite(scores))
    return np.asarray(counts[codes] == 0)


def moderator_columns(
    panel: Panel, spec: ModelSpec, exposure: Sequence[Column]
) -> tuple[tuple[Column, ...], tuple[NotEstimable, ...]]:
    """The moderator's own term and its product with within-person terms, as far as they vary.

    The level is a participant's mean score over the analysed rows, less the mean of all rows, so
    that the within-person terms are those of a participant of average level.

    Parameters
    ----------
    exposure
        Columns of the exposures that could be estimated; those within participants are crossed.
    """
    moderator = spec.moderator
    if moderator is None:
        return (), ()
    crossed = [one for one in spec.features if moderator.moderates(one.feature_id)]
    codes = panel.codes
    level, reason = _level(panel, codes, spec.least_participants)
    term = f"moderator:{moderator.dimension_id}"
    if level is None:
        terms = [_refuse(f"moderation:{one.feature_id}", one.feature_id, reason) for one in crossed]
        return (), (_refuse(term, None, reason, "moderator"), *terms)
    label = f"Lasting {moderator.label}"
    unit = f"per point of {label} between participants"
    within = {one.feature_id: one for one in exposure if one.kind == "within"}
    products = [
        _product(feature, within, level, codes, moderator, spec.least_participants)
        for feature in crossed
    ]
    return (
        (
            Column(term, label, "moderator", None, level, unit),
            *(one for one in products if isinstance(one, Column)),
        ),
        tuple(one for one in products if isinstance(one, NotEstimable)),
    )


def moderator_reliability(panel: Panel, spec: ModelSpec) -> Reliability | None:
    """How reliable participants' mean scores of the moderator are; None without a moderator."""
    scores = _scores(panel)
    known = np.isfinite(scores)
    if spec.moderator is None or not known.any():
        return None
    term = f"moderator:{spec.moderator.dimension_id}"
    label = f"Lasting {spec.moderator.label}"
    return reliability_of_means(term, label, scores[known], dense(panel.codes[known]))


def part_of_total(spec: ModelSpec) -> tuple[Finding, ...]:
    """A moderator that is part of the outcome, or has it as a part, goes along with it anyway."""
    moderator = spec.moderator
    if moderator is None:
        return ()
    is_part = spec.outcome == TOTAL_DIMENSION or moderator.dimension_id == TOTAL_DIMENSION
    if not is_part or spec.outcome == "adherence":
        return ()
    text = (
        f"{moderator.label} and {spec.outcome_label} share items, so that the term of "
        f"lasting {moderator.label} says little. What it changes in the terms of exposure does."
    )
    return (Finding("part_of_total", f"moderator:{moderator.dimension_id}", None, text),)


def _scores(panel: Panel) -> Floats:
    if MODERATOR_COLUMN not in panel.rows.columns:
        return np.full(len(panel.rows), np.nan)
    return panel.rows[MODERATOR_COLUMN].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _level(panel: Panel, codes: Codes, least: int) -> tuple[Floats | None, str]:
    """Each row's centred mean of its participant, or None and the reason."""
    scores = _scores(panel)
    known = np.isfinite(scores)
    counts = np.bincount(codes, weights=known)
    if not known.any() or (counts == 0).any():
        return None, "moderator_not_known"
    sums = np.bincount(codes, weights=np.where(known, scores, 0.0))
    means = (sums / counts)[codes]
    level = means - means.mean()
    varying = n_varying(level, codes, "between")
    if varying == 0:
        return None, "no_variation_moderator"
    return (None, "too_few_participants") if varying < least else (level, "")


def _product(
    feature: FeatureTerm,
    within: dict[str | None, Column],
    level: Floats,
    codes: Codes,
    moderator: ModeratorTerm,
    least: int,
) -> Column | NotEstimable:
    term = f"moderation:{feature.feature_id}"
    column = within.get(feature.feature_id)
    if column is None:
        return _refuse(term, feature.feature_id, "no_within_part")
    values = column.values * level
    # A participant at the average level adds nothing here, whatever their exposure did.
    if n_varying(values, codes, "within") < least:
        return _refuse(term, feature.feature_id, "too_few_participants")
    return Column(
        term=term,
        label=f"{column.label}: change per point of lasting {moderator.label}",
        kind="moderation",
        feature_id=feature.feature_id,
        values=values,
        unit=f"{column.unit}, per point of lasting {moderator.label}".lstrip(", "),
        scale=column.scale,
    )


def _refuse(
    term: str, feature_id: str | None, reason: str, part: Part = "moderation"
) -> NotEstimable:
    return NotEstimable(term, feature_id, part, reason, REASONS[reason])
