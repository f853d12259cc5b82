"""The trust card: each way a fit can disappoint has rows that show it, and a sentence."""

import numpy as np
import polars as pl
import pytest

from models import alliance, random_part, trust
from models.alliance import fit_alliance
from models.errors import NotConvergedError
from models.results import Coefficient, FitResult, Opinion
from models.table.fit import fit_table
from tests.models import reference, simulate


def card(result: FitResult) -> dict[str, bool]:
    return {check.name: check.is_passed for check in result.checks}


def words(result: FitResult, name: str) -> str:
    return next(check.explanation for check in result.checks if check.name == name)


@pytest.fixture(scope="module")
def healthy() -> FitResult:
    truth = simulate.Truth(within=(0.15, 0.0), between=(0.1, 0.0))
    frame = simulate.rows(truth, n_participants=60, n_occasions=8, seed=5)
    return fit_alliance(frame, simulate.spec("f0", "f1"))


def test_a_healthy_fit_passes_every_check(healthy):
    assert healthy.is_trusted
    assert all(card(healthy).values()), card(healthy)
    assert trust.headline(healthy) == ""


def test_the_card_names_what_it_looked_at(healthy):
    assert set(card(healthy)) == {
        "converged",
        "not singular",
        "degrees of freedom",
        "participants",
        "methods agree",
        "standard errors",
        "no single participant decides",
        "residuals",
        "own effects",
        "rows kept",
    }


def test_the_card_survives_json(healthy):
    assert FitResult.from_json(healthy.to_json()) == healthy


def test_second_opinions_cover_every_term_and_agree(healthy):
    terms = {row.term for row in healthy.coefficients}
    for method in ("cluster_robust", "gee", "cluster_bootstrap"):
        assert {one.term for one in healthy.opinions if one.method == method} == terms
    headline = healthy.coefficient("within:f0")
    for one in healthy.opinions:
        if one.term == "within:f0":
            assert one.ci_low < headline.estimate < one.ci_high


def test_no_agreement_of_optimisers_leaves_no_number(monkeypatch):
    def refuse(*_args, **_options):
        raise NotConvergedError("they end at different places", reason="gradient")

    monkeypatch.setattr(random_part, "fit_linear", refuse)
    result = fit_alliance(reference.alliance_rows(), simulate.spec("praise", "reminder"))
    assert (result.status, result.coefficients, result.is_trusted) == ("not_converged", (), False)
    assert "No two optimisers agreed on a maximum (290 rows, 40 participants)" in result.explanation


def test_a_trend_that_does_not_converge_is_given_up_aloud(monkeypatch):
    whole = random_part.fit_linear

    def refuse_trends(y, X, names, random):
        if "week" in random[0].names:
            raise NotConvergedError("no")
        return whole(y, X, names, random)

    monkeypatch.setattr(random_part, "fit_linear", refuse_trends)
    result = fit_alliance(reference.alliance_rows(), simulate.spec("praise", "reminder"))
    assert result.status == "fitted"
    assert "(1 | participant)" in result.formula
    assert any("no two optimisers agreed on it" in warning for warning in result.warnings)


def test_a_singular_fit_is_a_note_and_no_failure():
    result = fit_alliance(reference.singular_rows(), simulate.spec("praise"))
    assert card(result)["not singular"] is False
    assert "variances and their correlation should not be read" in words(result, "not singular")
    assert result.is_trusted


def test_few_degrees_of_freedom_withhold_the_headline():
    truth = simulate.Truth(within=(0.1,), between=(0.1,))
    frame = simulate.rows(truth, n_participants=5, n_occasions=6, seed=3)
    result = fit_alliance(frame, simulate.spec("f0", least_participants=1))
    assert result.status == "fitted"
    assert not result.is_trusted
    assert [check.name for check in result.failed_checks] == ["degrees of freedom"]
    assert "4 are asked for" in trust.headline(result)
    assert card(result)["participants"] is False


