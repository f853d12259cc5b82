"""Every specification of a small invented study: counted, named, and equal to single fits."""

import numpy as np
import polars as pl
import pytest

from models import alliance
from models.analyses import Inputs
from models.linear.fit import fit_linear
from models.multiverse.compute import compute, of_outcome, window_name
from models.multiverse.shared import SharedProducts, use_columns
from models.multiverse.specification import (
    WINDOWS,
    declared_specification,
    specifications,
    windows_of,
)
from models.random_terms import RandomTerm
from models.spec import FeatureTerm, ModelSpec

FEATURES = (FeatureTerm("praise", "Praise"), FeatureTerm("plan", "Plan"))
SPEC = ModelSpec(
    model_id="map.humanness",
    outcome="humanness",
    outcome_label="Humanness",
    features=FEATURES,
    arms=(("a", "A"), ("b", "B")),
    preset_id="map",
)
PEOPLE, OCCASIONS = 45, 7


def frames(*, has_incomplete=True, seed=3):
    """Scores that follow exposure to praise in the 7 days before, and the same in other windows."""
    rng = np.random.default_rng(seed)
    scores, windows = [], {window: [] for window in WINDOWS}
    for number in range(PEOPLE):
        who, level = f"p{number:02d}", rng.normal(0, 0.5)
        previous = None
        for week in range(1, OCCASIONS + 1):
            day = week * 7
            sessions = rng.poisson(2)
            praise, plan = rng.poisson(1 + sessions / 2), rng.poisson(1.5)
            score = 4 + level + 0.2 * praise + 0.02 * week + rng.normal(0, 0.4)
            is_complete = not (has_incomplete and (number + week) % 6 == 0)
            scores.append(
                (
                    who,
                    "ab"[number % 2],
                    "x",
                    f"{who}-{week}",
                    day,
                    week * 1.0,
                    "humanness",
                    score,
                    previous,
                    is_complete,
                )
            )
            previous = score
            for days, lag in WINDOWS:
                share = 1.0 if (days, lag) == (7, 0) else rng.uniform(0.3, 1.6)
                is_covered = days + lag <= day
                for name, count in (("praise", praise), ("plan", plan)):
                    n = float(round(count * share)) if is_covered else None
                    seen = sessions if is_covered else None
                    rate = n / seen if n is not None and seen else None
                    windows[days, lag].append((who, day, name, is_covered, n, seen, rate))
    made = {
        "scores": pl.DataFrame(
            scores,
            [
                "participant_id",
                "arm_id",
                "site_id",
                "occasion_id",
                "local_date",
                "weeks",
                "dimension_id",
                "score",
                "previous_score",
                "is_complete",
            ],
            orient="row",
            infer_schema_length=None,
        )
    }
    columns = {
        "participant_id": pl.String,
        "local_date": pl.Int64,
        "feature_id": pl.String,
        "is_covered": pl.Boolean,
        "n_exposures": pl.Float64,
        "n_window_sessions": pl.Int64,
        "exposure_rate": pl.Float64,
    }
    for (days, lag), rows in windows.items():
        made[window_name(days, lag)] = pl.DataFrame(rows, columns, orient="row")
    return made  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return of_outcome(frames(), SPEC)


def place(outcome, **asked):
    return next(
        number
        for number, one in enumerate(outcome.specifications)
        if all(getattr(one.specification, name) == value for name, value in asked.items())
    )


def curve(outcome, feature):
    return next(one for one in outcome.curves if one.feature_id == feature)


def test_every_combination_is_asked_once_and_has_a_name_of_its_own(found):
    asked = [one.specification for one in found.specifications]
    assert len(asked) == 4 * 4 * 2 * 2 * 2 >= 48
    assert len({one.name for one in asked}) == len(asked)
    assert sum(one.is_main for one in found.specifications) == 1
    assert set(asked) == set(specifications(SPEC, has_incomplete=True))


def test_the_main_specification_is_the_declared_model(found):
    rows = frames()
    frame = rows["scores"].join(rows[window_name(7, 0)], on=["participant_id", "local_date"])
    declared = alliance.fit_alliance(frame, SPEC)
    main = next(n for n, one in enumerate(found.specifications) if one.is_main)
    for feature in ("praise", "plan"):
        single = declared.coefficient(f"within:{feature}")
        line = curve(found, feature)
        assert line.estimate[main] == pytest.approx(single.estimate, rel=1e-9)
        assert line.ci_low[main] == pytest.approx(single.ci_low, rel=1e-6)
        assert line.ci_high[main] == pytest.approx(single.ci_high, rel=1e-6)


