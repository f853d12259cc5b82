"""The design: order, names, units, centring, covariates, standard deviations, sites."""

import numpy as np
import polars as pl
import pytest

from models.design import build_design, covariates_unknown, sites_unknown, transformed
from models.design_formula import analysed_frame, formula_text, plain_names
from models.random_terms import RandomTerm
from models.spec import CovariateTerm, ModelSpec, ModeratorTerm, frame_columns, input_hash
from tests.models import panels

N, WEEKS = 30, 4
AGE = CovariateTerm("age", "Age in years", "number")
SEX = CovariateTerm("sex", "Sex", "category")


def each(values):
    """One value a participant, on all of their rows."""
    return np.repeat(np.asarray(values), WEEKS)


def panel(n_features=1, **columns):
    return panels.panel(panels.counts(N, WEEKS, n_features), n_participants=N, arms=2, **columns)


def build(made, n_features=1, **options):
    return build_design(made, panels.spec(n_features, **options), time="weeks", sessions=None)


@pytest.fixture
def whole():
    """A design with a column of every kind."""
    rng = np.random.default_rng(2)
    made = panel(
        2,
        **{
            "score": rng.normal(4, 1, N * WEEKS),
            "covariate:age": each(rng.integers(18, 70, N)).astype(float),
            "covariate:sex": each(["f", "m", "f"] * (N // 3)),
            "moderator_score": each(rng.normal(4, 1, N)),
            "site_id": each([f"s{i % 6}" for i in range(N)]),
        },
    )
    flexibility = ModeratorTerm("flexibility", "Flexibility")
    return build(made, 2, covariates=(AGE, SEX), moderator=flexibility, has_site_levels=True)


class TestColumns:
    def test_order_and_names(self, whole):
        assert whole.terms == (
            "intercept",
            "week",
            "arm:arm1",
            "covariate:age",
            "covariate:sex:m",
            "within:f0",
            "within:f1",
            "between:f0",
            "between:f1",
            "moderator:flexibility",
            "moderation:f0",
            "moderation:f1",
        )
        assert whole.not_estimable == ()

    def test_every_column_but_intercept_has_label_and_unit(self, whole):
        for column in whole.columns[1:]:
            assert column.label
            assert column.unit
        assert whole.column("covariate:sex:m").unit == "against f"
        assert whole.column("within:f0").unit == "per additional exposure in the window"
        assert (
            whole.column("between:f0").unit == "per additional exposure in the window, on average"
        )

    def test_parts_are_centred_on_the_analysed_rows(self, whole):
        for column in whole.columns:
            if column.kind in ("week", "within", "between", "moderator"):
                assert column.values.mean() == pytest.approx(0, abs=1e-12)
        exposures = whole.panel.exposures[:, 0]
        parts = whole.column("within:f0").values + whole.column("between:f0").values
        np.testing.assert_allclose(parts, exposures - exposures.mean(), atol=1e-12)

    def test_flags_stand_beside_warnings(self, whole):
        assert len(whole.flags) == len(whole.warnings) == len(whole.findings)


class TestCovariates:
    def test_a_number_is_centred(self):
        age = each(np.arange(N) + 20.0)
        made = build(panel(**{"covariate:age": age}), covariates=(AGE,))
        np.testing.assert_allclose(made.column("covariate:age").values, age - age.mean())

    def test_a_category_is_compared_with_the_commonest(self):
        levels = each(["b"] * 15 + ["a"] * 10 + ["c"] * 5)
        made = build(panel(**{"covariate:sex": levels}), covariates=(SEX,))
        assert [term for term in made.terms if term.startswith("covariate")] == [
            "covariate:sex:a",
            "covariate:sex:c",
        ]
        np.testing.assert_array_equal(made.column("covariate:sex:a").values, levels == "a")

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ([None] * N, "covariate_not_known"),
            (["same"] * N, "no_variation_covariate"),
            ([f"person {i}" for i in range(N)], "too_many_levels"),
            ([f"group {i % 2}" for i in range(N)], "collinear"),  # the arm in other words
        ],
    )
    def test_reasons(self, values, reason):
        column = pl.Series([value for value in values for _ in range(WEEKS)], dtype=pl.String)
        made = build(panel(**{"covariate:sex": column}), covariates=(SEX,))
        (refused,) = made.not_estimable
        assert (refused.term, refused.part, refused.reason) == (
            "covariate:sex",
            "covariate",
            reason,
        )
        assert refused.explanation
        assert not any(term.startswith("covariate") for term in made.terms)

    def test_a_participant_without_the_value_is_unknown(self):
        age = each(np.where(np.arange(N) == 2, np.nan, np.arange(N) * 1.0))
        lost = covariates_unknown(panel(**{"covariate:age": age}), panels.spec(covariates=(AGE,)))
        assert lost.nonzero()[0].tolist() == list(range(2 * WEEKS, 3 * WEEKS))

    def test_what_is_known_of_nobody_loses_no_row(self):
        nobody = panel(**{"covariate:age": np.full(N * WEEKS, np.nan)})
        assert not covariates_unknown(nobody, panels.spec(covariates=(AGE,))).any()
        assert not covariates_unknown(panel(), panels.spec(covariates=(AGE,))).any()

    def test_an_exposure_that_follows_from_a_covariate_is_collinear(self):
        group = np.arange(N) % 3
        made = panels.panel(each(group)[:, None], n_participants=N)
        made.rows.insert_column(-1, pl.Series("covariate:sex", [f"g{one}" for one in each(group)]))
        refused = build(made, covariates=(SEX,)).not_estimable
        assert {one.term: one.reason for one in refused} == {
            "within:f0": "no_variation_within",
            "between:f0": "collinear",
        }


