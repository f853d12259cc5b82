"""A trial manager's job on the Monitor page, from start to end, on the sample trial.

Numbers are checked against `truth.json`, or against the exports as they were written, read here
with nothing of Rapport's.
"""

import csv
import json
import os
from datetime import date
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import settle
from tests.conftest import HARBOUR

pytestmark = pytest.mark.browser
TRUTH = json.loads((HARBOUR / "truth.json").read_text(encoding="utf-8"))


def roster():
    """One row per participant whom the loader keeps: the first of each, at a known site and day."""
    people = {}
    with (HARBOUR / "exports" / "roster.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            try:
                date.fromisoformat(row["randomised_on"])
            except ValueError:
                continue
            is_whole = row["participant"] and None not in row.values()
            if (
                is_whole
                and row["arm"] in ("stop6", "stop12", "control")
                and row["site"] in ("london", "bath")
            ):
                people.setdefault(row["participant"], row)
    return list(people.values())


def shoot(page, name):
    """A screenshot for the docs, where somebody asks for it."""
    if folder := os.environ.get("RAPPORT_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def numbers(cells):
    return [int(text.replace("\u202f", "")) for text in cells.all_inner_texts()]


def test_a_trial_manager_monitors(open_sample):
    page = open_sample("/monitor")
    people = roster()
    assert len(people) == TRUTH["participants"]

    # Where is everybody? Boxes by arm, against the roster.
    flow = page.locator("#monitor-flow")
    assert f"n = {len(people)} participants" in flow.locator(".caption").inner_text()
    enrolled = numbers(flow.locator(".flow-row").nth(1).locator(".flow-stage strong"))
    arms = ("stop6", "stop12", "control")
    assert enrolled == [sum(row["arm"] == arm for row in people) for arm in arms]
    stays = numbers(flow.locator(".flow-row").nth(4).locator(".flow-stage strong"))
    gone = ("dropout", "lost")
    for arm, shown in zip(arms, stays, strict=True):
        left = sum(row["arm"] == arm and row["withdrawal"] in gone for row in people)
        assert shown == sum(row["arm"] == arm for row in people) - left
    lost = flow.get_by_text("lost to follow-up").all_inner_texts()
    by_arm = [sum(r["arm"] == arm and r["withdrawal"] == "lost" for r in people) for arm in arms]
    assert [int(text.split()[0]) for text in lost] == by_arm

    # Is recruitment on target?
    caption = page.locator("#monitor-recruitment .caption").inner_text()
    assert f"n = {len(people)} participants of 273" in caption
    assert "Closed on 31 Jul 2025 with 99 % of the target" in caption
    sites = page.locator("#monitor-sites").inner_text()
    for site in ("london", "bath"):
        n = sum(row["site"] == site for row in people)
        assert f"{site.capitalize()}" in sites
        assert f"{n} of " in sites

    # What stands out, and is it new? The table says the same as the list.
    flags = page.locator("#monitor-flags")
    first = flags.locator(".concern").first.inner_text()
    assert "outside the 9" in first
    flags.get_by_text("Table", exact=True).click()
    flags.locator(".ag-row").first.wait_for()
    settle(page)
    assert flags.locator(".ag-row").count() == 5

    # Is it a site, or a month? The choice is in the address, so that the view can be sent on.
    page.get_by_role("textbox", name="Funnels compare").click()
    page.get_by_role("option", name="Months of enrolment").click()
    page.wait_for_url("**compare=cohort**")
    page.wait_for_function(
        "document.querySelector('#monitor-funnel .caption').innerText.includes('7 months')"
    )
    settle(page)

    # Which definition was that? One hover, one keystroke away.
    metric = page.get_by_role("button", name="What is meant: Mean logins")
    tip = page.locator("#monitor-metric-logins")
    assert tip.is_hidden()
    metric.focus()
    assert "sessions of use per participant" in tip.inner_text()
    page.keyboard.press("Escape")
    assert tip.is_hidden()

    # How many change class from one definition to another?
    changing = page.locator("#monitor-definitions .headline").inner_text()
    n, _, of = changing.split()[:3]
    # The download beside the chart has the combinations of verdicts.
    link = page.locator("#monitor-classes a", has_text="CSV").get_attribute("href")
    text = page.request.get(urljoin(page.url, link)).text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    pairs = [(row["pattern"], row["n_participants"]) for row in csv.DictReader(lines)]
    assert int(of) == sum(int(shown) for _, shown in pairs) == TRUTH["participants"]
    assert int(n) == sum(int(shown) for pattern, shown in pairs if len(set(pattern)) > 1)

    shoot(page, "monitor")


@pytest.mark.exhaustive
def test_on_a_telephone(open_page):
    page = open_page("/monitor", scheme="dark", width=390)
    assert page.locator("h1").inner_text() == "Monitor"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert "No target to compare with" in page.locator("#monitor-recruitment").inner_text()
    assert_accessible(page)
