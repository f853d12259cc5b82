"""Records that cannot be read among others that can: refused alone, with their row, and said so."""

import gzip
import io

import polars as pl
import pytest

from etl.sources.delimited import DelimitedReader
from tests.etl.faults.harm import HEADER, HURT, N_GOOD, N_WHOLE, PEOPLE, line, table
from tests.etl.load_study import counts

DEEP = 60_000
WHO = PEOPLE[0]
TIME = "2025-03-05T00:30:00Z"
LISTS = "[" * DEEP + "]" * DEEP
OBJECTS = '{"a":' * DEEP + "1" + "}" * DEEP
ROWS = [line(number) for number in range(N_GOOD, N_WHOLE)]


def csv(*rows, encoding="utf-8", end="\n"):
    return "".join(f"{one}{end}" for one in (HEADER, *rows)).encode(encoding)


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def json_lines(*properties):
    """Events of one minute each, with these texts for properties."""
    return "".join(
        f'{{"pid": "{WHO}", "event": "open", "time": "2025-03-05T01:{minute:02}:00Z", '
        f'"properties": {text}}}\n'
        for minute, text in enumerate(properties)
    ).encode()


def parquet(*properties):
    made = io.BytesIO()
    times = [f"2025-03-05T01:{minute:02}:00Z" for minute in range(len(properties))]
    columns = {"pid": WHO, "event": "open", "time": times, "properties": properties}
    pl.DataFrame(columns).write_parquet(made)
    return made.getvalue()


SPOILED = [*ROWS[:3], ROWS[3].replace("open", "op\0en"), *ROWS[4:]]
LATIN = csv(*ROWS[:9]) + f"{WHO},öffnen,{TIME},\n".encode("latin-1")
OPEN = [*ROWS[:3], ROWS[3][:-1], *ROWS[4:]]
"""The last value of the fourth row ends without its quotation mark."""
FAULTS = {
    "nul in a csv": (csv(*SPOILED), (10, 9, 0, 1), (4,), "characters of the declared encoding"),
    "nul in json lines": (
        json_lines("{}", '{"a": "\0"}', "{}"),
        (3, 2, 0, 1),
        (2,),
        "characters of the declared encoding",
    ),
    "latin-1 among utf-8": (LATIN, (10, 9, 0, 1), (10,), "correct 'encoding' of the source"),
    "half a character": (csv(*ROWS)[:-1] + b"\xe2\x82\n", (10, 9, 0, 1), (10,), "encoding"),
    "a quote that nothing closes": (csv(*OPEN), (10, 9, 0, 1), (4,), "open or stray"),
    "the same, gzipped": (gzip.compress(csv(*OPEN)), (10, 9, 0, 1), (4,), "open or stray"),
    "a quote in the middle": (
        csv(*ROWS[:5], ROWS[5].replace(",open", ',"open'), *ROWS[6:]),
        (10, 9, 0, 1),
        (6,),
        "open or stray",
    ),
    "ragged rows": (csv(*ROWS, "x", f"{WHO},,,,,"), (12, 10, 0, 2), (11, 12), "4 fields"),
    "lists too deep": (json_lines("{}", LISTS, "1"), (3, 2, 0, 1), (2,), "no more than 200 deep"),
    "objects too deep": (json_lines(OBJECTS, "{}"), (2, 1, 0, 1), (1,), "no more than 200 deep"),
    "deep and cut": (json_lines("[" * DEEP, "{}"), (2, 1, 0, 1), (1,), "no more than 200 deep"),
    "no json": (json_lines("{}", "{"), (2, 1, 0, 1), (2,), "one JSON object on a line"),
}


def test_what_is_refused_and_how_it_is_said(ways):
    paths = {f"{HURT}-{fault.replace(' ', '-')}": FAULTS[fault] for fault in FAULTS}
    for path, (content, *_) in paths.items():
        ways.scene.write(path, content)
    outcome = ways.scene.load()
    assert outcome.exit_code == 0
    receipts = {one.source_file: one for one in outcome.receipts}
    for path, (_, expected, rows, words) in paths.items():
        # Several of them hold the same events.
        read, loaded, duplicate, rejected = counts(receipts[path])
        assert (read, loaded + duplicate, 0, rejected) == expected, path
        (rule,) = receipts[path].by_rule
        assert (rule.rule, rule.first_rows) == ("bad_row", rows), path
        assert words in rule.expected
    n_loaded = sum(one.rows_loaded for one in outcome.receipts if one.kind == "events")
    ways.survive(outcome, n_shown=n_loaded)
    for path in paths:
        ways.scene.write(path, table(*range(N_GOOD, N_WHOLE)))
    assert ways.scene.load().exit_code == 0
    assert ways.scene.raw("select count(*) from rejected_rows") == [(0,)]
    loaded = "select count(*) from events where status = 'loaded'"
    assert ways.scene.raw(loaded) == [(N_WHOLE,)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_mark_at_the_beginning_says_the_encoding(tmp_path, encoding, end):
    path = tmp_path / "events.csv"
    path.write_bytes(csv(*ROWS, encoding=encoding, end=end))
    reader = DelimitedReader(path, delimiter=",", encoding="utf-8")
    (batch,) = reader.batches(("pid",))
    assert (batch.rows.height, batch.bad) == (len(ROWS), ())