class TestStandardised:
    def test_each_part_is_divided_by_its_own_standard_deviation(self):
        raw = build(panel())
        scaled = build(panel(), is_standardised=True)
        exposures = raw.panel.exposures[:, 0].reshape(N, WEEKS)
        within = np.sqrt(exposures.var(axis=1, ddof=1).mean())
        between = exposures.mean(axis=1).std(ddof=1)
        for term, scale in (("within:f0", within), ("between:f0", between)):
            column = scaled.column(term)
            assert column.scale == pytest.approx(scale)
            np.testing.assert_allclose(column.values * scale, raw.column(term).values, atol=1e-12)
            assert "per standard deviation" in column.unit
            assert f"{scale:.3g} exposures in the window" in column.unit
        assert raw.column("within:f0").scale == 1

    def test_moderation_is_on_the_same_scale(self):
        made = panel(moderator_score=each(np.arange(N) * 1.0))
        options = {"moderator": ModeratorTerm("flexibility", "Flexibility")}
        scaled = build(made, is_standardised=True, **options)
        raw = build(made, **options)
        scale = scaled.column("within:f0").scale
        assert scaled.column("moderation:f0").scale == scale
        np.testing.assert_allclose(
            scaled.column("moderation:f0").values * scale,
            raw.column("moderation:f0").values,
            atol=1e-12,
        )


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ("count", [0.0, 1.0, 3.0]),
        ("rate", [0.0, 1.0, 3.0]),
        ("log1p", [0.0, np.log(2), np.log(4)]),
        ("any", [0.0, 1.0, 1.0]),
    ],
)
def test_missing_is_never_zero_on_any_scale(transform, expected):
    values = transformed(np.array([0.0, 1.0, 3.0, np.nan]), transform)
    np.testing.assert_allclose(values[:3], expected)
    assert np.isnan(values[3])


