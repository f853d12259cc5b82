"""What one key of an instrument asks of another; and the scales that measure the dimensions."""

from collections.abc import Iterator
from itertools import pairwise

from study.definition import Study
from study.dimensions import BY_ID as DIMENSIONS
from study.problems import Problem, repeated, repeated_ids, show, unknown
from study.scoring_key import Instrument, Scale, Schedule


def problems(study: Study) -> Iterator[Problem]:
    """Everything about `[[instruments]]` and `[dimensions]` that types alone cannot say."""
    yield from repeated_ids("instruments", (instrument.id for instrument in study.instruments))
    for index, instrument in enumerate(study.instruments):
        path = f"instruments[{index}]"
        yield from _key(instrument, path)
        if instrument.schedule is not None:
            yield from _schedule(instrument.schedule, study.study.last_week, f"{path}.schedule")
    yield from _dimensions(study)


def _key(instrument: Instrument, path: str) -> Iterator[Problem]:
    if instrument.low >= instrument.high:
        yield Problem(
            f"{path}.high", f"{instrument.high} is not above low, which is {instrument.low}."
        )
    yield from repeated(f"{path}.items", instrument.items)
    yield from _items(instrument, instrument.reverse, f"{path}.reverse")
    yield from repeated_ids(f"{path}.scales", (scale.id for scale in instrument.scales))
    for index, scale in enumerate(instrument.scales):
        where = f"{path}.scales[{index}]"
        if scale.aggregate == "mean_of_scales":
            yield from _mean_of_scales(instrument, scale, where)
        else:
            yield from _scale(instrument, scale, where)


def _items(instrument: Instrument, items: tuple[str, ...], path: str) -> Iterator[Problem]:
    yield from repeated(path, items)
    for index, item in enumerate(items):
        if item not in instrument.items:
            yield unknown(f"{path}[{index}]", item, "an item of this instrument", instrument.items)


def _scale(instrument: Instrument, scale: Scale, path: str) -> Iterator[Problem]:
    if not scale.items:
        yield Problem(f"{path}.items", "is missing. List the items that make the scale.")
    if scale.of:
        yield Problem(
            f"{path}.of", f'is for aggregate = "mean_of_scales"; this scale is a {scale.aggregate}.'
        )
    yield from _items(instrument, scale.items, f"{path}.items")
    if scale.items and scale.min_items is not None and scale.min_items > len(scale.items):
        yield Problem(
            f"{path}.min_items",
            f"{scale.min_items} is more than the {len(scale.items)} items of the scale, so there "
            "would never be a score.",
        )


def _mean_of_scales(instrument: Instrument, scale: Scale, path: str) -> Iterator[Problem]:
    parts = [other.id for other in instrument.scales if other.aggregate != "mean_of_scales"]
    if not scale.of:
        yield Problem(f"{path}.of", f"is missing. List the scales, such as of = [{show('task')}].")
    for key in ("items", "min_items"):
        if getattr(scale, key):
            yield Problem(
                f"{path}.{key}", "has no effect on a mean of scales: its scales have their own."
            )
    yield from repeated(f"{path}.of", scale.of)
    for index, part in enumerate(scale.of):
        if part not in parts:
            what = "a scale of this instrument that is made of items"
            yield unknown(f"{path}.of[{index}]", part, what, parts)


def _schedule(schedule: Schedule, last_week: int, path: str) -> Iterator[Problem]:
    before, after = schedule.window_days
    yield from repeated(f"{path}.weeks", (str(week) for week in schedule.weeks))
    for index, week in enumerate(schedule.weeks):
        if not 0 <= week <= last_week:
            yield Problem(
                f"{path}.weeks[{index}]",
                f"{week} is outside the study weeks that may hold data, 0 to {last_week}. Change "
                "it, or study.follow_up_weeks.",
            )
    weeks = sorted(set(schedule.weeks))
    for week, following in pairwise(weeks):
        if 7 * week + after >= 7 * following - before:
            yield Problem(
                f"{path}.window_days",
                f"[{before}, {after}] lets the windows of weeks {week} and {following} overlap, so "
                "that one filling-in would count for both. Make them shorter.",
            )
            return


def _dimensions(study: Study) -> Iterator[Problem]:
    scales = {
        f"{instrument.id}.{scale.id}": instrument.id
        for instrument in study.instruments
        for scale in instrument.scales
    }
    for name, dimension in study.dimensions.items():
        path = f"dimensions.{name}"
        if name not in DIMENSIONS:
            yield unknown(path, name, "a dimension", DIMENSIONS)
        yield from repeated(f"{path}.scales", dimension.scales)
        for index, scale in enumerate(dimension.scales):
            if scale in scales:
                continue
            instrument = scale.partition(".")[0]
            found = unknown(
                f"{path}.scales[{index}]",
                scale,
                "a scale of this study",
                scales,
                'Write "instrument.scale".',
            )
            yield Problem(found.path, found.message, refers_to=instrument)
