"""The Overview as a person sees it."""

import pytest

from tests.browser.conftest import settle

pytestmark = pytest.mark.browser
VIEW = pytest.mark.parametrize("view", ["/"], indirect=True)


@VIEW
def test_it_shows_the_number_that_the_mart_holds(view):
    page = view()
    numbers = page.locator("#overview-numbers")
    assert "26 of 30 enrolled" in numbers.inner_text()
    assert page.locator("h1").all_inner_texts() == ["Overview"]
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_link_is_a_view(open_page):
    page = open_page("/?site=bath", is_new=True)
    assert "n = 15 participants" in page.locator("#overview-recruitment").inner_text()
    chosen = page.locator(".for-site .mantine-Pill-label")
    assert chosen.all_inner_texts() == ["Bath"]
    href = page.locator(".shell-nav a", has_text="Data").get_attribute("href")
    assert href == "/data?site=bath"
    csv = page.locator("#overview-recruitment a.tool").get_attribute("href")
    assert csv == "/export/overview-recruitment.csv?site=bath"


def test_a_choice_goes_into_the_address_and_comes_back_out(open_page):
    page = open_page("/")
    page.locator(".for-site input:visible").first.click()
    page.get_by_role("option", name="London").click()
    page.wait_for_url("**/?site=london")
    page.wait_for_function(
        "document.querySelector('#overview-recruitment .caption').innerText.includes('n = 15')"
    )
    page.go_back()
    page.wait_for_function(
        "document.querySelector('#overview-recruitment .caption').innerText.includes('n = 30')"
    )
    assert page.locator(".for-site .mantine-Pill-label").count() == 0


@VIEW
def test_the_table_holds_the_chart_s_numbers(view):
    page = view()
    panel = page.locator("#overview-adherence")
    panel.get_by_text("Table", exact=True).click()
    panel.locator(".ag-row").first.wait_for()
    settle(page)
    assert panel.locator(".ag-row").count() == 3
    assert "STOP, 6 sessions" in panel.inner_text()
    panel.get_by_text("Chart", exact=True).click()


def test_the_dark_theme_reaches_figures_and_stays(open_alone):
    page = open_alone("/")
    fill = "document.querySelector('#overview-recruitment .xtick text')?.style.fill"
    light = page.evaluate(fill)
    page.locator("#scheme").click()
    page.wait_for_function(f"{fill} !== '{light}'")
    assert page.locator("html").get_attribute("data-mantine-color-scheme") == "dark"
    page.reload()
    page.wait_for_selector("#overview-recruitment .xtick text")
    assert page.locator("html").get_attribute("data-mantine-color-scheme") == "dark"
    assert page.evaluate(fill) != light


def test_keys_reach_content_and_definitions(open_page):
    page = open_page("/", is_new=True)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to content"
    page.keyboard.press("Enter")
    page.locator("#overview-numbers button.tool").focus()
    text = page.locator("#overview-numbers-definition")
    assert text.is_visible()
    page.keyboard.press("Escape")
    assert not text.is_visible()


def test_pages_hide_behind_a_button_on_a_small_screen(open_page):
    page = open_page("/", width=390)
    link = page.locator(".shell-nav a", has_text="Data")
    page.locator("#burger").click()
    page.wait_for_function("document.querySelector('#navbar').getBoundingClientRect().left >= 0")
    link.click()
    page.wait_for_selector("h1:has-text('Data')")
    page.wait_for_function("document.querySelector('#navbar').getBoundingClientRect().right <= 0")
    assert page.title().startswith("Data")
