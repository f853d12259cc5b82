"""A designer's walk: what is used, how far it reaches, and what the events mean; a load a page."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("view", "panel", "words"),
    [
        ("/retention", "retention-weeks", "participants whose week is over"),
        ("/features", "features-reach", "30 participants"),
        ("/dictionary", "dictionary-unmapped", "3 names of events"),
    ],
    indirect=["view"],
)
def test_pages_of_use_and_meaning_answer(view, panel, words):
    page = view()
    section = page.locator(f"#{panel}")
    section.locator(".panel-body:not(.is-loading)").wait_for()
    assert words in section.locator(".caption").inner_text()
    assert section.locator(".is-error").count() == 0
