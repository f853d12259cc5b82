"""What `[blinding]` asks of the rest of the study."""

from collections.abc import Iterator

from study.definition import Study
from study.problems import Problem, repeated, unknown


def problems(study: Study) -> Iterator[Problem]:
    """Names in `[blinding]` that stand for nothing, or stand there twice."""
    blinding = study.blinding
    known = {
        "features": ("a feature of this study", [one.id for one in study.features]),
        "instruments": ("an instrument of this study", [one.id for one in study.instruments]),
        "covariates": ("a covariate of this study", [one.id for one in study.covariates]),
    }
    for key, (what, ids) in known.items():
        names = getattr(blinding, key)
        yield from repeated(f"blinding.{key}", names)
        for index, name in enumerate(names):
            if name not in ids:
                yield unknown(f"blinding.{key}[{index}]", name, what, ids)
    weeks = blinding.common_weeks
    if weeks is not None and weeks > study.study.planned_weeks:
        yield Problem(
            "blinding.common_weeks",
            f"{weeks} is more than study.planned_weeks, which is {study.study.planned_weeks}.",
        )
