"""What a header promises is compared with what came, whichever way a query is run."""

import pytest

from queries.sqlfile import HeaderError, parse
from warehouse.connect import in_memory

TEXT = """-- twice
--
-- Numbers and their doubles.
-- Grain: one row per number.
-- Param: most BIGINT the last number
-- Column: number BIGINT a number
-- Column: doubled {kind} twice as much
select range as number, 2 * range as doubled from range($most)
"""


@pytest.fixture
def con():
    con = in_memory()
    yield con
    con.close()


def query(kind="BIGINT"):
    return parse("marts/twice.sql", TEXT.format(kind=kind))


def test_rows_are_kept_and_counted(con):
    assert query().create(con, most=3) == 3
    assert con.sql("from twice").fetchall() == [(0, 0), (1, 2), (2, 4)]
    assert query().count(con, most=2) == 2
    assert query().count(con, most=0) == 0
    assert query().fetch(con, most=2).rows() == [(0, 0), (1, 2)]


@pytest.mark.parametrize("way", ["create", "count", "fetch"])
def test_columns_are_those_of_the_header(con, way):
    with pytest.raises(HeaderError, match=r"marts/twice\.sql returns columns"):
        getattr(query("VARCHAR"), way)(con, most=3)


@pytest.mark.parametrize("way", ["create", "count", "fetch", "execute"])
@pytest.mark.parametrize("given", [{}, {"most": 1, "more": 1}])
def test_parameters_are_those_of_the_header(con, way, given):
    with pytest.raises(HeaderError, match=r"marts/twice\.sql was called with parameters"):
        getattr(query(), way)(con, **given)
