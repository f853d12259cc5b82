"""Each role signs in on the sample trial in a real browser and finds its own pages, and no arm.

Whatever the server sends a masked viewer is looked through: pages, callbacks' replies, downloads,
and what the browser prints of every page.
"""

import csv
import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Response
from pypdf import PdfReader

from access import accounts, audit
from access.roles import ROLES
from access.state.store import State
from access.web import current
from access.web.settings import WebSettings
from dashboard.factory import create_app
from etl.editions import make_editions
from tests.browser.conftest import PATIENCE_MS, served, settle
from tests.conftest import Loaded
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("signed-in")]

PASSWORD = "four calm herons by the weir"
# Ids, labels and masked labels of HARBOUR's arms ("control" is a word of other things too).
ARMS = re.compile(r"stop6|stop12|STOP, 6|STOP, 12|Text reading|Group [ABC]\b")
SITES = {"trial": ["bath"]}


@pytest.fixture(scope="module")
def team(harbour: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, State]]:
    """Address and state of the sample trial, served with an account of each role."""
    root = tmp_path_factory.mktemp("team") / "workspace"
    shutil.copytree(harbour.workspace.root, root, symlinks=True)
    workspace = Workspace(root)
    make_editions(harbour.study, workspace)
    state = State.open(workspace.state_path)
    someone = _participants_of(harbour, "bath")[:2]
    for role in ("admin", "trial", "designer", "clinician", "statistician"):
        accounts.add(
            state,
            role,
            role,
            password=PASSWORD,
            sites=SITES.get(role),
            participants=someone if role == "clinician" else (),
            by="test",
        )
    settings = WebSettings(secret_key="1" * 64)
    app = create_app(harbour.study, workspace, current.viewer, state, settings)
    with served(app) as address:
        yield address, state
    state.close()


def _participants_of(loaded: Loaded, site: str) -> list[str]:
    asked = (
        MartReader(loaded.workspace)
        .cursor()
        .sql(
            "select participant_id from fct_participants where site_id = $site order by 1",
            params={"site": site},
        )
    )
    return [row[0] for row in asked.fetchall()]


@contextmanager
def signed_in(browser: Browser, address: str, role: str) -> Iterator[tuple[Page, list[str]]]:
    """A page of somebody who has signed in, and every text that the server sent so far."""
    # Waiting needs eval, which the policy forbids; the policy is tested in test_sign_in.py.
    context = browser.new_context(reduced_motion="reduce", bypass_csp=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sent: list[str] = []
    problems: list[str] = []

    def keep(response: Response) -> None:
        kind = response.headers.get("content-type", "")
        if response.status < 300 and re.search("json|html|csv|plain", kind):
            sent.append(response.text())

    page.on("response", keep)
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    page.get_by_label("Account name").fill(role)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").first.click()
    page.wait_for_selector("nav a")
    settle(page)
    yield page, sent
    context.close()
    assert problems == []


def pages_of(page: Page) -> set[str]:
    links = page.locator("nav a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    return {link.partition("?")[0] for link in links}


@pytest.mark.parametrize("role", ["trial", "designer", "clinician", "statistician", "admin"])
def test_a_role_finds_its_pages_and_no_others(browser, team, role):
    address, _ = team
    with signed_in(browser, address, role) as (page, _sent):
        shown = pages_of(page)
    assert shown == ROLES[role].pages


@pytest.mark.parametrize("role", ["trial", "designer", "clinician"])
def test_nothing_that_a_masked_viewer_gets_names_an_arm(browser, team, role):
    address, _ = team
    with signed_in(browser, address, role) as (page, sent):
        for path in sorted(pages_of(page)):
            page.goto(address + path)
            page.wait_for_selector("h1")
            settle(page)
            sent += [page.content(), _printed(page)]
            for link in page.locator("a.tool[href*='/export/']").all():
                sent.append(_downloaded(page, address + str(link.get_attribute("href"))))
    assert len(sent) > 10
    found = [_around(text) for text in sent if ARMS.search(text)]
    assert found == []


def test_the_same_walk_finds_the_arms_of_who_may_see_them(browser, team):
    address, _ = team
    with signed_in(browser, address, "statistician") as (page, sent):
        page.goto(f"{address}/adherence")
        page.wait_for_selector("h1")
        settle(page)
        assert ARMS.search(page.content())
        assert ARMS.search(_printed(page))
    assert any(ARMS.search(text) for text in sent)


def test_a_trial_team_finds_its_own_site_only(browser, team, harbour):
    address, _ = team
    london, bath = (set(_participants_of(harbour, site)) for site in ("london", "bath"))
    with signed_in(browser, address, "trial") as (page, sent):
        page.goto(f"{address}/participant")
        page.wait_for_selector("h1")
        settle(page)
        told = " ".join(sent)
        stranger = sorted(london)[0]
        of_stranger = _downloaded(
            page, f"{address}/export/participant-scores.csv?participant={stranger}"
        )
        of_nobody = _downloaded(page, f"{address}/export/participant-scores.csv?participant=P-0")
    assert any(who in told for who in bath)
    assert not any(f'"{who}"' in told for who in london)
    assert _rows(of_stranger) == _rows(of_nobody)


def test_looks_and_downloads_are_on_record(browser, team):
    address, state = team
    with signed_in(browser, address, "clinician") as (page, _sent):
        own = page.evaluate("() => document.title")
        assert own
        _downloaded(page, f"{address}/export/participant-scores.csv?participant=P-0")
    written = {(one.account, one.action) for one in audit.entries(state)}
    assert ("clinician", "sign_in") in written
    assert ("clinician", "export") in written
    assert audit.verify(state) == []


def _printed(page: Page) -> str:
    """What is read on the paper, charts included. Lines may end in the middle of a name."""
    paper = PdfReader(io.BytesIO(page.pdf(format="A4")))
    return " ".join(" ".join(sheet.extract_text() for sheet in paper.pages).split())


def _downloaded(page: Page, address: str) -> str:
    return page.request.get(address).text()


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if not line.startswith("# filters")]
    return list(csv.reader(io.StringIO("\n".join(lines))))


def _around(text: str) -> str:
    where = ARMS.search(text)
    assert where is not None
    return text[max(0, where.start() - 60) : where.end() + 60]
