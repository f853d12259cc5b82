"""A mart in memory with every table of a build and thirty invented participants.

The marts agree with one another: weeks, days, sessions, exposures, scores and the ledger all follow
from one list of days of use per participant. Nothing is random: numbers come from positions, so a
test can count them by hand.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl.build_order import made_of_marts
from queries import sqlfile
from study.definition import Study
from warehouse.connect import in_memory

DDL = Path(__file__).parent / "mart_tables.sql"
AS_OF = date(2025, 6, 15)
FIRST_DAY = date(2025, 2, 24)
N_PARTICIPANTS = 30
PLANNED_WEEKS, LAST_WEEK, NONUSAGE_DAYS = 12, 24, 14
ARMS = ("stop6", "stop12", "control")
SITES = ("london", "bath")
DIMENSIONS = ("humanness", "meaningfulness", "progression", "use", "flexibility")
FEATURES = (
    ("praise", "Praise after a session", "praise", "dialogue", "seen", False),
    ("reminder", "Session reminder", "reminders", "dialogue", "delivered", False),
    ("tunnel", "Guided path", "tunnelling", "primary_task", "seen", False),
    ("expert", "Clinician video", "expertise", "credibility", "seen", False),
    ("stories", "Stories of others", "social_learning", "social", "seen", False),
    ("companion", "Named companion", "social_role", "dialogue", "seen", True),
)
SURVEY_WEEKS = (1, 2, 3, 4, 5, 6, 8, 10, 12)
CATEGORY_LABELS = {
    "primary_task": "Primary task support",
    "dialogue": "Dialogue support",
    "credibility": "System credibility support",
    "social": "Social support",
}


@dataclass
class FixtureMarts:
    """Stands where `MartReader` stands: cursors on one connection."""

    con: duckdb.DuckDBPyConnection
    build_id: str | None = "fixture"

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self.con.cursor()


@dataclass(frozen=True)
class Invented:
    """One participant and the days on which the app was used."""

    number: int
    enrolled: date
    withdrawn: date | None
    used: tuple[date, ...]
    participant_id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "participant_id", f"p{self.number:03d}")

    @property
    def arm_id(self) -> str:
        return ARMS[self.number % 3]

    @property
    def site_id(self) -> str:
        return SITES[self.number % 2]

    @property
    def place(self) -> tuple[str, str, str, str]:
        return (self.participant_id, self.arm_id, self.site_id, f"{self.enrolled:%Y-%m}")

    @property
    def end(self) -> date:
        """Last day at risk."""
        planned = self.enrolled + timedelta(weeks=LAST_WEEK + 1, days=-1)
        return min(d for d in (AS_OF, planned, self.withdrawn) if d is not None)


def invented() -> tuple[Invented, ...]:
    """Thirty participants: two a week enrol; every seventh withdraws, every fifth stops using."""
    people = []
    for number in range(1, N_PARTICIPANTS + 1):
        enrolled = FIRST_DAY + timedelta(days=3 * (number - 1))
        withdrawn = enrolled + timedelta(days=30) if number % 7 == 0 else None
        stops = 20 + number if number % 5 == 0 else PLANNED_WEEKS * 7
        days = [enrolled + timedelta(days=d) for d in range(number % 4, stops, 2 + number % 3)]
        last = min(withdrawn or AS_OF, AS_OF)
        used = () if number == 29 else tuple(day for day in days if day <= last)
        people.append(Invented(number, enrolled, withdrawn, used))
    return tuple(people)


def marts() -> FixtureMarts:
    """A filled mart in memory. Frames and tables are made anew at each call (about 0.3 s)."""
    con = empty_mart()
    _fill_study(con)
    people = invented()
    _fill_use(con, people)
    _fill_surveys(con, people)
    _fill_data(con, people)
    _fill_care(con, people)
    return FixtureMarts(con)


def empty_mart() -> duckdb.DuckDBPyConnection:
    """Every table of the contract, without rows."""
    con = in_memory()
    con.execute(DDL.read_text(encoding="utf-8"))
    there = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
    for query in made_of_marts():
        # As views they follow whatever a test puts into the tables.
        if query.name not in there:
            con.sql(query.sql).create_view(query.name)
    return con


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Append rows, given in the table's column order."""
    if rows:
        names = con.table(table).columns
        frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
        con.register("incoming", frame)
        con.execute(f"insert into {table} select * from incoming")
        con.unregister("incoming")


