"""The one gate: what a viewer may see of what was asked for."""

from access.viewer import Viewer


def permitted_sites(viewer: Viewer, wanted: tuple[str, ...] | None) -> list[str] | None:
    """Sites that a read may return; None means all of them, an empty list means none."""
    if viewer.sites is None:
        return None if wanted is None else sorted(wanted)
    return sorted(viewer.sites if wanted is None else viewer.sites & set(wanted))


def permitted_participants(viewer: Viewer) -> list[str] | None:
    """Participants that a read may return; None means all of them."""
    return None if viewer.participants is None else sorted(viewer.participants)
