"""The Data page as a person sees it."""

import pytest

pytestmark = pytest.mark.browser
VIEW = pytest.mark.parametrize("view", ["/data"], indirect=True)


@VIEW
def test_it_says_what_failed_and_why(view):
    page = view(1440)
    page.locator("#data-receipts .ag-row").first.wait_for()
    assert "1 could not be loaded" in page.locator("#data-receipts").inner_text()
    assert "has no column 'answer'" in page.locator("#data-receipts").inner_text()
    assert "The participant is not in the roster." in page.locator("#data-rejections").inner_text()
    assert not page.locator("#filters").is_visible()


@VIEW
def test_it_says_what_the_last_check_found_gravest_first(view):
    page = view(1440)
    rows = page.locator("#data-findings .told > li")
    rows.first.wait_for()
    texts = rows.all_inner_texts()
    assert [text.split()[0] for text in texts] == ["Error", "Warning", "Warning", "Note"]
    panel = page.locator("#data-findings").inner_text()
    assert "The times look about 5 hours too late." in panel
    assert "n = 4 findings: 1 error, 2 warnings, 1 note" in panel
    with page.expect_download() as downloaded:
        page.locator("#data-findings a:has-text('CSV')").evaluate("a => a.click()")
    assert downloaded.value.suggested_filename == "data-findings.csv"


@VIEW
@pytest.mark.parametrize("width", [1440, 390])
def test_what_to_do_is_in_sight_at_every_width(view, width):
    page = view(width)
    remedy = page.locator("#data-findings .told dt:has-text('What to do') + dd").first
    remedy.wait_for()
    box = remedy.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["width"] > 180
