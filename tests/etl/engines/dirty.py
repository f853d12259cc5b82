"""Exports as dirty as they come, from a seed: what engines may read differently is all in there.

Duplicates and late arrivals in other files, telephones that travel, clocks that run ahead, days on
which a clock is turned, fields that are missing, names that nobody asked for, letters of many
scripts, JSON of every kind, quantities in fractions, answers out of range and answers twice.
Fractions are halves and eighths: the sum of others depends in its last bit on the order of the rows,
which no engine promises, nor DuckDB from one run to the next.
"""

import csv
import json
import random
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

STUDY = Path(__file__).with_name("dirty.toml")
FIRST = datetime(2025, 1, 27, tzinfo=UTC)
N_DAYS = 90
"""From winter over the day on which Europe's clocks are turned, and America's."""
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Pacific/Apia")
NAMES = (
    *("app_opened", "screen_viewed", "praise_shown", "praise_%tapped", "praise_xtapped"),
    *("notice_scheduled", "notice_delivered", "notice_opened", "tip_delivered", "tip_shown"),
    *("banner_top", "BANNER_top", "unit_unlocked", "unit_opened", "unit_done", "odd\\one"),
    *("Größe ß", "ﬁn", "名前", 'it\'s "quoted"', " spaced "),
)
VERSIONS = ("1.8.9", "1.9", "1.10.0", "2.10.3", "2.10", "2.11-beta", "v3", "", None)
PROPERTIES = (
    {"kind": "reminder", "place": {"screen": "home"}},
    {"kind": "reminder", "place.screen": "home"},
    {"kind": "reminder", "place": {"screen": "home"}, "place.screen": "flat"},
    {"kind": "reminder", "place": {"screen": None}, "place.screen": "home"},
    {"kind": "Reminder", "place": "home"},
    {"kind": "reminder ", "place": {"screen": ["home"]}},
    {"level": 3},
    {"level": 3.0},
    {"level": "3"},
    {"level": True},
    {"level": [3]},
    {"level": {"level": 3}},
    {"tip of the day": True},
    {"tip of the day": "true"},
    {"wording": "plain"},
    {"wording": "warm"},
    {"wording": 'wärm\u0301 \t"quoted" \\'},
    {"wording": None},
    {"": "empty", "kind": ""},
    {},
)
TEXTS = ('{"level": 3e0}', '{"level": 30e-1}', '{"level":3,"level":4}', "free text", "[1, 2]", "")
"""What stands where a JSON object should, or is one that Python would not write."""


