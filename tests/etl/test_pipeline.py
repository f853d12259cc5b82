"""What the command line says beside the receipt."""

import duckdb
import pytest

import app
from etl.pipeline import fit_all, refresh
from study.command_line.options import WorkspacePath
from tests.etl.load_study import events, study, write
from warehouse.workspace import Workspace


def test_a_study_without_models_says_why(tmp_path, capsys):
    write(tmp_path / "events.csv", "pid,event,time", "p1,open,2025-03-05", "p1,open,soon")
    one = study(tmp_path, events())
    workspace = Workspace.beside(tmp_path)
    assert refresh(one, workspace, fit_models=False) == 0
    assert "bad_time" in capsys.readouterr().out
    assert fit_all(one, workspace) == []
    assert "neither [dimensions] nor [intended_use]" in capsys.readouterr().out


def test_a_load_of_which_nothing_can_be_used_says_why_and_ends_with_1(tmp_path, capsys):
    write(tmp_path / "events.csv", "pid,event,time", "p1,open,2025-03-05")
    write(tmp_path / "other.csv", "pid,event,time", "p1,open,soon")
    one = study(tmp_path, events(), events("other.csv", id="other"))
    assert refresh(one, Workspace.beside(tmp_path), fit_models=False) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "other: Nothing of other.csv can be used: its only row was refused." in said
    assert "bad_time (1 row in 'time')" in said
    assert "Built" in said


def while_unwinding(cause):
    error = RuntimeError("not now")
    error.__context__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        RuntimeError("Query interrupted"),
        duckdb.InterruptException("x"),
        while_unwinding(KeyboardInterrupt()),
    ],
)
def test_ctrl_c_says_that_nothing_shown_has_changed(monkeypatch, capsys, error):
    def interrupted():
        raise error

    monkeypatch.setattr(app, "cli", interrupted)
    with pytest.raises(SystemExit) as end:
        app.main()
    assert end.value.code == 130
    assert "stopped" in capsys.readouterr().err


def test_another_error_keeps_its_traceback(monkeypatch):
    def broken():
        raise RuntimeError("a defect")

    monkeypatch.setattr(app, "cli", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        app.main()


def test_the_help_names_the_default_workspace():
    annotation = WorkspacePath
    assert ".rapport" in annotation.__metadata__[0].help
    # Square brackets are markup to the terminal, and vanish.
    assert "[" not in annotation.__metadata__[0].help
