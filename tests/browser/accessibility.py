"""What every page must pass: axe-core without a serious or critical finding."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

ALL: tuple[str, ...] = ()
COLOURS = ("color-contrast", "link-in-text-block")
"""Rules of axe-core; none named stands for all that are in use."""
# Pages have neither frames nor media, for which axe would wait and fetch every stylesheet again.
OPTIONS = {"resultTypes": ["violations"], "iframes": False, "preload": False}
# Axe goes through thousands of paths of a drawing and finds none of its rules there: it does not
# measure the contrast of words in SVG. What is around a drawing, such as its name, stays.
RUN = """async (options) => {
  const drawings = [...document.querySelectorAll('.main-svg')].map(e => [e, [...e.childNodes]]);
  drawings.forEach(([drawing]) => drawing.replaceChildren());
  try { return (await axe.run(options)).violations; }
  finally { drawings.forEach(([drawing, parts]) => drawing.replaceChildren(...parts)); }
}"""

# For every word of a page axe reads the colours behind it, a dozen in all, from their names: half of
# its time. They are kept by name.
KEEP_COLOURS = """() => {
  const colour = axe.commons.color.Color.prototype, read = colour.parseString, kept = new Map();
  colour.parseString = function (name) {
    if (!kept.has(name)) {
      read.call(this, name);
      kept.set(name, [this.r, this.g, this.b, this.alpha]);
    }
    [this.r, this.g, this.b, this.alpha] = kept.get(name);
    return this;
  };
}"""


def _only(rules: tuple[str, ...]) -> dict[str, dict[str, object]]:
    return {"runOnly": {"type": "rule", "values": list(rules)}}


def assert_accessible(page: Page, rules: tuple[str, ...] = ALL) -> None:
    """Fail with rule, place and advice where axe-core finds something serious."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
        page.evaluate(KEEP_COLOURS)
    found = page.evaluate(RUN, {**OPTIONS, **(_only(rules) if rules else {})})
    serious = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n"
        + "\n".join(f"    {node['html'][:200]}" for node in violation["nodes"][:5])
        for violation in found
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == [], "\n".join(serious)
