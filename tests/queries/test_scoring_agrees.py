"""The marts score as `study.scoring` does: every built-in instrument, with gaps and N/A."""

import random

import polars as pl
import pytest

from study.definition import Study
from study.instruments import BY_ID
from study.scoring import NOT_APPLICABLE, Answer, score_scale
from study.tables import study_tables
from tests.queries.spec import make

N_OCCASIONS = 60
ROSTER = {"id": "roster", "kind": "roster", "path": "roster.csv", "participant": "p", "roster": {}}


def random_answers(instrument, dice: random.Random) -> dict[str, Answer]:
    share_missing = dice.choice([0, 0.1, 0.4])
    answers: dict[str, Answer] = {}
    for item in instrument.items:
        if dice.random() < share_missing:
            answers[item] = None
        elif instrument.allows_not_applicable and dice.random() < 0.2:
            answers[item] = NOT_APPLICABLE
        else:
            answers[item] = float(dice.randint(instrument.low, instrument.high))
    return answers


def load(con, instrument, occasions: dict[str, dict[str, Answer]]) -> None:
    study = Study.model_validate(
        {
            "study": {"id": "s", "title": "A study"},
            "sources": [ROSTER],
            "instruments": [instrument.model_dump()],
        }
    )
    tables = study_tables(study)
    for name in ("dim_items", "dim_scales", "dim_scale_items", "dim_scale_members"):
        con.execute(f"drop table {name}")
        con.from_arrow(tables[name].to_arrow()).create(name)
    rows = pl.DataFrame(
        [
            {
                "participant_id": "p1",
                "instrument_id": instrument.id,
                "occasion_id": occasion,
                "item_id": item,
                "value": value if isinstance(value, float) else None,
                "is_not_applicable": value is NOT_APPLICABLE,
            }
            for occasion, answers in occasions.items()
            for item, value in answers.items()
        ],
        infer_schema_length=None,
    )
    con.register("given", rows)
    con.execute(
        "insert into raw.answers (participant_id, instrument_id, occasion_id, item_id, value, "
        "is_not_applicable, answered_at) select *, timestamp '2025-03-01' from given"
    )


@pytest.mark.parametrize("instrument", BY_ID.values(), ids=BY_ID)
def test_every_scale_of_every_built_in_instrument(con, instrument):
    dice = random.Random(instrument.id)
    occasions = {f"T{n}": random_answers(instrument, dice) for n in range(N_OCCASIONS)}
    load(con, instrument, occasions)
    make(con, "fct_scores")
    found = {
        (occasion, scale): rest
        for occasion, scale, *rest in con.sql(
            "select occasion_id, scale_id, score, n_items_answered, n_items, is_complete "
            "from fct_scores"
        ).fetchall()
    }
    expected = {}
    for occasion, answers in occasions.items():
        if any(value is not None for value in answers.values()):
            for scale in instrument.scales:
                score = score_scale(instrument, scale, answers)
                expected[occasion, scale.id] = [
                    None if score.score is None else pytest.approx(score.score, abs=1e-12),
                    score.n_items_answered,
                    score.n_items,
                    score.is_complete,
                ]
    assert found == expected
    assert any(score is None for score, *_ in found.values())
    assert any(score is not None for score, *_ in found.values())
