"""Every panel says how its groups are disclosed, and every column of its frame has its place."""

from collections.abc import Iterator

import pytest

from access.cells import Cells
from access.roles import LEVELS
from access.viewer import local_viewer
from dashboard import factory
from dashboard.panel import Panel
from dashboard.sources import Sources
from queries.filters import Filters
from tests.dashboard import result_fixture
from tests.dashboard.mart_fixture import marts

PANELS = [panel for page in factory.PAGES for panel in getattr(page, "PANELS", ())]
AGGREGATE = [panel for panel in PANELS if panel.level == "aggregate"]


def declared(cells: Cells) -> Iterator[str]:
    for part in (cells, *cells.parts):
        yield from (*part.numbers, *part.keys, *part.against, *part.once, *part.texts)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    made = marts()
    results = tmp_path_factory.mktemp("results")
    result_fixture.save_all(results)
    yield Sources(made.con, results)
    made.con.close()


def test_there_are_panels():
    assert len(AGGREGATE) > 20
    assert {panel.level for panel in PANELS} == set(LEVELS)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_groups_of_participants_have_cells_and_nothing_else_has(panel: Panel):
    assert (panel.cells is not None) == (panel.level == "aggregate")


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_what_names_a_participant_is_about_participants(panel: Panel):
    if "participant_id" in panel.columns:
        assert panel.level == "participant"


@pytest.mark.parametrize("panel", AGGREGATE, ids=lambda panel: panel.id)
def test_every_column_is_a_count_or_goes_with_one_or_names_a_row(panel: Panel, sources):
    source = {"both": sources, "results": sources.results}.get(panel.reads, sources.con)
    choices = dict.fromkeys(panel.choices)
    frame = panel.read(source, local_viewer(), Filters(), **choices)
    known = set(declared(panel.cells))
    assert set(frame.columns) - known == set(), "add it to dashboard/panel_cells.py"
    assert known - set(frame.columns) == set(), "the frame has it no more"


@pytest.mark.parametrize("panel", AGGREGATE, ids=lambda panel: panel.id)
def test_no_column_is_both_a_number_and_a_name(panel: Panel):
    cells = panel.cells
    assert not set(cells.numbers) & set(cells.keys)
    assert cells.counts
    for part in cells.parts:
        assert not part.parts, "one level is judged"


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_p_values_are_declared(panel: Panel):
    if any(name.startswith("p_") for name in panel.columns):
        assert panel.shows_tests
