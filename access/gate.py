"""The one gate: what a viewer may see of what was asked for."""

from access.roles import ROLES, Action, Level
from access.viewer import Role, Viewer


def permitted_sites(viewer: Viewer, wanted: tuple[str, ...] | None) -> list[str] | None:
    """Sites that a read may return; None means all of them, an empty list means none."""
    if viewer.sites is None:
        return None if wanted is None else sorted(wanted)
    return sorted(viewer.sites if wanted is None else viewer.sites & set(wanted))


def permitted_participants(viewer: Viewer) -> list[str] | None:
    """Participants that a read may return; None means all of them."""
    return None if viewer.participants is None else sorted(viewer.participants)


def may_open(viewer: Viewer, path: str) -> bool:
    """Whether a page is for this viewer."""
    return path in ROLES[viewer.role].pages


def may_read(viewer: Viewer, level: Level, *, shows_tests: bool = False) -> bool:
    """Whether a panel of that level, and with p-values or the like, is for this viewer."""
    powers = ROLES[viewer.role]
    return level in powers.levels and (powers.sees_tests or not shows_tests)


def may(viewer: Viewer, action: Action) -> bool:
    """Whether this viewer may do something."""
    return action in ROLES[viewer.role].actions


def smallest_cell(role: Role, *, shared: int, team: int) -> int:
    """Fewest participants of a group that is disclosed to a role; 1 discloses every group."""
    return {"own": 1, "team": team, "shared": shared}[ROLES[role].circle]
