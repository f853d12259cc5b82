"""The Outlook page as a trial manager sees it: three answers, three choosers, light and dark."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from access.viewer import local_viewer
from dashboard.factory import create_on
from tests.browser.conftest import served, visits
from tests.dashboard import outlook_fixture
from tests.dashboard.mart_fixture import example_study, marts
from warehouse.workspace import Workspace

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def outlook_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The fixture mart with saved analyses."""
    workspace = Workspace(tmp_path_factory.mktemp("outlook"))
    outlook_fixture.save_all(workspace.results)
    with served(create_on(example_study(), marts(), workspace, local_viewer)) as address:
        yield address


@pytest.fixture
def open_outlook(outlook_site: str, visitor: BrowserContext) -> Iterator[Callable[..., Page]]:
    with visits(outlook_site, visitor) as opened:
        yield opened


def test_the_answers_stand_at_the_top_and_a_chosen_association_is_followed(open_outlook):
    page = open_outlook("/outlook?association=coach", scheme="dark", width=390)
    answers = page.locator("#outlook-summary .answer").all_inner_texts()
    assert len(answers) == 3
    assert "44 % lower hazard" in answers[0]
    assert "does not flip within the range" in page.locator("#outlook-deltas .caption").inner_text()
    assert page.locator(".panel-body.is-error").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
