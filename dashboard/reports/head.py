"""What each page of a report says of itself: study, build, cut-off, filters, hash, masking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from access.roles import ROLES
from access.viewer import Viewer
from dashboard import theme
from dashboard.context import Context
from dashboard.reports.gather import Gathered, filter_words
from dashboard.reports.outline import Report
from queries.facts import filter_choices
from queries.filters import Filters
from warehouse.reader import LEAST_ARMS

Masking = Literal["masked", "open", "scrambled", "none"]
_SHORT: dict[Masking, str] = {
    "masked": "MASKED",
    "open": "OPEN: CONTAINS ARMS",
    "scrambled": "SCRAMBLED ARMS",
    "none": "NO ARMS",
}
_IN_WORDS: dict[Masking, str] = {
    "masked": "All arms together, without what gives them away.",
    "open": "For people who may know who is in which arm, and nobody else.",
    "scrambled": "Arm labels are dealt out at random and mean nothing.",
    "none": "The study has no arms to mask.",
}
_HASH_LETTERS = 16
"""Letters of the hash at the foot of each page; the whole of it stands on the first."""


@dataclass(frozen=True)
class Head:
    """The facts that stand at the head and foot of every page, as text."""

    report: str
    title: str
    lead: str
    study: str
    study_id: str
    build: str
    as_of: str
    filters: str
    fingerprint: str
    masking: Masking
    made: str
    version: str
    scope: str
    groups: str
    is_short: bool

    @property
    def masking_short(self) -> str:
        """The masking state as a mark on every page."""
        return _SHORT[self.masking]

    @property
    def masking_words(self) -> str:
        """The masking state in a sentence."""
        return _IN_WORDS[self.masking]

    @property
    def fingerprint_short(self) -> str:
        """Enough of the hash to tell reports apart."""
        return self.fingerprint[:_HASH_LETTERS]


def head_of(
    report: Report, context: Context, filters: Filters, gathered: Gathered, made: datetime
) -> Head:
    """The facts of a report that is being made."""
    facts, viewer = context.facts(), context.viewer()
    return Head(
        report=report.name,
        title=report.title,
        lead=report.lead,
        study=facts.title,
        study_id=facts.study_id,
        build=f"{facts.build_id}, built {theme.moment(facts.built_at)}",
        as_of=theme.moment(facts.as_of_at),
        filters=filter_words(filters),
        fingerprint=gathered.fingerprint,
        masking=viewer.edition if _has_arms(context) else "none",
        made=theme.moment(made),
        version=f"Rapport {facts.rapport_version}",
        scope=_scope(viewer),
        groups=_groups(viewer),
        is_short=report.is_short,
    )


def _has_arms(context: Context) -> bool:
    """Whether there are arms that could be masked or shown: by the study file, or in the build."""
    if len(context.study.arms) >= LEAST_ARMS:
        return True
    return (
        filter_choices(context.cursor(), context.viewer()).filter(kind="arm").height >= LEAST_ARMS
    )


def _scope(viewer: Viewer) -> str:
    """Whom the viewer's own limits leave, in words."""
    if viewer.participants is not None:
        return "participants in care"
    if viewer.sites is not None:
        return f"participants of: {', '.join(sorted(viewer.sites))}"
    return "the whole study"


def _groups(viewer: Viewer) -> str:
    if "aggregate" not in ROLES[viewer.role].levels:
        return "one participant; no groups"
    if viewer.smallest_cell <= 1:
        return "of every size: nothing is withheld for being small"
    return f"of fewer than {viewer.smallest_cell} participants are withheld"
