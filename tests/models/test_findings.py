"""Each way in which a design that can be fitted may mislead has its code and its sentence."""

import numpy as np
import pytest

from models.beside import beside
from models.design import build_design
from models.findings import inflation, reliability_of_means
from tests.models import panels

N, WEEKS = 60, 6


def design(exposures, *, sessions=None, previous=None, **more):
    exposures = np.asarray(exposures, dtype=float)
    panel = panels.panel(exposures, n_participants=N)
    spec = panels.spec(exposures.shape[1])
    return build_design(panel, spec, time="weeks", sessions=sessions, previous=previous, **more)


def steady(n_features=1, *, seed=1):
    """Exposures whose averages are reliable: participants differ much more than weeks."""
    rng = np.random.default_rng(seed)
    usual = rng.uniform(0, 40, (N, n_features))
    return np.repeat(usual, WEEKS, axis=0).round() + rng.poisson(3, (N * WEEKS, n_features))


def test_a_quiet_design_is_told_nothing():
    made = design(steady(2), sessions=np.random.default_rng(2).poisson(4, N * WEEKS) * 1.0)
    assert made.warnings == ()
    assert {one.term for one in made.inflation} == set(made.terms) - {"intercept"}


class TestIndication:
    def test_exposure_sent_because_of_silence(self):
        sessions = np.random.default_rng(3).poisson(4, N * WEEKS).astype(float)
        sent = steady() + np.maximum(0, 4 - sessions)[:, None]
        made = design(sent, sessions=sessions)
        (finding,) = made.findings
        assert (finding.code, finding.term) == ("indication", "within:f0")
        assert finding.value < -0.2
        assert finding.explanation.startswith(
            "F0: participants met it more while they used the app"
        )
        assert made.column("within:f0") is not None

    def test_exposure_given_after_low_scores(self):
        previous = np.random.default_rng(4).normal(4, 1, N * WEEKS)
        given = steady() + (previous < 3.5)[:, None] * 3
        previous[::WEEKS] = np.nan
        made = design(given, previous=previous)
        assert made.flags == ("indication",)
        assert "after a low score" in made.warnings[0]
        worded = design(given, previous=previous, previous_words="little use")
        assert "because of little use" in worded.warnings[0]

    def test_chance_in_a_small_study_is_not_called_a_reason(self):
        """Below -0.2, but not two standard errors from 0."""
        rng = np.random.default_rng(0)
        panel = panels.panel(panels.counts(12, 3), n_participants=12)
        links = []
        for _ in range(40):
            previous = rng.normal(4, 1, 36)
            other = beside(previous, panel.codes)
            link, df = other.within_link(panel.exposures[:, 0]), other.df
            made = build_design(
                panel, panels.spec(), time="weeks", sessions=None, previous=previous
            )
            is_told = "indication" in made.flags
            assert is_told == (link < -0.2 and link < -2 / np.sqrt(df))
            links.append((link < -0.2, is_told))
        assert any(low and not told for low, told in links)


class TestOverlap:
    def test_factors_are_those_of_the_definition(self):
        rng = np.random.default_rng(6)
        X = rng.normal(size=(200, 3))
        X[:, 2] = X[:, 0] + 0.5 * X[:, 1] + 0.4 * rng.normal(size=200)
        found = inflation(X, [("a", "A"), ("b", "B"), ("c", "C")])
        for j, one in enumerate(found):
            others = np.column_stack([np.ones(200), np.delete(X, j, axis=1)])
            rest = X[:, j] - others @ np.linalg.lstsq(others, X[:, j], rcond=None)[0]
            r2 = 1 - rest @ rest / np.sum((X[:, j] - X[:, j].mean()) ** 2)
            assert one.value == pytest.approx(1 / (1 - r2), rel=1e-9)

    @pytest.mark.parametrize(("noise", "flag"), [(0.7, "vif"), (0.45, "vif_strong")])
    def test_overlapping_terms_are_named(self, noise, flag):
        exposures = steady(2)
        rng = np.random.default_rng(7)
        exposures[:, 1] = exposures[:, 0] + rng.normal(0, noise, N * WEEKS)
        exposures[:, 1] += np.repeat(rng.normal(0, 30, N), WEEKS)
        made = design(exposures)
        assert flag in made.flags
        text = made.warnings[made.flags.index(flag)]
        assert "F0, within a participant" in text
        assert "F1, within a participant" in text
        assert "between" not in text

    def test_nothing_to_inflate(self):
        assert inflation(np.empty((3, 0)), []) == ()


class TestReliability:
    def test_balanced_case_is_one_less_one_over_f(self):
        rng = np.random.default_rng(8)
        codes = np.repeat(np.arange(20), 5)
        values = np.repeat(rng.normal(0, 1, 20), 5) + rng.normal(0, 1, 100)
        groups = values.reshape(20, 5)
        within = groups.var(axis=1, ddof=1).mean()
        between = 5 * groups.mean(axis=1).var(ddof=1)
        found = reliability_of_means("between:x", "X", values, codes)
        assert found.value == pytest.approx(1 - within / between)
        assert found.n_rows_mean == pytest.approx(5)

    def test_planted_reliability_is_found_where_rows_are_uneven(self):
        rng = np.random.default_rng(9)
        sizes = rng.integers(2, 8, 3000)
        codes = np.repeat(np.arange(3000), sizes)
        values = rng.normal(0, 1, 3000)[codes] + rng.normal(0, 2, len(codes))
        size = 3000 / np.sum(1 / sizes)
        found = reliability_of_means("between:x", "X", values, codes)
        assert found.value == pytest.approx(1 / (1 + 4 / size), abs=0.03)

    def test_one_row_each_has_none_and_pure_noise_is_zero_at_least(self):
        one = reliability_of_means("t", "T", np.arange(5.0), np.arange(5))
        assert (one.value, one.n_rows_mean) == (None, 1)
        codes = np.repeat(np.arange(3), 2)
        worse = reliability_of_means("t", "T", np.array([0.0, 2, 0, 2, 0, 2]), codes)
        assert worse.value == 0
        same = reliability_of_means("t", "T", np.ones(6), codes)
        assert same.value is None

    def test_averages_over_few_occasions_are_warned_of(self):
        noise = np.random.default_rng(10).poisson(3, (N * WEEKS, 1))
        made = design(np.hstack([noise, steady()]))
        assert made.flags == ("unreliable_mean",)
        assert "F0 (" in made.warnings[0]
        assert "F1" not in made.warnings[0]
        assert [one.term for one in made.reliability] == ["between:f0", "between:f1"]
