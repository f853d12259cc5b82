"""Every aggregate panel of the sample studies, as somebody gets it who may not see small groups.

Frame, caption, title, figure, content, table and export are read for counts below the threshold.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import plotly.utils
import polars as pl
import pytest

from access.cells import Cells
from access.viewer import Viewer
from dashboard import factory, panel_table, small_groups
from dashboard import panel as panels
from dashboard.panel import Panel
from dashboard.sources import Sources
from etl.fit import fit
from etl.pipeline import build, load
from queries.filters import Filters
from study.file import load_study
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

SMALLEST = 10
DESIGNER = Viewer("d", "designer", edition="open", smallest_cell=SMALLEST)
STATISTICIAN = Viewer("s", "statistician", edition="open", smallest_cell=5)
AGGREGATE = [
    each
    for page in factory.PAGES
    for each in getattr(page, "PANELS", ())
    if each.level == "aggregate"
]
SMALL_IN_WORDS = re.compile(
    r"(?<![\d.,\u202f–-])([1-9]) (?:of \d+ )?participants?\b|\bn [=≤] ([1-9])\b(?![\d\u202f.])"
    r"(?! (?:sites?|names? of events|patterns? of|quarters? of)\b)"
)
SEARCHES = {
    "tiny": ("", "site=north", "arm=app", "from=2&to=5"),
    "large": ("", "site=bath", "cohort=2025-02"),
}
CHOICES: dict[str, tuple[str | None, ...]] = {
    "split": (None, "site", "cohort"),
    "category": (None, "dialogue"),
}


@dataclass(frozen=True)
class Built:
    """A sample study that is ready to be shown."""

    workspace: Workspace
    reader: MartReader
    frames: dict[tuple[Any, ...], pl.DataFrame] = field(default_factory=dict)
    """What panels read for a choice; the choices beside it ask for the same."""

    def ask(
        self, panel: Panel, viewer: Viewer, search: str = "", **choices: str | None
    ) -> pl.DataFrame | None:
        """A panel's frame as a viewer gets it; None where it is withheld as a whole."""
        con = self.reader.cursor()
        folder = self.workspace.results
        sources = {"both": Sources(con, folder), "results": folder}
        source: Any = sources.get(panel.reads, con)
        given = {name: choices.get(name) for name in panel.choices}

        def read(filters: Filters) -> pl.DataFrame:
            asked = (panel.id, viewer, filters, *given.items())
            if asked not in self.frames:
                self.frames[asked] = panel.read(source, viewer, filters, **given)
            return self.frames[asked]

        try:
            return small_groups.disclosed(
                panel, viewer, Filters.parse(search), read, self.reader.cursor
            )
        except small_groups.TooNarrowError:
            return None


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """24 participants: nearly every group is small."""
    study = load_study(Path(__file__).parents[2] / "sample_data" / "tiny")
    workspace = Workspace(tmp_path_factory.mktemp("tiny"))
    load(study, workspace)
    build(study, workspace)
    list(fit(study, workspace))
    return Built(workspace, MartReader(workspace))


@pytest.fixture(scope="session")
def large(harbour: Any) -> Built:
    """270 participants at two sites of nearly the same size and one small one."""
    return Built(harbour.workspace, MartReader(harbour.workspace))


def judged(cells: Cells) -> Iterator[Cells]:
    yield cells
    for part in cells.parts:
        yield from judged(part)


def small_counts(panel: Panel, frame: pl.DataFrame, smallest: int) -> list[str]:
    """Columns with a count, or a rest of a whole, from 1 to below the threshold."""
    assert panel.cells is not None
    found = []
    for cells in judged(panel.cells):
        for name in cells.counts:
            pairs = [(name, pl.col(name))]
            pairs += [
                (f"{whole} - {name}", (pl.col(whole) - pl.col(name)).abs())
                for whole in cells.against
            ]
            found += [
                words
                for words, count in pairs
                if frame.select(count.is_between(1, smallest - 1).any()).item()
            ]
    return found


def texts(part: Any) -> Iterator[str]:
    """Every text in a plain structure."""
    if isinstance(part, dict):
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value)
    elif isinstance(part, str):
        yield part


def plain(part: Any) -> Any:
    return json.loads(json.dumps(part, cls=plotly.utils.PlotlyJSONEncoder))


def said(panel: Panel, frame: pl.DataFrame) -> list[str]:
    """Every text that goes out: caption, title, figure, content, table, export."""
    if panel.is_empty(frame):
        return []
    parts = [panels.caption_of(panel, frame), panels.title_of(panel, frame)]
    drawn = [None if panel.figure is None else panel.figure(frame)]
    drawn += [None if panel.content is None else panel.content(frame, Filters())]
    drawn += [panel_table.table(panel, frame), list(panel_table.csv_rows(panel, frame))]
    joined = [" ".join(_words(each)) for each in drawn[1:2] if each is not None]
    return [*parts, *joined, *texts([plain(each) for each in drawn])]


def _words(component: Any) -> Iterator[str]:
    """The text of a component as a reader meets it, numbers and their nouns side by side."""
    yield from texts(plain(component))


