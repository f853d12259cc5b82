"""A clinician's whole job: who changed, the card of the one who changed most, on paper, on a phone.

Numbers are held against what is computed here from the marts' rows, without the product's reads.
With RAPPORT_SCREENSHOTS set to a folder, pictures for the docs are written there.
"""

import io
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pypdf
import pytest
from playwright.sync_api import BrowserContext, Page

from dashboard.factory import create_on
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import served, settle, visits
from tests.dashboard.clinic import CLINICIAN, OWN, WHO, clinic
from tests.dashboard.mart_fixture import AS_OF, FixtureMarts, example_study
from warehouse.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
LIMIT = 1.959963984540054 * 0.9 * (2 * (1 - 0.85)) ** 0.5
PAGE_PX = (702, 1031)
A4_POINTS = (595, 842)


@dataclass
class Clinic:
    """A served mart and what the test computes from it."""

    address: str
    marts: FixtureMarts

    def scores(self, who: str) -> list[tuple[date, float]]:
        """Full alliance totals of a participant, in their order."""
        rows = self.marts.con.cursor().table("fct_dimension_scores").pl()
        kept = rows.filter("is_complete", participant_id=who, dimension_id="alliance")
        return kept.sort("answered_at").select("local_date", "score").rows()

    def changed_on(self, who: str) -> tuple[date, float] | None:
        """Day and size of a participant's newest change, by the rule of the page's definition."""
        found = []
        scores = self.scores(who)
        if len(scores) > 1:
            last, before, first = scores[-1], scores[-2], scores[0]
            moved = [abs(last[1] - other[1]) / LIMIT for other in (before, first)]
            found += [(last[0], size) for size in moved if size > 1][:1]
        quiet = self.silence(who)
        return max([*found, *([quiet] if quiet else [])], default=None)

    def silence(self, who: str) -> tuple[date, float] | None:
        cursor = self.marts.con.cursor()
        person = cursor.table("fct_participants").pl().filter(participant_id=who).row(0, named=True)
        days = cursor.table("fct_participant_days").pl().filter(participant_id=who)
        used = sorted(days["local_date"])
        gaps = pl.Series([(b - a).days for a, b in pairwise(used)])
        is_over = (AS_OF - person["day_zero"]).days >= 84 or person["withdrawn_date"] is not None
        if is_over or len(gaps) < 4:
            return None
        limit = max(2 * gaps.median(), gaps.quantile(0.9, "linear"))
        quiet = (AS_OF - used[-1]).days
        since = date.fromordinal(used[-1].toordinal() + int(limit) + 1)
        return (since, quiet / limit) if quiet > limit else None

    def order(self) -> list[str]:
        """Own participants in the order of the caseload."""
        changes = {who: self.changed_on(who) for who in OWN}
        changed = [who for who, change in changes.items() if change]
        changed.sort(key=lambda who: ((AS_OF - changes[who][0]).days // 7, -changes[who][1], who))
        return changed + sorted(who for who, change in changes.items() if not change)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    marts = clinic()
    workspace = Workspace(tmp_path_factory.mktemp("clinic"))
    with served(create_on(example_study(), marts, workspace, lambda: CLINICIAN)) as address:
        yield Clinic(address, marts)
    marts.con.close()


def pictured(page: Page, name: str) -> None:
    """Write a picture for the docs, where somebody asked for them."""
    if folder := os.environ.get("RAPPORT_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def squeezed(text: str) -> str:
    """A text without spaces and ligatures: a PDF parts and joins letters where it likes."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def on_one_page(page: Page, words: list[str]) -> None:
    """Print, and see that one A4 page holds all of it, chart and key included."""
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == 1
    [sheet] = printed.pages
    size = (float(sheet.mediabox.width), float(sheet.mediabox.height))
    assert size == pytest.approx(A4_POINTS, abs=1)
    text = squeezed(sheet.extract_text())
    for one in (*words, "Study day (0 is the first)", "items missing: not compared"):
        assert squeezed(one) in text, one
    assert "Everythingindetail" not in text


def nothing_is_cut(page: Page) -> None:
    """As on paper: every part of the card lies within the page."""
    page.set_viewport_size({"width": PAGE_PX[0], "height": PAGE_PX[1]})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    reached = page.evaluate(
        """() => [...document.querySelectorAll('#card-sheet *')]
        .filter(e => e.checkVisibility() && !e.closest('.is-unseen'))
        // Of a drawing, its frame and its words: lines are clipped at the axes.
        .filter(e => !e.ownerSVGElement || e.tagName === 'text')
        .map(e => e.getBoundingClientRect()).filter(r => r.width && r.height)
        .reduce((most, r) => [Math.max(most[0], r.right), Math.max(most[1], r.bottom)], [0, 0])"""
    )
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="null")  # Back to what it is, also when it prints.
    assert reached[0] <= PAGE_PX[0] + 1
    assert 700 < reached[1] <= PAGE_PX[1] + 1


def test_from_the_caseload_to_the_card_and_onto_paper(job: Clinic, visitor: BrowserContext) -> None:
    with visits(job.address, visitor) as opened:
        page = opened("/")
        assert page.url == f"{job.address}/caseload"
        names = page.locator(".caseload-link").all_inner_texts()
        assert names == job.order()
        assert WHO in names[:2]
        pictured(page, "caseload")

        scores = job.scores(WHO)
        last, before, first = scores[-1], scores[-2], scores[0]
        row = page.locator(".caseload tbody tr").filter(has_text=WHO)
        assert (
            f"Alliance fell {before[1] - last[1]:.1f} since the survey before" in row.inner_text()
        )
        row.click()  # anywhere on it
        page.wait_for_url(f"{job.address}/participant?participant={WHO}")
        settle(page)

        words = page.locator("#participant-card .card-topic p").all_inner_texts()
        said = " ".join(words)
        assert f"The last alliance score is {last[1]:.1f} on a scale from 1 to 7." in said
        assert f"That is {before[1] - last[1]:.1f} lower than the full score before it." in said
        assert f"That is {first[1] - last[1]:.1f} lower than the first full score." in said
        falls = page.locator("#participant-falls .card-falls li").all_inner_texts()
        assert f"from {before[1]:.1f} on" in falls[0]
        assert "The app was updated in that time, to 1.1." in falls[0]
        assert_accessible(page)
        pictured(page, "participant-card")

        on_one_page(page, [*words, falls[0].splitlines()[-1]])
        nothing_is_cut(page)


@pytest.mark.exhaustive
def test_the_card_and_the_caseload_on_a_phone(job: Clinic, visitor: BrowserContext) -> None:
    with visits(job.address, visitor) as opened:
        for path in ("/caseload", f"/participant?participant={WHO}"):
            page = opened(path, "dark", 390)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            pictured(page, f"{path.strip('/').partition('?')[0]}-phone")
        first = page.locator(".panel h2").first.inner_text()
        assert first == "In short"
        # In the dark, and from a phone: paper is as wide as ever, and one page.
        on_one_page(page, page.locator("#participant-card .card-topic p").all_inner_texts())
