"""What the command line says beside the receipt."""

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


def test_ctrl_c_says_that_nothing_shown_has_changed(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "cli", interrupted)
    with pytest.raises(SystemExit) as end:
        app.main()
    assert end.value.code == 130
    assert "stopped" in capsys.readouterr().err


def test_the_help_names_the_default_workspace():
    annotation = WorkspacePath
    assert ".rapport" in annotation.__metadata__[0].help
    # Square brackets are markup to the terminal, and vanish.
    assert "[" not in annotation.__metadata__[0].help
