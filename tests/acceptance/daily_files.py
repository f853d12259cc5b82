"""A year of a made-up study, one file of events a day, with all that makes days untidy.

Late events stand in later files, each file repeats some of the day before, a corrected file replaces one
of weeks ago, the roster is written anew as people enrol, and answers
come once a week.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

FIRST_DAY = date(2025, 1, 6)
NAMES = ("app_opened", "screen_viewed", "praise_shown", "reminder_sent", "unit_done", "odd_one")
ZONES = ("Europe/London", "America/New_York", "Asia/Tokyo")
STUDY = """
schema = 1
[study]
id = "daily"
title = "A year of days (made up)"
time_zone = "Europe/London"
day_zero = "enrolled"
planned_weeks = 30
session_gap_minutes = 30
[[arms]]
id = "a"
label = "A"
masked_label = "Group 1"
[[arms]]
id = "b"
label = "B"
masked_label = "Group 2"
[[sources]]
id = "roster"
kind = "roster"
path = "exports/roster.csv"
participant = "id"
[sources.roster]
enrolled = "enrolled"
arm = "arm"
[[sources]]
id = "app"
kind = "events"
path = "exports/day-*.csv"
participant = "id"
[sources.events]
name = "event"
event_id = "event_id"
time = "time"
time_zone_column = "zone"
properties = ["kind"]
[[sources]]
id = "survey"
kind = "answers"
path = "exports/answers-*.csv"
participant = "id"
[sources.answers]
shape = "long"
instrument_is = "bond"
item = "item"
value = "value"
time = "time"
[[instruments]]
id = "bond"
label = "Bond"
items = 3
low = 1
high = 7
schedule = { weeks = [1, 4, 8, 12, 20], window_days = [0, 6] }
[[instruments.scales]]
id = "total"
label = "Total"
items = [1, 2, 3]
[dimensions]
alliance = { scales = ["bond.total"] }
[[features]]
id = "praise"
label = "Praise"
principle = "praise"
stages = { seen = { event = "praise_shown" } }
[[features]]
id = "reminder"
label = "Reminder"
principle = "reminders"
exposure_stage = "delivered"
stages = { delivered = { event = "reminder_sent", where = { kind = "warm" } } }
[[variants]]
id = "warm"
label = "Warm"
feature = "reminder"
property = "kind"
value = "warm"
randomised = true
probability = 0.5
[intended_use]
justification = "Made up."
done = "unit_done"
[intended_use.sessions]
a = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
b = [2, 2, 2, 2]
[[models]]
id = "alliance"
window_days = 7
[privacy]
participant_ids = "as_given"
"""


@dataclass
class Year:
    """Writes the files of one day after the other into a study's folder."""

    folder: Path
    rng: random.Random
    n_days: int = 365
    n_people: int = 12
    written: list[Path] = field(default_factory=list)
    _n_events: int = 0
    _late: list[str] = field(default_factory=list)
    _yesterday: list[str] = field(default_factory=list)
    _people: list[tuple[str, date, str, str]] = field(default_factory=list)

    def days(self) -> Iterator[int]:
        """Write what comes in on each day, and stop after it; the day's number."""
        (self.folder / "exports").mkdir(parents=True, exist_ok=True)
        (self.folder / "study.toml").write_text(STUDY, encoding="utf-8")
        for number in range(self.n_days):
            day = FIRST_DAY + timedelta(days=number)
            if number % max(1, self.n_days // (2 * self.n_people)) == 0:
                self._enrol(day)
            self._write_events(day)
            if number % 7 == 6:
                self._write_answers(day)
            if number % 30 == 29:
                self._correct(number)
            yield number

    def _enrol(self, day: date) -> None:
        if len(self._people) < self.n_people:
            who = f"P{len(self._people) + 1:02d}"
            self._people.append((who, day, self.rng.choice("ab"), self.rng.choice(ZONES)))
        lines = [f"{who},{enrolled},{arm}" for who, enrolled, arm, _ in self._people]
        self._write("roster.csv", ["id,enrolled,arm", *lines, "TEST,2025-01-06,x"])

    def _write_events(self, day: date) -> None:
        today, late = [], self._late
        self._late = []
        for who, _, _, zone in self._people:
            at = datetime(day.year, day.month, day.day) + timedelta(
                minutes=self.rng.randrange(24 * 60)
            )
            for _ in range(self.rng.choice([0, 1, 3, 6])):
                at += timedelta(seconds=self.rng.choice([0, 20, 400, 1800, 1801]))
                self._n_events += 1
                line = (
                    f"e{self._n_events},{who},{self.rng.choice(NAMES)},{at:%Y-%m-%dT%H:%M:%SZ},{zone},"
                    f"{self.rng.choice(['warm', 'plain', ''])}"
                )
                (self._late if self.rng.random() < 0.1 else today).append(line)
        repeated = self.rng.sample(self._yesterday, min(3, len(self._yesterday)))
        bad = [
            "e-bad,P01,app_opened,yesterday,Europe/London,",
            "e-who,P99,app_opened,2025-01-07T10:00:00Z,,",
        ]
        lines = [*today, *late, *repeated, *self.rng.sample(bad, 1)]
        self._write(f"day-{day}.csv", ["event_id,id,event,time,zone,kind", *lines])
        self._yesterday = today

    def _write_answers(self, day: date) -> None:
        lines = [
            f"{who},{item},{self.rng.choice([1, 4, 7, 9])},{day}T{18 + item}:00:00"
            for who, *_ in self._people
            for item in (1, 2, 3)
            if self.rng.random() < 0.8
        ]
        self._write(f"answers-{day}.csv", ["id,item,value,time", *lines])

    def _correct(self, number: int) -> None:
        """Two files of the weeks before lose lines, one nearly all of them."""
        for back, share in ((20, 0.5), (11, 0.0)):
            path = self.folder / "exports" / f"day-{FIRST_DAY + timedelta(days=number - back)}.csv"
            head, *lines = path.read_text(encoding="utf-8").splitlines()
            kept = [line for line in lines[1:] if self.rng.random() < share]
            self._write(path.name, [head, lines[0], *kept])

    def _write(self, name: str, lines: list[str]) -> None:
        path = self.folder / "exports" / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        self.written.append(path)
