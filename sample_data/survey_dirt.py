"""The survey exports and the roster, made dirty as real exports are."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from sample_data.counts import Row
from sample_data.design import Size
from sample_data.people import HOME_ZONE
from sample_data.surveys import Occasion
from sample_data.trial import Life

ROSTER_HEADER = ("participant", "randomised_on", "arm", "site", "withdrawn_on", "withdrawal")
DWAI_HEADER = ("pid", "instrument", "item", "answer", "answered_at", "channel")
LONG_HEADER = ("pid", "item", "answer", "answered_at", "occasion")
# Faults of single answers: what stands in the cell.
WIDE_CELLS = (
    *(("out_of_range", text) for text in ("8", "8", "9", "77", "8")),
    *(("not_an_integer", text) for text in ("4,5", "5,5", "2,5")),
    *(("not_a_number", text) for text in ("often", "six")),
)
DWAI_CELLS = (
    *(("out_of_range", text) for text in ("8", "8", "9", "11")),
    *(("not_an_integer", text) for text in ("5.5", "3.5")),
    *(("not_a_number", text) for text in ("agree", "seven")),
)
LONG_CELLS = (("out_of_range", "8"), ("not_an_integer", "4.5"), ("not_a_number", "often"))
CUT_FIELDS = 7


def wide_header(size: Size) -> tuple[str, ...]:
    """Columns of the wide export: one an item."""
    items = range(1, 5 * size.items_per_dimension + 1)
    return ("participant", "occasion", "completed_at", *(f"dta5_{k}" for k in items), "minutes")


def wide_rows(lives: Iterable[Life], rng: np.random.Generator) -> list[Row]:
    """One row an occasion: faults in cells, two kinds of repeated occasion, broken rows."""
    rows = [_wide(life, occasion, rng) for life in lives for occasion in life.occasions]
    rows.sort(key=lambda row: (row.fields[2], row.participant))
    whole = _pick(rows, [k for k, row in enumerate(rows) if "" not in row.fields[3:]], rng, 25)
    for k, (rule, text) in zip(whole[:10], WIDE_CELLS, strict=True):
        rows[k] = _with_cell(rows[k], 3 + int(rng.integers(15)), text, cells=(rule,))
    repeated = [rows[k] for k in whole[10:17]]
    conflicting = [_contradict(rows[k]) for k in whole[17:20]]
    for k in whole[20:22]:
        rows[k] = _with_cell(rows[k], 2, "31/02/2025 10:00", fault="bad_time")
    for k in whole[22:24]:
        rows[k] = _with_cell(rows[k], 0, "", fault="missing_participant")
    cut = replace(rows[whole[24]], fields=rows[whole[24]].fields[:CUT_FIELDS], fault="bad_row")
    return [*rows, *repeated, *conflicting, cut]


def dwai_rows(lives: Iterable[Life], rng: np.random.Generator) -> list[Row]:
    """One row an answer of the DWAI."""
    rows = [
        _long(
            (life.person.id, "dwai", str(item), _text(tick, item), _utc(occasion.at + 240)),
            more=("kiosk, café",) if int(life.person.id[1:]) % 9 == 0 else ("app",),
        )
        for life, occasion in _by_time(lives)
        for item, tick in enumerate(occasion.dwai, 1)
    ]
    whole = _pick(rows, _answered(rows), rng, 25)
    for k, (rule, text) in zip(whole, DWAI_CELLS, strict=False):
        rows[k] = _with_cell(rows[k], 3, text, fault=rule)
    extra = [_with_cell(rows[k], 2, "7", fault="unknown_item") for k in whole[8:11]]
    extra += [_with_cell(rows[k], 1, "dwai_old", fault="unknown_instrument") for k in whole[11:13]]
    extra += [
        _with_cell(rows[k], 3, _other(rows[k].fields[3]), fault="conflicting_answer")
        for k in whole[13:16]
    ]
    for k in whole[16:18]:
        rows[k] = _with_cell(rows[k], 4, "soon", fault="bad_time")
    rows[whole[18]] = _with_cell(rows[whole[18]], 0, "", fault="missing_participant")
    ragged = replace(rows[whole[19]], fields=(*rows[whole[19]].fields, "x"), fault="bad_row")
    return [*rows, *_filled_in_again(rows, whole[20:22], 6), *extra, ragged]


def long_rows(lives: Iterable[Life], rng: np.random.Generator) -> list[Row]:
    """One row an answer of the alliance scale, as the tiny study has it."""
    rows = [
        _long(
            (life.person.id, str(item), _text(tick, item), _local(occasion.at, "T")),
            more=(f"W{occasion.week:02d}",),
            value=2,
        )
        for life, occasion in _by_time(lives)
        for item, tick in enumerate(occasion.answers, 1)
    ]
    whole = _pick(rows, _answered(rows, value=2), rng, 10)
    for k, (rule, text) in zip(whole, LONG_CELLS, strict=False):
        rows[k] = _with_cell(rows[k], 2, text, fault=rule)
    other = _other(rows[whole[3]].fields[2])
    extra = [_with_cell(rows[whole[3]], 2, other, fault="conflicting_answer")]
    extra.append(_with_cell(rows[whole[4]], 1, "11", fault="unknown_item"))
    rows[whole[5]] = _with_cell(rows[whole[5]], 0, "", fault="missing_participant")
    ragged = replace(rows[whole[6]], fields=(*rows[whole[6]].fields, "x"), fault="bad_row")
    return [*rows, *_filled_in_again(rows, whole[7:8], 10), *extra, ragged]


def roster_rows(lives: Iterable[Life], size: Size) -> list[Row]:
    """One row a participant, and a few that a trial office gets wrong."""
    rows = [_roster(life, size) for life in lives]
    first, second, last = rows[0], rows[1], int(rows[-1].participant[1:])
    other_site = next(site for site, _ in size.sites if site != second.fields[3])
    day = size.enrol_from.isoformat()
    arm, site = size.arms[0], size.sites[0][0]
    wrong = [
        ((f"P{last + 1:03d}", "2025-13-01", arm, site, "", ""), "bad_time"),
        ((f"P{last + 2:03d}", day, arm, "elsewhere", "", ""), "unknown_site"),
        (("", day, arm, site, "", ""), "missing_participant"),
        ((f"P{last + 3:03d}", day, arm, site), "bad_row"),
    ]
    return [
        *rows,
        first,
        _with_cell(second, 3, other_site, fault="conflicting_row"),
        *(Row(fields, fields[0], fields[0], fault) for fields, fault in wrong),
    ]


def _roster(life: Life, size: Size) -> Row:
    person = life.person
    left = life.withdrawn_day
    fields = (
        person.id,
        person.enrolled.isoformat(),
        person.arm if person.in_roster else size.unknown_arm,
        person.site,
        "" if left is None else (person.enrolled + timedelta(days=left)).isoformat(),
        life.withdrawal_kind,
    )
    return Row(fields, person.id, person.id, "" if person.in_roster else "unknown_arm")


def _wide(life: Life, occasion: Occasion, rng: np.random.Generator) -> Row:
    at = _local(occasion.at, " ")
    ticks = tuple(_text(tick, k) for k, tick in enumerate(occasion.answers))
    minutes = f"{rng.integers(15, 80) / 10}".replace(".", ",")
    label = f"week {occasion.week}"
    fields = (life.person.id, label, at, *ticks, minutes)
    return Row(fields, (life.person.id, at), life.person.id)


def _long(fields: tuple[str, ...], *, more: tuple[str, ...], value: int = 3) -> Row:
    """The key leaves the answer out: the same answer again is a duplicate, another a conflict."""
    key = fields[:value] + fields[value + 1 :]
    return Row((*fields, *more), key, fields[0])


def _by_time(lives: Iterable[Life]) -> list[tuple[Life, Occasion]]:
    both = [(life, occasion) for life in lives for occasion in life.occasions]
    return sorted(both, key=lambda pair: (pair[1].at, pair[0].person.id))


def _answered(rows: list[Row], value: int = 3) -> list[int]:
    return [k for k, row in enumerate(rows) if row.fields[value] not in ("", "NA")]


def _pick(rows: list[Row], among: list[int], rng: np.random.Generator, n: int) -> list[int]:
    """Indices of rows, each of another participant who is on the roster."""
    stray = max(row.participant for row in rows)
    chosen: dict[str, int] = {}
    for k in rng.permutation(among).tolist():
        if rows[k].participant != stray and len(chosen) < n:
            chosen.setdefault(rows[k].participant, k)
    return list(chosen.values())


def _with_cell(
    row: Row, column: int, text: str, *, fault: str = "", cells: tuple[str, ...] = ()
) -> Row:
    fields = (*row.fields[:column], text, *row.fields[column + 1 :])
    return replace(row, fields=fields, fault=fault, cells=cells)


def _contradict(row: Row) -> Row:
    """The same occasion with every answer another."""
    answers = tuple(_other(text) for text in row.fields[3:-1])
    fields = (*row.fields[:3], *answers, row.fields[-1])
    return replace(row, fields=fields, fault="conflicting_answer")


def _other(text: str) -> str:
    return str(int(text) - 1 if int(text) > 4 else int(text) + 1)


def _filled_in_again(rows: list[Row], which: list[int], n_items: int) -> list[Row]:
    """All answers of the occasions in which rows `which` stand, once more."""
    starts = [k - k % n_items for k in which]
    return [rows[k] for start in starts for k in range(start, start + n_items)]


def _text(tick: int | None, k: int) -> str:
    return ("NA" if k % 2 else "") if tick is None else str(tick)


def _local(at: int, separator: str) -> str:
    local = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(HOME_ZONE))
    return local.replace(tzinfo=None).isoformat(sep=separator)


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
