"""What of the data tells the arm, and arms that are dealt out at random."""

from datetime import date

import polars as pl
import pytest

from etl.dealing import deal_arms
from etl.telling import goes_along, is_uneven, tells
from tests.etl.masking_case import ARMS, marked_study
from warehouse.workspace import Workspace


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"a": 10, "b": 9}, False),
        ({"a": 10}, True),
        ({"a": 10, "b": 1}, True),
        ({"a": 10, "b": 2}, False),
        ({}, False),
    ],
)
def test_what_one_arm_hardly_has_is_uneven(counts, expected):
    assert is_uneven(counts, {"a": 20, "b": 20, "empty": 0}) is expected


def test_values_that_go_along_with_the_arm():
    arms = pl.Series(["a", "b"] * 100)
    assert goes_along(arms, pl.Series(["x", "y"] * 100))
    assert not goes_along(arms, pl.Series([str(n % 5) for n in range(200)]))
    # Everybody's own text tells nothing of the others.
    assert not goes_along(arms, pl.Series([str(n) for n in range(200)]))
    assert goes_along(arms, pl.Series([n % 2 * 50 + n for n in range(200)]))
    assert not goes_along(arms, pl.Series([7] * 200))
    # A small difference in a large trial is no chance, and yet tells nobody's arm.
    many = pl.Series(["a", "b"] * 20_000)
    small = pl.Series([float(n * 7919 % 1000) + 60 * (n % 2) for n in range(40_000)])
    assert goes_along(many, small)
    assert not tells(many, small)
    assert tells(arms, pl.Series([float(n % 2 * 50 + n % 30) for n in range(200)]))


def test_dealt_arms_have_nothing_to_do_with_the_true_ones(tmp_path):
    study, workspace = marked_study(tmp_path), Workspace.beside(tmp_path)
    people = pl.DataFrame(
        {
            "participant_id": [f"q{n:04}" for n in range(4000)],
            "site_id": [str(n % 3) for n in range(4000)],
            "enrolled_date": [date(2025, 1, 6)] * 4000,
        }
    )
    dealt = dict(deal_arms(study, workspace, people))
    true = [ARMS[n // 2 % 2] for n in range(4000)]
    alike = sum(
        dealt[name] == arm for name, arm in zip(people["participant_id"], true, strict=True)
    )
    assert abs(alike - 2000) < 4 * 32  # four standard deviations
