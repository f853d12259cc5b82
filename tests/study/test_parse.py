"""Whatever a study file holds, its problems are found, and nothing else goes wrong."""

import copy
import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from study.file import check_study
from study.parse import parse
from study.template import TEMPLATE

ODD = st.sampled_from([None, "", "x", 0, -1, 2.5, True, [], ["x"], [1], {}, {"x": 1}, [{}], [[]]])


def places(value, path=()):
    """The path of every key and entry."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def template():
    return tomllib.loads(TEMPLATE.read_text(encoding="utf-8"))


def changed(raw, path, value):
    """A copy with another value at a path; None takes it out."""
    raw = copy.deepcopy(raw)
    inner = raw
    for step in path[:-1]:
        inner = inner[step]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return raw


RAW = {name: value for name, value in template().items() if name != "schema"}
PLACES = list(places(RAW))


def test_the_template_has_no_problem():
    draft = parse(RAW)
    assert draft.problems == []
    assert check_study(draft.study) == []


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(PLACES), ODD)
def test_one_odd_value(path, value):
    given_raw = changed(RAW, path, value)
    before = copy.deepcopy(given_raw)
    draft = parse(given_raw)
    found = [*draft.problems, *check_study(draft.study)]
    assert given_raw == before
    assert all(problem.message and problem.path for problem in found)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=2, max_size=6))
def test_several_odd_values(changes):
    raw = RAW
    for path, value in sorted(changes, key=lambda change: len(change[0]), reverse=True):
        if path in set(places(raw)):
            raw = changed(raw, path, value)
    draft = parse(raw)
    found = [*draft.problems, *check_study(draft.study)]
    assert all(problem.message and problem.path for problem in found)


@given(st.sampled_from([path for path in PLACES if isinstance(path[-1], str)]))
def test_a_misspelt_key_is_always_found(path):
    raw = changed(RAW, path, None)
    inner = raw
    for step in path[:-1]:
        inner = inner[step]
    inner[f"{path[-1]}_"] = "x"
    draft = parse(raw)
    found = {problem.path for problem in [*draft.problems, *check_study(draft.study)]}
    assert any(f"{path[-1]}_" in one or one.endswith(str(path[-1])) for one in found) or (
        "where" in path
    )
