"""A real browser on the dashboard: the fixture mart, served on a free port of this machine."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from waitress.server import create_server

from access.viewer import local_viewer
from dashboard.factory import PAGES, create_app, create_on
from tests.conftest import Loaded
from tests.dashboard.mart_fixture import example_study, marts
from warehouse.workspace import Workspace

CHROMIUM = os.environ.get("RAPPORT_CHROMIUM", "/usr/bin/chromium")
View = Callable[..., Page]
"""`view(width=1440, scheme="light")`: an opened page, in that width and scheme."""
PATIENCE_MS = 60_000  # two busy cores are enough, given time
HEIGHT = 900
EMPTY = "about:blank"
REST = "/help"
"""A page without panels: what was done on another does not come along."""
MOST_TABS = 4
TITLES = {page.PATH: page.TITLE for page in PAGES}
GO = (
    """path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')); }"""
)
FOLLOWED = "scheme => document.documentElement.getAttribute('data-mantine-color-scheme') === scheme"
_TAKEN: set[Page] = set()
"""Tabs that a test or a view looks at."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
QUIET_MS = 150
# In every page, before its own scripts: how many requests are under way, and when something
# happened last. Answers are counted until the whole of them is there.
WATCH = """(() => {
  const watch = window.underWay = {n: 0, last: performance.now()};
  const touch = () => { watch.last = performance.now(); };
  const send = window.fetch;
  window.fetch = (...asked) => {
    watch.n += 1;
    touch();
    const done = () => { watch.n -= 1; touch(); };
    const answer = send(...asked);
    answer.then((reply) => reply.clone().arrayBuffer()).then(done, done);
    return answer;
  };
  new MutationObserver(touch).observe(document,
    {subtree: true, childList: true, attributes: true, characterData: true});
})()"""
# Every panel has its answer, every chart its drawing, every table on show its rows; nothing is asked
# for, and for a while nothing has changed.
SETTLED = f"""(() => {{
  const all = (selector) => [...document.querySelectorAll(selector)];
  return document.readyState === 'complete' && window.underWay.n === 0
    && performance.now() - window.underWay.last > {QUIET_MS}
    && !document.querySelector('.panel-body.is-loading, .panel-body[data-dash-is-loading]')
    && all('.panel-body.is-ready.shows-chart').every(e => e.querySelector('.main-svg'))
    && all('.panel-body.is-ready.shows-table').every(
         e => [...e.querySelectorAll('.ag-row .ag-cell')].some(cell => cell.innerText));
}})()"""


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
    context = visitor_of(browser, bypass_csp=True)
    yield context
    context.close()


def visitor_of(browser: Browser, **look: Any) -> BrowserContext:
    """Somebody who was never here, whose pages can be settled."""
    context = browser.new_context(reduced_motion="reduce", **look)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(WATCH)
    return context


@pytest.fixture
def open_page(site: str, visitor: BrowserContext) -> Iterator[Callable[..., Page]]:
    """`open_page(path, scheme="light", width=1440, is_new=False)` on the fixture mart; see `visits`."""
    with visits(site, visitor, keeps=True) as opened:
        yield opened


@pytest.fixture
def open_alone(site: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """The same for a visitor of its own, who may choose what a browser remembers.

    A scheme that somebody chose holds in every tab of theirs that shows the dashboard, and stays in
    them when the browser has forgotten it: those tabs would never again follow the system's.
    """
    context = visitor_of(browser, bypass_csp=True)
    with visits(site, context) as opened:
        yield opened
    context.close()


@pytest.fixture
def open_sample(sample_site: str, visitor: BrowserContext) -> Iterator[Callable[..., Page]]:
    """`open_sample(path, scheme="light", width=1440)` on the sample trial; see `visits`."""
    with visits(sample_site, visitor) as opened:
        yield opened


@pytest.fixture(scope="module")
def view(request: pytest.FixtureRequest, site: str, visitor: BrowserContext) -> Iterator[View]:
    """A page of the fixture mart that several tests look at; `request.param` is its path.

    To open a page takes seconds: pytest puts the tests of one view next to each other.
    `view(width, scheme)` gives it in any width and scheme, as somebody has it who turns a tablet
    round or whose evening begins. Tests of a view leave it as it was, and name it in a `parametrize`
    of its own: together with other arguments, pytest would not sort by it.
    """
    with viewed(site, visitor, request.param, keeps=True) as found:
        yield found


@pytest.fixture(scope="module")
def sample_view(
    request: pytest.FixtureRequest, sample_site: str, visitor: BrowserContext
) -> Iterator[View]:
    """The same of the sample trial."""
    with viewed(sample_site, visitor, request.param) as found:
        yield found


@contextmanager
def viewed(site: str, visitor: BrowserContext, path: str, *, keeps: bool = False) -> Iterator[View]:
    """A page that is opened once, light and wide; see `view`."""
    with visits(site, visitor, keeps=keeps) as opened:
        page = opened(path)
        shown = (1440, "light")

        def of(width: int = 1440, scheme: str = "light") -> Page:
            nonlocal shown
            if shown != (width, scheme):
                look(page, width, scheme)
                shown = (width, scheme)
            else:
                page.bring_to_front()
                settle(page)
            return page

        yield of


def look(page: Page, width: int, scheme: str) -> None:
    """Have a page in another width and scheme, as when a tablet is turned or the evening begins."""
    # A tab behind another draws no frames, so it neither follows a scheme nor fills a table.
    page.bring_to_front()
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function(FOLLOWED, arg=scheme, polling=100)
    settle(page)


@contextmanager
def visits(
    site: str, visitor: BrowserContext, *, keeps: bool = False
) -> Iterator[Callable[..., Page]]:
    """Opens settled pages of a first-time visitor, in a tab that nobody else looks at.

    To load the dashboard takes Chromium seconds: where the site `keeps` its tab, a page is gone to as
    by a link, and everything on it made anew; `is_new` loads it all the same. At the end, no page
    may have written an error to the console, nor asked another host.
    """
    problems: list[str] = []
    heard = {
        "console": lambda m: problems.append(m.text) if m.type == "error" else None,
        "pageerror": lambda error: problems.append(str(error)),
        "request": lambda r: None if _is_ours(r.url, site) else problems.append(r.url),
    }
    page = _tab(visitor, site)
    _TAKEN.add(page)
    for event, listener in heard.items():
        page.on(event, listener)
    stays, is_whole = keeps, False

    def opened(
        path: str, scheme: str = "light", width: int = 1440, *, is_new: bool = False
    ) -> Page:
        nonlocal stays
        stays = stays and not is_new
        page.bring_to_front()
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if is_new or not keeps or not page.url.startswith(f"{site}/"):
            page.goto(site + path)
            page.wait_for_selector("h1")
            settle(page)
        else:
            go(page, path)
        return page

    try:
        yield opened
        if page.url != EMPTY:
            page.evaluate("localStorage.clear()")
            # What the page still had to say, it has said.
            go(page, REST) if stays else page.goto(EMPTY)
        is_whole = True
    finally:
        if not is_whole:
            page.goto(EMPTY)  # Who knows what it is in the midst of.
        _TAKEN.discard(page)
        for event, listener in heard.items():
            page.remove_listener(event, listener)
    assert problems == []


def _tab(visitor: BrowserContext, site: str) -> Page:
    """A free tab: best one that shows the site already, then an empty one, a new one, any."""
    free = [page for page in visitor.pages if page not in _TAKEN]
    free.sort(key=lambda page: (not page.url.startswith(f"{site}/"), page.url != EMPTY))
    is_good = free and (free[0].url.startswith(f"{site}/") or free[0].url == EMPTY)
    return free[0] if is_good or len(free) >= MOST_TABS else visitor.new_page()


def go(page: Page, path: str) -> None:
    """Go to another page inside the dashboard, as by a link, and wait until it is there whole."""
    page.evaluate(GO, path)
    title = TITLES[path.partition("?")[0]]
    page.wait_for_function("title => document.querySelector('h1')?.innerText === title", arg=title)
    settle(page)


def follow(page: Page, path: str) -> None:
    """Go to another page as a person does, by its link: what is there already is not fetched again."""
    link = page.locator(f'nav a[href="{path}"], nav a[href^="{path}?"]')
    title = link.inner_text()
    link.click()
    page.locator("h1", has_text=title).wait_for()
    settle(page)


def _is_ours(url: str, site: str) -> bool:
    return url.startswith((site, "data:", "blob:", "about:"))


def settle(page: Page) -> None:
    """Wait until every panel has its answer and nothing moves any more.

    It is asked from outside, as the Content-Security-Policy wants it; what a test did just before
    counts as something that happened.
    """
    page.evaluate("window.underWay.last = performance.now()")
    until = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(SETTLED):
        if time.monotonic() > until:
            pytest.fail(f"{page.url} did not settle")
        page.wait_for_timeout(QUIET_MS / 3)
