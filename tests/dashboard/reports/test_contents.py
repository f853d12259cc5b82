"""Nothing of a page is forgotten: it is in its audience's report, or left out with a reason."""

from collections import Counter
from typing import get_args

import pytest

from access.roles import ROLES, ReportName
from access.viewer import Viewer
from dashboard import gate
from dashboard.pages import roles
from dashboard.reports import menu
from dashboard.reports.contents import REPORTS
from tests.dashboard.reports.conftest import EVERY


def named(report):
    return [item.panel for view in report.views for item in view.items]


def left_out(report):
    return [name for one in report.left_out for name in one.panels]


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda one: one.name)
def test_every_panel_that_is_named_exists(report):
    assert [name for name in (*named(report), *left_out(report)) if name not in EVERY] == []
    for view in report.views:
        for item in view.items:
            panel = EVERY[item.panel]
            assert set(item.columns) <= set(panel.columns), item.panel
            assert set(item.choices) <= set(panel.choices), item.panel


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda one: one.name)
def test_every_panel_of_the_audience_is_in_or_left_out_with_a_reason(report):
    reader = Viewer("somebody", report.role, edition=ROLES[report.role].edition)
    theirs = {name for name, panel in EVERY.items() if gate.allowed(panel, reader)}
    inside, outside = set(named(report)), set(left_out(report))
    missing = theirs - inside - outside
    assert missing == set(), (
        "put them into a report of dashboard/reports/for_*.py, or into its left_out"
    )
    assert inside & outside == set()
    assert inside | outside <= theirs, "not for the reader of this report"
    assert all(len(one.why) > 20 for one in report.left_out)


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda one: one.name)
def test_a_panel_stands_once_in_a_report_and_once_among_those_left_out(report):
    once = [item.panel for view in report.views if not view.each for item in view.items]
    assert [name for name, n in Counter(once).items() if n > 1] == []
    assert [name for name, n in Counter(left_out(report)).items() if n > 1] == []


def test_every_report_is_known_to_roles_page_and_menu():
    names = set(get_args(ReportName))
    assert set(REPORTS) == set(menu._LABELS) == set(roles._REPORTS) == names
    assert {name for powers in ROLES.values() for name in powers.reports} == names


def test_only_who_reads_the_true_arms_may_have_the_closed_part():
    assert {role for role, powers in ROLES.items() if "dmc-closed" in powers.reports} == {
        "local",
        "statistician",
    }
    assert REPORTS["dmc-closed"].edition == "open"
    assert REPORTS["dmc-open"].edition == "masked"
