"""What most commands begin with: the study as defined, and its workspace."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from study.definition import Study
    from warehouse.workspace import Workspace


def open_study(study: Path, workspace: Path | None) -> "tuple[Study, Workspace]":
    """The study of a file or folder and its workspace; an erasure that broke off is ended first.

    Raises
    ------
    UserError
        If the study file is missing or has to be put right.
    """
    from etl.identity.tombstones import read_tombstones
    from study.file import load_study
    from warehouse.workspace import Workspace

    defined = load_study(study)
    place = Workspace(workspace) if workspace else Workspace.beside(defined.folder)
    if read_tombstones(place).unfinished is not None:
        from etl.identity.commands import finish_unfinished

        finish_unfinished(defined, place)
    return defined, place