def example_study() -> Study:
    """The study file that belongs to the fixture, as an object."""
    return Study.model_validate(
        {
            "study": {
                "id": "harbour",
                "title": "HARBOUR, a generated trial",
                "as_of": "last_event",
            },
            "sources": [
                {
                    "id": "app",
                    "kind": "events",
                    "path": "events.csv",
                    "participant": "pid",
                    "events": {"name": "event", "time": "at"},
                },
            ],
        }
    )


def _fill_study(con: duckdb.DuckDBPyConnection) -> None:
    insert(con, "dim_study", [("harbour", "HARBOUR, a generated trial", "Europe/London", "enrolled",
        "from_day_zero", PLANNED_WEEKS, LAST_WEEK, 1800, 600, NONUSAGE_DAYS, True,
        "Protocol: one session a week", 10)])  # fmt: skip
    as_of_at = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 21, 40)
    insert(con, "dim_build", [("fixture", as_of_at + timedelta(hours=9), "hash", "0.1.0", as_of_at,
        AS_OF)])  # fmt: skip
    insert(con, "dim_weeks", [(week,) for week in range(LAST_WEEK + 1)])
    labels = ("STOP, 6 sessions", "STOP, 12 sessions", "Text reading")
    insert(con, "dim_arms", [(arm, labels[i], f"Group {'ABC'[i]}", 1.0, i)
        for i, arm in enumerate(ARMS)])  # fmt: skip
    insert(con, "dim_sites", [(site, site.capitalize(), i) for i, site in enumerate(SITES)])
    insert(con, "dim_principles", [(f[2], f[2].replace("_", " ").capitalize(), f[3],
        CATEGORY_LABELS[f[3]], i) for i, f in enumerate(FEATURES)])  # fmt: skip
    insert(con, "dim_features", [(*f, i) for i, f in enumerate(FEATURES)])
    insert(con, "dim_instruments", [("dta5", "Five-dimension alliance scale", 0)])
    insert(con, "dim_scales", [("dta5", s, s.capitalize(), "mean", 1.0, 0.0, 2, 3, 1.0, 7.0,
        0.85, "retest", 0.9, i) for i, s in enumerate((*DIMENSIONS, "total"))])  # fmt: skip
    insert(con, "dim_dimensions", [(d, d.capitalize(), i, False) for i, d in enumerate(DIMENSIONS)]
        + [("alliance", "Alliance (total)", 5, True)])  # fmt: skip
    insert(con, "dim_dimension_scales", [(d, "dta5", d, True, 0) for d in DIMENSIONS]
        + [("alliance", "dta5", "total", False, 0)])  # fmt: skip
    insert(con, "dim_hypotheses", [("praise", "humanness"), ("tunnelling", "progression")])
    insert(con, "dim_intended_use", [(arm, week, int(arm != "stop6" or week < 6)) for arm in ARMS
        for week in range(PLANNED_WEEKS)])  # fmt: skip
    insert(con, "dim_surveys", [(f"dta5-{w}", f"Alliance, week {w}", "dta5", w, w * 7, 0, 6)
        for w in SURVEY_WEEKS])  # fmt: skip
    insert(con, "dim_adherence", [
        ("protocol", "At least 80 % of the sessions due were done", "share_done", 0.8, 1.0,
         "Protocol 4.2", 0),
        ("active", "Used in at least half of the weeks", "weeks_active", 0.5, 1.0, "Pilot", 1),
    ])  # fmt: skip


