"""What a masked viewer may download does not tell the arm: classifiers do no better than chance.

On the open edition the same classifiers find the arm, so that the test can fail.
"""

from pathlib import Path

import numpy as np
import pytest

from etl.editions import make_editions
from study.blinding import POOLED
from tests.acceptance.masked_classifier import (
    columns_of,
    guesses,
    prepared,
    tables_of_participants,
    telling_columns,
)
from tests.conftest import Loaded
from warehouse.publish import current_mart
from warehouse.workspace import Workspace

pytestmark = pytest.mark.exhaustive
N_PERMUTATIONS = 200
SEED = 20261123


@pytest.fixture(scope="module")
def masked(harbour: Loaded) -> Path:
    """The masked edition's build of the sample trial."""
    [outcome] = make_editions(harbour.study, harbour.workspace, fit_models=False)
    return outcome.path


def _arms(workspace: Workspace) -> dict[str, str]:
    """The true arm of every participant, from the open build."""
    build = current_mart(workspace)
    assert build is not None
    people = tables_of_participants(build)["fct_participants"]
    return dict(people.select("participant_id", "arm_id").drop_nulls().iter_rows())


def _matrix(build: Path, arms: dict[str, str]) -> tuple[np.ndarray, np.ndarray]:
    people, _, values = columns_of(tables_of_participants(build))
    known = [place for place, name in enumerate(people) if name in arms]
    order = sorted(set(arms.values()))
    labels = np.array([order.index(arms[people[place]]) for place in known])
    return values[known], labels


@pytest.fixture(scope="module")
def told(harbour: Loaded, masked: Path) -> tuple[np.ndarray, np.ndarray]:
    """What the masked edition holds of each participant, scaled, and the true arms."""
    values, labels = _matrix(masked, _arms(harbour.workspace))
    return prepared(values), labels


def test_classifiers_of_the_masked_edition_do_no_better_than_chance(told):
    scaled, labels = told
    assert scaled.shape[0] == 270
    assert scaled.shape[1] > 1000
    scored = guesses(scaled, labels, n_permutations=N_PERMUTATIONS, seed=SEED)
    for name, guess in scored.items():
        assert guess.accuracy <= guess.limit, (name, guess.accuracy, guess.limit)
        # The null itself is that of three arms of equal size.
        assert 0.28 < guess.null.mean() < 0.38


def test_no_single_column_of_the_masked_edition_tells_the_arm(told):
    scaled, labels = told
    statistic, limit = telling_columns(scaled, labels, n_permutations=N_PERMUTATIONS, seed=SEED)
    assert statistic.max() <= limit


def test_the_same_classifiers_find_the_arm_in_the_open_edition(harbour):
    build = current_mart(harbour.workspace)
    assert build is not None
    values, labels = _matrix(build, _arms(harbour.workspace))
    scored = guesses(prepared(values), labels, n_permutations=20, seed=SEED)
    for name, guess in scored.items():
        assert guess.accuracy > 0.6, (name, guess.accuracy)
        assert guess.accuracy > guess.null.max()


def test_the_masked_edition_keeps_the_common_time_and_everybody(harbour, masked):
    shown = tables_of_participants(masked)
    known = tables_of_participants(current_mart(harbour.workspace))
    assert shown["fct_participants"].height == known["fct_participants"].height
    assert set(shown["fct_participants"]["arm_id"]) == {POOLED}
    assert shown["fct_sessions"]["study_week"].max() == 5
    assert shown["fct_participant_weeks"]["study_week"].max() == 5
    assert known["fct_sessions"]["study_week"].max() > 5
    early = known["fct_sessions"].filter(known["fct_sessions"]["study_week"] <= 5)
    # Fewer events, so that a session may fall apart or vanish; nothing is added.
    assert 0.9 * early.height < shown["fct_sessions"].height <= 1.1 * early.height
    assert shown["fct_scores"]["study_week"].max() == known["fct_scores"]["study_week"].max()
