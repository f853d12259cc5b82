"""A real browser on the dashboard: the fixture mart, served on a free port of this machine."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dash import Dash
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from waitress.server import create_server

from access.viewer import local_viewer
from dashboard.factory import create_app, create_on
from tests.conftest import Loaded
from tests.dashboard.mart_fixture import example_study, marts
from warehouse.workspace import Workspace

CHROMIUM = os.environ.get("RAPPORT_CHROMIUM", "/usr/bin/chromium")
PATIENCE_MS = 60_000  # two busy cores are enough, given time
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Every panel has its answer, every chart its drawing, every table on show its rows.
SETTLED = """(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  return !document.querySelector('.panel-body.is-loading, .panel-body[data-dash-is-loading]')
    && all('.panel-body.is-ready.shows-chart').every(e => e.querySelector('.main-svg'))
    && all('.panel-body.is-ready.shows-table').every(e => e.querySelector('.ag-row'));
})()"""


@contextmanager
def served(app: Dash) -> Iterator[str]:
    """Address of a dashboard on a free port, as long as it is looked at."""
    server = create_server(app.server, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    # Closing leaves the worker threads: idle, each holds its last request and so the database.
    server.task_dispatcher.shutdown()
    thread.join(timeout=5)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard on the thirty participants of the fixture mart."""
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    with served(create_on(example_study(), marts(), workspace, local_viewer)) as address:
        yield address


@pytest.fixture(scope="session")
def sample_site(harbour: Loaded) -> Iterator[str]:
    """The dashboard on the sample trial, loaded, built and fitted."""
    with served(create_app(harbour.study, harbour.workspace, local_viewer)) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium from the distribution, without anything it does by itself on the network.

    Where there is none, a person is told and goes on; continuous integration fails.
    """
    if not Path(CHROMIUM).exists():
        missing = f"No browser at {CHROMIUM}: run 'make browser', or set RAPPORT_CHROMIUM."
        if os.environ.get("CI"):
            pytest.fail(missing)
        # On a person's own machine the rest of the suite is still worth its run.
        pytest.skip(missing)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor for the whole run, so that scripts are fetched once.

    Waiting for something in a page evaluates text in it, which the Content-Security-Policy forbids;
    `test_sign_in.py` opens every page under the policy.
    """
    context = browser.new_context(reduced_motion="reduce", bypass_csp=True)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def open_page(site: str, visitor: BrowserContext) -> Iterator[Callable[..., Page]]:
    """`open_page(path, scheme="light", width=1440)` on the fixture mart; see `visits`."""
    with visits(site, visitor) as opened:
        yield opened


@pytest.fixture
def open_sample(sample_site: str, visitor: BrowserContext) -> Iterator[Callable[..., Page]]:
    """`open_sample(path, scheme="light", width=1440)` on the sample trial; see `visits`."""
    with visits(sample_site, visitor) as opened:
        yield opened


@contextmanager
def visits(site: str, visitor: BrowserContext) -> Iterator[Callable[..., Page]]:
    """Opens settled pages of a first-time visitor.

    At the end, no page may have written an error to the console, nor asked another host.
    """
    pages: list[Page] = []
    problems: list[str] = []

    def opened(path: str, scheme: str = "light", width: int = 1440) -> Page:
        page = visitor.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda r: None if _is_ours(r.url, site) else problems.append(r.url))
        page.goto(site + path)
        page.wait_for_selector("h1")
        settle(page)
        return page

    yield opened
    for page in pages:
        page.evaluate("localStorage.clear()")
        page.close()
    assert problems == []


def _is_ours(url: str, site: str) -> bool:
    return url.startswith((site, "data:", "blob:"))


def settle(page: Page) -> None:
    """Wait until every panel has its answer."""
    page.wait_for_function(SETTLED)
    page.wait_for_load_state("networkidle")
