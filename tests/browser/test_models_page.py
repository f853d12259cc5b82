"""The Models page as a reviewer sees it: every kind of result, light and dark, by keyboard."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from access.viewer import local_viewer
from dashboard.factory import create_on
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import served, settle, visits
from tests.dashboard import result_fixture
from tests.dashboard.mart_fixture import example_study, marts
from warehouse.workspace import Workspace

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def model_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The fixture mart with one saved result of every kind."""
    workspace = Workspace(tmp_path_factory.mktemp("models"))
    result_fixture.save_all(workspace.results)
    with served(create_on(example_study(), marts(), workspace, local_viewer)) as address:
        yield address


@pytest.fixture
def open_models(model_site: str, visitor: BrowserContext) -> Iterator[Callable[..., Page]]:
    with visits(model_site, visitor) as opened:
        yield opened


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("model", "scheme", "width"), [("flexibility", "light", 1440), ("adherence", "dark", 390)]
)
def test_nothing_serious_for_axe_and_nothing_sticks_out(open_models, model, scheme, width):
    page = open_models(f"/models?model=alliance.{model}", scheme=scheme, width=width)
    # What is one click away must pass as well.
    for summary in page.locator("main .panels summary").all():
        summary.click()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".panel-body.is-error").count() == 0


def test_a_failed_card_keeps_its_numbers_until_they_are_asked_for(open_models):
    page = open_models("/models?model=alliance.flexibility")
    assert "Headline withheld" in page.locator("#models-trust .verdict").inner_text()
    table = page.locator("#models-estimates .model-table")
    assert not table.is_visible()
    summary = page.locator("#models-estimates summary")
    summary.focus()
    page.keyboard.press("Enter")
    table.wait_for(state="visible")
    assert "“Converged” failed" in page.locator("#models-estimates .beside").inner_text()


def test_the_map_opens_a_cell_by_keyboard_and_its_detail_leads_to_the_model(open_models):
    page = open_models("/features")
    cell = page.locator("#features-map .cell", has_text="not estimable").first
    name = cell.evaluate("cell => JSON.parse(cell.id)['map-feature']")
    label = cell.evaluate("cell => cell.closest('tr').querySelector('th').firstChild.textContent")
    cell.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**feature={name}**")
    page.locator("#features-detail", has_text=label).wait_for()
    settle(page)
    link = page.get_by_role("link", name="Open this model")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/models?*model=alliance.humanness*")
    page.locator("#models-trust .verdict").wait_for()
    title = page.locator("#models-trust h2")
    assert title.inner_text() == "Trust card: Humanness (alliance.humanness)"


def test_a_model_is_chosen_by_typing_and_goes_into_the_address(open_models):
    page = open_models("/models")
    picker = page.get_by_role("combobox", name="Model").or_(
        page.get_by_role("textbox", name="Model")
    )
    picker.first.click()
    picker.first.fill("rates")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/models?model=rates.humanness")
    page.wait_for_function(
        "document.querySelector('#models-trust .verdict')?.innerText.includes('No numbers')"
    )


def test_code_is_copied_or_selected_and_tabs_work_by_key(open_models):
    page = open_models("/models?model=alliance.humanness")
    tab = page.get_by_role("tab", name="Python (Rapport)")
    tab.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.get_by_text("library(lmerTest)").wait_for()
    button = page.get_by_role("button", name="Copy: R", exact=True)
    button.click()
    page.wait_for_function(
        "(e => e && e.textContent !== 'Copy')"
        "(document.querySelector('[data-copy][aria-label=\"Copy: R\"]'))"
    )
