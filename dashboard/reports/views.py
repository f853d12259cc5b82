"""Parts that several reports share, and how items are named in short."""

from dashboard.reports.outline import Item, View


def charts(*ids: str) -> tuple[Item, ...]:
    """Panels whose table is printed below them."""
    return tuple(Item(name, has_table=True) for name in ids)


def where_there_are(*ids: str) -> tuple[Item, ...]:
    """Panels that are for some studies only; the one before them says why there is nothing."""
    return tuple(Item(name, is_optional=True) for name in ids)


def items(*ids: str) -> tuple[Item, ...]:
    """Panels whose chart or content says it all."""
    return tuple(Item(name) for name in ids)


MEASURE_COLUMNS = ("dimension_label", "scale", "reach", "link")
PROGRESS = (
    *items("overview-numbers", "overview-freshness", "monitor-flow", "monitor-recruitment"),
    *items("monitor-sites", "overview-activity"),
)
STANDS_OUT = View(
    "What stands out",
    "Sites, months of enrolment and files that differ by more than chance and their size explain.",
    items("monitor-flags", "monitor-funnel"),
)
ADHERENCE = (
    *charts("overview-adherence"),
    Item("monitor-facets", has_table=True, is_optional=True),
    Item("adherence-weekly", has_table=True, is_optional=True),
    Item("adherence-usage-weekly", has_table=True, is_optional=True),
    Item("monitor-definitions", is_optional=True),
    Item("monitor-classes", is_optional=True),
    *items("adherence-ledger", "monitor-metrics"),
)
MISSING = View(
    "Missing data",
    "Which surveys were filled in, and whether that goes along with use.",
    (*charts("monitor-visits"), *items("monitor-missing"), *charts("alliance-scores")),
)
DATA = View(
    "Data",
    "What was loaded, what stands out, what was refused and why, and where the log has gaps.",
    (
        Item(
            "data-receipts",
            columns=(
                *("source_file", "status", "rows_read", "rows_loaded"),
                *("rows_duplicate", "rows_rejected", "rejected_share", "cells_refused"),
            ),
        ),
        Item("data-coverage"),
        Item(
            "data-findings",
            is_table=True,
            columns=("severity", "message", "place", "remedy"),
            most=20,
        ),
        Item(
            "data-rejections",
            is_table=True,
            columns=("n_rows", "refused", "meaning", "source_id", "remedy"),
            most=20,
        ),
        Item("data-unmapped", has_table=True),
    ),
)
