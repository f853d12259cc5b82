"""A published build that the disk or another program changed: said in words, and made anew."""

import sys

import pytest

import app
from tests.etl.load_study import write
from warehouse.publish import current_mart
from warehouse.workspace import Workspace

STUDY = """
schema = 1
[study]
id = "t"
title = "Test"
[privacy]
participant_ids = "as_given"
[[sources]]
id = "app"
kind = "events"
path = "events.csv"
participant = "pid"
[sources.events]
name = "event"
time = "time"
"""


def end(monkeypatch, capsys, *words):
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["rapport", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        app.main()
    return int(ended.value.code or 0), capsys.readouterr().err


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("how", "command"),
    [
        ("text", ("status",)),
        ("cut", ("status",)),
        ("header", ("fit",)),
        ("middle", ("id", "p1", "-s")),
    ],
)
def test_a_damaged_build_is_named_with_what_to_do(tmp_path, monkeypatch, capsys, how, command):
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    write(tmp_path / "events.csv", "pid,event,time", *(f"p{n},open,2025-03-05" for n in range(99)))
    assert end(monkeypatch, capsys, "load", tmp_path, "--no-fit")[0] == 0
    path = current_mart(Workspace.beside(tmp_path))
    content = path.read_bytes()
    path.write_bytes(
        {
            "text": b"not a database\n" * 2_000,
            "cut": content[: len(content) // 3],
            "header": bytes(8) + content[8:],
            "middle": content[:12_288] + b"\xff" * (len(content) - 12_288),
        }[how]
    )
    code, said = end(monkeypatch, capsys, *command, tmp_path)
    assert code == 2
    assert path.name in said
    assert "is damaged" in said
    assert "rapport load --full" in said
    assert end(monkeypatch, capsys, "load", tmp_path, "--no-fit", "--full")[0] == 0
    assert end(monkeypatch, capsys, "status", tmp_path)[0] == 0
