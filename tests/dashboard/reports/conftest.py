"""Reports on the filled mart, drawn by a script in the file unless a test says otherwise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from access.viewer import Viewer, local_viewer
from dashboard import factory
from dashboard.reports.contents import REPORTS
from dashboard.reports.drawing import DrawnInFile
from dashboard.reports.making import make
from study.definition import Arm
from tests.dashboard.mart_fixture import ARMS

EVERY = {panel.id: panel for page in factory.PAGES for panel in page.PANELS}
MADE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _without_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_CHROMIUM", "")


@pytest.fixture
def context(context):
    """On a study file that has the arms of the mart."""
    arms = tuple(
        Arm(id=name, label=name.upper(), masked_label=f"Group {letter}")
        for name, letter in zip(ARMS, "ABC", strict=True)
    )
    return replace(context, study=context.study.model_copy(update={"arms": arms}))


@pytest.fixture(scope="session")
def _kept() -> dict[object, str]:
    return {}


@pytest.fixture
def written(context, _kept) -> Callable[..., str]:
    """`written("trial", "?site=bath")`: the HTML of a report, for the local viewer or another.

    Each is made once a run: `again=True` makes it anew.
    """

    def of(
        name: str,
        search: str = "",
        viewer: Viewer | None = None,
        made: datetime = MADE,
        *,
        again: bool = False,
    ) -> str:
        looking = viewer or local_viewer()
        key = (name, search, looking, made)
        if again or key not in _kept:
            own = replace(context, viewer=lambda: looking)
            report = make(REPORTS[name], own, EVERY, search, "html", DrawnInFile(), made)
            _kept[key] = report.html
        return _kept[key]

    return of
