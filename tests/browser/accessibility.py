"""What every page must pass: axe-core without a serious or critical finding."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def assert_accessible(page: Page) -> None:
    """Fail with rule, place and advice where axe-core finds something serious."""
    found = Axe().run(page).response["violations"]
    serious = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n"
        + "\n".join(f"    {node['html'][:200]}" for node in violation["nodes"][:5])
        for violation in found
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == [], "\n".join(serious)
