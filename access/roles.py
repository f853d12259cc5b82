"""What each role may see and do: the one table of it. The page Roles shows this table."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from access.viewer import Edition, Role

Level = Literal["participant", "aggregate", "study"]
"""What a row of a panel is about: one participant; a group of them; or the study and its files."""
LEVELS: tuple[Level, ...] = ("participant", "aggregate", "study")
Action = Literal[
    "manage_accounts",
    "read_audit",
    "ask_unmasking",
    "confirm_unmasking",
    "download",
    "log_contact",
    "save_cohort",
    "compute",
]
ReportName = Literal["trial", "designer", "clinician", "dmc-open", "dmc-closed"]
"""Reports that can be carried away; what is in each is in `dashboard/reports/for_*.py`."""
Circle = Literal["own", "team", "shared"]
"""Who else may look over a viewer's shoulder: nobody, the trial's team, or the world; it decides
the smallest group that is disclosed."""


@dataclass(frozen=True)
class Powers:
    """What one role may do.

    `pages` are paths of the dashboard; `levels` the panels on them that the role may read.
    `edition` is what the role reads until somebody is unmasked. `sees_tests` allows p-values and
    the like. `reports` are made of what the role may see. `words` is the role in one sentence.
    """

    label: str
    words: str
    pages: frozenset[str]
    levels: frozenset[Level]
    edition: Edition
    sees_tests: bool
    circle: Circle
    actions: frozenset[Action] = frozenset()
    reports: frozenset[ReportName] = frozenset()


_ALL_PAGES = frozenset(
    {
        *("/", "/monitor", "/worklist", "/adherence", "/data", "/outlook", "/features"),
        *("/retention", "/dictionary"),
        *("/alliance", "/variants", "/multiverse", "/caseload", "/participant", "/models"),
    }
)
_SIGNED_IN = frozenset({"/roles", "/help"})
_ALL_REPORTS: frozenset[ReportName] = frozenset(get_args(ReportName))

ROLES: Mapping[Role, Powers] = MappingProxyType(
    {
        "local": Powers(
            label="This machine",
            words="Whoever sits at the machine that serves without accounts: sees everything.",
            pages=_ALL_PAGES | _SIGNED_IN,
            levels=frozenset(LEVELS),
            edition="open",
            sees_tests=True,
            circle="own",
            actions=frozenset({"download", "log_contact", "save_cohort", "compute"}),
            reports=_ALL_REPORTS,
        ),
        "trial": Powers(
            label="Trial team",
            words="Participants of their own sites, without arms or anything that gives them away.",
            pages=frozenset(
                {
                    *("/", "/monitor", "/worklist", "/adherence", "/data", "/outlook", "/alliance"),
                    *("/caseload", "/participant"),
                }
            )
            | _SIGNED_IN,
            levels=frozenset(LEVELS),
            edition="masked",
            sees_tests=True,
            circle="team",
            actions=frozenset({"download", "ask_unmasking", "log_contact", "save_cohort"}),
            reports=frozenset({"trial", "dmc-open"}),
        ),
        "designer": Powers(
            label="Designer",
            words="Groups only, small ones withheld; nothing of one participant.",
            pages=frozenset(
                {
                    *("/", "/features", "/retention", "/dictionary", "/alliance"),
                    *("/variants", "/multiverse", "/models"),
                }
            )
            | _SIGNED_IN,
            levels=frozenset({"aggregate", "study"}),
            edition="masked",
            sees_tests=True,
            circle="shared",
            actions=frozenset({"download", "save_cohort"}),
            reports=frozenset({"designer"}),
        ),
        "clinician": Powers(
            label="Clinician",
            words="Participants in their care, and nobody else; no arms, no p-values.",
            pages=frozenset({"/caseload", "/participant"}) | _SIGNED_IN,
            levels=frozenset({"participant"}),
            edition="masked",
            sees_tests=False,
            circle="shared",
            actions=frozenset({"download"}),
            reports=frozenset({"clinician"}),
        ),
        "statistician": Powers(
            label="Unblinded statistician",
            words="Everything, with the true arms, for closed reports.",
            pages=_ALL_PAGES | _SIGNED_IN,
            levels=frozenset(LEVELS),
            edition="open",
            sees_tests=True,
            circle="team",
            actions=frozenset(
                {"download", "ask_unmasking", "confirm_unmasking", "save_cohort", "compute"}
            ),
            reports=_ALL_REPORTS,
        ),
        "admin": Powers(
            label="Administrator",
            words="Accounts and the audit log; no participant's data.",
            pages=frozenset({"/admin"}) | _SIGNED_IN,
            levels=frozenset(),
            edition="masked",
            sees_tests=False,
            circle="shared",
            actions=frozenset(
                {"manage_accounts", "read_audit", "ask_unmasking", "confirm_unmasking", "download"}
            ),
        ),
    }
)
