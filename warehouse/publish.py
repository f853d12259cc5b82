"""Builds: new files, the link to the one that is served, and the end of old ones."""

import os
import secrets
import time
from pathlib import Path

from warehouse.workspace import Workspace

PREFIX = "mart-"


def new_build_path(workspace: Workspace) -> Path:
    """A path that no build has used; ids sort by time."""
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    workspace.builds.mkdir(parents=True, exist_ok=True)
    return workspace.builds / f"{PREFIX}{stamp}-{secrets.token_hex(3)}.duckdb"


def build_id(path: Path) -> str:
    """The id in a build's file name."""
    return path.stem.removeprefix(PREFIX)


def publish(workspace: Workspace, build: Path) -> None:
    """Make a finished build the one that is served, in one step that a crash cannot split."""
    with build.open("rb") as file:
        os.fsync(file.fileno())
    link = workspace.builds / f".current-{secrets.token_hex(3)}"
    link.symlink_to(build.name)
    link.replace(workspace.current)


def current_mart(workspace: Workspace) -> Path | None:
    """The build that is served, or None before the first."""
    path = workspace.current.resolve()
    return path if workspace.current.is_symlink() and path.exists() else None


def prune(workspace: Workspace, *, keep: int = 3, grace_s: float = 3600) -> list[Path]:
    """Delete builds that are neither served, nor among the newest, nor younger than the grace.

    A reader that still has one open keeps its data: the file goes when the last handle does.
    """
    served = current_mart(workspace)
    builds = sorted(workspace.builds.glob(f"{PREFIX}*.duckdb"), reverse=True)
    old = [
        path
        for path in builds[keep:]
        if path != served and time.time() - path.stat().st_mtime > grace_s
    ]
    for path in old:
        path.unlink()
    return old


def discard(build: Path) -> None:
    """Remove a build that was not finished, with its write-ahead log."""
    for path in (build, build.with_name(build.name + ".wal")):
        path.unlink(missing_ok=True)
