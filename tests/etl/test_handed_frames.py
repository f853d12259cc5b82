"""Frames that SQL reads are let go of before their transaction ends: a file may be of any size."""

import gc
import weakref

import polars as pl
import pyarrow as pa
import pytest

from etl import refusals
from etl.refusals import registered
from etl.sources.chunks import Shell, chunked
from warehouse.connect import in_memory

FRAME = pl.DataFrame({"row": [1, 2, 3], "text": ["a", None, "longer than what fits in a view"]})


def test_a_frame_is_read_as_it_is():
    con = in_memory()
    with registered(con, "incoming", FRAME):
        assert con.execute("from incoming").fetchall() == FRAME.rows()
        assert con.execute("select count(*) from incoming where row > 1").fetchall() == [(2,)]


def test_nothing_of_it_is_held_until_the_transaction_ends(monkeypatch):
    tables: list[weakref.ref[pa.Table]] = []

    def kept_in_sight(frame: pl.DataFrame) -> pa.Table:
        table = chunked(frame)
        tables.append(weakref.ref(table))
        return table

    monkeypatch.setattr(refusals, "chunked", kept_in_sight)
    con = in_memory()
    con.execute("create table kept (row bigint, text varchar)")
    con.execute("begin")
    for _ in range(3):
        with registered(con, "incoming", FRAME):
            con.execute("insert into kept from incoming")
    gc.collect()
    assert [one() for one in tables] == [None] * 3
    con.execute("commit")
    assert con.execute("select count(*) from kept").fetchall() == [(9,)]


def test_an_empty_shell_says_so():
    shell = Shell(chunked(FRAME))
    shell.empty()
    with pytest.raises(ValueError, match="let go"):
        pa.table(shell)
