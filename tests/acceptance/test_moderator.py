"""The sample trial's planted moderator: what the plan goes along with grows with flexibility."""

import json
from dataclasses import replace

from access.viewer import local_viewer
from models.alliance import fit_alliance
from models.spec import FeatureTerm, ModelSpec, ModeratorTerm
from queries import model_frames
from queries.filters import Filters
from tests.conftest import HARBOUR
from warehouse.reader import MartReader

TRUTH = json.loads((HARBOUR / "truth.json").read_text(encoding="utf-8"))


def test_the_planted_moderation_is_found_again(harbour):
    planted = TRUTH["moderator"]
    feature, dimension = planted["feature"], planted["dimension"]
    asked = ModelSpec(
        "moderated",
        dimension,
        dimension,
        features=tuple(
            FeatureTerm(one.id, one.label, one.always_on) for one in harbour.study.features
        ),
        arms=tuple((arm.id, arm.label) for arm in harbour.study.arms),
        moderator=ModeratorTerm("flexibility", "Flexibility", (feature,)),
    )
    frame = model_frames.model_rows(
        MartReader(harbour.workspace).cursor(),
        local_viewer(),
        replace(Filters(), dimension=dimension),
        window_days=TRUTH["window_days"],
        moderator="flexibility",
    )
    result = fit_alliance(frame, asked)
    assert result.status == "fitted"
    change = result.coefficient(f"moderation:{feature}")
    assert 0 < change.ci_low < planted["change_of_effect_per_point"] < change.ci_high
    effect = result.coefficient(f"within:{feature}")
    assert effect.ci_low < TRUTH["within"][feature][dimension] < effect.ci_high
