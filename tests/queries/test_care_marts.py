"""Bands of the cohort, and since when each participant's app bears each version."""

import numpy as np
import polars as pl
import pytest

from queries import sqlfile
from tests.queries.spec import expect, insert, make, reach, set_study

SCORES = pl.Schema(
    {
        "participant_id": pl.String(), "dimension_id": pl.String(), "occasion_id": pl.String(),
        "answered_at": pl.Datetime("us"), "study_week": pl.Int32(), "score": pl.Float64(),
        "is_complete": pl.Boolean(), "low": pl.Float64(), "high": pl.Float64(),
    }
)  # fmt: skip


def put_scores(con, frame):
    con.from_arrow(frame.to_arrow()).create("fct_dimension_scores")


def bands(con):
    make(con, "fct_dimension_bands")
    query = sqlfile.load("marts/fct_dimension_bands.sql")
    frame = con.table("fct_dimension_bands").pl().sort("dimension_id", "study_week")
    assert frame.columns == [column.name for column in query.columns]
    return frame


def invented(seed=7, n=120):
    """Some score twice in a week, some skip it, some leave items out; scales of 1-7 and 0-100."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(n):
        for week in (1, 2, 4):
            for dimension, low, high in (("alliance", 1.0, 7.0), ("wide", 0.0, 100.0)):
                for time in range(int(rng.integers(0, 3))):
                    at = np.datetime64("2025-03-01") + np.timedelta64(24 * 7 * week + time, "h")
                    score = low + (high - low) * float(rng.beta(4, 3))
                    whole = bool(rng.random() < 0.9)
                    rows.append((f"p{person}", dimension, f"{dimension}{week}{time}",
                        at.astype("datetime64[us]").item(), week, score, whole, low, high))  # fmt: skip
    return pl.DataFrame(rows, schema=SCORES, orient="row")


def test_bands_agree_with_an_independent_computation(con):
    frame = invented()
    put_scores(con, frame)
    found = bands(con)
    assert found.height == 6
    for row in found.to_dicts():
        kept = frame.filter(
            "is_complete",
            pl.col("dimension_id") == row["dimension_id"],
            pl.col("study_week") == row["study_week"],
        )
        newest: dict[str, float] = {}
        for who, score in kept.sort("answered_at").select("participant_id", "score").iter_rows():
            newest[who] = score
        digits = 1 if row["dimension_id"] == "alliance" else 0
        expected = np.round(np.percentile(list(newest.values()), [10, 50, 90]), digits)
        assert row["n_participants"] == len(newest)
        assert [row["p10"], row["p50"], row["p90"]] == pytest.approx(list(expected))


def test_a_participant_counts_once_a_week_and_incomplete_scores_do_not_count(con):
    day = np.datetime64("2025-03-08T12:00").astype("datetime64[us]").item()
    later = np.datetime64("2025-03-09T12:00").astype("datetime64[us]").item()
    rows = [
        ("p1", "alliance", "a", day, 1, 2.0, True, 1.0, 7.0),
        ("p1", "alliance", "b", later, 1, 4.0, True, 1.0, 7.0),
        ("p2", "alliance", "a", day, 1, 6.0, True, 1.0, 7.0),
        ("p3", "alliance", "a", day, 1, 1.0, False, 1.0, 7.0),
        ("p4", "alliance", "a", day, None, 1.0, True, 1.0, 7.0),
    ]
    put_scores(con, pl.DataFrame(rows, schema=SCORES, orient="row"))
    # 4 and 6: the 10th percentile is 4.2, the 90th 5.8.
    assert bands(con).rows() == [("alliance", 1, 2, 4.2, 5.0, 5.8)]


# Versions of the app


@pytest.fixture
def updates(con):
    """Two arms of five; version 1 is everybody's, version 2 that of one arm but for one person."""
    set_study(con, planned_weeks=6)
    people = "\n".join(f"p{n} | 2025-03-01 | {'ab'[n % 2]}" for n in range(10))
    insert(con, "raw.roster", f"participant_id | enrolled_date | arm_id\n{people}")
    first = [f"p{n} | 2025-03-0{2 + n % 2} 08:00 | 1.0" for n in range(10)]
    second = [f"p{n} | 2025-03-05 08:00 | 2.0" for n in (0, 2, 4, 6, 8)]
    none = ["p1 | 2025-03-06 08:00 | "]
    rows = "\n".join([*first, *second, *none, "p0 | 2025-03-09 08:00 | 1.0"])
    insert(con, "raw.events", f"participant_id | occurred_at | app_version\n{rows}")
    reach(con, "2025-03-12")
    return con


def test_a_version_is_dated_by_its_first_event(updates):
    make(updates, "fct_app_versions")
    expect(
        updates,
        "fct_app_versions",
        """
        participant_id | app_version | first_date
        p0             | 1.0         | 2025-03-02
        p0             | 2.0         | 2025-03-05
        p1             | 1.0         | 2025-03-03
    """,
        where="participant_id in ('p0', 'p1')",
    )


def versions(con, *, words="zqx"):
    con.execute("update dim_blinding set is_masked = true, hidden_words = ?", [words])
    make(con, "fct_app_versions")
    return set(con.sql("select distinct app_version from fct_app_versions").fetchall())


def test_a_masked_edition_leaves_out_a_version_of_one_arm(updates):
    assert versions(updates) == {("1.0",)}


def test_a_masked_edition_has_a_version_that_a_fifth_of_the_others_have_too(updates):
    # 2.0: all of arm a and one of five in arm b, which is a fifth.
    insert(
        updates, "raw.events",
        "participant_id | occurred_at | app_version\np1 | 2025-03-07 08:00 | 2.0",
    )  # fmt: skip
    assert versions(updates) == {("1.0",), ("2.0",)}


def test_a_masked_edition_leaves_out_a_version_that_names_an_arm(updates):
    updates.execute("update raw.events set app_version = '1.0-ZQX' where app_version = '1.0'")
    assert versions(updates) == set()
