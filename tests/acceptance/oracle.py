"""An oracle: what the marts of a study should say, computed from its exports in plain Python.

Written from the documentation (`docs/reference/tables.md`, `docs/explanation/`) and not from the
SQL, one participant at a time, and never by asking a database. In parts: `oracle_exports` reads,
`oracle_use` counts use, `oracle_measures` has ledger, scores and adherence; here is the rest.
"""

from collections import defaultdict
from datetime import timedelta
from functools import cached_property

from tests.acceptance.oracle_measures import Measures, mean
from tests.acceptance.oracle_use import Rows

TOTAL = "alliance"


class Oracle(Measures):
    """The marts of a study; each is a property with the rows of the mart of that name."""

    @cached_property
    def model_rows(self) -> Rows:
        windows = sorted({(one.window_days, one.lag_days) for one in self.study.models} or {(7, 0)})
        rows = [row for window in windows for row in self._windows_counted(*window)]
        return centred(
            rows,
            count="n_exposures",
            parts=("within", "between"),
            cell=("dimension_id", "feature_id", "window_days", "lag_days"),
            is_analysed=lambda row: row["score"] is not None and row["is_covered"],
        )

    def _windows_counted(self, window, lag):
        met, sessions, before = defaultdict(list), defaultdict(list), {}
        for one in self.fct_exposures:
            met[one["participant_id"], one["feature_id"], one["stage"]].append(one)
        for one in self.fct_sessions:
            sessions[one["participant_id"]].append(one["local_date"])
        for one in sorted(self.fct_dimension_scores, key=lambda one: one["answered_at"]):
            who, day, dimension = one["participant_id"], one["local_date"], one["dimension_id"]
            end = day - timedelta(days=lag)
            start = end - timedelta(days=window)
            is_covered = (
                max(self.people[who].enrolled, self.first_logged) <= start
                and end - timedelta(days=1) <= self.last_whole_day
            )
            n_sessions = sum(start <= x < end for x in sessions[who])
            for feature in self.study.features:
                count = sum(
                    x["n_exposures"]
                    for x in met[who, feature.id, feature.exposure_stage]
                    if start <= x["local_date"] < end
                )
                yield {
                    "participant_id": who,
                    **self.group(who),
                    **{
                        key: one[key]
                        for key in ("occasion_id", "answered_at", "study_week", "score")
                    },
                    "weeks": one["study_day"] / 7,
                    "dimension_id": dimension,
                    "feature_id": feature.id,
                    "previous_score": before.get((who, dimension)),
                    "n_exposures": float(count) if is_covered else None,
                    "n_window_sessions": n_sessions if is_covered else None,
                    "is_covered": is_covered,
                    "exposure_rate": count / n_sessions if is_covered and n_sessions else None,
                    "window_days": window,
                    "lag_days": lag,
                }
            before[who, dimension] = one["score"]

    @cached_property
    def model_weeks(self) -> Rows:
        met = {
            (one["participant_id"], one["study_week"], one["feature_id"]): one["n_exposures"]
            for one in self.fct_exposure_weeks
        }
        used = {
            (one["participant_id"], one["study_week"]): one["n_sessions"]
            for one in self.fct_participant_weeks
        }
        rows = []
        for week in self.fct_participant_weeks:
            who, number = week["participant_id"], week["study_week"]
            totals = [
                (one["answered_at"], one["score"])
                for one in self.fct_dimension_scores
                if one["participant_id"] == who
                and one["dimension_id"] == TOTAL
                and one["score"] is not None
                and one["local_date"] < week["week_start"]
            ]
            keys = ("study_week", "due_sessions", "done_sessions", "is_complete_week")
            sessions = used.get((who, number - 1))
            rows += [
                {
                    "participant_id": who,
                    **self.group(who),
                    **{key: week[key] for key in keys},
                    "feature_id": feature.id,
                    "n_exposures_lag": met.get((who, number - 1, feature.id)),
                    "n_sessions_lag": sessions,
                    "n_sessions_before": used.get((who, number - 2)),
                    "exposure_rate_lag": (
                        met[who, number - 1, feature.id] / sessions if sessions else None
                    ),
                    "alliance_lag": max(totals)[1] if totals else None,
                }
                for feature in self.study.features
            ]
        return centred(
            rows,
            count="n_exposures_lag",
            parts=("within_lag", "between_lag"),
            cell=("feature_id",),
            is_analysed=lambda row: (
                row["is_complete_week"]
                and row["n_exposures_lag"] is not None
                and row["due_sessions"] > 0
            ),
        )


def centred(rows, *, count, parts, cell, is_analysed):
    """Add each count's within- and between-person part, over the analysed rows of its cell."""
    own, all_ = defaultdict(list), defaultdict(list)
    for row in filter(is_analysed, rows):
        key = tuple(row[name] for name in cell)
        own[key, row["participant_id"]].append(row[count])
        all_[key].append(row[count])
    result = []
    for row in rows:
        key = tuple(row[name] for name in cell)
        within = between = None
        if is_analysed(row):
            level = mean(own[key, row["participant_id"]])
            within, between = row[count] - level, level - mean(all_[key])
        result.append({**row, parts[0]: within, parts[1]: between})
    return result
