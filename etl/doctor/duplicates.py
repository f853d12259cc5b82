"""Rows that stand twice: under one id, which the loader sees, or under two, which it cannot."""

import polars as pl

from etl.doctor.findings import Finding, Place, counted, share
from etl.doctor.raw_tables import RawTables, total

LEAST_TWINS, TWIN_SHARE = 20, 0.02
PLACES = 5


def duplicate_findings(raw: RawTables) -> list[Finding]:
    """What overlaps, and what seems to be logged twice."""
    repeats = raw.fetch("repeats")
    return [*_repeated(repeats), *_overlapping(repeats), *_twins(raw)]


def _repeated(repeats: pl.DataFrame) -> list[Finding]:
    inside = repeats.filter(pl.col("path") == pl.col("other_path"))
    return [
        Finding(
            code="repeated_rows",
            severity="info",
            source=source_id,
            message=f"{counted(total(own['n_rows']), 'row')}: an earlier row of the same file says "
            "the same.",
            remedy="They count once.",
            count=total(own["n_rows"]),
            places=_places(own),
        )
        for (source_id,), own in inside.group_by("source_id", maintain_order=True)
    ]


def _overlapping(repeats: pl.DataFrame) -> list[Finding]:
    between = repeats.filter(pl.col("path") != pl.col("other_path"))
    return [
        Finding(
            code="overlapping_files",
            severity="info",
            source=source_id,
            message=f"{counted(total(own['n_rows']), 'row')}: another file says the same, so "
            "exports overlap in time.",
            remedy="They count once.",
            count=total(own["n_rows"]),
            places=_places(own),
        )
        for (source_id,), own in between.group_by("source_id", maintain_order=True)
    ]


def _places(own: pl.DataFrame) -> tuple[Place, ...]:
    by_file = own.group_by("path", maintain_order=True).agg(pl.col("n_rows").sum())
    return tuple(Place(file=path, count=n) for path, n in by_file.head(PLACES).iter_rows())


def _twins(raw: RawTables) -> list[Finding]:
    totals = {
        row["source_id"]: row["n_events"] for row in raw.fetch("versions").iter_rows(named=True)
    }
    pairs: dict[tuple[str, str], list[int]] = {}
    for row in raw.fetch("twins", one_in=raw.one_in).iter_rows(named=True):
        one, other = sorted((row["source_id"], row["other_source_id"]))
        sums = pairs.setdefault((one, other), [0, 0])
        sums[0] += row["n_events"] * raw.one_in
        sums[1] = max(sums[1], row["n_participants"])
    return [
        _twin(one, other, n_events, n_people, totals, raw)
        for (one, other), (n_events, n_people) in pairs.items()
        if n_events >= max(LEAST_TWINS, TWIN_SHARE * min(totals[one], totals[other]))
    ]


def _twin(
    one: str, other: str, n_events: int, n_people: int, totals: dict[str, int], raw: RawTables
) -> Finding:
    is_own = one == other
    place = "another file of the source" if is_own else f"source '{other}'"
    return Finding(
        code="likely_duplicates",
        severity="warning",
        source=one,
        message=f"{counted(n_events, 'event')} "
        f"({share(n_events, min(totals[one], totals[other]))}) of "
        f"{counted(n_people, 'participant')} have a twin under another id in {place}: the same "
        f"participant, name and second{raw.sampled}. Both count.",
        remedy="Keep one of the two exports, or leave event_id out, so that equal events are one."
        if is_own
        else "If both systems log the same app, load one of them only.",
        count=n_events,
    )
