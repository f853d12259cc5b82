"""Own rhythm: silence held against a participant's own gaps between days of use."""

from datetime import date, datetime, timedelta

import pytest

from access.viewer import Viewer, local_viewer
from queries.filters import Filters
from queries.rhythm import FEWEST_GAPS, own_rhythm
from tests.dashboard.mart_fixture import empty_mart, insert

AS_OF = date(2025, 2, 1)
START = date(2025, 1, 1)


@pytest.fixture
def bare():
    """A study as of 2025-02-01, 12 planned weeks; no participants yet."""
    con = empty_mart()
    insert(con, "dim_study", [("s", "S", "UTC", "enrolled", "from_day_zero", 12, 11, 1800, 600, 14,
        True, "why", 10)])  # fmt: skip
    insert(con, "dim_build", [("b", datetime(2025, 2, 3), "h", "0", datetime(2025, 2, 1, 9),
        AS_OF)])  # fmt: skip
    yield con
    con.close()


def use(con, who, days, *, day_zero=START, withdrawn=None, site="bath"):
    """A participant who used the app on some study days; negative ones are before day 0."""
    dates = [day_zero + timedelta(days=day) for day in days]
    last = max((one for one in dates if one >= day_zero), default=None)
    insert(con, "fct_participants", [(who, "a", site, day_zero, "2025-01", day_zero, withdrawn, None,
        1, last, last, 0, 0, False, 0, False, 0, last is not None)])  # fmt: skip
    insert(con, "fct_participant_days", [(who, one, day, day // 7, 1, 1, 60.0)
        for one, day in zip(dates, days, strict=True)])  # fmt: skip


def rhythm(con, who, viewer=None):
    frame = own_rhythm(con, viewer or local_viewer(), Filters())
    [row] = frame.filter(participant_id=who).to_dicts()
    return row


def test_gaps_are_between_days_of_use_and_silence_runs_to_the_as_of_day(bare):
    use(bare, "p", [0, 2, 4, 6, 10, 20])
    row = rhythm(bare, "p")
    assert (row["n_gaps"], row["median_gap_days"]) == (5, 2.0)
    assert row["long_gap_days"] == pytest.approx(7.6)
    assert (row["silence_days"], row["days_since_use"], row["times_usual"]) == (11, 11, 5.5)
    assert row["is_longer_than_usual"] is True


@pytest.mark.parametrize(
    ("days", "is_longer"),
    [
        ([25, 26, 27, 28, 29], False),  # daily, silent for 2 days: twice the usual is no more
        ([24, 25, 26, 27, 28], True),  # for 3
        ([0, 7, 14, 21, 28], False),  # on Sundays, silent for 3
        ([0, 1, 2, 3, 27], False),  # daily but for one long pause; silent for 4
        ([31], None),
    ],
)
def test_it_is_ones_own_rhythm_that_says_what_is_long(bare, days, is_longer):
    use(bare, "p", days)
    assert rhythm(bare, "p")["is_longer_than_usual"] is is_longer


def test_too_few_days_are_no_rhythm_and_what_was_before_day_zero_does_not_count(bare):
    use(bare, "few", [-4, -3, -2, -1, *range(FEWEST_GAPS)])
    use(bare, "enough", range(FEWEST_GAPS + 1))
    few, enough = rhythm(bare, "few"), rhythm(bare, "enough")
    assert (few["n_gaps"], few["median_gap_days"]) == (FEWEST_GAPS - 1, None)
    assert (few["why_not_known"], few["is_longer_than_usual"]) == ("too_few_days", None)
    assert few["silence_days"] == 28
    assert (enough["why_not_known"], enough["is_longer_than_usual"]) == (None, True)


def test_where_no_use_is_meant_nobody_is_silent(bare):
    use(bare, "left", range(9), withdrawn=date(2025, 1, 20))
    use(bare, "over", range(9), day_zero=AS_OF - timedelta(days=84))
    use(bare, "last", range(9), day_zero=AS_OF - timedelta(days=83))
    use(bare, "coming", [], day_zero=AS_OF + timedelta(days=1))
    use(bare, "never", [], day_zero=AS_OF - timedelta(days=3))
    told = {who: rhythm(bare, who) for who in ("left", "over", "last", "coming", "never")}
    assert {who: (row["why_not_known"], row["silence_days"]) for who, row in told.items()} == {
        "left": ("withdrawn", None),
        "over": ("after_planned_weeks", None),
        "last": (None, 75),
        "coming": ("before_day_zero", None),
        "never": ("never_used", 3),
    }
    assert told["never"]["times_usual"] is None


def test_only_participants_of_the_viewer_are_told(bare):
    use(bare, "p1", [0], site="bath")
    use(bare, "p2", [0], site="london")
    own = Viewer(account="t", role="trial", sites=frozenset({"bath"}))
    assert own_rhythm(bare, own, Filters())["participant_id"].to_list() == ["p1"]
