"""What DuckDB and Spark do not read alike: why not, what to write instead, and a proof of it.

A construct of `BANNED` is in no query that pages, models or builds ask; one of `BANNED_IN_BUILDS` in
none of a build, which runs on either engine. `etl/engines/dialect.py` translates what can be translated
without knowing the data; what cannot is here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp, parse_one

WHOLE = ("tinyint", "smallint", "int", "bigint")
KEPT_WHOLE = (exp.Floor, exp.Ceil, exp.Round, exp.Count, exp.Sum, exp.Max, exp.Min, exp.DateDiff)
FORMATS = frozenset({"%Y", "%Y-%m", "%Y-%m-%d"})


@dataclass(frozen=True)
class Banned:
    """A construct: why not, what to write instead, how it is found, and an example of it.

    `shown` is a statement with values of its own on which the engines were seen to part: Spark breaks, or
    answers otherwise; NULL where it takes more than one statement, or chance.
    """

    name: str
    reason: str
    instead: str
    is_in: Callable[[str], bool]
    example: str
    shown: str | None = None


def words(pattern: str) -> Callable[[str], bool]:
    return lambda sql: re.search(pattern, code(sql), re.IGNORECASE | re.DOTALL) is not None


def code(sql: str) -> str:
    """The statement without comments."""
    return re.sub(r"--[^\n]*", "", sql)


def found(sql: str, *kinds: type[exp.Expression]) -> list[exp.Expression]:
    return list(parse_one(sql, read="duckdb").find_all(*kinds))


def unordered_numbers(sql: str) -> bool:
    ranks = (exp.RowNumber, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)
    windows = found(sql, exp.Window)
    return any(isinstance(one.this, ranks) and not one.args.get("order") for one in windows)


def unordered_limit(sql: str) -> bool:
    selects = found(sql, exp.Select)
    return any(one.args.get("limit") and not one.args.get("order") for one in selects)


def quantiles(sql: str) -> list[exp.Expression]:
    return found(
        sql, exp.Median, exp.Quantile, exp.PercentileCont, exp.PercentileDisc, exp.ApproxQuantile
    )


def rounded_median(sql: str) -> bool:
    """A median or quantile of anything that is not said to be DOUBLE."""
    return any(
        not (isinstance(one.this, exp.Cast) and one.this.to.is_type("double"))
        for one in quantiles(sql)
    )


def starred_qualify(sql: str) -> bool:
    return any(one.args.get("qualify") and one.is_star for one in found(sql, exp.Select))


def bare_like(sql: str) -> bool:
    """LIKE without an escape of its own, unless its pattern is written there without a backslash."""
    return any(
        not isinstance(one.parent, exp.Escape)
        and not (one.expression.is_string and "\\" not in one.expression.name)
        for one in found(sql, exp.Like, exp.ILike)
    )


def cut_fraction(sql: str) -> bool:
    """A cast to a whole number of what may be a fraction."""
    return any(
        one.to.is_type(*WHOLE)
        and not isinstance(one.this.unnest(), KEPT_WHOLE)
        and list(one.this.find_all(exp.Div, exp.Avg))
        for one in found(sql, exp.Cast)
    )


def free_rounding(sql: str) -> bool:
    return any(
        one.args.get("decimals") is not None and not one.args["decimals"].is_int
        for one in found(sql, exp.Round)
    )


def lenient_cast(sql: str) -> bool:
    """TRY_CAST of anything but the study file's own day 0, which was checked."""
    return any(
        not (isinstance(one.this, exp.Column) and one.this.name == "day_zero")
        for one in found(sql, exp.TryCast)
    )


def days_between_times(sql: str) -> bool:
    """Days between two moments: house names of moments end in `_at`."""
    return any(
        str(one.args["unit"]).lower() == "day"
        and any(
            isinstance(side.unnest(), exp.Column) and side.unnest().name.endswith("_at")
            for side in (one.this, one.expression)
        )
        for one in found(sql, exp.DateDiff)
    )


def written_moment(sql: str) -> bool:
    """A moment or a fraction as text."""
    return any(
        one.to.is_type("varchar", "text")
        and (
            list(one.this.find_all(exp.Div, exp.Avg))
            or (isinstance(one.this, exp.Column) and one.this.name.endswith("_at"))
        )
        for one in found(sql, exp.Cast)
    )


def other_format(sql: str) -> bool:
    return any(
        not one.args["format"].is_string or one.args["format"].name not in FORMATS
        for one in found(sql, exp.TimeToStr, exp.StrToTime)
    )


def lists_or_structs(sql: str) -> bool:
    written = found(sql, exp.Bracket, exp.Array, exp.Struct, exp.Lambda, exp.Unnest, exp.Explode)
    return bool(written) or words(r"\b(list|list_\w+|array_\w+|struct_\w+|flatten)\s*\(")(sql)


