"""A panel's frame as somebody may see it to whom small groups are not disclosed.

Within a frame `access.cells.withhold` does the work. Here is what concerns several answers to the
same panel: a designer could ask for all sites, then for all but one, and subtract. See
docs/explanation/small-cells.md.
"""

from collections.abc import Callable
from dataclasses import replace

import duckdb
import polars as pl

from access.cells import Cells, is_too_narrow, withhold
from access.gate import may_read
from access.viewer import Viewer
from dashboard import withheld
from dashboard.panel import Panel
from queries.filters import Filters
from queries.people import people_by_filter
from study.errors import UserError

Ask = Callable[[Filters], pl.DataFrame]
Cursor = Callable[[], duckdb.DuckDBPyConnection]

TITLE = "Withheld"
_COLUMNS = {"site": "site_id", "arm": "arm_id", "cohort": "cohort"}
_CHOICE = "_choice"
_REST = "\x00 nobody's choice"


class TooNarrowError(UserError):
    """The answer as a whole would disclose a small group, by itself or beside another answer."""


def disclosed(
    panel: Panel, viewer: Viewer, filters: Filters, ask: Ask, cursor: Cursor
) -> pl.DataFrame:
    """The frame that `ask` reads, with what this viewer may not see of small groups withheld.

    Raises
    ------
    TooNarrowError
        If nothing of it may be shown, with what to choose instead.
    """
    cells, smallest = panel.cells, viewer.smallest_cell
    if cells is None or smallest <= 1:
        return ask(filters)
    # Who sees participants one by one learns nothing by subtracting groups of them.
    if may_read(viewer, "participant"):
        return _shown(withhold(ask(filters), cells, smallest))
    if cells.adds_weeks and _is_cut(filters):
        raise TooNarrowError(
            "Counts over some of the weeks could be subtracted from those over others. "
            "Choose all weeks."
        )
    return _shown(_beside_others(panel, viewer, filters, ask, cursor))


def _is_cut(filters: Filters) -> bool:
    whole = Filters()
    return (filters.first_week, filters.last_week) != (whole.first_week, whole.last_week)


def _beside_others(
    panel: Panel, viewer: Viewer, filters: Filters, ask: Ask, cursor: Cursor
) -> pl.DataFrame:
    """The frame of a choice, withheld together with those of the choices that it could be."""
    assert panel.cells is not None
    used = {name: chosen for name, chosen in _chosen(filters).items() if name in panel.uses}
    if not used:
        return withhold(ask(filters), panel.cells, viewer.smallest_cell)
    people = people_by_filter(cursor(), viewer)
    whole = replace(filters, sites=None, arms=None, cohorts=None)
    n_whole = int(people["n_participants"].sum())
    left = people.filter(pl.col(_COLUMNS[name]).is_in(list(some)) for name, some in used.items())
    n_shown = int(left["n_participants"].sum())
    if n_shown == n_whole:
        return withhold(ask(whole), panel.cells, viewer.smallest_cell)
    if is_too_narrow(n_shown, n_whole, viewer.smallest_cell):
        raise TooNarrowError(
            f"The filters leave, or leave out, fewer than {viewer.smallest_cell} participants. "
            "Choose another site, arm or month, or all of them."
        )
    _refuse_several(panel, used)
    name = next(iter(used))
    values = people[_COLUMNS[name]].drop_nulls().unique().sort().to_list()
    if used[name][0] not in values:
        return ask(filters)
    _refuse_inside(people, viewer, name, used[name][0])
    return _one_of(panel.cells, viewer, (name, used[name][0], values), whole, ask)


def _chosen(filters: Filters) -> dict[str, tuple[str, ...]]:
    given = {"site": filters.sites, "arm": filters.arms, "cohort": filters.cohorts}
    return {name: chosen for name, chosen in given.items() if chosen is not None}


