"""Single queries on both engines: where time is cut, and that a broken rule is seen."""

import shutil
from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from etl.engines.dialect import spark_sql
from queries import sqlfile
from tests.etl.engines.both import on_both
from tests.etl.engines.compare import table_differences
from tests.etl.engines.spark_once import shared_spark
from tests.house.sql_lint import BANNED, BANNED_IN_BUILDS
from warehouse.connect import in_memory

pytestmark = [pytest.mark.xdist_group("spark"), pytest.mark.exhaustive]
SESSIONS = "intermediate/int_sessions_begun.sql"
EXPOSURES = "intermediate/int_exposures_counted.sql"
START = datetime(2025, 3, 29, 23, 50)
MINUTE = 60_000_000
PAUSES = st.sampled_from([0, 1, 10 * MINUTE, 30 * MINUTE]).flatmap(
    lambda pause: st.integers(max(pause - 1, 0), pause + 1)
)
"""Microseconds between two events: beside what is capped, and what ends a session."""


def used(people):
    """Events of use by participant, from the pauses between them."""
    rows = []
    for number, pauses in enumerate(people):
        at = START
        for pause in (0, *pauses):
            at += timedelta(microseconds=pause)
            rows.append((number, at, at.date()))
    schema = {
        "participant_number": pl.Int32,
        "occurred_at": pl.Datetime("us"),
        "local_date": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def tables(people):
    n = len(people)
    restarts = pl.DataFrame(
        {
            "participant_id": [f"p{number}" for number in range(n)],
            "participant_number": pl.Series(range(n), dtype=pl.Int32),
            "restart_at": [START - timedelta(days=1)] * n,
            "n_sessions_kept": pl.Series([3] * n, dtype=pl.Int64),
        }
    )
    study = pl.DataFrame(
        {"session_gap_s": [1800], "idle_cap_s": [600]},
        schema={"session_gap_s": pl.Int32, "idle_cap_s": pl.Int32},
    )
    return {"int_events_used": used(people), "int_restarts": restarts, "dim_study": study}


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(people=st.lists(st.lists(PAUSES, max_size=12), min_size=30, max_size=60))
def test_sessions_are_cut_at_the_same_microsecond(people, tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    one, other = on_both(shared_spark(), sqlfile.load(SESSIONS), tables(people), folder)
    assert one.height > 0
    assert table_differences("sessions", one, other) == []


def test_a_broken_rule_is_seen(tmp_path):
    """Silences of half an hour counted in seconds, which the lint refuses: other sessions on Spark."""
    rule = "followed.occurred_at <= followed.previous_at + limits.session_gap then 0"
    broken_rule = "date_diff('second', followed.previous_at, followed.occurred_at) <= 1800 then 0"
    text = (sqlfile.ROOT / SESSIONS).read_text(encoding="utf-8")
    assert text.count(rule) == 1
    broken = sqlfile.parse(SESSIONS, text.replace(rule, broken_rule))
    assert [one.name for one in BANNED if one.is_in(broken.sql)] == [
        "date_diff of seconds to years"
    ]
    people = [[900_000, 30 * MINUTE + 200_000]] * 3
    one, other = on_both(shared_spark(), broken, tables(people), tmp_path)
    assert table_differences("sessions", one, other) != []
    shutil.rmtree(tmp_path / "given")
    one, other = on_both(shared_spark(), sqlfile.load(SESSIONS), tables(people), tmp_path)
    assert table_differences("sessions", one, other) == []


def test_sums_of_other_fractions_are_the_same_but_for_their_last_bits(tmp_path):
    """Tenths are no binary fractions: their sum depends on the order of the rows, on any engine."""
    n = 1_000
    given_tables = {
        "int_events_anew": pl.DataFrame(
            {
                "event_key": pl.Series(range(n), dtype=pl.Int64),
                "participant_number": pl.Series([1] * n, dtype=pl.Int32),
                "name_number": pl.Series([1] * n, dtype=pl.Int32),
                "local_date": [START.date()] * n,
                "quantity": [0.1 * number for number in range(n)],
            }
        ),
        "int_names_matched": pl.DataFrame(
            {
                "name_number": pl.Series([1], dtype=pl.Int32),
                "feature_id": ["praise"],
                "stage": ["seen"],
                "property": pl.Series([None], dtype=pl.String),
            }
        ),
        "int_events_matched": pl.DataFrame(
            schema={"event_key": pl.Int64, "feature_id": pl.String, "stage": pl.String}
        ),
        "int_restarts": pl.DataFrame(
            {
                "participant_id": ["p"],
                "participant_number": pl.Series([1], dtype=pl.Int32),
            }
        ),
    }
    one, other = on_both(shared_spark(), sqlfile.load(EXPOSURES), given_tables, tmp_path)
    assert one.drop("n_exposures").equals(other.drop("n_exposures"))
    assert other["n_exposures"].item() == pytest.approx(one["n_exposures"].item(), rel=1e-12)


SHOWN = [one for one in (*BANNED, *BANNED_IN_BUILDS) if one.shown]


def test_what_the_lint_refuses_breaks_on_spark_or_means_something_else():
    from pyspark.errors import PySparkException
    from sqlglot import parse_one
    from sqlglot.errors import UnsupportedError

    session, con, same = shared_spark(), in_memory(), []
    for one in SHOWN:
        [row] = con.sql(one.shown).fetchall()
        try:
            statement = spark_sql(parse_one(one.shown, read="duckdb"))
            answers = [tuple(each) for each in session.sql(statement).collect()]
        except (PySparkException, UnsupportedError):
            continue
        if answers == [row]:
            same.append(one.name)
    con.close()
    assert len(SHOWN) > 10
    assert same == []
