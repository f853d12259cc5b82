"""Files that cannot be read as a whole: named, in words, and everything else is loaded."""

import gzip
import io
import os
import zipfile

import polars as pl

from tests.etl.faults.harm import HURT, MARK, N_GOOD, N_WHOLE, PEOPLE, table

TEXT = table(*range(N_GOOD, N_WHOLE)).encode()
AGAIN = ("Export it again", "Download it again", "Set encoding", "ask where it comes from")
"""One of these is the remedy."""


def packed(data=TEXT * 50):
    return gzip.compress(data, mtime=0)


def zipped(**members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return made.getvalue()


def parquet():
    made = io.BytesIO()
    columns = {
        "pid": PEOPLE,
        "event": ["open"] * len(PEOPLE),
        "time": [f"2025-03-05T00:1{number}:00Z" for number in range(len(PEOPLE))],
        "properties": [f'{{"note": "{MARK}"}}'] * len(PEOPLE),
    }
    pl.DataFrame(columns).write_parquet(made, compression="uncompressed")
    return made.getvalue()


def spoiled(data, start, end, by=0xFF):
    """The same with the bytes from start to end put wrong."""
    part = bytes(one ^ by for one in data[start:end])
    return data[:start] + part + data[len(data) + end if end < 0 else end :]


FAULTS = {
    "gzip cut in its data": (packed()[:-200], "ends in the middle of its compressed data"),
    "gzip cut in its last bytes": (packed()[:-3], "ends in the middle of its compressed data"),
    "gzip cut after its mark": (b"\x1f\x8b\x08", "ends in the middle of its compressed data"),
    "gzip damaged": (spoiled(packed(os.urandom(90_000) + TEXT), 9_000, 9_100), ""),
    "gzip with a wrong checksum": (spoiled(packed(), -8, -4), "compressed data are damaged"),
    "gzip with garbage behind": (packed() + b"garbage", "compressed data are damaged"),
    "zip cut": (zipped(a=TEXT)[:-20], "is a damaged ZIP archive"),
    "zip damaged": (spoiled(zipped(a=TEXT), 40, 80), "file 1 of 1 inside it"),
    "zip that leaves its folder": (zipped(**{"../../a.csv": TEXT}), "names a place outside itself"),
    "zip to the root": (zipped(**{"/etc/a.csv": TEXT}), "names a place outside itself"),
    "parquet cut": (parquet()[:-100], "is not a readable Parquet file"),
    "parquet without a footer": (b"PAR1" + parquet()[-8:], "is not a readable Parquet file"),
    "parquet with a footer too long": (
        parquet()[:-8] + b"\xff\xff\xff\x7fPAR1",
        "is not a readable Parquet file",
    ),
    "parquet with a footer of nothing": (parquet()[:-8] + b"\0\0\0\0PAR1", "content is damaged"),
    "parquet with a wrong footer": (spoiled(parquet(), -200, -8), "content is damaged"),
    "parquet with wrong pages": (spoiled(parquet(), 4, 60), "content is damaged"),
    "utf-16 that says nothing of it": (TEXT.decode().encode("utf-16-le"), "looks like UTF-16"),
    "nothing but nul": (b"\0" * 2_000, "the header is not text"),
}


def hurt(scene, faults=FAULTS):
    """Put every damaged file among the exports, called after what is wrong with it."""
    paths = {fault: f"{HURT}-{fault.replace(' ', '-')}" for fault in faults}
    for fault, path in paths.items():
        scene.write(path, FAULTS[fault][0])
    return paths


def test_new_files_that_are_damaged(ways):
    paths = hurt(ways.scene)
    outcome = ways.scene.load()
    assert outcome.exit_code == 1
    messages = {one.source_file: one.message for one in outcome.failed}
    assert set(messages) == set(paths.values())
    for fault, path in paths.items():
        assert messages[path].startswith(path)
        assert FAULTS[fault][1] in messages[path]
        assert any(one in messages[path] for one in AGAIN), messages[path]
    ways.survive(outcome, n_shown=N_GOOD)
    ways.mend()


def test_files_that_were_whole_before_keep_their_rows(ways):
    faults = ("gzip cut in its data", "zip damaged", "parquet with wrong pages")
    for number, path in enumerate(hurt(ways.scene, faults).values()):
        ways.scene.write(path, table(number, day=20))
    ways.survive(ways.scene.load(), n_shown=N_GOOD + len(faults))
    hurt(ways.scene, faults)
    outcome = ways.scene.load()
    assert len(outcome.failed) == len(faults)
    assert {one.rows_loaded for one in outcome.receipts if one.status == "failed"} == {1}
    ways.survive(outcome, n_shown=N_GOOD + len(faults))
