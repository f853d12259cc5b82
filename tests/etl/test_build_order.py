import pytest

from etl.build_order import ASIDE, build_order, order
from queries import sqlfile
from queries.sqlfile import HeaderError, parse


def query(name, reads):
    return parse(f"marts/{name}.sql", f"-- {name}\n--\n-- Grain: one row.\n-- Reads: {reads}\n")


def test_every_query_comes_after_what_it_reads():
    seen = set()
    for one in build_order():
        made = {name for name in one.reads if not name.startswith(("raw.", "dim_", "kept."))}
        assert made <= seen, one.path
        seen.add(one.name)
    folders = ("staging", "intermediate", "marts")
    assert len(seen) == sum(len(sqlfile.all_paths(folder)) for folder in folders) - len(ASIDE)


def test_the_order_does_not_depend_on_the_order_of_files():
    queries = [query("c", "a"), query("b", "raw.events"), query("a", "dim_study, b")]
    assert [one.name for one in order(queries)] == ["b", "a", "c"]
    assert order(queries) == order(queries[::-1])


def test_a_circle_is_named():
    with pytest.raises(HeaderError, match="wait for each other"):
        order([query("a", "b"), query("b", "a")])


def test_a_table_that_nobody_makes_is_named():
    with pytest.raises(HeaderError, match=r"marts/a\.sql reads nowhere"):
        order([query("a", "nowhere, dim_study")])
