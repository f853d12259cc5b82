"""SQL keeps to what DuckDB and Spark understand alike, and headers are true.

Each banned construct was seen to break on Spark, or to give other numbers without a word. The files
of `queries/raw` and `queries/load` are exempt: they run where exports are read, in DuckDB only.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlglot
from sqlglot import ErrorLevel, exp

from queries import sqlfile

ALL = sqlfile.all_paths()
LOADER_ONLY = ("raw/", "load/", "identity/", "sources/", "doctor/")
BUILT = ("staging/", "intermediate/", "marts/")
PORTABLE = [path for path in ALL if not path.startswith(LOADER_ONLY)]
TRANSLATED = [path for path in ALL if path.startswith(BUILT)]


def words(pattern: str) -> Callable[[str], bool]:
    return lambda sql: re.search(pattern, code(sql), re.IGNORECASE | re.DOTALL) is not None


def code(sql: str) -> str:
    """The statement without comments."""
    return re.sub(r"--[^\n]*", "", sql)


def unordered_numbers(sql: str) -> bool:
    ranks = (exp.RowNumber, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)
    windows = sqlglot.parse_one(sql, read="duckdb").find_all(exp.Window)
    return any(isinstance(one.this, ranks) and not one.args.get("order") for one in windows)


def unordered_limit(sql: str) -> bool:
    selects = sqlglot.parse_one(sql, read="duckdb").find_all(exp.Select)
    return any(one.args.get("limit") and not one.args.get("order") for one in selects)


def rounded_median(sql: str) -> bool:
    """A median or quantile of anything that is not said to be DOUBLE."""
    found = sqlglot.parse_one(sql, read="duckdb").find_all(
        exp.Median, exp.Quantile, exp.PercentileCont, exp.PercentileDisc, exp.ApproxQuantile
    )
    return any(
        not (isinstance(one.this, exp.Cast) and one.this.to.is_type("double")) for one in found
    )


@dataclass(frozen=True)
class Banned:
    """A construct: why not, what to write instead, how it is found, and an example of it."""

    name: str
    reason: str
    instead: str
    is_in: Callable[[str], bool]
    example: str


BANNED = (
    Banned(
        "date_diff of seconds to years",
        "DuckDB counts the boundaries crossed, Spark the whole units elapsed",
        "date_diff('day', ...) of dates, date_diff('microsecond', ...) of times, or ts <= lag + gap",
        words(r"\bdate_?(diff|sub)\s*\(\s*'(?!day'|microsecond')"),
        "select date_diff('second', started_at, ended_at) from t",
    ),
    Banned(
        "arg_max, arg_min",
        "ties are broken differently",
        "row_number() with a unique order",
        words(r"\b(arg_?max|arg_?min|max_by|min_by)\w*\s*\("),
        "select arg_max(score, answered_at) from t",
    ),
    Banned(
        "any_value, first, last as aggregates",
        "which row is taken is left to the engine",
        "min or max, or row_number() with a unique order",
        words(r"\b(any_value|arbitrary|first|last)\s*\("),
        "select first(score) from t",
    ),
    Banned(
        "median of what may be DECIMAL",
        "DuckDB cuts it to the scale of the DECIMAL",
        "median(cast(x as double))",
        rounded_median,
        "select median(score) from t",
    ),
    Banned(
        "range, generate_series",
        "not in Spark where a table is expected",
        "join dim_weeks or int_numbers",
        words(r"\b(range|generate_series|sequence)\s*\("),
        "select * from range(12)",
    ),
    Banned(
        "ASOF join",
        "not in Spark",
        "join on <= and keep row_number() = 1",
        words(r"\basof\b"),
        "select * from a asof join b on a.t >= b.t",
    ),
    Banned(
        "PIVOT",
        "other syntax and other names in Spark",
        "max(case when ... end) for each column",
        words(r"\b(un)?pivot\b"),
        "pivot t on stage using sum(n)",
    ),
    Banned(
        "ISO weeks",
        "formats and functions of ISO weeks differ",
        "date_trunc('week', ...)",
        words(r"%[GVu]|\b(week|weekofyear|isoyear|yearweek)\s*\(|extract\s*\(\s*(week|isoyear)\b"),
        "select strftime(local_date, '%G-W%V') from t",
    ),
    Banned(
        "epoch",
        "not in Spark",
        "date_diff('microsecond', ...) / 1e6",
        words(r"\bepoch(_\w+)?\b"),
        "select extract(epoch from occurred_at) from t",
    ),
    Banned(
        "to_seconds and its like",
        "not in Spark",
        "n * interval '1' second",
        words(r"\bto_(seconds|minutes|hours|days|weeks|months|years)\s*\("),
        "select occurred_at + to_seconds(30) from t",
    ),
    Banned(
        "division by zero",
        "an error on both, but only when a row meets it",
        "x / nullif(y, 0)",
        words(r"/\s*0+(\.0*)?(?![.\d])"),
        "select 1 / 0",
    ),
    Banned(
        "floor division",
        "rounds towards zero, so days before day 0 fall in week 0",
        "floor(x / 7.0)",
        words(r"//"),
        "select study_day // 7 from t",
    ),
    Banned(
        "distinct in string_agg",
        "crashes Spark 4.3 beside count(distinct)",
        "array_to_string(list_sort(list(distinct x)), ',')",
        words(r"\b(string_agg|group_concat|listagg)\s*\(\s*distinct\b"),
        "select string_agg(distinct arm_id, ',') from t",
    ),
    Banned(
        "distinct on",
        "which row stays is left to the engine unless the order is unique",
        "row_number() with a unique order",
        words(r"\bdistinct\s+on\b"),
        "select distinct on (participant_id) * from t",
    ),
    Banned(
        "UUID and HUGEINT",
        "Spark cannot read them from Parquet",
        "VARCHAR ids; cast(sum(x) as bigint)",
        words(r"\b(uuid|hugeint|uhugeint)\b"),
        "select cast(id as uuid) from t",
    ),
    Banned(
        "clock and chance",
        "a build of the same rows must give the same marts",
        "dim_build.as_of_at",
        words(r"\b(now|random|today|get_current_timestamp|uuid)\s*\(|\bcurrent_(date|time\w*)\b"),
        "select current_date",
    ),
    Banned(
        "row numbers without an order",
        "the order is left to the engine",
        "order by with a unique last key",
        unordered_numbers,
        "select row_number() over (partition by a) from t",
    ),
    Banned(
        "limit without an order",
        "which rows stay is left to the engine",
        "order by with a unique last key",
        unordered_limit,
        "select a from t limit 5",
    ),
)


@pytest.mark.parametrize("banned", BANNED, ids=lambda banned: banned.name)
def test_the_lint_finds_what_it_bans(banned):
    assert banned.is_in(banned.example)
    assert not banned.is_in(f"-- {banned.example}\nselect a from t order by a")


@pytest.mark.parametrize("path", PORTABLE)
def test_no_banned_construct(path):
    sql = sqlfile.load(path).sql
    found = [
        f"{banned.name}: {banned.reason}. Write {banned.instead}."
        for banned in BANNED
        if banned.is_in(sql)
    ]
    assert found == []


def test_rows_allowed_beside_banned_ones():
    allowed = (
        "select date_diff('day', a, b), date_diff('microsecond', a, b) / 1e6, "
        "median(cast(score as double)), x / nullif(y, 0), x / 0.5, x / 60.0, "
        "row_number() over (order by a), sum(x) over (partition by a) from t order by a limit 5"
    )
    assert [banned.name for banned in BANNED if banned.is_in(allowed)] == []


@pytest.mark.parametrize("path", TRANSLATED)
def test_the_build_translates_to_spark(path):
    sql = sqlfile.load(path).sql
    [spark] = sqlglot.transpile(
        sql, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE
    )
    assert sqlglot.parse_one(spark, read="spark")


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


@pytest.mark.parametrize("path", PORTABLE)
def test_every_select_says_its_columns_and_is_written_in_lower_case(path):
    query = sqlfile.load(path)
    assert query.columns
    assert query.grain.startswith("one row")
    keywords = re.findall(
        r"\b(SELECT|FROM|WHERE|JOIN|GROUP|ORDER|CASE|WITH|AND|OR|ON|AS)\b", query.sql
    )
    assert keywords == []


@pytest.mark.parametrize("path", [path for path in ALL if path.startswith("checks/")])
def test_checks_say_how_severe_they_are(path):
    assert sqlfile.load(path).severity in {"fail", "warn"}


def test_tables_are_named_by_layer():
    for path in TRANSLATED:
        name = sqlfile.load(path).name
        prefixes = {
            "staging": ("stg_",),
            "intermediate": ("int_",),
            "marts": ("fct_", "model_"),
        }[path.split("/")[0]]
        assert name.startswith(prefixes), path
