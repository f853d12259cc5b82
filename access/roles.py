"""What each role may see and do: the one table of it. The page Roles shows this table."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

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
]
Circle = Literal["own", "team", "shared"]
"""Who else may look over a viewer's shoulder: nobody, the trial's team, or the world; it decides
the smallest group that is disclosed."""


@dataclass(frozen=True)
class Powers:
    """What one role may do.

    `pages` are paths of the dashboard; `levels` the panels on them that the role may read.
    `edition` is what the role reads until somebody is unmasked. `sees_tests` allows p-values and
    the like. `words` is the role in one sentence.
    """

    label: str
    words: str
    pages: frozenset[str]
    levels: frozenset[Level]
    edition: Edition
    sees_tests: bool
    circle: Circle
    actions: frozenset[Action] = frozenset()


_ALL_PAGES = frozenset(
    {"/", "/adherence", "/data", "/features", "/alliance", "/participant", "/models"}
)
_SIGNED_IN = frozenset({"/roles"})

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
            actions=frozenset({"download"}),
        ),
        "trial": Powers(
            label="Trial team",
            words="Participants of their own sites, without arms or anything that gives them away.",
            pages=frozenset({"/", "/adherence", "/data", "/alliance", "/participant"}) | _SIGNED_IN,
            levels=frozenset(LEVELS),
            edition="masked",
            sees_tests=True,
            circle="team",
            actions=frozenset({"download", "ask_unmasking"}),
        ),
        "designer": Powers(
            label="Designer",
            words="Groups only, small ones withheld; nothing of one participant.",
            pages=frozenset({"/", "/features", "/alliance", "/models"}) | _SIGNED_IN,
            levels=frozenset({"aggregate", "study"}),
            edition="masked",
            sees_tests=True,
            circle="shared",
            actions=frozenset({"download"}),
        ),
        "clinician": Powers(
            label="Clinician",
            words="Participants in their care, and nobody else; no arms, no p-values.",
            pages=frozenset({"/participant"}) | _SIGNED_IN,
            levels=frozenset({"participant"}),
            edition="masked",
            sees_tests=False,
            circle="shared",
            actions=frozenset({"download"}),
        ),
        "statistician": Powers(
            label="Unblinded statistician",
            words="Everything, with the true arms, for closed reports.",
            pages=_ALL_PAGES | _SIGNED_IN,
            levels=frozenset(LEVELS),
            edition="open",
            sees_tests=True,
            circle="team",
            actions=frozenset({"download", "ask_unmasking", "confirm_unmasking"}),
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
