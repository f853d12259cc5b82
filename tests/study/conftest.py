"""A small study file, and a way to load variations of it."""

import pytest

from study.file import load_study
from study.problems import StudyFileError

SMALL = """
[study]
id = "small"
title = "A small study"
"""
CLICKS = """
[[sources]]
id = "clicks"
kind = "events"
path = "clicks.csv"
participant = "person"
[sources.events]
name_is = "click"
time = "at"
"""
ROSTER = """
[[sources]]
id = "people"
kind = "roster"
path = "people.csv"
participant = "person"
[sources.roster]
enrolled = "on"
"""
SCALE = """
[[instruments]]
id = "trust"
label = "Trust"
items = 4
low = 1
high = 5
[[instruments.scales]]
id = "total"
label = "Total"
items = [1, 2, 3, 4]
"""
ANSWERS = """
[[sources]]
id = "forms"
kind = "answers"
path = "forms.csv"
participant = "person"
[sources.answers]
time = "at"
"""


@pytest.fixture
def load(tmp_path):
    """Load a study file made of pieces of TOML."""

    def load_text(*pieces):
        (tmp_path / "study.toml").write_text("\n".join(pieces), encoding="utf-8")
        return load_study(tmp_path)

    return load_text


@pytest.fixture
def problems(load):
    """What is wrong with a study file: messages by key path."""

    def problems_of(*pieces):
        with pytest.raises(StudyFileError) as caught:
            load(*pieces)
        listed = {problem.path: problem.message for problem in caught.value.problems}
        assert len(listed) == len(caught.value.problems), "one message a key"
        for path, message in listed.items():
            assert path in str(caught.value)
            assert message in str(caught.value)
        return listed

    return problems_of


@pytest.fixture
def part():
    """The pieces of TOML that tests put together."""
    return {
        "small": SMALL,
        "clicks": CLICKS,
        "roster": ROSTER,
        "scale": SCALE,
        "answers": ANSWERS,
        "least": SMALL + CLICKS,
    }
