"""A designer's job: is the comparison healthy, does a version do more, does a finding hang on a choice?

Numbers on the screen are held against an estimate that is computed here, without the product's
reads. With RAPPORT_SCREENSHOTS set to a folder, pictures for the docs are written there.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from access.viewer import Viewer
from dashboard.factory import create_on
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import served, visits
from tests.dashboard import version_fixture
from tests.dashboard.mart_fixture import example_study, marts
from tests.models.randomised.version_case import inputs
from warehouse.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
DESIGNER = Viewer(account="d", role="designer", edition="masked", smallest_cell=10)


@pytest.fixture(scope="module")
def designer_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The fixture mart as a designer has it, with versions and specifications computed."""
    workspace = Workspace(tmp_path_factory.mktemp("designer"))
    version_fixture.save_all(workspace.edition("masked").results)
    with served(create_on(example_study(), marts(), workspace, lambda: DESIGNER)) as address:
        yield address


@pytest.fixture
def open_as_designer(designer_site: str, visitor: BrowserContext) -> Iterator[Callable[..., Page]]:
    with visits(designer_site, visitor) as opened:
        yield opened


def shot(page: Page, name: str) -> None:
    folder = os.environ.get("RAPPORT_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_health_first_then_the_effect_and_how_it_stood_each_day(open_as_designer):
    page = open_as_designer("/variants")
    assert page.locator("#variants-health .badge").inner_text() == "Randomised"
    assert "6 checks, 0 failed" in page.locator("#variants-health .caption").inner_text()
    assert page.locator("#variants-effects h2").inner_text().startswith("Effects: Warm wording")
    points = inputs(lift=0.25).frames["points"]
    given = page.locator("#variants-health .model-table").inner_text()
    for variant, n in points["variant_id"].value_counts().iter_rows():
        assert f"{variant.capitalize()} wording" in given
        assert str(n) in given
    assert_accessible(page)
    shot(page, "variants")
    drawn = page.evaluate(
        "document.querySelector('#variants-effects .js-plotly-plot').data[1].x[2]"
    )
    assert drawn == pytest.approx(_within_a_day_in_sd(), rel=0.25)


def _within_a_day_in_sd() -> float:
    """Plain difference of shares between the versions, in standard deviations."""
    frames = inputs(lift=0.25).frames
    next_day = frames["sessions"].select("participant_id", "local_date").with_columns(came=1)
    rows = frames["points"].join(next_day, on=["participant_id", "local_date"], how="left")
    came = rows["came"].fill_null(0)
    by = [float(came.filter(rows["variant_id"] == name).mean()) for name in ("plain", "warm")]
    return (by[1] - by[0]) / float(came.std())


@pytest.mark.exhaustive
def test_the_specifications_of_an_association_on_a_dark_phone(open_as_designer):
    page = open_as_designer("/multiverse?exposure=praise&outcome_of=humanness", "dark", 390)
    assert page.locator("#multiverse-curve h2").inner_text().startswith("Praise × Humanness")
    assert "64 specifications" in page.locator("#multiverse-curve .caption").inner_text()
    assert "64 of 64" in page.locator("#multiverse-words").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert_accessible(page)
    shot(page, "multiverse")
