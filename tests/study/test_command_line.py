"""What every command says of itself."""

import itertools
import re
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import app
from study.command_line.help_text import flowing


def commands(group, before=()):
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, (*before, name))
        else:
            yield (*before, name), one


COMMANDS = dict(commands(typer.main.get_command(app.cli)))


def shown(words: tuple[str, ...]) -> list[str]:
    done = CliRunner().invoke(app.cli, [*words, "--help"], env={"COLUMNS": "80"})
    assert done.exit_code == 0
    lines = [line.rstrip() for line in done.output.splitlines()]
    return lines[: next(place for place, line in enumerate(lines) if line.startswith("╭"))]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_paragraphs_flow_and_examples_stand(words):
    lines = shown(words)
    said = " ".join(" ".join(lines).split())
    for paragraph in (COMMANDS[words].help or "").split("\n\n"):
        assert " ".join(paragraph.split()) in said
        if paragraph.startswith("    "):
            assert {f" {line}" for line in paragraph.splitlines()} <= set(lines)
    for line, after in itertools.pairwise(lines):
        if re.match(r" \S", line) and re.match(r" \S", after):
            # A line ends early only where the next word would not have fitted.
            assert len(line) + 1 + len(after.split()[0]) > 79, line


def test_brackets_in_help_are_no_markup():
    assert flowing("See [sources]\nof it.\n\n    rapport [x]", is_markup=True) == (
        "See \\[sources] of it.\n\n[cyan]    rapport \\[x][/]"
    )
    assert flowing("See [sources]\nof it.\n\n    a\n      b") == (
        "See [sources] of it.\n\n    a\n      b"
    )
    assert flowing(None) == ""


def test_the_command_line_imports_nothing_heavy():
    probe = (
        "import sys, app\n"
        "heavy = {'duckdb', 'polars', 'dash', 'numpy', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
