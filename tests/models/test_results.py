"""Results survive JSON and a damaged folder; families of tests are counted; fingerprints hold."""

import json
from dataclasses import replace

import polars as pl
import pytest

from models import store
from models.alliance import COLUMNS, fit_alliance
from models.multiplicity import adjust_family, benjamini_hochberg, holm
from models.results import SCHEMA, FitResult, ResultFormatError
from models.spec import input_hash
from models.survival import kaplan_meier
from tests.models import simulate
from tests.models.simulate import Truth


@pytest.fixture(scope="module")
def frame():
    truth = Truth(within=(0.3, 0.0), between=(0.1, 0.1))
    return simulate.rows(truth, n_participants=40, n_occasions=5, seed=8)


@pytest.fixture(scope="module")
def result(frame):
    return fit_alliance(frame, simulate.spec("f0", "f1", "f2", always_on=("f2",)))


class TestJson:
    def test_round_trip_of_fitted_adjusted_and_refused(self, frame, result):
        (adjusted,) = adjust_family([result], family="f")
        refused = fit_alliance(frame.clear(), simulate.spec("f0"))
        for given in (result, adjusted, refused):
            assert FitResult.from_json(given.to_json()) == given

    def test_a_number_that_is_none_is_not_written(self, result):
        with pytest.raises(ValueError, match="nan"):
            replace(result, icc=float("nan")).to_json()

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("{", "not JSON"),
            ("[]", "form"),
            (json.dumps({"schema": SCHEMA + 1}), "form"),
            (json.dumps({"schema": SCHEMA}), "lacks fields"),
        ],
    )
    def test_other_texts_are_refused_with_a_reason(self, text, why):
        with pytest.raises(ResultFormatError, match=why):
            FitResult.from_json(text)

    def test_unknown_fields_are_refused(self, result):
        fields = {**json.loads(result.to_json()), "surplus": 1}
        with pytest.raises(ResultFormatError, match="unknown"):
            FitResult.from_json(json.dumps(fields))


class TestStore:
    def test_what_is_saved_is_loaded_by_id(self, tmp_path, result):
        other = replace(result, model_id="alliance.use")
        store.save(tmp_path / "results", result)
        store.save(tmp_path / "results", other)
        assert store.load_all(tmp_path / "results") == {
            "alliance.alliance": result,
            "alliance.use": other,
        }

    def test_no_folder_means_no_results(self, tmp_path):
        assert store.load_all(tmp_path / "none") == {}

    def test_a_damaged_file_is_named_and_the_rest_is_loaded(self, tmp_path, result):
        store.save(tmp_path, result)
        (tmp_path / "cut.json").write_text(result.to_json()[:100])
        with pytest.warns(store.UnreadableResultWarning, match=r"cut\.json is not JSON"):
            assert list(store.load_all(tmp_path)) == ["alliance.alliance"]

    def test_another_version_is_named(self, tmp_path):
        (tmp_path / "old.json").write_text('{"schema": 0}')
        with pytest.warns(store.UnreadableResultWarning, match=r"old\.json .* rapport fit"):
            assert store.load_all(tmp_path) == {}

    def test_bytes_that_are_no_text_are_named(self, tmp_path):
        (tmp_path / "bytes.json").write_bytes(b"\xff\xfe{")
        with pytest.warns(store.UnreadableResultWarning, match=r"bytes\.json is not UTF-8"):
            assert store.load_all(tmp_path) == {}

    def test_an_id_is_a_file_name_inside_the_folder(self, tmp_path, result):
        with pytest.raises(ValueError, match="file name"):
            store.save(tmp_path, replace(result, model_id="../elsewhere"))

    def test_results_of_models_no_longer_named_go(self, tmp_path, result):
        for model_id in ("a.x", "a.y"):
            store.save(tmp_path, replace(result, model_id=model_id))
        assert store.keep_only(tmp_path, frozenset({"a.y"})) == ["a.x.json"]
        assert list(store.load_all(tmp_path)) == ["a.y"]


class TestFamilies:
    def test_family_is_the_within_feature_terms_of_all_results(self, result):
        weak = replace(result, model_id="alliance.use")
        first, _ = adjusted = adjust_family([result, weak], family="the map")
        assert first.adjustment.family_size == 4
        assert (first.adjustment.method, first.adjustment.family) == ("bh", "the map")
        for row in (row for fit in adjusted for row in fit.coefficients):
            assert (row.p_adjusted is not None) == (row.kind == "within")
        p = [result.coefficient(f"within:f{j}").p_value for j in (0, 1)]
        got = [first.coefficient(f"within:f{j}").p_adjusted for j in (0, 1)]
        assert got == pytest.approx(list(benjamini_hochberg([*p, *p])[:2]))

    def test_adjusting_twice_changes_nothing(self, result):
        once = adjust_family([result], family="f", method="holm")
        assert adjust_family(once, family="f", method="holm") == once

    def test_holm_is_never_below_bh_and_nothing_exceeds_one(self):
        p = [0.9, 0.01, 0.04, 0.04]
        assert (holm(p) >= benjamini_hochberg(p)).all()
        assert holm(p).max() <= 1

    def test_an_empty_family_is_no_family(self, frame):
        refused = fit_alliance(frame.clear(), simulate.spec("f0"))
        assert adjust_family([refused], family="f")[0].adjustment is None

    def test_p_values_outside_their_range_are_refused(self):
        with pytest.raises(ValueError, match="between 0 and 1"):
            benjamini_hochberg([0.5, float("nan")])


class TestFingerprint:
    def test_depends_on_rows_and_options_only(self, frame):
        spec = simulate.spec("f0", "f1")
        mine = input_hash(frame, COLUMNS, spec)
        shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
        assert input_hash(shuffled.with_columns(site_id=pl.lit("x")), COLUMNS, spec) == mine
        assert input_hash(frame, COLUMNS, replace(spec, transform="any")) != mine
        changed = frame.with_columns(score=pl.col("score") + 1e-9)
        assert input_hash(changed, COLUMNS, spec) != mine


class TestSurvival:
    def test_by_hand(self):
        """Five people: two events on day 2, one leaves on day 3, one event on day 5, one left."""
        curve = kaplan_meier([2, 2, 3, 5, 9], [True, True, False, True, False])
        assert curve.survival == pytest.approx((0.6, 0.6, 0.3, 0.3))
        assert curve.n_at_risk == (5, 3, 2, 1)
        assert (curve.n_events, curve.n_censored) == ((2, 0, 1, 0), (0, 1, 0, 1))
        assert (curve.half_life, curve.n_participants) == (5, 5)

    def test_nobody_had_the_event(self):
        curve = kaplan_meier([3, 4], [False, False])
        assert (curve.survival, curve.half_life) == ((1.0, 1.0), None)
        assert curve.ci_low == (None, None)

    def test_nobody_at_all(self):
        assert kaplan_meier([], []).days == ()

    @pytest.mark.parametrize("days", [[-1.0, 2.0], [float("nan"), 2.0], [1.0]])
    def test_impossible_days_are_refused(self, days):
        with pytest.raises(ValueError, match="one value per participant"):
            kaplan_meier(days, [True, False])
