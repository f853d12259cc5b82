"""A query that goes on and on is ended, and nothing else is."""

import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard.time_limit import TimedReader
from warehouse.connect import open_new_mart, open_raw
from warehouse.publish import new_build_path, publish
from warehouse.workspace import Workspace

ENDLESS = (
    "select sum(a.range * b.range * c.range) from range(100000) a, range(100000) b, range(99) c"
)
PATIENCE_S = 30


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    place = Workspace(tmp_path / "workspace")
    open_raw(place).close()
    path = new_build_path(place)
    con = open_new_mart(path, place.raw_path)
    con.execute("create table dim_arms (arm_id varchar)")
    con.execute("detach raw")
    con.close()
    publish(place, path)
    return place


@pytest.fixture
def ask(workspace: Workspace) -> Callable[..., tuple[FlaskClient, TimedReader]]:
    def asked(sql: str, limit_s: float) -> tuple[FlaskClient, TimedReader]:
        reader = TimedReader(workspace, limit_s)
        app = Flask("site")
        app.teardown_request(reader.end_request)

        @app.get("/")
        def page() -> str:
            try:
                return str(reader.cursor("open").sql(sql).fetchall())
            except duckdb.InterruptException:
                return "ended"

        return app.test_client(), reader

    return asked


def test_a_query_that_takes_too_long_is_ended(ask):
    client, _ = ask(ENDLESS, 0.3)
    begun = time.monotonic()
    assert client.get("/").text == "ended"
    assert time.monotonic() - begun < PATIENCE_S


def test_others_run_to_their_end_and_are_forgotten(ask):
    client, reader = ask("select 42", 10)
    assert client.get("/").text == "[(42,)]"
    assert reader._running == set()


def test_a_request_that_broke_is_forgotten_as_well(ask):
    client, reader = ask("select nothing", 10)
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert client.get("/").status_code == 500
    assert reader._running == set()


def test_outside_of_a_request_there_is_no_limit(workspace):
    reader = TimedReader(workspace, 0)
    assert reader.cursor("open").sql("select 1").fetchall() == [(1,)]
    assert reader._running == set()
