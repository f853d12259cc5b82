"""What the sample trial must show: every row accounted for, and what was planted found again."""

import json
from collections import Counter

import pytest

from tests.conftest import HARBOUR
from warehouse.connect import open_raw

TRUTH = json.loads((HARBOUR / "truth.json").read_text(encoding="utf-8"))
DIMENSIONS = ("humanness", "meaningfulness", "progression", "use", "flexibility", "alliance")
PLANTED = [
    (feature, dimension, effect)
    for feature, effects in TRUTH["within"].items()
    for dimension, effect in effects.items()
    if effect
]


def within(loaded, feature, dimension):
    result = loaded.results[f"alliance.{dimension}"]
    found = [
        one for one in result.coefficients if one.kind == "within" and one.feature_id == feature
    ]
    assert len(found) == 1
    return found[0]


def test_no_file_failed(harbour):
    assert harbour.first.failed == ()
    assert harbour.first.exit_code == 0
    assert len(harbour.first.receipts) == len(TRUTH["files"])


def test_every_row_read_ends_as_one_of_three(harbour):
    for receipt in harbour.first.receipts:
        ended = receipt.rows_loaded + receipt.rows_duplicate + receipt.rows_rejected
        assert receipt.rows_read == ended
        assert receipt.rows_read > 0


@pytest.mark.parametrize("told", TRUTH["files"], ids=lambda told: told["path"])
def test_receipts_agree_with_the_dirt_that_was_strewn(harbour, told):
    receipt = next(one for one in harbour.first.receipts if one.source_file == told["path"])
    names = ("rows_read", "rows_loaded", "rows_duplicate", "rows_rejected", "cells_refused")
    assert {name: getattr(receipt, name) for name in names} == {name: told[name] for name in names}
    assert refused(receipt, is_cell=False) == told["rules"]
    assert refused(receipt, is_cell=True) == told["cell_rules"]


def refused(receipt, *, is_cell):
    counts = Counter()
    for rule in receipt.by_rule:
        if rule.is_cell == is_cell:
            counts[rule.rule] += rule.n_refused
    return counts


def test_the_second_load_adds_nothing(harbour):
    assert not harbour.second.is_changed
    assert {one.status for one in harbour.second.receipts} == {"unchanged"}
    for before, after in zip(harbour.first.receipts, harbour.second.receipts, strict=True):
        assert (before.source_file, before.rows_loaded) == (after.source_file, after.rows_loaded)


def test_rejected_rows_are_kept_with_their_text(harbour):
    con = open_raw(harbour.workspace)
    kept = con.sql("select count(*), count(raw_text) from rejected_rows where not is_cell")
    n_kept, n_with_text = kept.fetchall()[0]
    con.close()
    assert n_kept == n_with_text == sum(one.rows_rejected for one in harbour.first.receipts)


def test_the_build_has_nothing_to_note(harbour):
    assert harbour.built.warnings == ()
    assert harbour.built.rows["fct_participants"] == TRUTH["participants"]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_dimension_is_fitted(harbour, dimension):
    result = harbour.results[f"alliance.{dimension}"]
    assert (result.status, result.is_converged) == ("fitted", True)
    assert result.n_participants > 250


@pytest.mark.parametrize(("feature", "dimension", "effect"), PLANTED)
def test_planted_effects_lie_inside_their_intervals(harbour, feature, dimension, effect):
    found = within(harbour, feature, dimension)
    assert found.ci_low <= effect <= found.ci_high


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("feature", TRUTH["null_features"])
def test_null_features_are_not_called_effects(harbour, feature, dimension):
    found = within(harbour, feature, dimension)
    assert found.ci_low <= 0 <= found.ci_high
    assert found.p_adjusted > 0.05


@pytest.mark.parametrize(("feature", "dimension"), TRUTH["negative"])
def test_the_negative_feature_is_found_negative(harbour, feature, dimension):
    assert within(harbour, feature, dimension).ci_high < 0


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_always_on_feature_is_not_estimable(harbour, dimension):
    result = harbour.results[f"alliance.{dimension}"]
    refused = {(one.part, one.reason) for one in result.not_estimable
               if one.feature_id == TRUTH["always_on"]}  # fmt: skip
    assert refused == {("within", "always_on"), ("between", "always_on")}
    assert TRUTH["always_on"] not in {one.feature_id for one in result.coefficients}


def test_weekly_adherence_is_fitted_and_called_an_association(harbour):
    result = harbour.results["alliance.adherence"]
    assert result.status == "fitted"
    assert "associations, not effects" in result.explanation
