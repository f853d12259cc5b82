"""Where a study's files live."""

import os
from dataclasses import dataclass
from pathlib import Path

from study.errors import UserError


@dataclass(frozen=True)
class Workspace:
    """The folder that Rapport writes for one study; exports and `study.toml` stay outside it.

    An edition is a workspace inside another: its own builds and results, made of the same raw file.
    """

    root: Path
    raw: Path | None = None

    @classmethod
    def beside(cls, study_folder: Path) -> "Workspace":
        """The default place: `.rapport/` beside the study file."""
        return cls(study_folder / ".rapport")

    @property
    def raw_path(self) -> Path:
        """Events, answers, receipts and rejected rows: opened by the loader only."""
        return self.raw or self.root / "raw.duckdb"

    @property
    def state_path(self) -> Path:
        """Accounts, sign-ins and the audit log, where no other database was named for them."""
        return self.root / "state.sqlite3"

    def edition(self, name: str) -> "Workspace":
        """The workspace of an edition of the builds: `open` is this one itself."""
        if name == "open":
            return self
        return Workspace(self.root / "editions" / name, raw=self.raw_path)

    @property
    def builds(self) -> Path:
        """Folder of `mart-<id>.duckdb` files and the `current` link."""
        return self.root / "builds"

    @property
    def current(self) -> Path:
        """Link to the build that is served."""
        return self.builds / "current"

    @property
    def results(self) -> Path:
        """Folder of saved model results."""
        return self.root / "results"

    def require_writable(self) -> None:
        """Make the folder where there is none, for its owner alone.

        Raises
        ------
        UserError
            If the folder, or what a load writes in it, cannot be written.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _not_writable(self.root) from error
        for path in (self.root, self.raw_path, self.builds, self.results):
            if path.exists() and not os.access(path, os.W_OK):
                raise _not_writable(path)


def _not_writable(path: Path) -> UserError:
    return UserError(
        f"{path} cannot be written. Rapport keeps its files there: make it writable, or choose "
        "another place with --workspace DIR (for load, fit, status and serve alike)."
    )
