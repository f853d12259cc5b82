"""What is in which report: one file a report, and here all of them.

Reports are made of the pages' own panels, named by their ids. A panel of a page that an audience
has is in its report or named in `left_out` with the reason: tests/dashboard/reports says so.
"""

from collections.abc import Mapping
from types import MappingProxyType

from dashboard.reports.for_clinicians import CLINICIAN
from dashboard.reports.for_committees import DMC_CLOSED, DMC_OPEN
from dashboard.reports.for_designers import DESIGNER
from dashboard.reports.for_trials import TRIAL
from dashboard.reports.outline import Report

REPORTS: Mapping[str, Report] = MappingProxyType(
    {one.name: one for one in (TRIAL, DESIGNER, CLINICIAN, DMC_OPEN, DMC_CLOSED)}
)
"""Every report, in the order in which they are offered."""
