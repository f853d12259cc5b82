"""A report as it is opened from disk and printed: no script, no error, nothing from elsewhere."""

import io
import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from pypdf import PdfReader

from access.viewer import local_viewer
from dashboard import factory
from dashboard.context import Context
from dashboard.reports.contents import REPORTS
from dashboard.reports.drawing import DrawnByBrowser, DrawnInFile
from dashboard.reports.making import Made, make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import CHROMIUM
from tests.dashboard.mart_fixture import example_study, marts

EVERY = {panel.id: panel for page in factory.PAGES for panel in page.PANELS}
MADE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    made = marts()
    results = tmp_path_factory.mktemp("reports") / "results"
    yield Context(study=example_study(), marts=made, viewer=local_viewer, results=results)
    made.con.close()


@pytest.fixture(scope="module")
def printed(context: Context, browser: Browser) -> Made:
    """The trial team's report, drawn and printed. `browser` sees to it that there is one."""
    before = os.environ.get("RAPPORT_CHROMIUM")
    os.environ["RAPPORT_CHROMIUM"] = CHROMIUM
    try:
        drawer = DrawnByBrowser(Path(CHROMIUM))
        return make(REPORTS["trial"], context, EVERY, "?site=bath", "pdf", drawer, MADE)
    finally:
        os.environ.pop("RAPPORT_CHROMIUM")
        if before is not None:
            os.environ["RAPPORT_CHROMIUM"] = before


@contextmanager
def opened(visitor: BrowserContext, file: Path, width: int = 1280) -> Iterator[Page]:
    """A file from disk; nothing may be written to the console, nor asked of anybody."""
    problems: list[str] = []
    page = visitor.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.on("console", lambda m: problems.append(m.text) if m.type != "info" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    own = ("file:", "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(own) else problems.append(r.url))
    page.goto(file.as_uri())
    yield page
    page.close()
    assert problems == []


def test_it_opens_from_disk_with_its_charts_and_without_a_script(
    printed: Made, visitor: BrowserContext, tmp_path: Path
):
    file = tmp_path / "report.html"
    file.write_text(printed.html, encoding="utf-8")
    assert "<script" not in printed.html
    assert len(printed.html) < 2_000_000
    with opened(visitor, file) as page:
        charts = page.locator(".chart svg")
        assert charts.count() == page.locator(".chart").count() > 8
        boxes = [charts.nth(number).bounding_box() for number in range(charts.count())]
        assert all(box and box["width"] > 500 and box["height"] > 100 for box in boxes)
        assert page.locator(".chart svg text", has_text="Study week").count() > 0
        assert_accessible(page)
        page.set_viewport_size({"width": 390, "height": 844})
        widest = page.evaluate("document.documentElement.scrollWidth")
        assert widest <= 390, "only charts and tables scroll sideways, each in its own box"


def test_every_printed_page_says_what_it_is(printed: Made):
    assert printed.pdf is not None
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(printed.pdf)).pages]
    # Letters that are drawn as one, such as "fi", are two again.
    pages = [" ".join(unicodedata.normalize("NFKC", text).split()) for text in texts]
    assert 6 < len(pages) < 40
    for number, words in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in words
        assert "Build fixture" in words
        assert "site: bath" in words
        assert "Data hash" in words
        assert "made 2 Jan 2026, 03:04 UTC" in words
    for view in REPORTS["trial"].views:
        begun = [text for text in pages[1:] if view.title in text and view.lead[:30] in text]
        assert len(begun) == 1, f"{view.title} begins on a page of its own"


@pytest.mark.exhaustive
def test_the_same_figures_give_the_same_drawings(context: Context, browser: Browser):
    def drawn() -> str:
        drawer = DrawnByBrowser(Path(CHROMIUM))
        asked = (REPORTS["clinician"], context, EVERY, "?participant=p004", "html", drawer, MADE)
        return make(*asked).html

    first, second = drawn(), drawn()
    assert first.count("<svg") >= 2
    assert first == second


def test_without_a_browser_on_the_server_the_file_draws_its_charts_itself(
    context: Context, visitor: BrowserContext, tmp_path: Path
):
    file = tmp_path / "report.html"
    asked = (REPORTS["clinician"], context, EVERY, "?participant=p004", "html")
    file.write_text(make(*asked, DrawnInFile(), MADE).html, encoding="utf-8")
    with opened(visitor, file) as page:
        page.wait_for_selector(".chart .main-svg")
        n = page.locator(".chart").count()
        assert page.locator(".chart .js-plotly-plot").count() == n > 1
