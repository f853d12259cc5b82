"""Answers that are in range and still not what the study file says."""

from collections.abc import Iterator

import polars as pl

from etl.doctor.findings import Finding, counted, share, some
from etl.doctor.raw_tables import RawTables
from study.definition import Instrument

AGAINST = -0.25
"""An item that goes with the mean of the others like this is turned the wrong way."""
LEAST_ANSWERS, LEAST_OCCASIONS, LEAST_FOR_RANGE = 20, 50, 300
FEW_SAME, MANY_SAME = 0.05, 0.2


def answer_findings(raw: RawTables) -> list[Finding]:
    """Items nobody answered, always alike or turned round; ranges and people without spread."""
    values = raw.fetch("item_values")
    if values.is_empty():
        return []
    found: list[Finding] = []
    for instrument in raw.study.instruments:
        own = values.filter(pl.col("instrument_id") == instrument.id)
        if not own.is_empty():
            found += [*_items(instrument, own), *_range(instrument, own)]
    return [*found, *_turned(raw), *_throughout(raw)]


def _items(instrument: Instrument, values: pl.DataFrame) -> Iterator[Finding]:
    answered = values.filter(pl.col("n_answers") > 0)
    blank = [item for item in instrument.items if item not in set(answered["item_id"])]
    if blank and not answered.is_empty():
        yield Finding(
            code="item_without_answer",
            severity="warning",
            subject=f"instruments.{instrument.id}",
            message=f"Nobody answered item {some(blank, 5)}.",
            remedy="Check the names of its column or of the item.",
            count=len(blank),
        )
    constant = answered.filter((pl.col("n_values") == 1) & (pl.col("n_answers") >= LEAST_ANSWERS))
    if not constant.is_empty():
        yield Finding(
            code="item_constant",
            severity="warning",
            subject=f"instruments.{instrument.id}",
            message=f"Everybody gave the same answer to item {some(constant['item_id'], 5)}.",
            remedy="Check that the column holds answers, and not a code of the survey.",
            count=constant.height,
        )


def _range(instrument: Instrument, values: pl.DataFrame) -> Iterator[Finding]:
    lowest, highest = values["lowest"].min(), values["highest"].max()
    if values["n_answers"].sum() < LEAST_FOR_RANGE:
        return
    unused = [
        f"{end} of {limit:g}"
        for end, limit, used in (
            ("lowest answer", instrument.low, lowest),
            ("highest answer", instrument.high, highest),
        )
        if used != limit
    ]
    if unused:
        yield Finding(
            code="range_not_used",
            severity="info",
            subject=f"instruments.{instrument.id}",
            message=f"Nobody ever gave the {' and the '.join(unused)}.",
            remedy="If the export counts from another base or on a shorter scale, set `add`, or "
            "`low` and `high`, in study.toml.",
        )


def keyed_items(instruments: tuple[Instrument, ...]) -> pl.DataFrame:
    """Items by the first scale with three of them or more; totals only where there is no other."""
    rows = []
    for one in instruments:
        taken: set[str] = set()
        for scale in sorted(one.scales, key=lambda scale: len(scale.items)):
            if len(scale.items) < 3:
                continue
            rows += (
                [
                    (one.id, scale.id, item, item in one.reverse, float(one.low), float(one.high))
                    for item in scale.items
                ]
                if not taken.issuperset(scale.items)
                else []
            )
            taken.update(scale.items)
    schema = {
        "instrument_id": pl.String,
        "scale_id": pl.String,
        "item_id": pl.String,
        "is_reversed": pl.Boolean,
        "low": pl.Float64,
        "high": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _turned(raw: RawTables) -> list[Finding]:
    items = keyed_items(raw.study.instruments)
    if items.is_empty():
        return []
    raw.con.register("keyed_items", items.to_arrow())
    try:
        rests = raw.fetch("item_rest")
    finally:
        raw.con.unregister("keyed_items")
    against = _against(rests).join(
        items, on=["instrument_id", "scale_id", "item_id"], maintain_order="left"
    )
    return [
        Finding(
            code="item_reversed_suspect",
            severity="warning",
            subject=f"instruments.{row['instrument_id']}, item {row['item_id']}",
            message=f"It goes against the other items of {row['scale_id']!r} (correlation "
            f"{row['correlation']:.2f}, n = {row['n_occasions']:,}), "
            + (
                "although the study file turns it round."
                if row["is_reversed"]
                else "and the study file does not turn it round."
            ),
            remedy="If the export has turned it round already, take it out of 'reverse'."
            if row["is_reversed"]
            else "If it is worded the other way, add it to 'reverse' of the instrument.",
            count=row["n_occasions"],
        )
        for row in against.iter_rows(named=True)
    ]


def _against(rests: pl.DataFrame) -> pl.DataFrame:
    """Items that go against the others of their scale.

    In a short scale one turned item pulls the rest of the others with it: where more than half of
    a scale seem turned, it is the one that goes against them most.
    """
    scale = ["instrument_id", "scale_id"]
    is_against = pl.col("correlation") <= AGAINST
    is_worst = pl.col("correlation").rank("ordinal").over(scale) == 1
    is_half = is_against.sum().over(scale) * 2 > pl.len().over(scale)
    enough = rests.filter(pl.col("n_occasions") >= LEAST_OCCASIONS)
    return enough.filter(is_against & (is_worst | ~is_half))


def _throughout(raw: RawTables) -> list[Finding]:
    return [
        Finding(
            code="same_answer_throughout",
            severity="warning" if row["n_same"] >= MANY_SAME * row["n_occasions"] else "info",
            subject=f"instruments.{row['instrument_id']}",
            message=f"{row['n_same']:,} of "
            f"{counted(row['n_occasions'], 'filling-in', 'fillings-in')} "
            f"({share(row['n_same'], row['n_occasions'])}) have one answer throughout, of "
            f"{counted(row['n_participants'], 'participant')}.",
            remedy="They count. Look at them before you trust a scale of reversed items.",
            count=row["n_same"],
        )
        for row in raw.fetch("same_answers").iter_rows(named=True)
        if row["n_same"] >= max(5, FEW_SAME * row["n_occasions"])
    ]
