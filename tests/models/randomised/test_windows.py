"""Earlier treatments and proximal outcomes, on rows small enough to read."""

from datetime import datetime

import polars as pl
import pytest

from models.randomised.windows import with_lags, with_proximal_events
from study.errors import UserError

NINE = datetime(2025, 3, 1, 9)


def test_lags_stay_within_the_participant_and_keep_the_order_of_rows():
    frame = pl.DataFrame({"who": ["b", "a", "a", "b"], "at": [2, 2, 1, 1], "treated": [1, 0, 1, 0]})
    lagged = with_lags(frame, participant="who", time="at", columns=["treated"])
    assert lagged["treated_lag1"].to_list() == [0, 1, None, None]
    assert lagged.drop("treated_lag1").equals(frame)


def test_lags_need_one_row_per_time():
    frame = pl.DataFrame({"who": ["a", "a"], "at": [1, 1], "treated": [1, 0]})
    with pytest.raises(UserError, match="share their 'at'"):
        with_lags(frame, participant="who", time="at", columns=["treated"])
    with pytest.raises(UserError, match="1 or more"):
        with_lags(frame, participant="who", time="at", columns=["treated"], steps=0)


def events(points, happened, **options):
    return with_proximal_events(
        points,
        happened,
        participant="who",
        time="at",
        hours=[1, 24],
        observed_until="until",
        **options,
    )


def test_an_outcome_is_yes_no_or_not_yet_known():
    hour = pl.duration(hours=1)
    points = pl.DataFrame({"who": ["a", "b", "c", "d"], "at": [NINE] * 4}).with_columns(
        until=pl.col("at") + pl.Series([48, 48, 5, 5]) * hour
    )
    happened = pl.DataFrame(
        {
            "who": ["b", "a", "a", "d"],
            "at": [NINE.replace(hour=12), NINE, NINE.replace(hour=10), NINE.replace(hour=11)],
        }
    )
    seen = events(points, happened)
    assert seen["within_1h"].to_list() == [1, 0, 0, 0]
    # c is silent, but only 5 of 24 hours were seen; d came back before the log ended.
    assert seen["within_24h"].to_list() == [1, 1, None, 1]
    assert seen.columns == ["who", "at", "until", "within_1h", "within_24h"]


def test_an_event_at_the_point_itself_does_not_count():
    points = pl.DataFrame({"who": ["a"], "at": [NINE], "until": [NINE.replace(day=9)]})
    assert events(points, points.select("who", "at"))["within_24h"].to_list() == [0]


def test_windows_are_positive():
    points = pl.DataFrame({"who": ["a"], "at": [NINE], "until": [NINE]})
    with pytest.raises(UserError, match="above 0"):
        with_proximal_events(
            points, points, participant="who", time="at", hours=[0], observed_until="until"
        )
