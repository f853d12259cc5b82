"""The choices that an analyst could have made otherwise, and every combination of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from models.spec import ModelSpec, Transform

Random = Literal["levels", "trends", "chosen"]
Occasions = Literal["all", "complete"]

TRANSFORMS: tuple[Transform, ...] = ("count", "rate", "log1p", "any")
WINDOWS: tuple[tuple[int, int], ...] = ((3, 0), (7, 0), (14, 0), (7, 7))
"""Windows of exposure as (days, days left out before the survey)."""

TRANSFORM_WORDS: dict[str, str] = {
    "count": "count",
    "rate": "per session",
    "log1p": "log(1 + count)",
    "any": "any or none",
}
RANDOM_WORDS: dict[str, str] = {
    "levels": "own levels",
    "trends": "own levels and trends",
    "chosen": "own levels, trends and slopes as the data ask",
}
USE_WORDS = {False: "not adjusted for use", True: "adjusted for sessions"}
OCCASION_WORDS: dict[str, str] = {"all": "all occasions", "complete": "complete occasions"}


@dataclass(frozen=True)
class Specification:
    """One way to ask the question.

    Parameters
    ----------
    window_days, lag_days
        The exposure window, which ends `lag_days` + 1 days before the survey.
    transform
        The scale of exposure.
    random
        What participants have of their own: levels, or levels and trends over weeks. `chosen` is
        the preset's own rule, listed apart where it gives something else than either.
    adjusts_use
        Whether the sessions begun in the window stand in the model, within and between.
    occasions
        All that can be scored, or those with every item answered.
    """

    window_days: int
    lag_days: int
    transform: Transform
    random: Random
    adjusts_use: bool
    occasions: Occasions

    @property
    def name(self) -> str:
        """The choices in words; no two specifications share one."""
        return " · ".join(
            (
                window_words(self.window_days, self.lag_days),
                TRANSFORM_WORDS[self.transform],
                RANDOM_WORDS[self.random],
                USE_WORDS[self.adjusts_use],
                OCCASION_WORDS[self.occasions],
            )
        )

    def model(self, declared: ModelSpec) -> ModelSpec:
        """The declared model with this specification's window and scale."""
        return replace(
            declared,
            window_days=self.window_days,
            lag_days=self.lag_days,
            transform=self.transform,
        )


def window_words(days: int, lag: int) -> str:
    """A window in words, such as `7 days, ending 7 days earlier`."""
    words = f"{days} days before" if days > 1 else "1 day before"
    return f"{words}, ending {lag} days earlier" if lag else words


def declared_specification(spec: ModelSpec) -> Specification:
    """The specification that the study file declares: its own window and scale."""
    return Specification(spec.window_days, spec.lag_days, spec.transform, "trends", False, "all")


def windows_of(spec: ModelSpec) -> tuple[tuple[int, int], ...]:
    """Every window that is asked: the usual ones, and the declared one where it is another."""
    own = (spec.window_days, spec.lag_days)
    return tuple(sorted({*WINDOWS, own}, key=lambda one: (one[1], one[0])))


def specifications(spec: ModelSpec, *, has_incomplete: bool) -> tuple[Specification, ...]:
    """Every combination of choices, the declared one among them.

    Parameters
    ----------
    spec
        The declared model.
    has_incomplete
        Whether some score rests on fewer than all items; without any, complete occasions are all
        occasions, and the same analysis would count twice.
    """
    occasions: tuple[Occasions, ...] = ("all", "complete") if has_incomplete else ("all",)
    return tuple(_every(windows_of(spec), occasions))


def _every(
    windows: tuple[tuple[int, int], ...], occasions: tuple[Occasions, ...]
) -> Iterator[Specification]:
    random: tuple[Random, ...] = ("levels", "trends")
    chosen = product(windows, occasions, TRANSFORMS, (False, True), random)
    for (days, lag), which, transform, adjusts, own in chosen:
        yield Specification(days, lag, transform, own, adjusts, which)