def _fill_use(con: duckdb.DuckDBPyConnection, people: tuple[Invented, ...]) -> None:
    insert(con, "fct_participants", [_participant(p) for p in people])
    days, sessions, weeks, adherence = [], [], [], []
    exposures, exposure_weeks, ledger = [], [], []
    for p in people:
        for i, day in enumerate(p.used):
            study_day = (day - p.enrolled).days
            at = datetime(day.year, day.month, day.day, 9)
            days.append((p.participant_id, day, study_day, study_day // 7, 1, 8, 420.0))
            sessions.append((p.participant_id, i + 1, at,
                at + timedelta(minutes=7), day, study_day, study_day // 7, 8, 420.0, False,
                False))  # fmt: skip
            exposures += [(p.participant_id, day, study_day, study_day // 7, f[0], f[4],
                float(_exposed(p, i, k))) for k, f in enumerate(FEATURES)
                if _exposed(p, i, k)]  # fmt: skip
        done_due = [0, 0]
        for week in range((p.end - p.enrolled).days // 7 + 1):
            row, obligations = _week(p, week)
            weeks.append(row)
            ledger += obligations
            if row[6]:
                done_due[0] += min(row[13], row[12])
                done_due[1] += row[12]
            used = [i for i, d in enumerate(p.used) if (d - p.enrolled).days // 7 == week]
            exposure_weeks += [(*p.place, week, f[0], f[2], f[3],
                float(sum(_exposed(p, i, k) for i in used)), float(len(used) // 3))
                for k, f in enumerate(FEATURES)]  # fmt: skip
        share = done_due[0] / done_due[1] if done_due[1] else None
        verdict = None if share is None else share >= 0.8
        adherence.append((p.participant_id, "protocol", share, share is not None, verdict))
        adherence.append((p.participant_id, "active", len(p.used) / 40, True, len(p.used) >= 20))
    for table, rows in (("fct_participant_days", days), ("fct_sessions", sessions),
                        ("fct_participant_weeks", weeks), ("fct_exposures", exposures),
                        ("fct_exposure_weeks", exposure_weeks), ("fct_ledger", ledger),
                        ("fct_adherence", adherence)):  # fmt: skip
        insert(con, table, rows)


def _exposed(p: Invented, use: int, feature: int) -> int:
    return 1 if feature == 5 else (p.number + use * (feature + 1)) % (feature + 2)


def _participant(p: Invented) -> tuple[Any, ...]:
    last = p.used[-1] if p.used else None
    idle = (p.end - (last or p.enrolled)).days
    is_nonusage = idle > NONUSAGE_DAYS
    at_risk = (p.end - p.enrolled).days
    return (*p.place[:3], p.enrolled, p.place[3], p.enrolled, p.withdrawn,
        "dropout" if p.withdrawn else None, at_risk // 7 + 1, p.used[0] if p.used else None, last,
        len(p.used), len(p.used), is_nonusage,
        ((last - p.enrolled).days + 1 if last else 0) if is_nonusage else at_risk,
        p.withdrawn is not None, 30 if p.withdrawn else at_risk, bool(p.used))  # fmt: skip


def _week(p: Invented, week: int) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    start = p.enrolled + timedelta(weeks=week)
    end = start + timedelta(days=6)
    used = [day for day in p.used if start <= day <= end]
    due = int(week < (6 if p.arm_id == "stop6" else PLANNED_WEEKS))
    done = min(len(used), due)
    row = (*p.place, week, start, end <= p.end, bool(used), len(used), len(used), 8 * len(used),
        420.0 * len(used), due, done, len(FEATURES) if used else 0)  # fmt: skip
    if not due:
        return row, []
    done_at = datetime.combine(used[0], datetime.min.time()) if used else None
    status = "done" if used else ("open" if end >= AS_OF else "missed")
    obligation = (f"{p.participant_id}-s{week}", p.participant_id, "session", None, None, week, 1,
        end, start, end, datetime.combine(start, datetime.min.time()), done_at, done_at,
        status)  # fmt: skip
    return row, [obligation]


def _fill_surveys(con: duckdb.DuckDBPyConnection, people: tuple[Invented, ...]) -> None:
    scores, dimensions, ledger, model_rows = [], [], [], []
    for p in people:
        for occasion, week in enumerate(SURVEY_WEEKS, start=1):
            due = p.enrolled + timedelta(weeks=week)
            if due > p.end:
                continue
            is_done = (p.number + week) % 6 != 0 and bool(p.used)
            day = due + timedelta(days=1)
            at = datetime.combine(day, datetime.min.time()) + timedelta(hours=19)
            window_end = due + timedelta(days=6)
            status = "done" if is_done else ("open" if window_end >= AS_OF else "missed")
            ledger.append((f"{p.participant_id}-a{week}", p.participant_id, "survey", "dta5",
                f"dta5-{week}", week, occasion, due, due, window_end, None, None,
                at if is_done else None, status))  # fmt: skip
            if not is_done or day > p.end:
                continue
            label = f"{p.participant_id}-o{occasion}"
            for position, dimension in enumerate((*DIMENSIONS, "alliance")):
                scale = "total" if dimension == "alliance" else dimension
                is_complete = (p.number + week + position) % 11 != 0
                score = 3.0 + (p.number % 5) * 0.3 + week * 0.08 + position * 0.1
                scores.append((p.participant_id, "dta5", scale, label, occasion, at, day,
                    week * 7 + 1, week, f"dta5-{week}", score, 3 if is_complete else 2, 3,
                    is_complete))  # fmt: skip
                dimensions.append((p.participant_id, dimension, "dta5", scale, label, at,
                    week * 7 + 1, week, *p.place[1:], score, 3 if is_complete else 2, 3,
                    is_complete, 1.0, 7.0, day))  # fmt: skip
                model_rows += [(*p.place, label, at, week, week + 1 / 7, dimension, f[0], score,
                    None, float((p.number + week) % (k + 3)), 3, True,
                    float((p.number + week) % (k + 3)) / 3, 0.0, 0.0, 7, 0)
                    for k, f in enumerate(FEATURES)]  # fmt: skip
    insert(con, "fct_scores", scores)
    insert(con, "fct_dimension_scores", dimensions)
    insert(con, "fct_ledger", ledger)
    insert(con, "model_rows", model_rows)


def _fill_data(con: duckdb.DuckDBPyConnection, people: tuple[Invented, ...]) -> None:
    # Three days without any event: an outage that the coverage panel must show.
    outage = {date(2025, 4, 10) + timedelta(days=d) for d in range(3)}
    by_day: dict[date, int] = {}
    for p in people:
        for day in p.used:
            by_day[day] = by_day.get(day, 0) + 8
    insert(con, "fct_data_days", [(day, n, n // 10) for day, n in sorted(by_day.items())
        if day not in outage])  # fmt: skip
    insert(con, "fct_unmapped_events", [("screen_view", 421, 29), ("app_open", 198, 29),
        ("debug_ping", 12, 2)])  # fmt: skip
    loaded = datetime(2025, 6, 16, 6, 30)
    insert(con, "fct_receipts", [
        ("l1", "f1", "roster", "roster", "exports/roster.csv", "loaded", 31, 30, 0, 1, 0, 0.1,
         loaded, None),
        ("l1", "f2", "app", "events", "exports/events-1.jsonl.gz", "loaded", 9000, 8700, 250, 50, 0,
         2.5, loaded, None),
        ("l1", "f3", "app", "events", "exports/events-2.jsonl.gz", "loaded", 4000, 3900, 20, 80, 0,
         1.5, loaded, None),
        ("l1", "f4", "alliance", "answers", "exports/alliance_wide.csv", "loaded", 200, 196, 3, 1,
         4, 0.2, loaded, None),
        ("l1", "f5", "dwai", "answers", "exports/dwai_long.csv", "failed", 0, 0, 0, 0, 0, 0.0,
         loaded, "dwai_long.csv has no column 'answer'. Correct the mapping, then: rapport load"),
    ])  # fmt: skip
    insert(con, "fct_rejections", [
        ("roster", "exports/roster.csv", "unknown_arm", "arm", 1, "row 17",
         "one of the arms in study.toml", False),
        ("app", "exports/events-1.jsonl.gz", "bad_time", "client_time", 38, "row 12, row 40",
         "a time", False),
        ("app", "exports/events-1.jsonl.gz", "clock_skew", "client_time", 12, "row 77, row 78",
         "a time no later than received", False),
        ("app", "exports/events-2.jsonl.gz", "unknown_participant", "user_id", 80, "row 5, row 9",
         "a participant of the roster", False),
        ("alliance", "exports/alliance_wide.csv", "bad_time", "completed_at", 1, "row 3",
         "a time", False),
        ("alliance", "exports/alliance_wide.csv", "out_of_range", "dta5_4", 4, "row 8, row 50",
         "a whole number from 1 to 7", True),
    ])  # fmt: skip
    insert(con, "fct_findings", [
        (1, "error", "no_file", "dwai", "exports/dwai_long.csv",
         "dwai_long.csv has no column 'answer'.", "", None, "exports/dwai_long.csv"),
        (2, "warning", "time_zone_suspect", "app", "time_zone",
         "The times look about 5 hours too late.", 'Set time_zone = "America/New_York".', 8700, ""),
        (3, "warning", "clock_skew", "app", "client_time", "12 rows were refused (clock_skew).",
         "Expected a time no later than received.", 12,
         "exports/events-1.jsonl.gz, column client_time, rows 77, 78"),
        (4, "info", "unmapped_events", None, "features", "3 event names belong to no feature.",
         "Map those that reach participants.", 631, ""),
    ])  # fmt: skip


def _fill_care(con: duckdb.DuckDBPyConnection, people: tuple[Invented, ...]) -> None:
    """Bands by the build's own query; everybody begins with one version and gets the next in May."""
    bands = sqlfile.load("marts/fct_dimension_bands.sql").sql
    con.execute(f"insert into fct_dimension_bands {bands}")
    rows = []
    for p in people:
        for version, days in (
            ("1.0", [day for day in p.used if day < date(2025, 5, 1)]),
            ("1.1", [day for day in p.used if day >= date(2025, 5, 1)]),
        ):
            rows += [(p.participant_id, version, day) for day in days[:1]]
    insert(con, "fct_app_versions", rows)
