"""Fill in the wheel's dependencies from runtime.in, so that they are written once."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class DependenciesFromFile(MetadataHookInterface):
    """Reads the lines of `requirements/runtime.in` that are not comments."""

    def update(self, metadata: dict[str, object]) -> None:
        """Set `dependencies`."""
        lines = Path(self.root, "requirements", "runtime.in").read_text(encoding="utf-8")
        metadata["dependencies"] = [
            line for line in lines.splitlines() if line and not line.startswith("#")
        ]
