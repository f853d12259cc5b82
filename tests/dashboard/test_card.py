"""The card on a participant with a marked fall: frames, chart, and what is not on it."""

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest

from access.viewer import Viewer, local_viewer
from dashboard import theme
from dashboard.card import frames, panels, view
from dashboard.card.log import MOST_LANES, _exposures
from dashboard.figures import card as figures
from queries.filters import Filters
from tests.dashboard.clinic import CLINICIAN, DROP, OWN, WEEK, WHO, clinic

ALL = Filters()


@pytest.fixture(scope="module")
def con():
    made = clinic()
    yield made.con
    made.con.close()


def text(frame):
    return " ".join(frame["text"])


def course(con, who=WHO, viewer=CLINICIAN):
    return frames.read_course(con, viewer, ALL, participant=who)


def kinds(frame):
    return dict(frame.group_by("kind").len().iter_rows())


def test_the_words_are_those_of_the_numbers(con):
    frame = frames.read_card(con, CLINICIAN, ALL, participant=WHO)
    scores = con.execute(
        "select study_week, score from fct_dimension_scores where participant_id = ? "
        "and dimension_id = 'alliance' and is_complete order by study_week",
        [WHO],
    ).fetchall()
    last, before, first = scores[-1][1], scores[-2][1], scores[0][1]
    assert scores[-1][0] == WEEK
    said = text(frame)
    assert f"The last alliance score is {last:.1f} on a scale from 1 to 7." in said
    assert f"That is {before - last:.1f} lower than the full score before it." in said
    assert "Chance alone rarely makes a drop this big." in said
    assert f"That is {first - last:.1f} lower than the first full score." in said
    low, high = con.execute(
        "select p10, p90 from fct_dimension_bands where dimension_id = 'alliance' and study_week = ?",
        [WEEK],
    ).fetchall()[0]
    assert f"In study week {WEEK}, 8 in 10 people score from {low} to {high}." in said


def test_a_week_with_few_people_has_no_range(con):
    strict = Viewer("c", "clinician", participants=OWN, smallest_cell=25)
    said = text(frames.read_card(con, strict, ALL, participant=WHO))
    assert "Too few people have a score in that week to show a range." in said
    assert "8 in 10" not in said
    assert "cohort" not in kinds(course(con, viewer=strict))


@pytest.mark.parametrize("who", [None, "", "p001", "nobody"])
@pytest.mark.parametrize("panel", panels.CARD, ids=lambda panel: panel.id)
def test_whoever_is_not_in_their_care_has_no_card(con, panel, who):
    assert panel.is_empty(panel.read(con, CLINICIAN, ALL, participant=who))


@pytest.mark.parametrize("who", sorted(OWN))
@pytest.mark.parametrize("viewer", [CLINICIAN, local_viewer()], ids=["clinician", "local"])
def test_no_arm_and_no_test_stands_on_a_card(con, who, viewer):
    shown = " ".join(
        str(panel.read(con, viewer, ALL, participant=who).select(list(panel.columns)).rows())
        for panel in panels.CARD
    )
    arms = ("STOP", "Text reading", "Group ", "stop6", "stop12", "control")
    assert [word for word in (*arms, "p =", "p <", "p-value") if word in shown] == []
    assert not any(panel.shows_tests for panel in panels.CARD)
    assert not [name for panel in panels.CARD for name in panel.columns if "arm" in name]


def test_a_marked_fall_stands_beside_what_happened(con):
    frame = frames.read_falls(con, CLINICIAN, ALL, participant=WHO)
    row = frame.filter(pl.col("is_total")).row(0, named=True)
    assert row["fall"] == pytest.approx(DROP - 0.08)
    used = con.execute(
        "select max(local_date) from fct_participant_days where participant_id = ? and local_date <= ?",
        [WHO, row["to_date"]],
    ).fetchall()[0][0]
    assert row["last_use_date"] == used
    statuses = con.execute(
        "select status from fct_ledger where participant_id = ? and kind = 'session' "
        "and due_date > ? and due_date <= ?",
        [WHO, row["from_date"], row["to_date"]],
    ).fetchall()
    assert (row["n_due"], row["n_missed"]) == (len(statuses), statuses.count(("missed",)))
    assert row["versions"] == "1.1"
    assert "The app was updated in that time, to 1.1." in row["text"]
    met = con.execute(
        "select distinct feature_id, local_date from fct_exposures e join dim_features f "
        "using (feature_id) where participant_id = ? and e.stage = f.exposure_stage",
        [WHO],
    ).fetchall()
    span = row["to_date"] - row["from_date"]
    before = {f for f, day in met if row["from_date"] - span < day <= row["from_date"]}
    after = {f for f, day in met if row["from_date"] < day <= row["to_date"]}
    labels = dict(con.execute("select feature_id, label from dim_features").fetchall())
    stopped = {labels[f] for f in before - after}
    assert set((row["stopped"] or "").split(", ")) - {""} == stopped
    shown = str(view.falls_view(frame, ALL))
    assert "Alliance (total): from" in shown


