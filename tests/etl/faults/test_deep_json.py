"""JSON that nests without end: in a column it is text, and on a line of its own it is refused."""

import io
import json

import polars as pl
import pytest

from tests.etl.faults.harm import HEADER, HURT, MARK, N_GOOD, PEOPLE
from tests.etl.load_study import counts

DEEP = 20_000
LISTS = "[" * DEEP + "]" * DEEP
TEXTS = (
    json.dumps({"note": MARK}),
    LISTS,
    '{"a":' * DEEP + "1" + "}" * DEEP,
    "[" * DEEP,
    f'{{"note": {LISTS}}}',
)
TIMES = [f"2025-03-05T02:{minute:02}:00Z" for minute in range(len(TEXTS))]


def csv():
    texts = [text.replace('"', '""') for text in TEXTS]
    rows = zip(TIMES, texts, strict=True)
    return "".join((HEADER, *(f'\n{PEOPLE[0]},open,{time},"{text}"' for time, text in rows)))


def parquet():
    made = io.BytesIO()
    columns = {"pid": PEOPLE[1], "event": "open", "time": TIMES, "properties": TEXTS}
    pl.DataFrame(columns).write_parquet(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("drop", "properties"), [("", '"properties"'), ('drop = ["a", "note"]\n', '"*"')]
)
def test_in_a_column_it_hurts_nobody(ways, drop, properties):
    study = (ways.scene.folder / "study.toml").read_text()
    study = study.replace("[privacy]\n", f"[privacy]\n{drop}")
    study = study.replace('properties = "properties"', f"properties = {properties}")
    ways.scene.write("study.toml", study)
    ways.scene.write(f"{HURT}.csv", csv())
    ways.scene.write(f"{HURT}.parquet", parquet())
    outcome = ways.scene.load()
    hurt = [counts(one) for one in outcome.receipts if HURT in one.source_file]
    assert hurt == [(len(TEXTS), len(TEXTS), 0, 0)] * 2
    ways.survive(outcome, n_shown=N_GOOD + 2 * len(TEXTS))
    marked = f"select count(*) from events where contains(properties, '{MARK}')"
    assert ways.scene.raw(marked) == [(0 if drop else N_GOOD + 2,)]
