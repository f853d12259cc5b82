"""The map's p-values by another method, and moderators as their own panel."""

import pytest

from access.viewer import local_viewer
from dashboard import effect_adjust, effect_moderation
from dashboard.sources import Sources
from models.multiplicity import adjust_family, holm
from queries.filters import Filters
from study.presets import TOTAL_DIMENSION
from tests.dashboard import result_fixture


def results():
    """Every dimension of the fixture, adjusted as a fit would."""
    given = [result_fixture.result(one) for one in ("humanness", "use", TOTAL_DIMENSION)]
    others = [one for one in given if one.outcome != TOTAL_DIMENSION]
    total = [one for one in given if one.outcome == TOTAL_DIMENSION]
    return [*adjust_family(others, family="map"), *adjust_family(total, family="total")]


def p_values(some, name):
    return [
        getattr(row, name)
        for one in some
        if one.outcome != TOTAL_DIMENSION
        for row in one.coefficients
        if row.kind == "within" and row.feature_id
    ]


def test_holm_adjusts_the_same_family():
    given = results()
    changed = effect_adjust.adjusted(given, "holm")
    assert p_values(changed, "p_adjusted") == pytest.approx(list(holm(p_values(given, "p_value"))))
    sizes = {one.outcome: one.adjustment.family_size for one in given}
    assert {one.outcome: one.adjustment.family_size for one in changed} == sizes
    assert {one.adjustment.method for one in changed} == {"holm"}


@pytest.mark.parametrize("method", [None, "bh", "something"])
def test_otherwise_nothing_changes(method):
    given = results()
    assert effect_adjust.adjusted(given, method) == given


def test_what_was_declared_keeps_its_method():
    declared = adjust_family(results()[:1], family="declared", method="holm")
    assert effect_adjust.adjusted(declared, "holm") == declared


def test_without_a_moderator_there_is_nothing_to_show(con, tmp_path):
    result_fixture.save_all(tmp_path)
    frame = effect_moderation.read_moderation(Sources(con, tmp_path), local_viewer(), Filters())
    assert frame.is_empty()
