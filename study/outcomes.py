"""Which presets a study has, and what each of them is fitted for."""

from study.definition import ModelPreset, Study
from study.presets import LEAST_SITES, TOTAL_DIMENSION, WEEKLY_ADHERENCE


def presets(study: Study) -> tuple[ModelPreset, ...]:
    """The study's model presets, or the default one where it names none."""
    return study.models or (ModelPreset(id=TOTAL_DIMENSION),)


def outcomes(study: Study, preset: ModelPreset) -> tuple[str, ...]:
    """Dimensions that a preset is fitted for, and `adherence` for weekly adherence.

    An exploratory preset of the total is the map: every dimension that the study measures, and
    weekly adherence where use was intended. Any other is fitted for its outcome alone.
    """
    if preset.outcome != TOTAL_DIMENSION or preset.family == "confirmatory":
        return (preset.outcome,)
    weekly = () if study.intended_use is None else (WEEKLY_ADHERENCE,)
    return (*study.dimensions, *weekly)


def has_site_levels(study: Study, preset: ModelPreset) -> bool:
    """Whether a preset's models give sites own levels: asked, and enough sites are listed."""
    return preset.site and len(study.sites) >= LEAST_SITES
