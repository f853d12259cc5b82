"""The alliance model: recovers a known truth, counts what it loses, refuses what it cannot know."""

from dataclasses import replace

import polars as pl
import pytest

from models.alliance import fit_alliance
from tests.models import simulate
from tests.models.simulate import Truth

TRUTH = Truth(within=(0.2, 0.0), between=(-0.3, 0.1))


@pytest.fixture(scope="module")
def frame():
    return simulate.rows(TRUTH, n_participants=120, n_occasions=7, seed=11, n_arms=2)


@pytest.fixture(scope="module")
def result(frame):
    return fit_alliance(frame, simulate.spec("f0", "f1"))


class TestRecovery:
    def test_within_and_between_are_told_apart(self, result):
        """The two are planted with opposite signs: one pooled slope would hit neither."""
        within, between = result.coefficient("within:f0"), result.coefficient("between:f0")
        assert within.ci_low < 0.2 < within.ci_high
        assert within.ci_low > 0
        assert between.ci_low < -0.3 < between.ci_high
        assert between.ci_high < 0

    def test_null_feature_is_not_called_an_effect(self, result):
        null = result.coefficient("within:f1")
        assert null.ci_low < 0 < null.ci_high
        assert null.p_value > 0.05

    def test_week_and_variances(self, result):
        week = result.coefficient("week")
        assert week.ci_low < TRUTH.week < week.ci_high
        residual = result.variance_components[-1]
        assert residual.sd_or_correlation == pytest.approx(TRUTH.residual_sd, rel=0.1)
        trend = next(c for c in result.variance_components if (c.term1, c.term2) == ("week", None))
        assert trend.sd_or_correlation == pytest.approx(TRUTH.trend_sd, rel=0.3)

    def test_intervals_cover_as_often_as_they_say(self):
        """20 small studies, five intervals each: 95 of 100 expected; below 86, one in 5,000."""
        covered = 0
        for seed in range(20):
            small = simulate.rows(TRUTH, n_participants=30, n_occasions=5, seed=seed)
            fit = fit_alliance(small, simulate.spec("f0", "f1"))
            for term, true in (
                ("within:f0", 0.2),
                ("within:f1", 0.0),
                ("between:f0", -0.3),
                ("between:f1", 0.1),
                ("week", TRUTH.week),
            ):
                row = fit.coefficient(term)
                covered += row.ci_low <= true <= row.ci_high
        assert covered >= 86


class TestWhatIsSaid:
    def test_counts_rows_participants_and_arms(self, result):
        assert (result.n_rows, result.n_participants) == (840, 120)
        assert [c.term for c in result.coefficients if c.kind == "arm"] == ["arm:arm1"]
        assert result.rows_lost == ()

    def test_one_arm_has_no_arm_term(self):
        single = simulate.rows(TRUTH, n_participants=30, n_occasions=5, seed=1)
        fit = fit_alliance(single, simulate.spec("f0"))
        assert all(c.kind != "arm" for c in fit.coefficients)

    def test_speaks_of_association_unless_randomised(self, frame, result):
        assert "associations, not effects" in result.explanation
        assert result.explanation.startswith("Each association")
        randomised = fit_alliance(frame, simulate.spec("f0", is_randomised=True))
        assert randomised.explanation.startswith("Each effect")

    def test_formula_and_methods_are_named(self, result):
        assert result.formula.endswith("+ (1 + week | participant)")
        assert result.method == "REML, random intercept and slope of week of participant"
        assert (result.df_method, result.se_method) == ("Satterthwaite", "model-based")
        assert result.engine == "Rapport"
        assert result.exposure.unit == "per additional exposure in the window"
        agreed = next(check for check in result.checks if check.name == "converged")
        assert agreed.is_passed
        assert " and " in agreed.explanation.split(";")[0]

    def test_explained_shares_are_ordered(self, result):
        assert 0 < result.r2_marginal < result.r2_conditional < 1
        assert 0 < result.icc < 1

    def test_input_is_not_modified_and_row_order_does_not_matter(self, frame, result):
        before = frame.clone()
        shuffled = fit_alliance(frame.sample(fraction=1, shuffle=True, seed=2), _spec())
        assert frame.equals(before)
        assert shuffled.input_hash == result.input_hash
        got = [c.estimate for c in shuffled.coefficients]
        assert got == pytest.approx([c.estimate for c in result.coefficients], rel=1e-8)


