"""The browser that draws and prints: which one, and what happens when it does not do it."""

import os
import time
from pathlib import Path

import pytest

from dashboard.reports import browser
from dashboard.reports.browser import BrowserFailedError
from dashboard.reports.drawing import Drawing, DrawnByBrowser
from study.errors import UserError

FIGURE = Drawing("overview-x", {"data": [], "layout": {}}, 200)


@pytest.fixture
def program(tmp_path: Path):
    """`program(text)`: a shell script in a browser's place."""

    def of(text: str) -> Path:
        path = tmp_path / "browser"
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return of


def test_the_one_that_is_named_is_used(program, monkeypatch):
    path = program("exit 0")
    monkeypatch.setenv("RAPPORT_CHROMIUM", str(path))
    assert browser.find() == path


def test_a_name_of_nothing_is_an_error_and_an_empty_one_means_none(monkeypatch):
    monkeypatch.setenv("RAPPORT_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(UserError, match="RAPPORT_CHROMIUM names /nowhere/chromium"):
        browser.find()
    monkeypatch.setenv("RAPPORT_CHROMIUM", "")
    assert browser.find() is None
    with pytest.raises(UserError, match="apt install chromium"):
        browser.required()


def test_what_is_installed_is_found(tmp_path, monkeypatch):
    monkeypatch.delenv("RAPPORT_CHROMIUM")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "_PLACES", (str(tmp_path / "app" / "chrome"),))
    assert browser.find() is None
    (tmp_path / "google-chrome").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "google-chrome").chmod(0o755)
    assert browser.find() == tmp_path / "google-chrome"


def test_a_browser_that_fails_says_what_may_help_and_not_what_it_was_shown(program):
    with pytest.raises(BrowserFailedError, match=r"ended with 3 .* --no-sandbox") as failed:
        browser.page_after_scripts(program("echo secret; exit 3"), "<p>p004</p>")
    assert "secret" not in str(failed.value)


def test_a_browser_that_prints_nothing_is_an_error(program):
    with pytest.raises(BrowserFailedError, match="wrote none"):
        browser.printed(program("exit 0"), "<p></p>")


def test_a_browser_that_hangs_is_ended_with_what_it_started(program, monkeypatch, tmp_path):
    monkeypatch.setattr(browser, "LONGEST_TASK_S", 0.3)
    kept = tmp_path / "child"
    hangs = program(f"sleep 60 & echo $! > {kept}\nwait")
    with pytest.raises(BrowserFailedError, match="took longer than"):
        browser.page_after_scripts(hangs, "<p></p>")
    child = int(kept.read_text(encoding="utf-8"))
    for _ in range(50):
        if not _is_running(child):
            return
        time.sleep(0.1)
    pytest.fail("what the browser started is running still")


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    # Ended, but nobody has asked for how.
    state = Path(f"/proc/{number}/stat")
    return (
        not state.exists() or state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    )


@pytest.mark.parametrize("page", ["", '<script id="drawn" type="application/json"></script>'])
def test_charts_that_were_not_drawn_are_an_error(program, page):
    with pytest.raises(BrowserFailedError, match="did not draw"):
        DrawnByBrowser(program(f"echo '{page}'")).draw([FIGURE])


def test_the_chart_that_could_not_be_drawn_is_named(program):
    page = '<script id="drawn" type="application/json">{"drawn":[],"failed":0}</script>'
    with pytest.raises(BrowserFailedError, match="the chart of overview-x"):
        DrawnByBrowser(program(f"echo '{page}'")).draw([FIGURE])


def test_a_chart_is_drawn_once(program, tmp_path):
    told = tmp_path / "told"
    page = (
        '<script id="drawn" type="application/json">'
        '{"drawn":["\\u003csvg width=\\"1\\" viewBox=\\"0 0 1 1\\">\\u003c/svg>"],"failed":null}</script>'
    )
    draws = DrawnByBrowser(program(f"echo one >> {told}\ncat <<'END'\n{page}\nEND"))
    first, second = draws.draw([FIGURE, FIGURE]), draws.draw([FIGURE])
    assert first.places == (*second.places, *second.places)
    assert first.places[0] == '<svg viewBox="0 0 1 1" aria-hidden="true" focusable="false"></svg>'
    assert told.read_text(encoding="utf-8") == "one\n"
