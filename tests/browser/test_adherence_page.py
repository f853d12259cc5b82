"""The Adherence page as a person sees it."""

import pytest

from tests.browser.conftest import settle

pytestmark = pytest.mark.browser


VIEW = pytest.mark.parametrize("view", ["/adherence"], indirect=True)


@VIEW
def test_it_opens_with_what_can_be_shown(view):
    page = view()
    assert page.locator("h1").inner_text() == "Adherence"
    assert "n = 30 participants" in page.locator("#adherence-sessions .caption").inner_text()
    assert page.locator("#adherence-usage").is_hidden()


@VIEW
def test_the_grid_scrolls_by_keyboard(view):
    page = view()
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


@VIEW
def test_the_table_has_the_words_of_each_cell(view):
    page = view()
    panel = page.locator("#adherence-sessions")
    panel.get_by_text("Table", exact=True).click()
    panel.locator(".ag-row").first.wait_for()
    settle(page)
    assert "done" in panel.locator(".ag-row").first.inner_text()
    panel.get_by_text("Chart", exact=True).click()
    settle(page)
