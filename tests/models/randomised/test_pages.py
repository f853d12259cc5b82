"""The pages' worked examples print what the pages say they print."""

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[3] / "docs" / "explanation"


@pytest.mark.parametrize("name", ["randomised", "mediation", "hazards"])
def test_worked_example(name, capsys):
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    code, shown = (
        re.search(rf"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL).group(1)
        for kind in ("python", "text")
    )
    exec(compile(code, f"{name}.md", "exec"), {})
    assert capsys.readouterr().out == shown
