"""A build of an older version is told as one, and a mistake in a query is not."""

import duckdb
import pytest

from queries import sqlfile
from queries.older_build import OlderBuildError
from tests.dashboard.mart_fixture import empty_mart

READ = sqlfile.load("reads/recruitment_plan.sql")
PARAMS = {"sites": None, "participants": None}


def fetch(con):
    wanted = {one.name: PARAMS.get(one.name) for one in READ.params}
    return READ.fetch(con, **wanted)


@pytest.fixture
def con():
    made = empty_mart()
    yield made
    made.close()


def test_a_table_that_is_not_there_is_named_with_a_way_out(con):
    con.execute("drop table dim_recruitment")
    with pytest.raises(OlderBuildError, match=r"older version .*\(dim_recruitment\). Run: rapport"):
        fetch(con)


def test_so_is_a_table_that_lacks_a_column(con):
    con.execute("alter table dim_recruitment drop column target")
    with pytest.raises(OlderBuildError, match="dim_recruitment"):
        fetch(con)


def test_a_mistake_in_a_read_stays_a_mistake(con):
    wrong = sqlfile.parse(
        "reads/wrong.sql",
        "-- wrong\n--\n-- Asks for a table that no version has.\n-- Grain: none\n"
        "-- Reads: dim_recruitment\n-- Column: n BIGINT n\nselect n from dim_nowhere",
    )
    with pytest.raises(duckdb.CatalogException):
        wrong.fetch(con)


def test_a_mart_promises_the_columns_of_its_file():
    assert "participant_id" in sqlfile.columns_of("fct_participants")
    assert sqlfile.columns_of("dim_recruitment") >= {"site_id", "target"}
    assert sqlfile.columns_of("dim_nowhere") == frozenset()
