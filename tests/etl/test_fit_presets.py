"""From options of `[[models]]` to terms of a result, through load, build and fit."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from etl.build import build
from etl.fit import fit
from etl.load import load
from models.results import FitResult
from study.file import load_study
from warehouse.workspace import Workspace

N, WEEKS = 40, 6
STUDY = """
[study]
id = "small"
title = "A small study"
planned_weeks = 8
[[sources]]
id = "people"
kind = "roster"
path = "roster.csv"
participant = "pid"
[sources.roster]
enrolled = "enrolled"
covariates = { age = "years", sex = "sex" }
[[sources]]
id = "app"
kind = "events"
path = "events.csv"
participant = "pid"
[sources.events]
name = "event"
time = "at"
[[sources]]
id = "forms"
kind = "answers"
path = "forms.csv"
participant = "pid"
[sources.answers]
shape = "wide"
time = "at"
column_pattern = "{instrument}_{item}"
[[features]]
id = "plan"
label = "Plan"
principle = "personalization"
[features.stages]
seen = { event = "plan" }
[[features]]
id = "praise"
label = "Praise"
principle = "praise"
[features.stages]
seen = { event = "praise" }
[[instruments]]
id = "scale"
label = "Scale"
items = 2
low = 0
high = 1000
[[instruments.scales]]
id = "flexibility"
label = "Flexibility"
items = [1]
[[instruments.scales]]
id = "meaningfulness"
label = "Meaningfulness"
items = [2]
[dimensions]
flexibility = { scales = ["scale.flexibility"] }
meaningfulness = { scales = ["scale.meaningfulness"] }
[intended_use]
justification = "Protocol."
done = "done"
sessions = { everyone = [1, 1, 1, 1, 1, 1, 1, 1] }
[[covariates]]
id = "age"
label = "Age in years"
kind = "number"
[[covariates]]
id = "sex"
label = "Sex"
kind = "category"
[privacy]
participant_ids = "as_given"
"""
MODELS = """
[[models]]
id = "moderated"
outcome = "meaningfulness"
moderator = "flexibility"
moderated = ["plan"]
covariates = ["age", "sex"]
family = "confirmatory"
hypotheses = ["plan"]
[[models]]
id = "narrow"
outcome = "meaningfulness"
features = ["praise"]
standardise = true
lag_days = 2
window_days = 5
[[models]]
id = "weeks"
outcome = "adherence"
moderator = "flexibility"
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> dict[str, FitResult]:
    """A small study with a planted moderation, loaded, built and fitted."""
    folder = tmp_path_factory.mktemp("presets")
    rng = np.random.default_rng(4)
    start = datetime(2025, 3, 3, 9)
    people, events, forms = ["pid,enrolled,years,sex"], ["pid,event,at"], ["pid,at,scale_1,scale_2"]
    levels = rng.normal(size=N)
    levels -= levels.mean()
    for i in range(N):
        who, age = f"p{i:02d}", int(rng.integers(18, 70))
        people.append(f"{who},2025-03-03,{'old' if i == 0 else age},{'fm'[i % 2]}")
        level, usual = float(levels[i]), rng.gamma(6, 0.5, 2)
        for week in range(WEEKS):
            met = rng.poisson(usual)
            for feature, count in zip(("plan", "praise"), met, strict=True):
                for place in range(count):
                    at = start + timedelta(weeks=week, days=place % 7, minutes=place)
                    events.append(f"{who},{feature},{at.isoformat()}")
            if rng.random() < 0.6:
                events.append(f"{who},done,{(start + timedelta(weeks=week)).isoformat()}")
            at = start + timedelta(weeks=week + 1)
            flexibility = round(500 + 50 * level + rng.normal(0, 5))
            noise = 40 * level + rng.normal(0, 10)
            meaning = round(500 + (8 + 10 * level) * met[0] + 0.5 * age + noise)
            forms.append(f"{who},{at.isoformat()},{flexibility},{meaning}")
    events.append(f"p00,other,{(start + timedelta(weeks=WEEKS + 2)).isoformat()}")
    for name, lines in (("roster", people), ("events", events), ("forms", forms)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    (folder / "study.toml").write_text(STUDY + MODELS)
    study, workspace = load_study(folder), Workspace(folder / "workspace")
    assert load(study, workspace).exit_code == 0
    build(study, workspace)
    return {result.model_id: result for result in fit(study, workspace)}


def test_each_preset_is_fitted_for_its_outcome(results):
    assert list(results) == ["moderated.meaningfulness", "narrow.meaningfulness", "weeks.adherence"]
    assert {result.status for result in results.values()} == {"fitted"}


def test_moderation_and_covariates_reach_the_result(results):
    """One point of lasting flexibility is a fiftieth of the level: 10 / 50 = 0.2 of an effect."""
    result = results["moderated.meaningfulness"]
    terms = [row.term for row in result.coefficients]
    assert {"covariate:age", "covariate:sex:f", "moderator:flexibility"} <= set(terms)
    assert [term for term in terms if term.startswith("moderation")] == ["moderation:plan"]
    found = result.coefficient("moderation:plan")
    assert found.ci_low < 0.2 < found.ci_high
    assert found.ci_low > 0
    within = result.coefficient("within:plan")
    assert within.ci_low < 8 < within.ci_high


def test_a_participant_whose_covariate_is_not_known_is_counted_as_lost(results):
    lost = {row.reason: row.n_participants for row in results["moderated.meaningfulness"].rows_lost}
    assert lost["no_covariate"] == 1


def test_features_windows_and_scale_are_the_presets(results):
    result = results["narrow.meaningfulness"]
    assert {row.feature_id for row in result.coefficients} == {None, "praise"}
    assert result.exposure.window_days == 5
    assert result.n_participants == N


def test_weekly_adherence_takes_a_moderator_too(results):
    terms = {row.term for row in results["weeks.adherence"].coefficients}
    assert {"moderator:flexibility", "moderation:plan", "moderation:praise"} <= terms