def _spec():
    return simulate.spec("f0", "f1")


class TestRowsLost:
    def test_each_row_is_counted_once_under_its_first_reason(self, frame):
        first = pl.col("participant_id") == "p0000"
        holes = frame.with_columns(
            score=pl.when(first).then(None).otherwise("score"),
            is_covered=pl.when(first | (pl.col("occasion_id") == "o0")).then(False).otherwise(True),
        )
        fit = fit_alliance(holes, _spec())
        lost = {row.reason: (row.n_rows, row.n_participants) for row in fit.rows_lost}
        assert lost == {"no_score": (7, 1), "window_not_covered": (119, 119)}
        assert fit.n_rows + sum(row.n_rows for row in fit.rows_lost) == 840

    def test_nothing_left_is_explained_with_its_reasons(self, frame):
        fit = fit_alliance(frame.with_columns(is_covered=pl.lit(value=False)), _spec())
        assert (fit.status, fit.n_rows, fit.coefficients) == ("not_estimable", 0, ())
        assert fit.explanation == (
            "No row can be analysed: the exposure window reaches outside the log "
            "(840 rows of 120 participants)."
        )

    def test_parts_are_centred_on_what_is_left(self, frame):
        holes = frame.filter((pl.col("participant_id") > "p0019") | (pl.col("occasion_id") < "o3"))
        lost = frame.with_columns(
            score=pl.when((pl.col("participant_id") > "p0019") | (pl.col("occasion_id") < "o3"))
            .then("score")
            .otherwise(None)
        )
        removed, missing = fit_alliance(holes, _spec()), fit_alliance(lost, _spec())
        assert [c.estimate for c in missing.coefficients] == pytest.approx(
            [c.estimate for c in removed.coefficients], rel=1e-9
        )

    def test_rate_loses_windows_without_a_session(self, frame):
        fit = fit_alliance(frame, simulate.spec("f0", "f1", transform="rate"))
        lost = {row.reason: row.n_rows for row in fit.rows_lost}
        expected = frame.filter(pl.col("exposure_rate").is_null())["occasion_id"].len() // 2
        assert lost == {"no_session_in_window": expected}
        assert fit.exposure.unit == "per additional exposure per session in the window"

    def test_single_occasions_stay_and_are_mentioned(self, frame):
        single = frame.filter(
            (pl.col("participant_id") > "p0004") | (pl.col("occasion_id") == "o1")
        )
        fit = fit_alliance(single, _spec())
        assert fit.rows_lost == ()
        assert fit.n_participants == 120
        assert any(note.startswith("5 participants have one") for note in fit.warnings)


class TestTransforms:
    @pytest.mark.parametrize(("transform", "column"), [("log1p", "log1p"), ("any", "any")])
    def test_equals_a_count_of_the_transformed_values(self, frame, transform, column):
        expression = {
            "log1p": pl.col("n_exposures").log1p(),
            "any": (pl.col("n_exposures") > 0).cast(pl.Float64),
        }[column]
        by_hand = fit_alliance(frame.with_columns(n_exposures=expression), _spec())
        fit = fit_alliance(frame, replace(_spec(), transform=transform))
        assert [c.estimate for c in fit.coefficients] == pytest.approx(
            [c.estimate for c in by_hand.coefficients], rel=1e-9
        )


class TestRefusals:
    def test_nothing_to_analyse(self, frame):
        for empty in (frame.clear(), frame.with_columns(is_covered=pl.lit(value=False))):
            fit = fit_alliance(empty, _spec())
            assert (fit.status, fit.coefficients) == ("not_estimable", ())

    def test_constant_outcome(self, frame):
        fit = fit_alliance(frame.with_columns(score=pl.lit(3.0)), _spec())
        assert fit.status == "not_estimable"
        assert "the same" in fit.explanation

    def test_fewer_participants_than_terms(self, frame):
        few = frame.filter(pl.col("participant_id") < "p0003")
        fit = fit_alliance(few, simulate.spec("f0", "f1", least_participants=1))
        assert fit.status == "not_estimable"
        assert "too few" in fit.explanation

    def test_two_occasions_each_bear_no_trend_of_their_own(self, frame):
        two = frame.filter(pl.col("occasion_id") < "o2")
        fit = fit_alliance(two, _spec())
        assert fit.status == "fitted"
        assert fit.formula.endswith("+ (1 | participant)")
        assert any("too few occasions" in note for note in fit.warnings)
