"""The fixture mart with one marked fall, for tests of caseload and card.

`p016` scored 1.5 points less at week 6 than the fixture has it, and got a new version of the app
five days after the survey before. The limit is 1.96 · 0.9 · √2 · √0.15 = 0.97.
"""

from access.viewer import Viewer
from tests.dashboard.mart_fixture import FixtureMarts, marts

WHO, DROP, WEEK = "p016", 1.5, 6
OWN = frozenset({"p004", "p007", "p012", "p015", "p016", "p020", "p028", "p029"})
CLINICIAN = Viewer(account="dr", role="clinician", participants=OWN, smallest_cell=10)


def clinic() -> FixtureMarts:
    """A mart in memory, made anew."""
    made = marts()
    made.con.execute(
        "update fct_dimension_scores set score = score - ? where participant_id = ? and study_week = ?",
        [DROP, WHO, WEEK],
    )
    made.con.execute(
        "update fct_app_versions set first_date = date '2025-05-21' "
        "where participant_id = ? and app_version = '1.1'",
        [WHO],
    )
    return made
