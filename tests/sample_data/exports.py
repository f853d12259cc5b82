"""Reads the committed HARBOUR exports in the plainest way, with nothing of Rapport's in between."""

import gzip
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

DIMENSIONS = ("humanness", "meaningfulness", "progression", "use", "flexibility")
EXPOSURES = {
    ("praise_shown", None): "praise",
    ("exercise_trial_completed", None): "rehearsal",
    ("badge_viewed", None): "badge",
    ("notification_delivered", "reminder"): "reminder",
    ("progress_viewed", "mood"): "mood_graph",
    ("coach_message_shown", None): "coach",
    ("plan_viewed", None): "plan",
    ("suggestion_shown", None): "suggestion",
    ("leaderboard_viewed", None): "leaderboard",
    ("peer_story_opened", None): "peer_story",
    ("screen_viewed", "team"): "team_page",
}
FEATURES = tuple(EXPOSURES.values())
Windows = dict[tuple[str, date], Counter[str]]


def daily_exposures(exports: Path) -> Windows:
    """Exposures by participant and local date; every event id counts once."""
    found: Windows = {}
    seen: set[str] = set()
    for path in sorted(exports.glob("events-*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            feature, record = _feature(line)
            if feature and record["event_id"] not in seen:
                seen.add(record["event_id"])
                key = (record["user_id"], _local_date(record))
                found.setdefault(key, Counter())[feature] += 1
    return found


def occasions(exports: Path) -> list[tuple[str, date, list[float | None]]]:
    """Participant, date and five scores of every whole row of the wide export, once each."""
    lines = (exports / "alliance_wide.csv").read_text("utf-8-sig").splitlines()
    found: dict[tuple[str, str], tuple[str, date, list[float | None]]] = {}
    for fields in (line.split(";") for line in lines[1:]):
        is_whole = len(fields) == len(lines[0].split(";")) and fields[0] and "/" not in fields[2]
        if is_whole:
            row = (fields[0], date.fromisoformat(fields[2][:10]), _scores(fields[3:18]))
            found.setdefault((fields[0], fields[2]), row)
    return list(found.values())


def roster(exports: Path) -> dict[str, tuple[date, str]]:
    """Enrolment and arm of the participants whose row is usable; of two rows the first."""
    found: dict[str, tuple[date, str]] = {}
    for line in (exports / "roster.csv").read_text().splitlines()[1:]:
        fields = line.split(",")
        usable = len(fields) == 6 and fields[0] and fields[2] != "stop9" and "-13-" not in fields[1]
        if usable and fields[3] in ("london", "bath"):
            found.setdefault(fields[0], (date.fromisoformat(fields[1]), fields[2]))
    return found


class Panel:
    """Scores (n, 5), exposures in the window (n, features), weeks (n,), participants (n,)."""

    def __init__(self, exports: Path) -> None:
        people, days = roster(exports), daily_exposures(exports)
        rows = [row for row in occasions(exports) if row[0] in people]
        self.participant = np.array([row[0] for row in rows])
        self.weeks = np.array([(row[1] - people[row[0]][0]).days / 7 for row in rows])
        self.scores = np.array([row[2] for row in rows], dtype=float)
        windows = [_window(days, row[0], row[1]) for row in rows]
        self.exposures = np.array([[w[f] for f in FEATURES] for w in windows], dtype=float)


def within(
    panel: Panel, dimension: str, features: tuple[str, ...]
) -> dict[str, tuple[float, float]]:
    """Effect and cluster-robust standard error by feature: least squares on deviations from the
    participant's own means, with week."""
    score = panel.scores[:, DIMENSIONS.index(dimension)]
    kept = np.isfinite(score)
    columns = panel.exposures[kept][:, [FEATURES.index(f) for f in features]]
    _, who = np.unique(panel.participant[kept], return_inverse=True)
    x = _deviations(np.column_stack([columns, panel.weeks[kept]]), who)
    y = _deviations(score[kept][:, None], who)[:, 0]
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    sums = np.zeros((who.max() + 1, x.shape[1]))
    np.add.at(sums, who, x * (y - x @ beta)[:, None])
    se = np.sqrt(np.diag(bread @ (sums.T @ sums) @ bread))
    return {f: (float(beta[k]), float(se[k])) for k, f in enumerate(features)}


def _deviations(values: np.ndarray, who: np.ndarray) -> np.ndarray:
    sums = np.zeros((who.max() + 1, values.shape[1]))
    np.add.at(sums, who, values)
    deviations: np.ndarray = values - (sums / np.bincount(who)[:, None])[who]
    return deviations


def _feature(line: str) -> tuple[str | None, dict]:
    try:
        record = json.loads(line)
    except ValueError:
        return None, {}
    properties = record["properties"]
    detail = properties.get("kind") or properties.get("chart") or properties.get("screen")
    feature = EXPOSURES.get((record["event"], detail)) or EXPOSURES.get((record["event"], None))
    return feature, record


def _local_date(record: dict) -> date:
    time = datetime.fromisoformat(record["client_time"])
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return time.astimezone(ZoneInfo(record["tz"])).date()


def _scores(ticks: list[str]) -> list[float | None]:
    keyed = [_keyed(text, k) for k, text in enumerate(ticks, 1)]
    parts = [keyed[start : start + 3] for start in range(0, 15, 3)]
    return [None if None in part else sum(part) / 3 for part in parts]


def _keyed(text: str, item: int) -> int | None:
    if text not in {"1", "2", "3", "4", "5", "6", "7"}:
        return None
    return 8 - int(text) if item in (3, 9) else int(text)


def _window(days: Windows, participant: str, day: date) -> Counter[str]:
    total: Counter[str] = Counter()
    for back in range(1, 8):
        total.update(days.get((participant, day - timedelta(days=back)), Counter()))
    return total
