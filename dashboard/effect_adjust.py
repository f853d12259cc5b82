"""The map's p-values adjusted another way, as its reader chooses: Benjamini-Hochberg or Holm."""

from collections.abc import Iterable, Mapping
from typing import Literal

from models.multiplicity import adjust_family
from models.results import FitResult
from study.presets import TOTAL_DIMENSION

METHODS: Mapping[str, str] = {
    "bh": "Benjamini-Hochberg: share of false findings",
    "holm": "Holm: any false finding",
}
"""What the switch offers; the first is what an exploratory preset is saved with."""


def adjusted(results: Iterable[FitResult], method: str | None) -> list[FitResult]:
    """The results with the adjusted p-values of a method, over the families they were saved with.

    Only those of exploratory presets, whose families are adjusted by Benjamini and Hochberg: a
    family that was declared in advance keeps the method that it was declared with.
    """
    given = list(results)
    if method != "holm":
        return given
    other: Literal["holm"] = "holm"
    families = {
        (one.preset_id, one.outcome == TOTAL_DIMENSION, one.adjustment.family)
        for one in given
        if one.adjustment is not None and one.adjustment.method == "bh"
    }
    changed: dict[str, FitResult] = {}
    for preset_id, is_total, family in families:
        own = [
            one
            for one in given
            if one.preset_id == preset_id and (one.outcome == TOTAL_DIMENSION) == is_total
        ]
        for one in adjust_family(own, family=family, method=other):
            changed[one.model_id] = one
    return [changed.get(one.model_id, one) for one in given]