def _refuse_several(panel: Panel, used: dict[str, tuple[str, ...]]) -> None:
    """One filter and one value at a time: sums of several would give away what lies between."""
    assert panel.cells is not None
    if len(used) > 1 or len(next(iter(used.values()))) > 1:
        raise TooNarrowError(
            "Answers to several choices could be subtracted from one another. Choose one site, one "
            "arm or one month of enrolment, or all of them."
        )
    every = (panel.cells, *panel.cells.parts)
    if any(one.by is not None or one.is_across for one in every):
        raise TooNarrowError(
            "This panel counts groups within groups: together with a filter they could be worked "
            "out from one another. Choose all sites, arms and months."
        )


def _refuse_inside(people: pl.DataFrame, viewer: Viewer, name: str, value: str) -> None:
    """A choice within one of another filter (a month at one site only): the two differ by a few."""
    column, n_whole = _COLUMNS[name], people["n_participants"].sum()
    chosen = people.filter(pl.col(column) == value)
    for other in (set(_COLUMNS) - {name}) - ({"arm"} if viewer.is_masked else set()):
        around = chosen[_COLUMNS[other]].unique()
        if around.len() > 1 or around.has_nulls():
            continue
        wider = people.filter(pl.col(_COLUMNS[other]) == around[0])
        # What lies between a choice and everybody is seen to beside all other choices.
        if chosen["n_participants"].sum() < wider["n_participants"].sum() < n_whole:
            raise TooNarrowError(
                "Everybody in this choice is in one choice of another filter, too: what lies "
                "between the two could be worked out. Choose another site, arm or month, or all."
            )


def _one_of(
    cells: Cells, viewer: Viewer, choice: tuple[str, str, list[str]], whole: Filters, ask: Ask
) -> pl.DataFrame:
    """One choice's frame, with the rows withheld that all choices and their total give away."""
    name, value, values = choice
    frames = {each: ask(replace(whole, **{f"{name}s": (each,)})) for each in values}
    stacked = [frame.with_columns(pl.lit(each).alias(_CHOICE)) for each, frame in frames.items()]
    rest = _rest(cells, ask(whole), list(frames.values()))
    every = pl.concat([*stacked, rest.with_columns(pl.lit(_REST).alias(_CHOICE))], how="diagonal")
    kept = withhold(every, _by_keys(cells), viewer.smallest_cell)
    return kept.filter(pl.col(_CHOICE) == value).drop(_CHOICE)


def _by_keys(cells: Cells) -> Cells:
    """The same cells, where the choices' rows of the same name make one table."""
    return replace(
        cells,
        by=cells.once or cells.keys,
        once=(*cells.once, _CHOICE) if cells.once else (),
        parts=tuple(_by_keys(replace(part, keys=cells.keys)) for part in cells.parts),
    )


def _rest(cells: Cells, whole: pl.DataFrame, parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Rows of those who are in none of the choices, such as people without a site."""
    every = (cells, *cells.parts)
    counts = list(dict.fromkeys(name for one in every for name in (*one.counts, *one.against)))
    keys = list(cells.keys)
    signed = [
        frame.select(*keys, *(pl.col(name).cast(pl.Int64) * sign for name in counts))
        for frame, sign in ((whole, 1), *((part, -1) for part in parts))
    ]
    return pl.concat(signed).group_by(keys, maintain_order=True).agg(pl.col(counts).sum())


def _shown(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, unless all of it is withheld: then it is said once instead of in every cell."""
    if withheld.any_of(frame) and frame["is_withheld"].all():
        raise TooNarrowError(
            f"Every group here has {withheld.of_fewer(frame)}, or would give away one that has. "
            "All sites, arms, months and weeks together show most; numbers appear as people join."
        )
    return frame


def csv_lines(frame: pl.DataFrame) -> list[tuple[str, str]]:
    """Lines above an export that say what is withheld in it; none where everything may be seen."""
    return withheld.for_export(frame)