def test_a_small_study_is_judged_by_kenward_and_roger():
    truth = simulate.Truth(within=(0.1,), between=(0.1,))
    frame = simulate.rows(truth, n_participants=20, n_occasions=6, seed=3)
    small = fit_alliance(frame, simulate.spec("f0"))
    assert (small.df_method, small.se_method) == ("Kenward-Roger", "Kenward-Roger adjusted")
    assert 'ddf = "Kenward-Roger"' in small.code.r


def test_a_preset_may_ask_for_kenward_and_roger(healthy):
    truth = simulate.Truth(within=(0.15, 0.0), between=(0.1, 0.0))
    frame = simulate.rows(truth, n_participants=60, n_occasions=8, seed=5)
    asked = fit_alliance(frame, simulate.spec("f0", "f1", df_method="kr"))
    assert healthy.df_method == "Satterthwaite"
    assert asked.df_method == "Kenward-Roger"
    assert asked.coefficient("between:f0").se > healthy.coefficient("between:f0").se


def test_one_participant_who_turns_a_finding_round_withholds_the_headline():
    """One participant's own association is so strong that it makes the finding of all."""
    truth = simulate.Truth(within=(-0.02,), between=(0.0,), residual_sd=0.2)
    frame = simulate.rows(truth, n_participants=25, n_occasions=6, seed=11)
    own = pl.col("participant_id") == "p0000"
    place = pl.col("occasion_id").str.slice(1).cast(pl.Float64)
    frame = frame.with_columns(
        n_exposures=pl.when(own).then(place % 2 * 40).otherwise("n_exposures"),
        score=pl.when(own).then(4 + place % 2 * 2).otherwise("score"),
    )
    result = fit_alliance(frame, simulate.spec("f0"))
    within = result.coefficient("within:f0")
    assert within.p_value < 0.05
    assert within.estimate > 0
    assert "no single participant decides" in {check.name for check in result.failed_checks}
    assert "the sign of a finding would change: F0, within" in trust.headline(result)


def test_heavy_tails_are_named():
    truth = simulate.Truth(within=(0.1,), between=(0.1,))
    frame = simulate.rows(truth, n_participants=60, n_occasions=8, seed=2)
    rng = np.random.default_rng(1)
    noise = rng.standard_t(1.5, len(frame))
    result = fit_alliance(frame.with_columns(score=pl.col("score") + noise), simulate.spec("f0"))
    assert card(result)["residuals"] is False
    assert "heavy tails" in words(result, "residuals")


def test_many_lost_rows_are_a_note():
    truth = simulate.Truth(within=(0.1,), between=(0.1,))
    frame = simulate.rows(truth, n_participants=60, n_occasions=8, seed=2)
    late = pl.col("occasion_id").is_in(["o5", "o6", "o7"])
    frame = frame.with_columns(score=pl.when(late).then(None).otherwise("score"))
    result = fit_alliance(frame, simulate.spec("f0"))
    assert card(result)["rows kept"] is False
    assert "180 (38%) could not be" in words(result, "rows kept")


def test_own_slopes_of_an_exposure_are_found_and_widen_its_interval():
    rng = np.random.default_rng(8)
    truth = simulate.Truth(within=(0.1, 0.0), between=(0.0, 0.0), residual_sd=0.3)
    frame = simulate.rows(truth, n_participants=80, n_occasions=8, seed=21)
    own = pl.DataFrame(
        {
            "participant_id": [f"p{i:04d}" for i in range(80)],
            "own": rng.normal(0, 0.3, 80),
        }
    )
    counts = frame.filter(feature_id="f0").select(
        "participant_id", "occasion_id", count="n_exposures"
    )
    varied = (
        frame.join(own, on="participant_id")
        .join(counts, on=["participant_id", "occasion_id"])
        .with_columns(score=pl.col("score") + pl.col("own") * pl.col("count"))
    )
    result = fit_alliance(varied, simulate.spec("f0", "f1"))
    assert "(0 + within_f0 | participant)" in result.formula
    assert any("differs between participants" in warning for warning in result.warnings)
    robust = next(
        o for o in result.opinions if (o.term, o.method) == ("within:f0", "cluster_robust")
    )
    assert result.coefficient("within:f0").se == pytest.approx(robust.se, rel=0.25)


