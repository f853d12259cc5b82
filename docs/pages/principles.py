"""The reference page of the PSD principles, from the catalogue."""

from docs.pages.markdown import table
from study import psd


def page() -> str:
    """The 28 principles by category."""
    rows = [
        (
            f"`{principle.id}`",
            principle.label,
            principle.category.label,
            principle.definition,
            principle.telemetry,
        )
        for principle in psd.PRINCIPLES
    ]
    return (
        "# Principles of persuasive systems design\n\n"
        + (psd.__doc__ or "").strip()
        + "\n\nUse the id as `principle` of a `[[features]]` section.\n\n"
        + table(["id", "principle", "category", "in a line", "what telemetry shows it"], rows)
    )
