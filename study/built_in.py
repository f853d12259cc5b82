"""`use = "dwai"` in a study file: a built-in scoring key with what a study may add to it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from study.instruments import BY_ID
from study.messages import problems_in
from study.problems import Problem, near, show, unknown
from study.scoring_key import Instrument, Norms

MAY_CHANGE = ("id", "label", "schedule", "min_items_share")
BESIDE_USE = (*MAY_CHANGE, "norms")
_EXAMPLE = "is not a table. Write norms = { total = { reliability = 0.85, sd = 1.1 } }."


def resolve(raw: Any, path: str) -> tuple[Any, list[Problem]]:
    """The full table of an instrument that says `use`; any other comes back as it is.

    The table is None where there is no such built-in instrument.
    """
    if not isinstance(raw, Mapping) or "use" not in raw:
        return raw, []
    name = str(raw["use"])
    if name not in BY_ID:
        remedy = "Or define it here, with id, label, items, low, high and scales."
        return None, [unknown(f"{path}.use", name, "a built-in instrument", BY_ID, remedy)]
    problems = [
        Problem(f"{path}.{key}", _refused(key, name))
        for key in raw
        if key not in (*BESIDE_USE, "use")
    ]
    full = BY_ID[name].model_dump()
    full.update({key: value for key, value in raw.items() if key in MAY_CHANGE})
    norms = raw.get("norms", {})
    if isinstance(norms, Mapping):
        problems += _add_norms(full, norms, f"{path}.norms")
    else:
        problems.append(Problem(f"{path}.norms", _EXAMPLE))
    return full, problems


def _refused(key: str, name: str) -> str:
    if key in Instrument.model_fields:
        return (
            f"belongs to the scoring key of the built-in {show(name)}, which does not change. "
            "Define an instrument of your own where yours differs."
        )
    return f"is not a key beside use.{near(key, BESIDE_USE)} Keys: {', '.join(BESIDE_USE)}."


def _add_norms(full: dict[str, Any], norms: Mapping[str, Any], path: str) -> list[Problem]:
    """Write each scale's norms into `full`; what cannot be used comes back as problems."""
    scales = {scale["id"]: scale for scale in full["scales"]}
    problems: list[Problem] = []
    for name, values in norms.items():
        if name not in scales:
            problems.append(unknown(f"{path}.{name}", name, "a scale of this instrument", scales))
            continue
        try:
            given = Norms.model_validate(values)
        except ValidationError as error:
            problems += problems_in(error, values, Norms, f"{path}.{name}")
        else:
            scales[name].update(given.model_dump())
    return problems
