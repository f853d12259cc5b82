"""How the panels of use and of the dictionary disclose groups: see `dashboard/panel_cells.py`."""

from access.cells import Cells
from dashboard.usage.frames import STANDINGS

_WEEK = ("study_week",)

RETENTION = Cells(
    ("n_participants", "n_active"),
    hides=("share", "ci_low", "ci_high"),
    keys=_WEEK,
    against=("n_participants",),
    parts=(
        # Everybody less those still in the study are those who left.
        Cells(("n_left",), hides=("n_ever", "share_of_all")),
        Cells(("n_open", "n_active_open"), against=("n_open",)),
    ),
)
LIFECYCLE = Cells(
    ("n_participants",),
    keys=(*_WEEK, "limit_days"),
    parts=(
        Cells(
            tuple(f"n_{standing}" for standing in STANDINGS),
            against=("n_participants",),
            is_across=True,
        ),
        Cells(("n_open",)),
    ),
)
STICKINESS = Cells(
    ("n_participants", "n_active"),
    hides=("mean_active_days", "sd_active_days", "ci_low", "ci_high"),
    keys=_WEEK,
    against=("n_participants",),
    parts=(
        Cells(
            ("n_active_4_weeks",), hides=("share_of_users",), against=("n_active", "n_participants")
        ),
    ),
)
COHORTS = Cells(
    ("n_participants", "n_active"),
    hides=("share",),
    by=_WEEK,
    keys=("cohort", "unit", *_WEEK),
    against=("n_participants",),
    parts=(Cells(("n_open",), by=_WEEK),),
)
RELEASES = Cells(
    ("n_participants", "n_exposed"),
    hides=("n_participant_weeks", "n_exposures", "mean_exposures"),
    keys=(
        *("category_id", "category_label", "position", "week_start", "is_open"),
        *("versions", "version_date"),
    ),
    # A mean says little of the few who met nothing; how many met something would.
    parts=(Cells(("n_exposed",), against=("n_participants",)),),
)
DOSE = Cells(
    ("n_participants", "n_reached"),
    hides=("mean_reached",),
    keys=(
        *("principle_id", "principle_label", "category_id", "position"),
        *("stage", "stage_rank", "is_exposure", *_WEEK),
    ),
    parts=(
        Cells(("n_reached",), against=("n_participants",)),
        Cells(("n_open",), against=("n_participants",), once=_WEEK),
    ),
)
REACH = Cells(
    ("n_participants", "n_reached", "n_reached_any", "n_users"),
    hides=("mean_per_week", "share"),
    keys=(
        *("feature_id", "feature_label", "principle_label", "category_id", "category_label"),
        *("is_always_on", "position"),
    ),
    # Who met it under other versions only, or never had this one, is a group as well.
    against=("n_all", "n_participants", "n_reached_any", "n_reached"),
    adds_weeks=True,
    parts=(Cells(("n_all",)),),
)
