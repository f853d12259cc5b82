"""Signing in and out as a person does it, with every wall of the server up."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from access import accounts, signed_in
from access.state.store import State
from access.web import current
from access.web.settings import WebSettings
from dashboard.factory import PAGES, create_on
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import follow, served, settle, visitor_of
from tests.dashboard.mart_fixture import example_study, marts
from warehouse.workspace import Workspace

pytestmark = pytest.mark.browser
PASSWORD = "seven kind walruses"
# Chromium itself writes this line for a page that was refused, such as a wrong password's.
# Pages without a chart, which are there at once: where any page will do.
WORDS, ENTRIES = "/help", "/dictionary"
EXPECTED = "Failed to load resource: the server responded with a status of 401"


@dataclass
class Walled:
    """A dashboard with accounts, and a browser in front of it."""

    address: str
    state: State
    visitor: BrowserContext
    problems: list[str]

    def page(self, path: str = "/", scheme: str = "light", width: int = 1440) -> Page:
        """A page of somebody who was never here."""
        page = self.visitor.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.on("console", lambda m: self.problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(self.address + path)
        return page


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    opened = State.open(tmp_path_factory.mktemp("state") / "state.sqlite3")
    for name in ("stan", "stays"):
        accounts.add(opened, name, "statistician", password=PASSWORD, by="test")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(state: State, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place: Path = tmp_path_factory.mktemp("workspace")
    filled = marts()
    settings = WebSettings(secret_key="0" * 64)
    app = create_on(example_study(), filled, Workspace(place), current.viewer, state, settings)
    with served(app) as found:
        yield found
    filled.con.close()


@pytest.fixture(scope="module")
def stranger(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor for whom the policy holds; scripts are fetched once."""
    context = visitor_of(browser)
    yield context
    context.close()


@pytest.fixture
def walled(address: str, state: State, stranger: BrowserContext) -> Iterator[Walled]:
    """For tests that come in or go out."""
    with walls(address, state, stranger) as around:
        yield around


@pytest.fixture(scope="module")
def inside(address: str, state: State, browser: Browser) -> Iterator[tuple[Walled, Page]]:
    """For tests of somebody who stays signed in: one page, which each of them may find anywhere."""
    visitor = visitor_of(browser)
    with walls(address, state, visitor) as around:
        yield around, signed_in_page(around, WORDS, "stays")
    visitor.close()


@contextmanager
def walls(address: str, state: State, visitor: BrowserContext) -> Iterator[Walled]:
    """At the end nothing may stand in the console: no breach of the policy, no failed request."""
    problems: list[str] = []
    yield Walled(address, state, visitor, problems)
    for page in visitor.pages:
        page.close()
    visitor.clear_cookies()
    assert [said for said in problems if not said.startswith(EXPECTED)] == []


def fill_in(page: Page, password: str = PASSWORD, name: str = "stan") -> None:
    page.get_by_label("Account name").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def signed_in_page(walled: Walled, path: str, name: str = "stan") -> Page:
    page = walled.page(path)
    fill_in(page, name=name)
    page.wait_for_selector(".panel")
    settle(page)
    return page


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_the_page_to_sign_in_is_for_everybody(walled, scheme, width):
    page = walled.page("/adherence", scheme, width)
    assert page.locator("html").get_attribute("data-mantine-color-scheme") == scheme
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.activeElement.id") == "name"
    fill_in(page, "not the password")
    page.get_by_role("alert").wait_for()
    assert_accessible(page)
    assert page.evaluate("document.activeElement.id") == "password"
    assert page.get_by_label("Account name").input_value() == "stan"
    assert page.get_by_label("Password").input_value() == ""


def test_the_keyboard_is_enough(walled):
    page = walled.page(ENTRIES)
    page.locator("#name:focus").wait_for()  # Nobody types before there is a cursor.
    page.keyboard.type("stan")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Sign in"
    page.keyboard.press("Enter")
    page.wait_for_selector("#dictionary-entries")


def test_signing_in_leads_to_the_page_that_was_asked_for(walled):
    page = signed_in_page(walled, f"{ENTRIES}?site=bath")
    assert page.url == f"{walled.address}{ENTRIES}?site=bath"


@pytest.mark.exhaustive
def test_every_page_works_under_the_policy(inside):
    walled, page = inside
    in_sight = page.locator("nav a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert len(in_sight) > 5
    for shown in PAGES:
        if shown.PATH in in_sight:
            follow(page, shown.PATH)
        else:
            page.goto(walled.address + shown.PATH)
            page.wait_for_selector("h1")
            settle(page)
        broken = page.locator(".panel-body.is-error .view-message").all_inner_texts()
        assert [words for words in broken if not words.startswith("Withheld")] == []
    assert walled.problems == [], "no script or style was refused"


# Until both were refused, or one of them ran.
SLIPPED_IN = """() => new Promise(done => {
  let refused = 0;
  document.addEventListener('securitypolicyviolation', () => { refused += 1; });
  const s = document.createElement('script'); s.textContent = 'window.ran = 1';
  document.body.append(s);
  const i = document.createElement('img'); i.setAttribute('onerror', 'window.ran = 2');
  i.src = 'data:,'; document.body.append(i);
  const look = setInterval(() => {
    if (refused === 2 || window.ran) { clearInterval(look); done(); }
  }, 20);
})"""


def test_a_script_that_somebody_slips_in_does_not_run(inside):
    walled, page = inside
    page.evaluate(SLIPPED_IN)
    assert page.evaluate("window.ran") is None
    refused = [said for said in walled.problems if "Content Security Policy" in said]
    assert len(refused) == 2
    walled.problems[:] = [said for said in walled.problems if said not in refused]


def test_signing_out_and_going_back_shows_nothing(walled):
    page = signed_in_page(walled, ENTRIES)
    assert page.locator("#dictionary-entries").count() == 1
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You have signed out").wait_for()
    page.go_back()
    page.get_by_label("Account name").wait_for()
    assert page.locator("#dictionary-entries").count() == 0


def test_a_session_that_ended_leads_to_the_sign_in_and_back(walled):
    page = signed_in_page(walled, WORDS)
    signed_in.end_all(walled.state, accounts.find(walled.state, "stan"))
    page.locator("nav").get_by_role("link", name="Dictionary").click()
    page.get_by_text("Your session has ended").wait_for()
    fill_in(page)
    page.wait_for_selector("h1:has-text('Dictionary')")
    assert page.url == f"{walled.address}{ENTRIES}"


def test_a_download_works_for_who_is_signed_in(inside):
    _, page = inside
    follow(page, "/")
    with page.expect_download() as download:
        page.locator("#overview-recruitment a.tool").click()
    assert download.value.suggested_filename == "overview-recruitment.csv"
