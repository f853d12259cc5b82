"""Scoring keys of a study's own, and what cannot be one."""

import pytest


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        ("high = 5", "high = 1", "instruments[0].high", "1 is not above low, which is 1."),
        ("items = 4", "items = 0", "instruments[0].items", "0 items."),
        ("items = 4", "items = 1001", "instruments[0].items", "1 to 1000"),
        ("items = 4", 'items = ["1", "2", "3", "4", "1"]', "instruments[0].items[4]", "twice"),
        ("low = 1", "low = 1\nreverse = [5]", "instruments[0].reverse[0]", '"5" is not an item'),
        ("low = 1", "low = 1.5", "instruments[0].low", "1.5 is not a whole number."),
        ("low = 1", "low = 1\nmin_items_share = 0", "instruments[0].min_items_share", "above 0"),
        ("3, 4]", "3, 9]", "instruments[0].scales[0].items[3]", '"9" is not an item'),
        ("3, 4]", "3, 3]", "instruments[0].scales[0].items[3]", "twice"),
        ("3, 4]", "3, 4]\nmin_items = 5", "instruments[0].scales[0].min_items", "more than the 4"),
        ("3, 4]", '3, 4]\nof = ["x"]', "instruments[0].scales[0].of", "this scale is a mean"),
        ("3, 4]", "3, 4]\nsd = 0", "instruments[0].scales[0].sd", "above 0"),
        ("3, 4]", "3, 4]\nreliability = 1", "instruments[0].scales[0].reliability", "below 1"),
        ("items = [1, 2, 3, 4]", "", "instruments[0].scales[0].items", "is missing"),
        ('id = "total"', 'id = "a.b"', "instruments[0].scales[0].id", "is not an id"),
    ],
)
def test_a_key_that_cannot_be(problems, part, old, new, path, said):
    assert old in part["scale"]
    found = problems(part["least"], part["scale"].replace(old, new))
    assert list(found) == [path]
    assert said in found[path]


MEAN_OF = """
[[instruments.scales]]
id = "whole"
label = "Whole"
aggregate = "mean_of_scales"
of = ["total"]
"""


def test_a_mean_of_scales(load, problems, part):
    assert load(part["least"], part["scale"], MEAN_OF).instruments[0].scale("whole").of == (
        "total",
    )
    found = problems(
        part["least"], part["scale"], MEAN_OF.replace('["total"]', '["totl", "whole"]')
    )
    assert set(found) == {"instruments[0].scales[1].of[0]", "instruments[0].scales[1].of[1]"}
    assert 'Did you mean "total"?' in found["instruments[0].scales[1].of[0]"]


def test_a_mean_of_scales_has_no_items(problems, part):
    found = problems(part["least"], part["scale"], MEAN_OF.replace('of = ["total"]', "items = [1]"))
    assert set(found) == {"instruments[0].scales[1].of", "instruments[0].scales[1].items"}


def test_scales_of_one_instrument_have_different_ids(problems, part):
    found = problems(part["least"], part["scale"], MEAN_OF.replace('"whole"', '"total"'))
    assert "instruments[0].scales[1].id" in found


def test_a_misspelt_built_in(problems, part):
    found = problems(part["least"], '[[instruments]]\nuse = "dawi"')
    assert list(found) == ["instruments[0].use"]
    assert 'Did you mean "dwai"?' in found["instruments[0].use"]


def test_a_built_in_key_does_not_change(problems, part):
    found = problems(
        part["least"],
        '[[instruments]]\nuse = "wai_sr"\nhigh = 7\nscedule = { weeks = [1] }\n'
        "norms = { totl = { sd = 1 }, bond = { sd = -1 } }",
    )
    assert set(found) == {
        "instruments[0].high",
        "instruments[0].scedule",
        "instruments[0].norms.totl",
        "instruments[0].norms.bond.sd",
    }
    assert "scoring key of the built-in" in found["instruments[0].high"]
    assert 'Did you mean "schedule"?' in found["instruments[0].scedule"]


def test_one_built_in_twice_needs_another_id(load, problems, part):
    twice = '[[instruments]]\nuse = "dwai"\n'
    assert list(problems(part["least"], twice * 2)) == ["instruments[1].id"]
    assert len(load(part["least"], twice, twice + 'id = "dwai_late"').instruments) == 2


@pytest.mark.parametrize(
    ("schedule", "key"),
    [
        ("{ weeks = [12] }", "weeks[0]"),
        ("{ weeks = [-1] }", "weeks[0]"),
        ("{ weeks = [] }", "weeks"),
        ("{ weeks = [3, 3] }", "weeks[1]"),
        ("{ weeks = [1], window_days = [-1, 6] }", "window_days[0]"),
        ("{ weeks = [1], window_days = [1, 2, 3] }", "window_days"),
        ("{ weeks = [1, 2], window_days = [0, 7] }", "window_days"),
        ("{ weeks = [5, 1, 4], window_days = [3, 4] }", "window_days"),
    ],
)
def test_a_schedule_that_cannot_be(problems, part, schedule, key):
    text = part["scale"].replace("low = 1", f"low = 1\nschedule = {schedule}")
    assert list(problems(part["least"], text)) == [f"instruments[0].schedule.{key}"]


@pytest.mark.parametrize(
    "schedule", ["{ weeks = [0, 1, 11] }", "{ weeks = [1, 3], window_days = [7, 6] }"]
)
def test_a_schedule_that_fits(load, part, schedule):
    text = part["scale"].replace("low = 1", f"low = 1\nschedule = {schedule}")
    assert load(part["least"], text).instruments[0].schedule
