"""The Adherence page as a person sees it."""

import pytest

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import settle

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "view", [("/adherence", "light"), ("/adherence", "dark")], indirect=True, ids=["light", "dark"]
)
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_serious_for_axe(view, width):
    page = view(width)
    assert page.locator("h1").inner_text() == "Adherence"
    assert "n = 30 participants" in page.locator("#adherence-sessions .caption").inner_text()
    assert page.locator("#adherence-usage").is_hidden()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_grid_scrolls_by_keyboard(open_page):
    page = open_page("/adherence")
    box = page.locator("#adherence-sessions .view-chart")
    page.wait_for_function(
        "document.querySelector('#adherence-sessions .view-chart').tabIndex === 0"
    )
    assert box.evaluate("box => box.scrollHeight > box.clientHeight")
    box.focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "document.querySelector('#adherence-sessions .view-chart').scrollTop > 0"
    )


def test_the_table_has_the_words_of_each_cell(open_page):
    page = open_page("/adherence")
    panel = page.locator("#adherence-sessions")
    panel.get_by_text("Table", exact=True).click()
    panel.locator(".ag-row").first.wait_for()
    settle(page)
    assert "done" in panel.locator(".ag-row").first.inner_text()
