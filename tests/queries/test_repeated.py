"""What a query writes once is done for each column of a kind."""

import pytest

from queries import sqlfile
from queries.repeated import repeated

SIZES = {"m": 2, "v": 3, "z": 2, "x": 3, "a": 3, "b": 6}


def outputs(path: str) -> list[str]:
    return [one.alias_or_name for one in repeated(sqlfile.load(path), SIZES).expressions]


@pytest.mark.parametrize("path", sqlfile.all_paths("sums"))
def test_headers_name_the_columns_in_order(path):
    stems = [name.removesuffix("_i") for name in (one.name for one in sqlfile.load(path).columns)]
    kept = {one.name for one in sqlfile.load(path).columns}
    found = [name if name in kept else name.rpartition("_")[0] for name in outputs(path)]
    assert list(dict.fromkeys(one.removesuffix("_i") for one in found)) == stems


def test_pairs_of_one_kind_come_once_and_of_two_kinds_all():
    sql = repeated(sqlfile.load("sums/cross_products.sql"), SIZES).sql("duckdb")
    assert "SUM(z_0 * z_0) AS a_0, SUM(z_1 * z_0) AS a_1, SUM(z_1 * z_1) AS a_2" in sql
    assert "SUM(z_0 * x_2) AS b_2, SUM(z_1 * x_0) AS b_3" in sql
    assert "z_0 * z_1" not in sql
    assert sql.endswith("GROUP BY group_1, group_2")


def test_groups_are_repeated_and_so_is_what_a_cte_gives():
    sql = repeated(sqlfile.load("sums/pattern_counts.sql"), SIZES).sql("duckdb")
    assert "SELECT a_0, a_1, a_2 FROM cross_products GROUP BY a_0, a_1, a_2" in sql
    assert len(outputs("sums/pattern_sums.sql")) == 3 + 2 + 21
