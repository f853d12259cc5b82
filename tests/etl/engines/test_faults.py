"""What is said where Spark gives up: which step, what to do, and never a value."""

import pytest

from etl.engines.spark import _told
from queries import sqlfile
from study.errors import UserError

errors = pytest.importorskip("pyspark.errors", reason="Spark was NOT tested: no PySpark here.")
QUERY = sqlfile.load("marts/fct_sessions.sql")


def test_a_job_that_failed_is_told_without_values():
    with pytest.raises(UserError, match="gave up on fct_sessions") as told, _told(QUERY):
        raise errors.PySparkException("[CAST_INVALID_INPUT] The value 'Jane Doe' cannot be cast")
    assert "Jane" not in str(told.value)


def test_a_query_that_is_wrong_stays_an_error():
    with pytest.raises(errors.AnalysisException), _told(QUERY):
        raise errors.AnalysisException("no such column")