def faults(panel: Panel, frame: pl.DataFrame, smallest: int) -> list[str]:
    wording = [text for text in said(panel, frame) if SMALL_IN_WORDS.search(text)]
    return [*small_counts(panel, frame, smallest), *wording]


def asked_of(panel: Panel) -> list[dict[str, str | None]]:
    """The choices of a panel that are scanned."""
    for name, values in CHOICES.items():
        if name in panel.choices:
            return [{name: value} for value in values]
    return [{}]


@pytest.mark.parametrize("panel", AGGREGATE, ids=lambda panel: panel.id)
@pytest.mark.parametrize("study", ["tiny", pytest.param("large", marks=pytest.mark.exhaustive)])
def test_a_designer_finds_no_small_count(panel, study, request):
    built = request.getfixturevalue(study)
    for search in SEARCHES[study]:
        for choices in asked_of(panel):
            frame = built.ask(panel, DESIGNER, search, **choices)
            if frame is not None:
                assert faults(panel, frame, SMALLEST) == [], (search, choices)


@pytest.mark.parametrize("panel", AGGREGATE, ids=lambda panel: panel.id)
def test_inside_the_team_the_threshold_is_lower(panel, tiny):
    for search in SEARCHES["tiny"][:2]:
        frame = tiny.ask(panel, STATISTICIAN, search)
        if frame is not None:
            assert small_counts(panel, frame, 5) == [], search


def test_the_scan_finds_what_is_there_without_suppression(tiny):
    """Nothing withheld: most panels of a study of 24 show small counts, and the scan says so."""
    open_viewer = Viewer("d", "designer", edition="open", smallest_cell=1)
    found = {
        panel.id: faults(panel, frame, SMALLEST)
        for panel in AGGREGATE
        if (frame := tiny.ask(panel, open_viewer)) is not None
    }
    caught = {name for name, some in found.items() if some}
    assert caught >= {
        *("overview-numbers", "overview-recruitment", "overview-activity", "overview-adherence"),
        *("features-exposure", "features-funnel", "alliance-dimensions", "alliance-groups"),
        *("alliance-surveys", "alliance-use", "alliance-scores"),
        *("adherence-weekly", "adherence-definitions", "adherence-nonusage", "adherence-dropout"),
    }
    # Not only frames: words and hover texts are read as well.
    assert any("participants" in text for some in found.values() for text in some)


def test_what_is_withheld_is_said_and_never_zero(tiny):
    panel = next(each for each in AGGREGATE if each.id == "overview-activity")
    before = tiny.ask(panel, Viewer("x", "local", edition="open", smallest_cell=1))
    frame = tiny.ask(panel, DESIGNER)
    assert 0 < frame["is_withheld"].sum() < frame.height
    assert "groups withheld (fewer than 10 participants" in panels.caption_of(panel, frame)
    figure = plain(panel.figure(frame))
    gone = [place for place, is_gone in enumerate(frame["is_withheld"]) if is_gone]
    for trace in figure["data"][:2]:
        assert [trace["y"][place] for place in gone] == [None] * len(gone)
    assert figure["data"][2]["name"] == "withheld"
    assert len(figure["data"][2]["x"]) == len(gone)
    rows = list(panel_table.csv_rows(panel, frame))
    assert [rows[place][2:] for place in gone] == [["withheld"] * 3] * len(gone)
    shown = [place for place in range(frame.height) if place not in gone]
    assert [rows[place][2] for place in shown] == before["n_in_study"].gather(shown).to_list()
    grid = panel_table.table(panel, frame)
    assert grid.rowData[gone[0]]["gone"] == ["n_in_study", "n_active", "share"]
    assert grid.columnDefs[2]["valueFormatter"]["function"] == "said(params, whole(params.value))"


def test_an_export_says_from_how_many_participants_on_numbers_are_shown(tiny):
    panel = next(each for each in AGGREGATE if each.id == "overview-activity")
    ((name, words),) = small_groups.csv_lines(tiny.ask(panel, DESIGNER))
    assert name == "withheld"
    assert words.startswith("numbers of fewer than 10 participants")
    everything = tiny.ask(panel, Viewer("x", "local", edition="open", smallest_cell=1))
    assert small_groups.csv_lines(everything) == []


def test_curves_go_down_in_steps_of_no_fewer_than_may_be_disclosed(large):
    panel = next(each for each in AGGREGATE if each.id == "adherence-dropout")
    coarse = large.ask(panel, STATISTICIAN)
    fine = large.ask(panel, Viewer("x", "local", edition="open", smallest_cell=1))
    shown = coarse.filter(~pl.col("is_withheld"))
    assert 0 < shown.height < fine.height
    ends = shown.join(fine, on=["arm_id", "day"], suffix="_fine")
    assert ends.height == shown.height
    assert ends["survival"].to_list() == ends["survival_fine"].to_list()
    assert (
        coarse["n_events"].sum() + coarse["n_censored"].sum()
        == coarse.unique("arm_id")["n_participants"].sum()
    )
