"""Each role signs in on the sample trial in a real browser and finds its own pages, and no arm.

Whatever the server sends a masked viewer is looked through: pages, callbacks' replies, downloads,
and what the browser prints of a trial team's pages.
"""

import csv
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response
from pypdf import PdfReader

from access import accounts, audit
from access.roles import ROLES
from access.state.store import State
from access.web import current
from access.web.settings import WebSettings
from dashboard.factory import create_app
from etl.editions import make_editions
from tests.browser.conftest import follow, served, settle, visitor_of
from tests.conftest import Loaded
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

pytestmark = pytest.mark.browser

PASSWORD = "four calm herons by the weir"
# Ids, labels and masked labels of HARBOUR's arms ("control" is a word of other things too).
ARMS = re.compile(r"stop6|stop12|STOP, 6|STOP, 12|Text reading|Group [ABC]\b")
SITES = {"trial": ["bath"]}
PRINTED = ("/adherence", "/monitor")


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


@dataclass
class Member:
    """Somebody of a role who has signed in: their page, and every text that the server sent so far."""

    role: str
    page: Page
    sent: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def keep(self, response: Response) -> None:
        kind = response.headers.get("content-type", "")
        if response.status < 300 and re.search("json|html|csv|plain", kind):
            self.sent.append(response.text())

    def get(self, address: str) -> str:
        """What the server sends for an address, such as a download."""
        text = self.page.request.get(address).text()
        self.sent.append(text)
        return text


@pytest.fixture(scope="module")
def own_visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which one member of the team after the other signs in."""
    # Printing and waiting need what the policy forbids; it is tested in test_sign_in.py.
    context = visitor_of(browser, bypass_csp=True)
    yield context
    context.close()


@pytest.fixture(scope="module")
def member(
    request: pytest.FixtureRequest, team: tuple[str, State], own_visitor: BrowserContext
) -> Iterator[Member]:
    """Somebody of the role `request.param`, who signs in once for all that is asked of them."""
    page = own_visitor.new_page()
    one = Member(request.param, page)
    page.on("response", one.keep)
    page.on("console", lambda m: one.problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: one.problems.append(str(error)))
    page.goto(f"{team[0]}/help")  # Without a panel: their pages are for the tests.
    page.get_by_label("Account name").fill(one.role)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").first.click()
    page.wait_for_selector("nav a")
    settle(page)
    yield one
    page.close()
    own_visitor.clear_cookies()
    assert one.problems == []


def roles(*names: str) -> pytest.MarkDecorator:
    """The test asks members of these roles."""
    return pytest.mark.parametrize("member", names, indirect=True)


def pages_of(page: Page) -> set[str]:
    links = page.locator("nav a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    return {link.partition("?")[0] for link in links}


@roles("trial", "designer", "clinician", "statistician", "admin")
def test_a_role_finds_its_pages_and_no_others(member):
    assert pages_of(member.page) == ROLES[member.role].pages


@pytest.mark.exhaustive
@roles("trial", "designer", "clinician")
def test_nothing_that_a_masked_viewer_gets_names_an_arm(member, team):
    """What is drawn and printed; `tests/access/sweep` asks every panel, table and download of each role.

    A designer is followed to the pages that the trial team did not see already. Printed are the
    page on which the next test finds arms on paper, and that of the flow through the trial.
    """
    address, _ = team
    page, n_before = member.page, len(member.sent)
    seen = ROLES["trial"].pages if member.role == "designer" else frozenset()
    for path in sorted(pages_of(page) - seen):
        member.get(address + path)
        follow(page, path)
        member.sent.append(page.content())
        if member.role == "trial" and path in PRINTED:
            member.sent.append(_printed(page))
        for link in page.locator("a.tool[href*='/export/']").all():
            member.get(address + str(link.get_attribute("href")))
    assert len(member.sent) > n_before + 10
    found = [_around(text) for text in member.sent if ARMS.search(text)]
    assert found == []


@roles("statistician")
def test_the_same_walk_finds_the_arms_of_who_may_see_them(member):
    follow(member.page, "/adherence")
    assert ARMS.search(member.page.content())
    assert ARMS.search(_printed(member.page))
    assert any(ARMS.search(text) for text in member.sent)


@roles("trial")
def test_a_trial_team_finds_its_own_site_only(member, team, harbour):
    address, _ = team
    london, bath = (set(_participants_of(harbour, site)) for site in ("london", "bath"))
    follow(member.page, "/participant")
    stranger = sorted(london)[0]
    told = " ".join(member.sent)
    of_stranger, of_nobody = (
        member.page.request.get(f"{address}/export/participant-scores.csv?participant={who}").text()
        for who in (stranger, "P-0")
    )
    assert any(who in told for who in bath)
    assert not any(f'"{who}"' in told for who in london)
    assert _rows(of_stranger) == _rows(of_nobody)


@roles("clinician")
def test_looks_and_downloads_are_on_record(member, team):
    address, state = team
    assert member.page.title()
    member.get(f"{address}/export/participant-scores.csv?participant=P-0")
    written = {(one.account, one.action) for one in audit.entries(state)}
    assert ("clinician", "sign_in") in written
    assert ("clinician", "export") in written
    assert audit.verify(state) == []


def _printed(page: Page) -> str:
    """What is read on the paper, charts included. Lines may end in the middle of a name."""
    paper = PdfReader(io.BytesIO(page.pdf(format="A4")))
    return " ".join(" ".join(sheet.extract_text() for sheet in paper.pages).split())


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if not line.startswith("# filters")]
    return list(csv.reader(io.StringIO("\n".join(lines))))


def _around(text: str) -> str:
    where = ARMS.search(text)
    assert where is not None
    return text[max(0, where.start() - 60) : where.end() + 60]
