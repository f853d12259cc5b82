"""What every page must pass: axe-core without a serious or critical finding."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

ALL: tuple[str, ...] = ()
COLOURS = ("color-contrast", "link-in-text-block")
"""Rules of axe-core; none named stands for all that are in use."""


def _only(rules: tuple[str, ...]) -> dict[str, dict[str, object]]:
    return {"runOnly": {"type": "rule", "values": list(rules)}}


def assert_accessible(page: Page, rules: tuple[str, ...] = ALL) -> None:
    """Fail with rule, place and advice where axe-core finds something serious."""
    options = {"resultTypes": ["violations"], **(_only(rules) if rules else {})}
    found = Axe().run(page, options=options).response["violations"]
    serious = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n"
        + "\n".join(f"    {node['html'][:200]}" for node in violation["nodes"][:5])
        for violation in found
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == [], "\n".join(serious)
