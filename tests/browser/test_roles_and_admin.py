"""Roles and Administration as their people see them: accessible, narrow and wide, and they work."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import BrowserContext, Page

from access import accounts, signed_in, unmasking
from access.state.store import State
from access.web import current
from access.web.settings import WebSettings
from dashboard.factory import create_on
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import look, served, visits
from tests.dashboard.mart_fixture import example_study, marts
from warehouse.workspace import Workspace

pytestmark = pytest.mark.browser

REASON = "serious adverse event, the treating doctor asks"
ROLES = {"root": "admin", "ada": "trial", "stat": "statistician", "doc": "clinician"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, State]]:
    """Address and state of the fixture mart, with an account of each kind and a request."""
    root = tmp_path_factory.mktemp("admin")
    state = State.open(root / "state.sqlite3")
    for name, role in ROLES.items():
        issuer = "https://login.example.org"
        accounts.add(state, name, role, password=None, issuer=issuer, subject=name, by="test")
    asker = accounts.find(state, "ada")
    assert asker is not None
    unmasking.ask(state, asker, "participant", REASON, "p003")
    app = create_on(
        example_study(),
        marts(),
        Workspace(root),
        current.viewer,
        state,
        WebSettings(secret_key="1" * 64),
    )
    with served(app) as address:
        yield address, state
    state.close()


@contextmanager
def opened(
    visitor: BrowserContext, place: tuple[str, State], name: str, path: str
) -> Iterator[Page]:
    """A page of somebody who is signed in; at the end its console holds no error."""
    address, state = place
    account = accounts.find(state, name)
    assert account is not None
    token = signed_in.start(state, account)
    visitor.add_cookies([{"name": "rapport-session", "value": token, "url": address}])
    try:
        with visits(address, visitor) as at:
            yield at(path)
    finally:
        visitor.clear_cookies()


@pytest.mark.exhaustive
@pytest.mark.parametrize(("name", "path"), [("root", "/admin"), ("ada", "/roles")])
def test_nothing_serious_for_axe_and_nothing_sticks_out(visitor, place, name, path):
    with opened(visitor, place, name, path) as page:
        page.get_by_role("heading", name="Unmasking").wait_for()
        nothing_is_wrong(page, name, 1440)
        look(page, 390, "dark")
        nothing_is_wrong(page, name, 390)


def nothing_is_wrong(page: Page, name: str, width: int) -> None:
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    session = page.locator(".session")
    assert session.locator(".account").inner_text() == name
    for part in session.locator(".badge, .tool").all():
        box, inside = part.bounding_box(), part.evaluate("e => e.scrollWidth - e.clientWidth")
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert inside <= 1, "its words stick out of it"
    beside_each_other(page)


def beside_each_other(page: Page) -> None:
    """Nothing in the header lies on something else."""
    parts = ".report-menu summary, .session .badge, .session .tool, #scheme"
    boxes = [one.bounding_box() for one in page.locator(parts).all() if one.is_visible()]
    spans = sorted((box["x"], box["x"] + box["width"]) for box in boxes if box)
    assert len(spans) >= 2
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans)), spans


def test_an_account_is_made_and_the_log_is_whole(visitor, place):
    _, state = place
    with opened(visitor, place, "root", "/") as page:
        assert page.url.endswith("/admin")
        form = page.locator("#accounts")
        form.get_by_label("Account", exact=True).fill("new.person")
        form.get_by_label("Role", exact=True).click()
        page.get_by_role("option", name="Trial team").click()
        form.get_by_role("button", name="Add account").click()
        password = page.locator("#accounts-said code").inner_text()
        page.locator("#audit-lines", has_text="account new.person: role trial").wait_for()
        page.get_by_role("button", name="Verify the chain").click()
        page.locator("#audit-said", has_text="The log is whole").wait_for()
        # The password is not in the page once something else was done.
        form.get_by_label("Account", exact=True).fill("new.person")
        form.get_by_role("button", name="Disable").click()
        page.locator("#accounts-said", has_text="disabled").wait_for()
        assert password not in page.content()
    made = accounts.find(state, "new.person")
    assert made is not None
    assert made.is_disabled


def test_a_second_person_confirms_in_the_browser(visitor, place):
    with opened(visitor, place, "ada", "/roles") as page:
        page.get_by_role("heading", name="Unmasking").wait_for()
        assert page.get_by_role("button", name="Confirm request 1").count() == 0
    with opened(visitor, place, "stat", "/roles") as page:
        page.get_by_role("button", name="Confirm request 1").click()
        page.locator("#roles-unmasking-said", has_text="Confirmed").wait_for()
    with opened(visitor, place, "ada", "/roles") as page:
        row = page.get_by_role("row", name="Arm of participant p003")
        row.wait_for()
        assert "STOP, 6 sessions" in row.inner_text()
    with opened(visitor, place, "doc", "/roles") as page:
        assert page.get_by_role("heading", name="Unmasking").count() == 0
