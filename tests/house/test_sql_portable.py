"""SQL keeps to what DuckDB and Spark understand alike, and headers are true.

Each banned construct was seen to break on Spark, or to give other numbers without a word. The files
of `queries/raw` and `queries/load` are exempt: they run where exports are read, in DuckDB only.
"""

import re

import pytest
import sqlglot
from sqlglot import exp, parse_one

from etl.engines.dialect import to_spark
from etl.engines.spark import IN_DUCKDB, RAW_EVENTS
from queries import sqlfile
from tests.house.sql_lint import BANNED, BANNED_IN_BUILDS

ALL = sqlfile.all_paths()
LOADER_ONLY = ("raw/", "load/", "identity/", "sources/", "doctor/", "lake/")
BUILT = ("staging/", "intermediate/", "marts/")
PORTABLE = [path for path in ALL if not path.startswith(LOADER_ONLY)]
TRANSLATED = [path for path in ALL if path.startswith(BUILT)]
ON_SPARK = [path for path in TRANSLATED if sqlfile.load(path).name not in IN_DUCKDB]
ON_SPARK += [path for path in ALL if path.startswith("lake/own_") and "own_columns" not in path]


def banned_in(sql, banned):
    return [f"{one.name}: {one.reason}. Write {one.instead}." for one in banned if one.is_in(sql)]


@pytest.mark.parametrize("banned", [*BANNED, *BANNED_IN_BUILDS], ids=lambda banned: banned.name)
def test_the_lint_finds_what_it_bans(banned):
    assert banned.is_in(banned.example)
    assert not banned.is_in(f"-- {banned.example}\nselect a from t order by a")


def faults(paths, banned):
    """What is banned, by the files that have it."""
    found = {path: banned_in(sqlfile.load(path).sql, banned) for path in paths}
    return {path: some for path, some in found.items() if some}


# One test over all files: one a file takes longer than what it asks.
def test_no_banned_construct():
    assert len(PORTABLE) > 150
    assert faults(PORTABLE, BANNED) == {}


def test_no_construct_that_is_banned_in_builds():
    assert len(ON_SPARK) > 50
    assert faults(ON_SPARK, BANNED_IN_BUILDS) == {}


def test_what_spark_leaves_to_duckdb_reads_nothing_that_spark_makes():
    steps = {name: next(p for p in TRANSLATED if p.endswith(f"/{name}.sql")) for name in IN_DUCKDB}
    for path in steps.values():
        for name in sqlfile.load(path).reads:
            is_small = name.startswith(("raw.", "dim_")) and name != RAW_EVENTS
            assert is_small or name in IN_DUCKDB, f"{path} reads {name}"


def test_rows_allowed_beside_banned_ones():
    allowed = (
        "select date_diff('day', a, b), date_diff('microsecond', a, b) / 1e6, "
        "median(cast(score as double)), x / nullif(y, 0), x / 0.5, x / 60.0, "
        "row_number() over (order by a), sum(x) over (partition by a) from t order by a limit 5"
    )
    assert banned_in(allowed, BANNED) == []
    allowed = (
        "select cast(floor(x / 7.0) as integer), cast(7 * x + 6 as integer), round(x, 1), "
        "a like b escape '\\', a like 'x%', try_cast(day_zero as date), cast(local_date as varchar), "
        "strftime(d, '%Y-%m'), n * interval '1' second from t qualify row_number() over (order by a) = 1"
    )
    assert banned_in(allowed, BANNED_IN_BUILDS) == []


@pytest.mark.parametrize("path", ON_SPARK)
def test_the_build_translates_to_spark(path):
    assert parse_one(to_spark(sqlfile.load(path)), read="spark")


def tables_read(sql: str) -> tuple[set[str], set[str]]:
    """Tables that a statement reads, without its CTEs; and the one that it changes, if any."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    changed = None if isinstance(tree, exp.Query) else tree.find(exp.Table)
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    read = {
        f"{table.db}.{table.name}" if table.db else table.name
        for table in tree.find_all(exp.Table)
        if table is not changed and table.name and (table.db or table.name not in ctes)
    }
    return read, {changed.name} if changed else set()


@pytest.mark.parametrize("path", ALL)
def test_every_file_is_one_statement_that_reads_what_its_header_says(path):
    query = sqlfile.load(path)
    assert len(sqlglot.parse(query.sql, read="duckdb")) == 1
    read, changed = tables_read(query.sql)
    # What a statement changes, it may say to read or not: a delete does, an insert does not.
    assert read - changed == set(query.reads) - changed
    assert len(query.reads) == len(set(query.reads))
    assert query.summary


KEYWORDS = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|GROUP|ORDER|CASE|WITH|AND|OR|ON|AS)\b")


def test_every_select_says_its_columns_and_is_written_in_lower_case():
    queries = [sqlfile.load(path) for path in PORTABLE]
    assert [query.path for query in queries if not query.columns] == []
    assert [query.path for query in queries if not query.grain.startswith("one row")] == []
    assert [query.path for query in queries if KEYWORDS.search(query.sql)] == []


def test_checks_say_how_severe_they_are():
    checks = [sqlfile.load(path) for path in ALL if path.startswith("checks/")]
    assert len(checks) > 10
    assert [query.path for query in checks if query.severity not in {"fail", "warn"}] == []


def test_tables_are_named_by_layer():
    for path in TRANSLATED:
        name = sqlfile.load(path).name
        prefixes = {
            "staging": ("stg_",),
            "intermediate": ("int_",),
            "marts": ("fct_", "model_"),
        }[path.split("/")[0]]
        assert name.startswith(prefixes), path
