"""How much memory a load or build may take."""

import pytest

from study.errors import UserError
from warehouse.connect import open_new_mart, open_raw
from warehouse.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / ".rapport")


def limit_of(con):
    [(limit,)] = con.sql("select current_setting('memory_limit')").fetchall()
    con.close()
    return limit


def test_the_environment_limits_loads_and_builds(workspace, monkeypatch):
    monkeypatch.setenv("RAPPORT_MEMORY_LIMIT", " 512MiB ")
    assert limit_of(open_raw(workspace)) == "512.0 MiB"
    draft = workspace.builds / "mart.duckdb"
    assert limit_of(open_new_mart(draft, workspace.raw_path)) == "512.0 MiB"
    monkeypatch.delenv("RAPPORT_MEMORY_LIMIT")
    assert limit_of(open_raw(workspace)) != "512.0 MiB"


@pytest.mark.parametrize("limit", ["much", "8"])
def test_what_is_no_amount_of_memory_is_refused(workspace, monkeypatch, limit):
    monkeypatch.setenv("RAPPORT_MEMORY_LIMIT", limit)
    with pytest.raises(UserError, match=r"RAPPORT_MEMORY_LIMIT is .*8GB"):
        open_raw(workspace)
    monkeypatch.delenv("RAPPORT_MEMORY_LIMIT")
    open_raw(workspace).close()
