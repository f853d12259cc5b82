"""The trial team's job on the Worklist: see who needs contact, log one, carry the log away."""

from datetime import datetime, timedelta

import pytest

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import settle
from tests.dashboard.mart_fixture import AS_OF, invented

pytestmark = pytest.mark.browser
# Silent since 10 May, having used the app every other day: known by hand from the fixture.
WHO = next(one for one in invented() if one.participant_id == "p015")


def test_a_contact_is_logged_seen_and_exported_and_a_cohort_is_saved(open_page):
    page = open_page("/worklist?why=silent")
    row = page.locator(".work", has=page.locator("#worklist-p015"))
    silence = (AS_OF - WHO.used[-1]).days
    assert f"No use for {silence} days; usually 2 days" in row.inner_text()

    row.get_by_role("button", name="Log contact with p015").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("No contact was logged so far.").wait_for()
    day = datetime(AS_OF.year, AS_OF.month, AS_OF.day) - timedelta(days=silence + 1)
    dialog.get_by_label("Day").fill(f"{day:%-d %b %Y}")
    dialog.get_by_label("Day").press("Tab")
    for label, choice in (("How", "Phone call"), ("What came of it", "Reached")):
        dialog.get_by_role("textbox", name=label, exact=True).click()
        page.get_by_role("option", name=choice, exact=True).click()
    dialog.get_by_label("Note").fill("Will go on tomorrow.")
    assert_accessible(page)
    dialog.get_by_role("button", name="Log contact").click()

    page.get_by_text("Logged: phone call with p015, reached.").wait_for()
    log = page.locator("#worklist-contacts")
    log.get_by_text("Will go on tomorrow.").wait_for()
    settle(page)
    numbers = log.locator(".number").all_inner_texts()
    assert [text.split("\n")[1] for text in numbers] == ["1", "1", "1"], numbers
    assert "Last contact" in row.inner_text()
    exported = page.request.get(page.url.split("/worklist")[0] + "/export/worklist-contacts.csv")
    assert ",Phone call,Reached,Silent for longer than usual,yes," in exported.text()

    page.locator("#cohorts-toggle").click()
    page.get_by_text("Nothing is chosen in the filters.").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "cohorts-toggle"


@pytest.mark.exhaustive
def test_on_a_telephone_nothing_is_cut_off_and_a_cohort_is_applied(open_page):
    page = open_page("/worklist?site=bath", scheme="dark", width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#filters-toggle").click()
    page.locator("#cohorts-toggle").click()
    page.get_by_text("Now chosen: site bath.").wait_for()
    page.locator("#cohort-name").fill("Bath")
    page.locator("#cohort-save").click()
    page.get_by_text("Saved: Bath, for you alone.").wait_for()
    assert_accessible(page)
    page.goto(page.url.split("?")[0] + "?why=silent")
    settle(page)
    page.locator("#filters-toggle").click()
    page.locator("#cohorts-toggle").click()
    page.locator(".cohort-name", has_text="Bath").click()
    page.wait_for_url("**/worklist?site=bath&why=silent")
