"""Nothing that a masked viewer can receive names an arm, or what only one arm has."""

import pytest

from access.web import current
from dashboard import factory
from dashboard.factory import create_app
from tests.access.sweep.asking import Visitor, every_panel, leaks, pages
from tests.access.sweep.conftest import (
    EVERYBODY,
    MASKED,
    SETTINGS,
    STATISTICIAN,
    account,
    each,
)
from tests.access.sweep.marked_study import ARM_IDS, MARKERS, SHOWN
from warehouse.reader import EditionReader

# The study is made once for all of them, by one worker.
pytestmark = pytest.mark.xdist_group("sweep")


@each([*MASKED, "root"])
def test_no_answer_gives_an_arm_away(answers, name):
    found = {marker: where[:5] for marker, where in leaks(answers(name), MARKERS).items() if where}
    assert found == {}


@pytest.mark.exhaustive
@pytest.mark.parametrize("marker", SHOWN)
def test_who_may_see_the_arms_does(answers, marker):
    """So that the test above can fail: the same questions do bring the markers to light."""
    assert leaks(answers(STATISTICIAN), [marker])[marker]


@each(EVERYBODY)
def test_nothing_that_is_asked_fails(answers, name):
    failed = [one for one in answers(name) if one.status >= 500 or one.status == 400]
    assert failed == []


@each(EVERYBODY)
def test_the_sweep_gets_what_is_for_them(answers, visit, name):
    """An answer that is always 'not found' would hold no marker either."""
    good = [answer for answer in answers(name) if answer.status == 200]
    assert len(good) > 30
    if name in MASKED:
        data = [one for one in good if one.asked.startswith(("CALL ..", "GET /export"))]
        assert sum("is-ready" in one.body or "# study" in one.body for one in data) > 10


@each(MASKED)
def test_asking_for_an_arm_changes_nothing(remembering, name):
    visitor, asked = remembering(name), f"?arm={ARM_IDS[0]}"
    shown = [panel.id for panel in every_panel() if visitor.panel(panel.id).status == 200]
    assert len(shown) > 5
    for panel in shown:
        for view in (None, "table"):
            with_arm, without = visitor.panel(panel, asked, view), visitor.panel(panel, "", view)
            assert (with_arm.status, with_arm.body) == (200, without.body), panel
        exported, plain = visitor.export(panel, asked), visitor.export(panel)
        assert (exported.status, exported.body) == (plain.status, plain.body), panel


@each(MASKED)
def test_an_arm_in_the_address_is_not_spoken_of(visit, name):
    visitor = visit(name)
    outputs = [key for key in visitor.app.callback_map if key.startswith("filters-unknown")]
    assert len(outputs) == 1
    for value in (ARM_IDS[0], "never-heard-of"):
        said = visitor.call(
            outputs[0], [{"id": "url", "property": "search", "value": f"?arm={value}"}]
        )
        plain = visitor.call(outputs[0], [{"id": "url", "property": "search", "value": ""}])
        assert said.body == plain.body


@each(MASKED)
def test_downloads_say_that_arms_are_masked(answers, name):
    downloads = [one for one in answers(name) if ".csv" in one.asked and one.status == 200]
    assert downloads
    silent = [one.asked for one in downloads if "\n# arms: masked\n" not in one.body]
    assert silent == []


def test_every_page_was_asked(answers):
    asked = {answer.asked for answer in answers("designer")}
    assert {f"GET {page.PATH}" for page in factory.PAGES} <= asked


def test_the_sweep_finds_a_route_that_asks_nobody(marked, state, questions):
    """So that the sweep is known to fail when a page is added that goes around the gate."""
    app = create_app(marked.study, marked.workspace, current.viewer, state, SETTINGS)

    @app.server.get("/rogue")
    def _everything():
        return EditionReader(marked.workspace).cursor("open").table("dim_arms").pl().write_csv()

    somebody = Visitor(app, state, account(state, "trial-north"))
    found = leaks(pages(somebody, questions("trial-north")), ARM_IDS)
    assert found == {name: ["GET /rogue → 200"] for name in ARM_IDS}