def test_the_planted_association_is_there_and_comparable(found):
    main = next(n for n, one in enumerate(found.specifications) if one.is_main)
    praise = curve(found, "praise")
    assert praise.ci_low[main] < 0.2 < praise.ci_high[main]
    standardised = [
        value * scale for value, scale in zip(praise.estimate, praise.scale, strict=True)
    ]
    assert min(standardised) > 0


def test_parts_of_shared_sums_give_the_single_fits():
    """Any subset of columns, with trends or without, against the rows fitted by themselves."""
    rows = frames()
    frame = rows["scores"].join(rows[window_name(7, 0)], on=["participant_id", "local_date"])
    panel = alliance.analysed(frame, SPEC)
    design = alliance.alliance_design(panel, SPEC)
    score = panel.rows["score"].to_numpy()
    more = use_columns(panel.rows["n_window_sessions"].cast(pl.Float64).to_numpy(), design)
    week = design.column("week").values
    both = np.column_stack((np.ones(len(week)), week))
    trend = (RandomTerm("participant", ("(Intercept)", "week"), both, design.codes),)
    level = (RandomTerm("participant", ("(Intercept)",), both[:, :1], design.codes),)
    shared = SharedProducts.of(score, (*design.columns, *more), design, trend)
    assert len(more) == 2
    for columns in (design.columns, (*design.columns, *more)):
        X = np.column_stack([one.values for one in columns])
        names = [one.term for one in columns]
        for has_trend, random in ((True, trend), (False, level)):
            ours = shared.fit(columns, has_trend=has_trend)
            single = fit_linear(score, X, names, random)
            error = np.sqrt(np.diag(single.cov_beta))
            assert np.abs((ours.beta - single.beta) / error).max() < 1e-5
            assert np.sqrt(np.diag(ours.cov_beta)) == pytest.approx(error, rel=1e-4)
            assert ours.log_likelihood == pytest.approx(single.log_likelihood, rel=1e-6)


def test_what_is_lost_is_counted_by_its_reason(found):
    usual = found.specifications[place(found, window_days=7, lag_days=0, transform="count")]
    late = found.specifications[place(found, window_days=14, lag_days=0, transform="count")]
    rate = found.specifications[place(found, window_days=7, lag_days=0, transform="rate")]
    complete = found.specifications[place(found, window_days=7, lag_days=0, occasions="complete")]
    assert usual.n_lost == 0
    assert {one.reason for one in late.lost} == {"window_not_covered"}
    assert {one.reason for one in rate.lost} == {"no_session_in_window"}
    assert complete.n_rows < usual.n_rows


def test_without_incomplete_occasions_nothing_counts_twice():
    whole = of_outcome(frames(has_incomplete=False), SPEC)
    assert len(whole.specifications) == 64
    assert {one.specification.occasions for one in whole.specifications} == {"all"}


def test_a_feature_without_a_number_has_a_reason_and_never_a_nought():
    spec = ModelSpec(**{**vars(SPEC), "features": (*FEATURES, FeatureTerm("banner", "B", True))})
    line = curve(of_outcome(frames(has_incomplete=False), spec), "banner")
    assert set(line.estimate) == {None}
    assert all("all the time" in reason for reason in line.reason)


def test_another_declared_window_is_one_more():
    spec = ModelSpec(**{**vars(SPEC), "window_days": 10})
    assert (10, 0) in windows_of(spec)
    assert declared_specification(spec).window_days == 10
    assert len(specifications(spec, has_incomplete=False)) == 80


def test_all_outcomes_come_with_one_computation():
    told = []
    given = Inputs(frames(has_incomplete=False), {"models": (SPEC,), "preset_id": "map"})
    result = compute(given, lambda done, of: told.append((done, of)))
    assert told == [(0, 1)]
    assert [one.outcome for one in result.outcomes] == ["humanness"]
    assert result.features == (("praise", "Praise"), ("plan", "Plan"))
