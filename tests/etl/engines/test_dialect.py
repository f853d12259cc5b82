"""What the house translates otherwise than sqlglot would."""

import pytest
from sqlglot import parse_one
from sqlglot.errors import UnsupportedError

from etl.engines.dialect import flat, spark_sql, to_spark
from queries import sqlfile


def spark(sql):
    return spark_sql(parse_one(sql, read="duckdb"))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select a / 7.0 from t", "SELECT CAST(a AS DOUBLE) / CAST(7.0 AS DOUBLE) FROM t"),
        ("select round(a, 1) from t", "SELECT ROUND(CAST(a AS DOUBLE) * 10D, 0) / 10D FROM t"),
        ("select round(a) from t", "SELECT ROUND(CAST(a AS DOUBLE) * 1D, 0) / 1D FROM t"),
        (
            "select row_number() over (order by a) from t",
            "SELECT CAST(ROW_NUMBER() OVER (ORDER BY a NULLS LAST) AS BIGINT) FROM t",
        ),
        (
            "select sum(a) over (partition by b) from t",
            "SELECT SUM(a) OVER (PARTITION BY b) FROM t",
        ),
        (
            "select json_extract_string(p, '$.\"' || q || '\"'), json_extract_string(p, '$.' || q) from t",
            "SELECT GET_JSON_OBJECT(p, '$[\\'' || q || '\\']'), GET_JSON_OBJECT(p, '$.' || q) FROM t",
        ),
        (
            "select json_extract_string(p, '$.\"a:' || q || '\"') from t",
            "SELECT GET_JSON_OBJECT(p, '$[\\'a:' || q || '\\']') FROM t",
        ),
        (
            "select e.a from raw.events as e cross join kept.fct_sessions",
            "SELECT e.a FROM raw__events AS e CROSS JOIN kept__fct_sessions AS fct_sessions",
        ),
        ("select concat(a, 'x') from t", "SELECT CONCAT(COALESCE(a, ''), 'x') FROM t"),
        ("select a like b escape '\\' from t", "SELECT a LIKE b ESCAPE '\\\\' FROM t"),
    ],
)
def test_translation(sql, expected):
    assert spark(sql) == expected


def test_the_statement_that_is_translated_stays_as_it_was():
    tree = parse_one("select a from raw.events", read="duckdb")
    before = tree.sql()
    spark_sql(tree)
    assert tree.sql() == before


def test_what_cannot_be_translated_is_an_error():
    with pytest.raises(UnsupportedError):
        spark("select round(a, b) from t")


def test_parameters_keep_their_names():
    assert ":n_parts" in to_spark(sqlfile.load("intermediate/int_events_anew.sql"))


def test_tables_of_other_databases_get_one_name():
    assert (flat("raw.events"), flat("dim_study")) == ("raw__events", "dim_study")