@dataclass
class Dirt:
    """Writes one study's exports.

    One participant has the share `heavy` of all events, `n_answering` have half of the rest and all
    answers; everybody else has a few events.
    """

    folder: Path
    seed: int = 1
    n_events: int = 20_000
    n_participants: int = 1_000
    n_answering: int = 50
    heavy: float = 0.2
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def write(self) -> Path:
        """Write study file and exports; returns the folder."""
        (self.folder / "exports").mkdir(parents=True)
        shutil.copy(STUDY, self.folder / "study.toml")
        people = ["Ünal", "o'hara", "名"]
        people += [f"p{number:04d}" for number in range(self.n_participants - 3)]
        self._roster(people)
        self._events(people)
        self._answers(people[: self.n_answering])
        return self.folder

    def _roster(self, people: list[str]) -> None:
        rows: list[list[object]] = []
        for person in people[: -len(people) // 20 - 1]:
            enrolled = FIRST + timedelta(days=self.rng.randrange(30))
            withdrawn = enrolled + timedelta(days=self.rng.randrange(5, 60))
            left = self.rng.random() < 0.2
            rows.append(
                [
                    person,
                    enrolled.date() if self.rng.random() < 0.95 else "",
                    self.rng.choice(["app", "reading", "app", ""]),
                    self.rng.choice(["north", "south", ""]),
                    withdrawn.date() if left else "",
                    self.rng.choice(["stopped_app", "dropout", ""]) if left else "",
                    self.rng.choice([31, 44.5, "", 70]),
                    self.rng.choice(["school", "höhere", ""]),
                ]
            )
        rows += [rows[0], ["p9999", "not a day", "app", "north", "", "", "", ""]]
        header = ["id", "enrolled", "arm", "site", "withdrawn", "kind", "age", "schooling"]
        self._csv("roster.csv", header, rows)

    def _events(self, people: list[str]) -> None:
        files: list[list[str]] = [[], [], [], []]
        moments = {person: FIRST + timedelta(hours=self.rng.randrange(200)) for person in people}
        for number in range(self.n_events):
            person = self._who(people)
            line = self._event(number, person, moments)
            files[number * 3 // self.n_events].append(line)
            draw = self.rng.random()
            if draw < 0.03:
                files[-1].append(line)  # Again, in a file that comes last.
            elif draw < 0.04:
                files[-1].append(files[0][self.rng.randrange(len(files[0]))])
        files[1].append('{"event_id": "broken", "user": "p0001", "name"')
        for place, lines in enumerate(files):
            path = self.folder / "exports" / f"events-{place}.jsonl"
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _who(self, people: list[str]) -> str:
        if self.rng.random() < self.heavy:
            return people[0]
        return self.rng.choice(people[: self.n_answering] if self.rng.random() < 0.5 else people)

    def _event(self, number: int, person: str, moments: dict[str, datetime]) -> str:
        pause = self.rng.choice([0, 0, 1, 20, 90, 599, 600, 601, 1799, 1800, 1801, 9000, 86400])
        jitter = timedelta(microseconds=self.rng.choice([0, 0, 0, 1, 500_000, 999_999]))
        span = timedelta(days=N_DAYS)
        # Whoever came to the end begins again at some moment, between events of before.
        if moments[person] > FIRST + span:
            moments[person] = FIRST + self.rng.random() * span
        moments[person] += timedelta(seconds=pause) + jitter
        at, zone = moments[person], self.rng.choice(ZONES[: 1 + 4 * (number % 10 == 0)])
        record: dict[str, object] = {
            "event_id": f"e{number}",
            "user": person,
            "name": self.rng.choice(NAMES),
            "at": self._written(at, zone),
            "received": (at + timedelta(seconds=self.rng.choice([1, 60, 9e5]))).isoformat(),
            "zone": zone if self.rng.random() < 0.9 else None,
            "times": self.rng.choice([None, None, 1, 2, 0, 0.5, 0.125, 1e3, "3"]),
            "version": self.rng.choice(VERSIONS),
            "properties": self.rng.choice(PROPERTIES),
        }
        draw = self.rng.random()
        if draw < 0.03:
            broken = {"user": None, "name": "", "at": "yesterday", "zone": "Mars/Olympus"}
            record |= dict([self.rng.choice([*broken.items(), ("times", "many")])])
        elif draw < 0.04:
            record["received"] = (at - timedelta(days=3)).isoformat()
        text = json.dumps(record, ensure_ascii=self.rng.random() < 0.5)
        if draw > 0.95:
            written = self.rng.choice(TEXTS)
            shown = written if written.startswith("{") else json.dumps(written)
            text = json.dumps(record | {"properties": 0})[: -len("0}")] + shown + "}"
        return text

    def _written(self, at: datetime, zone: str) -> str:
        kind = self.rng.randrange(3)
        if kind == 0:
            return at.astimezone(ZoneInfo(zone)).isoformat()
        return at.isoformat().replace("+00:00", "Z" if kind == 1 else "")

    def _answers(self, people: list[str]) -> None:
        rows: list[list[object]] = []
        for person in people:
            for week in range(10):
                at = FIRST + timedelta(days=7 * week + self.rng.randrange(20))
                instrument, n_items = self.rng.choice([("bond", 6), ("bond", 6), ("dwai", 6)])
                occasion = self.rng.choice(["", f"week {week}", "week 1"])
                for item in range(1, n_items + 1):
                    value = self.rng.choice([1, 2, 3, 4, 5, 6, 7, 7, "", "N/A", 9, "much", 4.5])
                    stamp = (at + timedelta(seconds=item)).isoformat()
                    zone = self.rng.choice([*ZONES, ""])
                    rows.append([person, instrument, item, value, stamp, zone, occasion])
                    if self.rng.random() < 0.05:
                        rows.append([person, instrument, item, 3, stamp, zone, occasion])
        self.rng.shuffle(rows)
        header = ["id", "instrument", "item", "value", "time", "zone", "occasion"]
        self._csv("answers.csv", header, rows)

    def _csv(self, name: str, header: list[str], rows: list[list[object]]) -> None:
        with (self.folder / "exports" / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)
