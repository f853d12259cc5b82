"""Every page on the sample trial, as a person sees it: light, dark, wide, narrow, by keyboard."""

from urllib.parse import urlsplit

import pytest

from dashboard.factory import PAGES
from tests.browser.accessibility import ALL, COLOURS, assert_accessible
from tests.browser.conftest import settle

pytestmark = pytest.mark.browser

PERSON = "/participant?participant=P014"
# Panel, and words with a number that truth.json or the data make certain.
SHOWN = {
    "/": ("#overview-numbers", "270"),
    "/adherence": ("#adherence-sessions", "n = 270 participants"),
    "/data": ("#data-receipts", "n = 12 files"),
    "/features": ("#features-map", "84 cells, 7 not estimable"),
    "/alliance": ("#alliance-dimensions", "Humanness of the app"),
    "/models": ("#models-trust", "Every required check passed"),
    "/monitor": ("#monitor-flow", "n = 270 participants"),
    "/worklist": ("#worklist-people", "n = 25 participants"),
    "/outlook": ("#outlook-curves", "n = 264 participants, 51 events"),
    "/retention": ("#retention-weeks", "n = 211 to 270 participants"),
    "/dictionary": ("#dictionary-entries", "Praise after a session"),
    "/variants": ("#variants-health", "Chance decided who got which version"),
    "/multiverse": ("#multiverse-curve", "64 specifications"),
    "/caseload": ("#caseload-people", "n = 270 participants"),
    "/participant": ("#participant-summary", "11 of 12 sessions due so far were done"),
}
# Pages of data; Roles and Administration have tests of their own.
PATHS = [PERSON if page.PATH == "/participant" else page.PATH for page in PAGES if page.PANELS]


def bare(path: str) -> str:
    return path.split("?")[0]


# One page of each audience always; those that are left are exhaustive.
FIRST = {"/", "/monitor", "/features", "/caseload", "/models"}
VIEWS = pytest.mark.parametrize(
    "sample_view",
    [path if path in FIRST else pytest.param(path, marks=pytest.mark.exhaustive) for path in PATHS],
    ids=[bare(path) for path in PATHS],
    indirect=True,
)


def test_every_page_has_a_number_to_look_for():
    assert {page.PATH for page in PAGES if page.PANELS} == SHOWN.keys()


@VIEWS
def test_it_shows_what_the_data_hold(sample_view):
    page = sample_view(1440)
    panel, words = SHOWN[urlsplit(page.url).path]
    assert words in page.locator(panel).inner_text()
    assert page.locator("h1").count() == 1
    assert page.locator(".panel-body.is-error").count() == 0
    captions = page.locator(".panel .caption").all_inner_texts()
    assert all("as of 30 Sep 2025" in caption for caption in captions)
    assert sum("n = " in caption for caption in captions) >= len(captions) - 2


@VIEWS
def test_nothing_serious_for_axe_and_nothing_sticks_out(sample_view):
    nothing_is_wrong(sample_view(1440), "light", 1440, ALL)


@pytest.mark.exhaustive
@VIEWS
def test_the_same_holds_in_the_dark_and_on_a_phone(sample_view):
    """Of what is wide, the dark changes the colours alone."""
    for width, rules in ((1440, COLOURS), (390, ALL)):
        nothing_is_wrong(sample_view(width, "dark"), "dark", width, rules)


def nothing_is_wrong(page, scheme, width, rules):
    assert page.locator("html").get_attribute("data-mantine-color-scheme") == scheme
    assert_accessible(page, rules)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# Links and buttons on show that the keyboard could not reach.
LOST = """[...document.querySelectorAll('main a, main button, main input, main summary')]
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled)
  .filter(e => e.tabIndex < 0 && e.type !== 'radio' && !e.closest('.ag-root'))
  .filter(e => !e.closest('[aria-hidden=true]'))
  .map(e => e.outerHTML.slice(0, 120))"""
FOCUSED = """(e => { const r = e.getBoundingClientRect();
  return [e.tagName, r.bottom > 0 && r.top < innerHeight] })(document.activeElement)"""


@VIEWS
def test_the_keyboard_reaches_what_is_on_show(sample_view):
    page = sample_view(1440)
    assert page.evaluate(LOST) == []
    page.locator("main .tool:visible").first.focus()
    for _ in range(6):
        page.keyboard.press("Tab")
        tag, is_in_sight = page.evaluate(FOCUSED)
        assert tag != "BODY"
        assert is_in_sight
    page.evaluate("document.activeElement.blur()")


@pytest.mark.exhaustive
def test_the_map_opens_a_cell_by_keyboard(open_sample):
    page = open_sample("/features")
    page.locator("#features-map .cell", has_text="not estimable").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**feature=privacy_banner**")
    settle(page)
    page.wait_for_function(
        "document.querySelector('#features-detail').innerText.includes('Privacy banner')"
    )


def test_a_participant_is_one_click_from_the_attention_list(open_sample):
    page = open_sample("/")
    chip = page.locator("#overview-attention a[href*='participant=']").first
    name = chip.inner_text().split(" ")[0]
    chip.click()
    page.wait_for_selector("h1:has-text('Participant')")
    page.wait_for_function(
        f"document.querySelector('#participant-summary')?.innerText.includes('{name}')"
    )
