"""The main model is the one that the study file declares; no estimate takes part in the choice."""

import pytest

from etl.analyses.forecast import plan_of
from etl.analyses.main_model import main_model
from models.errors import NotEstimableError
from tests.etl.test_fit import study


def test_the_first_hypothesised_feature_is_the_main_one():
    plain = study()
    assert main_model(plain).feature_id == "f0"
    assert main_model(plain).spec.outcome == "alliance"
    hypothesised = study(
        features=[
            *plain.model_dump(mode="json", exclude_none=True)["features"][:1],
            {
                "id": "f9",
                "label": "f9",
                "principle": "reminders",
                "stages": {"seen": {"event": "f9"}},
            },
        ],
        hypotheses=[{"principle": "reminders", "dimension": "humanness"}],
    )
    assert main_model(hypothesised).feature_id == "f9"


def test_always_on_features_and_other_outcomes_are_passed_over():
    one = study(dimensions={"humanness": {"scales": ["x.a"]}})
    assert main_model(one).spec.outcome == "humanness"
    always = {
        "id": "f2",
        "label": "f2",
        "principle": "praise",
        "always_on": True,
        "stages": {"seen": {"event": "f2"}},
    }
    with pytest.raises(NotEstimableError, match="can do without"):
        main_model(study(features=[always]))
    with pytest.raises(NotEstimableError, match="no dimension"):
        main_model(study(dimensions={}))


def test_a_study_without_a_map_has_no_main_model():
    only = [
        {
            "id": "c",
            "outcome": "humanness",
            "family": "confirmatory",
            "hypotheses": ["f0"],
        }
    ]
    with pytest.raises(NotEstimableError) as raised:
        main_model(study(models=only))
    assert raised.value.reason == "no_declared_model"


def test_the_plan_is_that_of_the_study_file():
    assert (plan_of(study()).n_planned, plan_of(study()).shares) == (None, (0.5, 0.5))
    arms = [
        {"id": "a", "label": "A", "masked_label": "X", "allocation": 2},
        {"id": "b", "label": "B", "masked_label": "Y"},
        {"id": "c", "label": "C", "masked_label": "Z"},
    ]
    plan = plan_of(study(arms=arms, recruitment={"target": 90}))
    assert (plan.n_planned, plan.n_groups, plan.shares) == (90, 3, (0.5, 0.25))
