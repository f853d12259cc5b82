"""One participant's telephone: the events it logs, and the exposures that came of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from sample_data.design import Size
from sample_data.people import Person, Zones, epoch

VERSIONS = (
    (date(2025, 1, 1), "2.2.0"),
    (date(2025, 2, 10), "2.3.1"),
    (date(2025, 4, 7), "2.4.0"),
    (date(2025, 6, 16), "2.5.0"),
)
P_OFFLINE = 0.03  # visits whose events reach the server days later


class Event(NamedTuple):
    """One logged event. Times are seconds since 1970, UTC."""

    at: int
    received: int
    participant: str
    name: str
    zone: str
    version: str
    properties: dict[str, str | int]


@dataclass
class Diary:
    """What has happened to one participant so far. Days and weeks count from enrolment."""

    person: Person
    size: Size
    rng: np.random.Generator
    zones: Zones
    events: list[Event] = field(default_factory=list)
    exposures: dict[tuple[str, int], int] = field(default_factory=dict)
    visit_days: set[int] = field(default_factory=set)
    sessions: int = 0
    flow: float = 0.0
    faded: bool = False
    last_open: int = 0
    last_reminder: int = -9
    reminders_by_week: dict[int, int] = field(default_factory=dict)
    update_lag: int = 0

    def date_of(self, day: int) -> date:
        """The local date of a study day."""
        return self.person.enrolled + timedelta(days=day)

    def at(self, day: int, second: int) -> int:
        """The moment of a local second of a study day."""
        date_ = self.date_of(day)
        return epoch(date_, second, self.person.zone(date_), self.zones)

    def version(self, day: int) -> str:
        """The app's version on a day; each telephone updates with its own delay."""
        known = self.date_of(day) - timedelta(days=self.update_lag)
        return [version for since, version in VERSIONS if since <= known or since.day == 1][-1]

    def write(
        self, name: str, day: int, at: int, received: int, properties: dict[str, str | int]
    ) -> None:
        """Log one event."""
        zone = self.person.zone(self.date_of(day))
        version = self.version(day)
        self.events.append(Event(at, received, self.person.id, name, zone, version, properties))

    def expose(self, feature: str, day: int) -> None:
        """Count one exposure at the feature's exposure stage."""
        self.exposures[feature, day] = self.exposures.get((feature, day), 0) + 1

    def window(self, feature: str, day: int, length: int) -> int:
        """Exposures in the `length` local days before a day."""
        return sum(self.exposures.get((feature, past), 0) for past in range(day - length, day))


@dataclass
class Visit:
    """The app is open: events follow one another, and reach the server together at the end."""

    diary: Diary
    day: int
    clock: int
    batch: list[tuple[str, int, dict[str, str | int]]] = field(default_factory=list)

    def log(self, name: str, pause: int = 8, **properties: str | int) -> None:
        """Log an event after a pause of up to 2 x `pause` seconds."""
        self.clock += 1 + int(self.diary.rng.integers(0, 2 * pause))
        self.batch.append((name, self.clock, properties))

    def see(self, feature: str, name: str, pause: int = 8, **properties: str | int) -> None:
        """Log an event that is an exposure to a feature."""
        self.log(name, pause, **properties)
        self.diary.expose(feature, self.day)

    def send(self) -> None:
        """The server receives the batch: seconds later, or days later when offline."""
        diary = self.diary
        delay = 2 + int(diary.rng.integers(0, 40))
        if diary.rng.random() < P_OFFLINE:
            delay += int(diary.rng.integers(20 * 3600, 96 * 3600))
        for name, at, properties in self.batch:
            diary.write(name, self.day, at, self.clock + delay, properties)
        diary.visit_days.add(self.day)
        diary.last_open = self.day
