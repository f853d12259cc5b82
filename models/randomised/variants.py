"""Versions of a feature that chance decided between: does one do more than another?"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from models.errors import NotEstimableError
from models.randomised.excursion import CausalExcursion
from models.randomised.sample_ratio import SampleRatio, sample_ratio
from models.randomised.table import mrt_table
from study.errors import UserError


@dataclass(frozen=True, eq=False)
class VariantComparison:
    """One version against the reference: difference of risk, and log of the relative risk.

    `relative` is None where no ratio exists, and `relative_note` then says why.
    """

    variant: str
    reference: str
    difference: CausalExcursion
    relative: CausalExcursion | None
    relative_note: str


@dataclass(frozen=True, eq=False)
class VariantEffects:
    """All versions against the reference, and whether they came as often as declared.

    `n_unknown` deliveries do not say which version was given; they are left out.
    """

    delivered: SampleRatio
    comparisons: tuple[VariantComparison, ...]
    n_unknown: int


def compare_variants(
    points: pl.DataFrame,
    probabilities: Mapping[str, float],
    *,
    reference: str,
    outcome: str = "has_session",
    controls: tuple[str, ...] = (),
) -> VariantEffects:
    """Compare each version with the reference among the deliveries that gave one of the two.

    Parameters
    ----------
    points
        One row per delivery: `participant_id`, `variant_id` (null where not known) and `outcome`,
        0/1 or true/false, null where not known yet.
    probabilities
        Declared probability of each version; those of all versions add up to 1.
    reference
        The version that others are compared with.
    controls
        Columns known before the delivery, such as the study week.

    Notes
    -----
    Among deliveries of two versions, chance chose the one with probability p / (p + p of the
    reference). Deliveries are those that were made: if silence triggers them, the effects are those
    of the wording on people who have gone silent.
    """
    if reference not in probabilities or len(probabilities) < 2:
        raise UserError(
            f"Name two or more versions with their probabilities, '{reference}' among them."
        )
    known = points.filter(pl.col("variant_id").is_in(list(probabilities)))
    if known.is_empty():
        raise NotEstimableError("No delivery says which version was given.", reason="no_rows")
    counts = [int((known["variant_id"] == name).sum()) for name in probabilities]
    return VariantEffects(
        delivered=sample_ratio(counts, list(probabilities.values())),
        comparisons=tuple(
            _compared(known, probabilities, name, reference, outcome, controls)
            for name in probabilities
            if name != reference
        ),
        n_unknown=len(points) - len(known),
    )


def _compared(
    known: pl.DataFrame,
    probabilities: Mapping[str, float],
    variant: str,
    reference: str,
    outcome: str,
    controls: tuple[str, ...],
) -> VariantComparison:
    pair = known.filter(pl.col("variant_id").is_in([variant, reference])).with_columns(
        is_variant=pl.col("variant_id") == variant
    )
    chance = probabilities[variant] / (probabilities[variant] + probabilities[reference])

    def effect(*, binary: bool) -> CausalExcursion:
        return mrt_table(
            pair,
            outcome=outcome,
            participant="participant_id",
            treatment="is_variant",
            probability=chance,
            controls=controls,
            numerator="constant",
            binary=binary,
        )

    difference = effect(binary=False)
    try:
        relative, note = effect(binary=True), ""
    except NotEstimableError as error:
        relative, note = None, str(error)
    return VariantComparison(variant, reference, difference, relative, note)