BANNED = (
    Banned(
        "date_diff of seconds to years",
        "DuckDB counts the boundaries crossed, Spark the whole units elapsed",
        "date_diff('day', ...) of dates, date_diff('microsecond', ...) of times, or ts <= lag + gap",
        words(r"\bdate_?(diff|sub)\s*\(\s*'(?!day'|microsecond')"),
        "select date_diff('second', started_at, ended_at) from t",
        "select date_diff('second', timestamp '2025-01-01 00:00:00.9', timestamp '2025-01-01 00:00:01.1')",
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
        "select cast(median(x) as double) from (values (2.7), (2.8)) as t (x)",
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
        "select strftime(date '2024-12-30', '%G-W%V')",
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


BANNED_IN_BUILDS = (
    Banned(
        "median, quantile",
        "engines interpolate between two values with other roundings",
        "the places of row_number(), as fct_dimension_bands does",
        lambda sql: bool(quantiles(sql)),
        "select quantile_cont(cast(score as double), 0.1) from t",
        "select quantile_cont(cast(x as double), 0.7) from (values (0.1), (0.7), (1.3)) as t (x)",
    ),
    Banned(
        "select * with qualify",
        "the number that is asked for becomes a column on Spark",
        "the columns by name",
        starred_qualify,
        "select * from t qualify row_number() over (order by a) = 1",
        "select * from (values (1)) as t (a) qualify row_number() over (order by a) = 1",
    ),
    Banned(
        "round to a number of places that is computed",
        "DuckDB rounds the number, Spark what it is written like; only known places are translated",
        "round(x, 1)",
        free_rounding,
        "select round(score, places) from t",
        "select round(x, n) from (values (cast(1.005 as double), 2)) as t (x, n)",
    ),
    Banned(
        "like without escape",
        "a backslash in the pattern escapes on Spark, and is a backslash in DuckDB",
        "like ... escape '\\'",
        bare_like,
        "select a like b from t",
        "select 'a\\_b' like p from (values ('a\\_b')) as t (p)",
    ),
    Banned(
        "fraction cast to a whole number",
        "DuckDB rounds, Spark cuts",
        "cast(floor(x) as integer), or round",
        cut_fraction,
        "select cast(study_day / 7.0 as integer) from t",
        "select cast(x / 2 as integer) from (values (3)) as t (x)",
    ),
    Banned(
        "try_cast",
        "Spark takes '2025' for a date and '1.5d' for a number",
        "a number or date of the loader's, which refuses what is none",
        lenient_cast,
        "select try_cast(value_text as double) from t",
        "select try_cast(x as double) from (values ('1.5d')) as t (x)",
    ),
    Banned(
        "days between moments",
        "DuckDB counts midnights, Spark whole days elapsed",
        "date_diff('day', ...) of dates",
        days_between_times,
        "select date_diff('day', started_at, ended_at) from t",
        "select date_diff('day', a_at, b_at) from (values (timestamp '2025-01-01 23:00:00', "
        "timestamp '2025-01-02 01:00:00')) as t (a_at, b_at)",
    ),
    Banned(
        "moment or fraction as text",
        "written otherwise: 1e+20 and 1.0E20, or how many digits of a second",
        "keep it as it is, or cast a date or whole number",
        written_moment,
        "select cast(started_at as varchar) from t",
        "select cast(x / 3 as varchar) from (values (1e20)) as t (x)",
    ),
    Banned(
        "formats of times but year, month and day",
        "the letters mean other things, and names of months come in other languages",
        "strftime(x, '%Y-%m')",
        other_format,
        "select strftime(occurred_at, '%c') from t",
        "select strftime(x, '%U') from (values (date '2025-01-06')) as t (x)",
    ),
    Banned(
        "regexp_replace",
        "DuckDB replaces the first match, Spark all",
        "split_part or regexp_extract",
        words(r"\bregexp_replace\s*\("),
        "select regexp_replace(a, 'x', 'y') from t",
        "select regexp_replace(a, 'x', 'y') from (values ('xx')) as t (a)",
    ),
    Banned(
        "interval of days and more",
        "a date and an interval are a TIMESTAMP in DuckDB, a DATE on Spark",
        "date + 7, or interval '1' second for moments",
        words(r"\binterval\s+\S+\s+(day|week|month|quarter|year)"),
        "select enrolled_date + interval '1' month from t",
        "select cast(x + interval '1' day as varchar) from (values (date '2025-01-31')) as t (x)",
    ),
    Banned(
        "moments with a time zone",
        "the loader knows zones; in a build every moment is UTC",
        "occurred_at and local_date",
        words(r"\btimestamptz\b|\bwith\s+time\s+zone\b|\bat\s+time\s+zone\b"),
        "select occurred_at at time zone 'UTC' from t",
    ),
    Banned(
        "hashes",
        "each engine has its own",
        "the columns themselves",
        words(r"\b(hash|md5|md5_number\w*|sha1|sha256)\s*\("),
        "select hash(a) from t",
        "select hash(x) from (values (1)) as t (x)",
    ),
    Banned(
        "lists and structs",
        "indices, NULLs and names differ",
        "rows",
        lists_or_structs,
        "select list(a) from t",
        "select ([10, 20])[x] from (values (3)) as t (x)",
    ),
)