class TestSites:
    def test_five_sites_or_more_have_codes(self, whole):
        assert whole.sites is not None
        assert sorted(set(whole.sites.tolist())) == list(range(6))

    @pytest.mark.parametrize(("n_sites", "is_asked"), [(4, True), (6, False)])
    def test_fewer_or_not_asked_have_none(self, n_sites, is_asked):
        made = panel(site_id=each([f"s{i % n_sites}" for i in range(N)]))
        assert build(made, has_site_levels=is_asked).sites is None

    def test_rows_without_a_site_are_lost_only_where_sites_count(self):
        for n_sites, expected in ((6, WEEKS), (3, 0)):
            sites = [None, *(f"s{i % n_sites}" for i in range(N - 1))]
            made = panel(site_id=[site for site in sites for _ in range(WEEKS)])
            lost = sites_unknown(made, panels.spec(has_site_levels=True))
            assert lost.sum() == expected


class TestSpec:
    def test_declared_terms(self):
        declared = ModelSpec(
            "m",
            "use",
            "Use",
            family="confirmatory",
            hypotheses=("f0", "f1"),
            moderator=ModeratorTerm("flexibility", "Flexibility", ("f1",)),
        )
        assert declared.declared_terms == ("within:f0", "within:f1", "moderation:f1")
        assert panels.spec().declared_terms == ()

    def test_a_fingerprint_covers_what_is_asked_and_nothing_else(self):
        frame = pl.DataFrame({"a": [1, 2], "covariate:age": [30.0, 40.0], "site_id": ["x", "y"]})
        other = frame.with_columns(pl.lit(1.0).alias("covariate:age"))
        plain, asks = panels.spec(), panels.spec(covariates=(AGE,))
        assert frame_columns(("a",), asks) == ("a", "covariate:age")
        assert input_hash(frame, ("a",), plain) == input_hash(other, ("a",), plain)
        assert input_hash(frame, ("a",), asks) != input_hash(other, ("a",), asks)


class TestOtherPrograms:
    def test_names_are_plain_and_each_stands_once(self):
        made = panel(**{"covariate:sex": each(["a b", "a_b", "c"] * (N // 3))})
        names = plain_names(build(made, covariates=(SEX,)))
        assert names["within:f0"] == "within_f0"
        assert names["covariate:sex:a_b"] == "covariate_sex_a_b"
        assert names["covariate:sex:c"] == "covariate_sex_c"
        other = panel(**{"covariate:sex": each(["a b", "a_b", "c", "c", "c"] * (N // 5))})
        twins = plain_names(build(other, covariates=(SEX,)))
        assert {"covariate_sex_a_b", "covariate_sex_a_b_2"} <= set(twins.values())

    def test_the_table_holds_what_was_fitted(self, whole):
        frame = analysed_frame(whole)
        names = plain_names(whole)
        assert frame.columns == ["score", *names.values(), "participant", "site"]
        matrix = frame.select(names.values()).to_numpy()
        np.testing.assert_array_equal(matrix, whole.matrix[:, 1:])

    def test_weeks_have_done_and_due(self):
        made = panel(due_sessions=each([1] * N), done_sessions=each([0, 1] * (N // 2)))
        assert analysed_frame(build(made)).columns[:2] == ["done", "due"]

    def test_the_formula_is_lme4s(self):
        made = build(panel())
        ones = np.ones((N * WEEKS, 1))
        trend = np.column_stack((ones, made.column("week").values))
        person = RandomTerm("participant", ("(Intercept)", "week"), trend, made.codes)
        site = RandomTerm("site", ("(Intercept)",), ones, made.codes)
        assert formula_text(made, [person, site]) == (
            "score ~ 1 + week + arm_arm1 + within_f0 + between_f0 "
            "+ (1 + week | participant) + (1 | site)"
        )
        apart = RandomTerm("participant", ("(Intercept)", "within:f0"), trend, made.codes, False)
        assert formula_text(made, [apart], outcome="cbind(done, due - done)").endswith(
            "+ (1 + within_f0 || participant)"
        )
        slope = RandomTerm("participant", ("within:f0",), ones, made.codes)
        assert formula_text(made, [slope]).endswith("+ (0 + within_f0 | participant)")
