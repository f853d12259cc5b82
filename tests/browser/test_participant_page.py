"""The Participant page as a person sees it."""

import pytest

pytestmark = pytest.mark.browser


def test_a_participant_is_chosen_by_typing_and_goes_into_the_address(open_page):
    page = open_page("/participant")
    assert "Choose a participant" in page.locator("#participant-summary").inner_text()
    picker = page.get_by_role("combobox", name="Participant").or_(
        page.get_by_role("textbox", name="Participant")
    )
    picker.first.click()
    picker.first.fill("p012")
    page.get_by_role("option", name="p012").click()
    page.wait_for_url("**/participant?participant=p012")
    page.locator("#participant-summary .person-facts").wait_for()
    assert "p012" in page.locator("#participant-summary .person-facts").inner_text()
