"""Documentation that cannot rot: links lead somewhere, reference is current, the tutorial works."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from docs import generate
from study.file import load_study

ROOT = Path(__file__).parents[2]
SKIPPED = {".venv", ".venv-oldest", "workspace", "node_modules", ".git"}
PAGES = sorted(
    path for path in ROOT.rglob("*.md") if not SKIPPED & set(path.relative_to(ROOT).parts)
)
LINK = re.compile(r"\]\(([^)#\s]+)?(#[\w-]+)?\)")
TUTORIAL = ROOT / "docs" / "tutorial" / "your-own-data.md"
BLOCK = re.compile(r"^```(\w+) (file|run)(?:=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        goal = (page.parent / target).resolve() if target else page
        assert goal.exists(), f"{target} does not exist"
        assert not anchor or anchor[1:] in anchors(goal), f"{target}{anchor} has no such heading"


def test_every_page_is_reachable_from_the_readme():
    seen: set[Path] = set()
    queue = [ROOT / "README.md"]
    while queue:
        page = queue.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
            if target and "://" not in target:
                queue.append((page.parent / target).resolve())
    lost = {page for page in PAGES if (ROOT / "docs") in page.parents} - seen
    assert sorted(page.name for page in lost) == []


def test_reference_pages_say_what_the_code_says():
    assert generate.stale() == [], "run: make docs"


def test_study_files_in_the_docs_are_valid(tmp_path):
    shown = [
        (page, body)
        for page in PAGES
        for _, kind, name, body in BLOCK.findall(page.read_text(encoding="utf-8"))
        if kind == "file" and name.endswith("study.toml")
    ]
    assert len(shown) >= 2
    for page, body in shown:
        folder = tmp_path / page.stem
        folder.mkdir()
        (folder / "study.toml").write_text(body, encoding="utf-8")
        assert load_study(folder).study.title


def run(command: str, folder: Path) -> int:
    words = shlex.split(command)
    if words[0] == "rapport":
        words = [sys.executable, str(ROOT / "app.py"), *words[1:]]
    quiet = {**os.environ, "PYTHONWARNINGS": "error", "COLUMNS": "140"}
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=quiet, check=False)
    sys.stdout.write(done.stdout + done.stderr)
    assert "Traceback" not in done.stderr
    return done.returncode


@pytest.mark.exhaustive
def test_the_tutorial_works_as_it_stands(tmp_path, capsys):
    blocks = BLOCK.findall(TUTORIAL.read_text(encoding="utf-8"))
    assert len(blocks) >= 8
    for _, kind, argument, body in blocks:
        if kind == "file":
            file = tmp_path / argument
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(body, encoding="utf-8")
            continue
        for command in body.splitlines():
            assert run(command, tmp_path) == int(argument or 0), command
    printed = " ".join(capsys.readouterr().out.split())
    assert re.search(r"events.jsonl.gz\W+13\W+10\W+1\W+2\b", printed), printed
    assert re.search(r"survey.csv\W+4\W+4\W+0\W+0\W+1\b", printed), printed
    assert "events-week-3.jsonl.gz" in printed