def test_the_chart_has_one_axis_of_days_for_everything(con):
    frame = course(con)
    drawn = figures.card(frame)
    layout = drawn["layout"]
    assert {trace.get("xaxis", "x") for trace in drawn["data"]} == {"x"}
    strips = [key for key in layout if key.startswith("yaxis")]
    # The total, five dimensions, use and exposure.
    assert len(strips) == 8
    places = sorted((layout[key]["domain"] for key in strips), reverse=True)
    assert all(upper[0] >= lower[1] for upper, lower in pairwise(places))
    first, last = layout["xaxis"]["range"]
    own = frame.filter(pl.col("kind").is_in(["score", "use", "exposure", "fall"]))
    assert own["study_day"].is_between(first, last).all()


def test_the_bands_are_drawn_as_they_were_read(con):
    frame = course(con)
    total = frame.filter(lane_id="alliance", kind="own_band").row(0, named=True)
    limit = 1.959963984540054 * 0.9 * (2 * 0.15) ** 0.5
    # The first score lacks items: the band stands around the first full one.
    whole = frame.filter(lane_id="alliance", kind="score", detail="all 3 items").sort("study_day")
    first = whole.row(0, named=True)
    assert total["value"] == first["value"]
    assert total["high"] - total["value"] == pytest.approx(limit)
    data = figures.card(frame)["data"]
    own = next(t for t in data if t.get("fillcolor") == theme.BAND)
    assert own["y"] == [total["low"], total["low"], total["high"], total["high"]]
    cohort = frame.filter(lane_id="alliance", kind="cohort").sort("study_day")
    edges = [t for t in data if t.get("line", {}).get("dash") == "dot"][:2] if cohort.height else []
    assert [edge["y"] for edge in edges] == [cohort["low"].to_list(), cohort["high"].to_list()]


def test_a_fall_of_the_total_is_marked_down_to_the_use_beneath(con):
    drawn = figures.card(course(con))
    marks = [t for t in drawn["data"] if t.get("name") == "Marked fall"]
    [rule] = drawn["layout"]["shapes"]
    assert marks[0]["x"] == [rule["x0"]]
    assert (rule["yref"], rule["y0"], rule["y1"]) == ("paper", 0, 1)
    assert figures.card(course(con, "p012"))["layout"]["shapes"] == []


def test_many_features_share_a_lane_so_that_the_card_stays_a_page():
    rows = [(f"f{n:02}", f"Feature {n}", n, "dialogue", 3, 1.0 + n) for n in range(14)]
    names = ("feature_id", "feature_label", "position", "category_id", "study_day", "n_exposures")
    frame = _exposures(pl.DataFrame(rows, schema=names, orient="row"))
    lanes = frame.sort("position")["lane"].unique(maintain_order=True).to_list()
    assert len(lanes) == MOST_LANES
    # Those met least: features 0 to 4, with 1 to 5 exposures.
    assert lanes[-1] == "5 other features"
    assert frame.filter(lane="5 other features")["value"].to_list() == [15.0]


def test_use_that_is_not_shown_is_not_drawn_as_no_use():
    made = clinic()
    shown = date(2025, 5, 1)
    made.con.execute("insert into fct_use_limits values (?, ?)", [WHO, shown])
    frame = course(made.con)
    words = text(frames.read_falls(made.con, CLINICIAN, ALL, participant=WHO))
    made.con.close()
    hidden = frame.filter(kind="hidden").row(0, named=True)
    assert hidden["study_day"] == (shown + timedelta(days=1) - date(2025, 4, 10)).days
    layout = figures.card(frame)["layout"]
    assert "use not shown" in [note["text"] for note in layout["annotations"]]
    assert words.startswith("Use is shown up to 1 May 2025 only")


def test_who_has_no_score_still_has_a_card(con):
    frame = course(con, "p029")
    assert "score" not in kinds(frame)
    said = text(frames.read_card(con, CLINICIAN, ALL, participant="p029"))
    assert "There is no full alliance score yet." in said
    assert "There is no use of the app in the data." in said


def test_who_has_no_fall_is_told_apart_from_who_is_not_there(con):
    frame = frames.read_falls(con, CLINICIAN, ALL, participant="p012")
    assert text(frame).startswith("No full score fell from the one before")
    assert panels.FALLS.caption(frame) == "n = 1 participant, 0 marked falls"
    assert "card-no-fall" in str(view.falls_view(frame, ALL))
    assert frames.read_falls(con, CLINICIAN, ALL, participant="p001").is_empty()
    # Without a score nothing can be told, which is not the same.
    frame = frames.read_falls(con, CLINICIAN, ALL, participant="p029")
    assert text(frame) == "There is too little data to tell a fall."
