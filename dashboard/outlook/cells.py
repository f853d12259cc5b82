"""How the groups of the Outlook page are disclosed; see `dashboard.panel_cells`."""

from access.cells import Cells

SUMMARY = Cells(
    ("n_participants",),
    keys=("part", "question", "is_answered"),
    texts=("answer", "detail"),
)
RATIOS = Cells(
    ("n_participants", "n_events"),
    hides=("ratio", "ratio_low", "ratio_high", "p_value"),
    keys=("loss", "loss_label", "measure_label", "adjustment", "adjustment_label"),
    against=("n_participants",),
    texts=("explanation",),
)
CURVES = Cells(
    ("n_participants", "n_events"),
    hides=("score", "day", "survival", "ci_low", "ci_high"),
    keys=("loss", "level", "level_label"),
    against=("n_participants",),
    parts=(Cells(("n_at_risk",)),),
)
CHECKS = Cells(
    ("n_participants", "n_events"),
    hides=("correlation", "statistic", "df", "p_value", "verdict"),
    keys=("loss_label", "measure_label"),
    against=("n_participants",),
)
DELTAS = Cells(
    ("n_participants",),
    hides=(
        *("delta", "delta_sd", "estimate", "ci_low", "ci_high", "p_value", "fraction_missing"),
        *("n_answered", "n_missed", "tip_below", "tip_above", "said"),
    ),
    keys=("term", "label", "outcome_label", "is_finding"),
)
TIPS = Cells(
    ("n_participants",),
    hides=("estimate", "ci_low", "ci_high", "tip_below", "tip_above", "reach", "said"),
    keys=("term", "label", "is_main", "is_finding"),
)
WIDTHS = Cells(
    ("n_analysed",),
    hides=(
        *("n_planned_participants", "n_surveys", "last_week", "half_width", "low", "high"),
        "against_plan",
    ),
    keys=("interval", "interval_label", "unit", "is_plan"),
)
BASIS = Cells(("n_participants",), hides=("value",), keys=("label",), texts=("words",))
ANSWERS = Cells(
    ("n_passed", "n_analysed"),
    hides=("share", "expected"),
    keys=("week",),
    against=("n_passed",),
)
