"""The built-in principles, dimensions and instruments."""

import re
from collections import Counter

import pytest

from study.checks import scoring_keys
from study.definition import Calendar, EventColumns, Source, Study
from study.dimensions import DIMENSIONS
from study.instruments import BUILT_IN, WAI_S, WAI_SR
from study.psd import CATEGORIES, PRINCIPLES

CLICKS = Source(
    id="a", kind="events", path="a.csv", participant="p", events=EventColumns(name="n", time="t")
)


def test_there_are_28_principles_in_4_categories():
    assert len({principle.id for principle in PRINCIPLES}) == 28
    sizes = Counter(principle.category for principle in PRINCIPLES)
    assert [sizes[category] for category in CATEGORIES] == [7, 7, 7, 7]


@pytest.mark.parametrize("principle", PRINCIPLES, ids=lambda one: one.id)
def test_a_principle_says_what_it_is_and_how_it_shows(principle):
    assert re.fullmatch(r"[a-z][a-z_]*", principle.id)
    assert principle.definition.endswith(".")
    assert principle.telemetry


def test_ids_that_studies_write():
    ids = {principle.id for principle in PRINCIPLES}
    assert {"self_monitoring", "social_role", "real_world_feel", "third_party_endorsement"} <= ids


def test_there_are_five_dimensions_and_one_total():
    assert [dimension.id for dimension in DIMENSIONS] == [
        "humanness",
        "meaningfulness",
        "progression",
        "use",
        "flexibility",
        "alliance",
    ]
    assert [dimension.is_total for dimension in DIMENSIONS] == [False] * 5 + [True]


def test_the_built_in_instruments():
    assert [instrument.id for instrument in BUILT_IN] == [
        "wai_sr",
        "wai_s",
        "dwai",
        "arm_5",
        "tweets",
        "umars",
        "sus",
    ]


@pytest.mark.parametrize("instrument", BUILT_IN, ids=lambda one: one.id)
def test_a_built_in_key_is_a_valid_one_with_source_and_licence(instrument):
    study = Study(study=Calendar(id="s", title="S"), sources=(CLICKS,), instruments=(instrument,))
    assert list(scoring_keys.problems(study)) == []
    assert instrument.source
    assert instrument.licence
    assert len(instrument.items) in {5, 6, 9, 10, 12, 20}
    for scale in instrument.scales:
        assert bool(scale.reliability or scale.sd) is bool(scale.reliability_source)


def test_the_two_short_working_alliance_inventories_are_not_the_same():
    assert (WAI_SR.low, WAI_SR.high, WAI_SR.reverse) == (1, 5, ())
    assert (WAI_S.low, WAI_S.high, WAI_S.reverse) == (1, 7, ("4", "10"))
    assert WAI_SR.scale("task").items == ("1", "2", "10", "12")
    assert WAI_S.scale("task").items == ("1", "2", "8", "12")
    assert WAI_SR.scale("goal").items == ("4", "6", "8", "11")
    assert WAI_S.scale("goal").items == ("4", "6", "10", "11")
    assert WAI_SR.scale("bond").items == WAI_S.scale("bond").items


@pytest.mark.parametrize("instrument", [WAI_SR, WAI_S], ids=lambda one: one.id)
def test_the_subscales_share_out_the_items(instrument):
    parts = [instrument.scale(name).items for name in ("task", "bond", "goal")]
    assert sorted((item for part in parts for item in part), key=int) == list(instrument.items)
