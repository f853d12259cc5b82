"""The fixture mart is what a build would write: same tables, same columns, one story."""

import pytest

from queries import sqlfile

MARTS = sqlfile.all_paths("marts")


@pytest.mark.parametrize("path", MARTS)
def test_a_table_has_the_columns_of_its_mart(con, path):
    mart = sqlfile.load(path)
    table = con.table(mart.name)
    promised = {column.name: column.type for column in mart.columns}
    assert dict(zip(table.columns, map(str, table.types), strict=True)) == promised


def test_days_sessions_and_weeks_count_the_same_use(con):
    def total(table: str, column: str) -> int:
        return con.table(table).sum(column).fetchall()[0][0]

    assert total("fct_participant_days", "n_sessions") == total("fct_participants", "n_sessions")
    assert total("fct_participant_weeks", "n_sessions") == total("fct_participants", "n_sessions")
    assert con.table("fct_sessions").count("*").fetchall()[0][0] == total(
        "fct_participants", "n_sessions"
    )


def test_every_receipt_adds_up(con):
    rows = con.table("fct_receipts").project(
        "rows_read, rows_loaded, rows_duplicate, rows_rejected"
    )
    assert all(read == sum(parts) for read, *parts in rows.fetchall())