def test_equal_slopes_are_left_equal(healthy):
    assert "(0 + " not in healthy.formula


def row(estimate: float, se: float, df: float | None = 50.0) -> Coefficient:
    return Coefficient(
        "within:f", "F, within", "within", "f", estimate, se, 0.0, 0.0, estimate / se, df, 0.01
    )


@pytest.mark.parametrize(("gee", "is_passed"), [(0.11, True), (0.19, True), (0.31, False)])
def test_methods_that_tell_another_story(gee, is_passed):
    check = trust.methods_agree([row(0.1, 0.1)], [Opinion("within:f", "gee", gee, 0.05, 0, 0)])
    assert (check.is_passed, check.is_required) == (is_passed, True)
    assert ("F, within" in check.explanation) is not is_passed


@pytest.mark.parametrize(
    ("robust", "is_passed", "is_required"),
    [(0.11, True, False), (0.16, False, False), (0.06, False, False), (0.3, False, True)],
)
def test_robust_errors_far_from_the_models(robust, is_passed, is_required):
    opinion = Opinion("within:f", "cluster_robust", 0.1, robust, 0, 0)
    check = trust.robust_errors([row(0.1, 0.1)], [opinion])
    assert (check.is_passed, check.is_required) == (is_passed, is_required)


def test_one_optimiser_is_no_agreement():
    assert trust.converged(("BFGS",), 1e-9).is_passed is False


def test_exported_rows_and_the_printed_formula_give_the_same_numbers():
    frame, spec = reference.alliance_rows(), simulate.spec("praise", "reminder")
    result = fit_alliance(frame, spec)
    again = fit_table(alliance.analysed_rows(frame, spec), result.formula).to_dict()
    pairs = list(zip(again["fixed"], result.coefficients, strict=True))
    assert len(pairs) == 7
    for row, own in pairs:
        assert row["estimate"] == pytest.approx(own.estimate, abs=1e-6 * own.se)
        assert row["se"] == pytest.approx(own.se, rel=1e-6)
        assert row["df"] == pytest.approx(own.df, rel=1e-4)
    assert again["loglik"] == pytest.approx(result.log_likelihood, abs=1e-6)


def test_means_of_arms_stand_on_a_stated_grid():
    truth = simulate.Truth(within=(0.1,), between=(0.1,))
    frame = simulate.rows(truth, n_participants=60, n_occasions=8, seed=2, n_arms=3)
    arms = (("arm2", "Two"), ("arm0", "Zero"), ("arm1", "One"), ("arm9", "Nobody"))
    result = fit_alliance(frame, simulate.spec("f0", arms=arms))
    means = {one.label: one for one in result.means}
    assert list(means) == [
        "Two",
        "Zero",
        "One",
        "Two, against Zero",
        "Two, against One",
        "Zero, against One",
    ]
    zero = result.coefficient("arm:arm0")
    apart = means["Two, against Zero"]
    assert apart.estimate == pytest.approx(-zero.estimate, rel=1e-9)
    assert (apart.se, apart.p_value) == pytest.approx((zero.se, zero.p_value), rel=1e-6)
    assert means["Two"].estimate == pytest.approx(
        result.coefficient("intercept").estimate, abs=1e-9
    )
    assert "at its mean" in result.reference_grid


def test_reproducing_code_names_the_rows_and_the_formula():
    result = fit_alliance(reference.alliance_rows(), simulate.spec("praise", "reminder"))
    for text in (result.code.python, result.code.statsmodels, result.code.r):
        assert "alliance.alliance.csv" in text
        assert "within_praise" in text
    assert f"lmer({result.formula}, data, REML = TRUE)" in result.code.r
