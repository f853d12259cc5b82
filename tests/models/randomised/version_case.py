"""Invented deliveries of two wordings, with sessions, obligations, weeks and scores around them."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from models.analyses import Inputs
from models.randomised.version_report import CATALOGUE

FIRST = datetime(2025, 3, 3, 10)
SITES = {"london": "London", "bath": "Bath"}


def inputs(
    n=60,
    each=12,
    *,
    lift=0.0,
    share=0.5,
    is_kept=False,
    is_randomised=True,
    score_lift=0.0,
    seed=7,
) -> Inputs:
    """Weekly deliveries; `lift` is what 'warm' adds to the chance of a session the next day."""
    rng = np.random.default_rng(seed)
    points, sessions, due, weeks, scores = [], [], [], [], []
    for number in range(n):
        who, site = f"p{number:03d}", list(SITES)[number % 2]
        own = rng.random() < share
        level = rng.uniform(0.15, 0.45)
        count = 0
        for week in range(each):
            at = FIRST + timedelta(days=7 * week + number % 5)
            is_warm = own if is_kept else rng.random() < share
            name = "warm" if is_warm else "plain"
            points.append(
                (
                    f"{who}-{week}",
                    who,
                    "a",
                    site,
                    "reminder",
                    at,
                    at.date(),
                    7 * week,
                    week,
                    name,
                    0.5 if is_randomised else None,
                    72.0,
                    FIRST + timedelta(days=200),
                )
            )
            comes = rng.random() < level + lift * is_warm
            if comes:
                count += 1
                sessions.append((who, count, at + timedelta(hours=3), at.date()))
            due.append(
                (
                    f"{who}-d{week}",
                    who,
                    at.date(),
                    at.date() + timedelta(days=6),
                    at + timedelta(hours=3) if comes else None,
                    "done" if comes else "missed",
                )
            )
            weeks.append(
                (who, week, at.date() + timedelta(days=1), True, int(comes), 1, int(comes))
            )
            value = 4 + level + score_lift * is_warm + 0.4 * rng.normal()
            scores.append(
                (
                    who,
                    "a",
                    site,
                    f"{who}-o{week}",
                    at.date() + timedelta(days=3),
                    7 * week + 3,
                    week,
                    week + 3 / 7,
                    "alliance",
                    value,
                    None,
                    True,
                )
            )
    return _inputs(points, sessions, due, weeks, scores, is_randomised=is_randomised)  # fmt: skip


def _inputs(points, sessions, due, weeks, scores, *, is_randomised):
    catalogue = [("reminder", "Session reminder", name, f"{name.capitalize()} wording",
        is_randomised, 0.5 if is_randomised else None, True, place)
        for place, name in enumerate(("plain", "warm"))]  # fmt: skip
    names = {
        CATALOGUE: "feature_id feature_label variant_id variant_label is_randomised probability "
        "has_property position",
        "points": "event_key participant_id arm_id site_id feature_id delivered_at local_date "
        "study_day study_week variant_id probability silent_hours observed_until",
        "sessions": "participant_id session_number started_at local_date",
        "due": "obligation_id participant_id window_start window_end done_at status",
        "weeks": "participant_id study_week week_start is_complete_week n_sessions due_sessions "
        "done_sessions",
        "scores": "participant_id arm_id site_id occasion_id local_date study_day study_week weeks "
        "dimension_id score previous_score is_complete",
    }
    rows = (catalogue, points, sessions, due, weeks, scores)
    made = {
        name: pl.DataFrame(own, columns.split(), orient="row", infer_schema_length=None)
        for (name, columns), own in zip(names.items(), rows, strict=True)
    }
    made[CATALOGUE] = made[CATALOGUE].with_columns(pl.col("probability").cast(pl.Float64))
    made["points"] = made["points"].with_columns(pl.col("probability").cast(pl.Float64))
    made["scores"] = made["scores"].with_columns(pl.col("previous_score").cast(pl.Float64))
    return Inputs(
        made,
        {
            "dimensions": [("alliance", "Alliance (total)")],
            "total": "alliance",
            "labels": {"site_id": SITES, "arm_id": {}},
        },
    )
