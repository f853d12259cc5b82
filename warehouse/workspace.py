"""Where a study's files live."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workspace:
    """The folder that Rapport writes for one study; exports and `study.toml` stay outside it."""

    root: Path

    @classmethod
    def beside(cls, study_folder: Path) -> "Workspace":
        """The default place: `.rapport/` beside the study file."""
        return cls(study_folder / ".rapport")

    @property
    def raw_path(self) -> Path:
        """Events, answers, receipts and rejected rows: opened by the loader only."""
        return self.root / "raw.duckdb"

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
