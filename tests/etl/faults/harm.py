"""A small study whose every value is marked, and what must hold of it after any fault."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.build import build
from etl.doctor.record import record_findings
from etl.load import load
from etl.progress import Progress
from etl.receipt import LoadOutcome
from study.definition import Study
from study.file import load_study
from warehouse.connect import open_raw
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

ROOT = Path(__file__).parents[3]
MARK = "MARKER-7f3"
"""Begins every participant's value of these exports, and stands in nothing that is said."""
PEOPLE = tuple(f"{MARK}-p{number}" for number in range(1, 6))
HEADER = "pid,event,time,properties"
GOOD, HURT = "exports/events-1", "exports/events-2"
N_GOOD, N_WHOLE = 10, 20
"""Events of the good file, and of both once the other is mended."""
TABLES = ("events", "answers", "roster", "rejected_rows")
STUDY = """
schema = 1
[study]
id = "marked"
title = "Marked"
[privacy]
participant_ids = "{ids}"
[[sources]]
id = "roster"
kind = "roster"
path = "roster.csv"
participant = "pid"
[sources.roster]
enrolled = "enrolled"
[[sources]]
id = "app"
kind = "events"
path = "exports/events-*"
participant = "pid"
[sources.events]
name = "event"
time = "time"
properties = "properties"
[[sources]]
id = "survey"
kind = "answers"
path = "survey.csv"
participant = "pid"
[sources.answers]
shape = "wide"
time = "time"
column_pattern = "{{instrument}}_{{item}}"
[[instruments]]
id = "mood"
label = "Mood"
items = 3
low = 1
high = 5
scales = [{{ id = "total", label = "Total", items = [1, 2, 3] }}]
"""
"""Events come in any number of files of any generic format, all called `events-*`."""


def line(number: int, day: int = 5) -> str:
    """An event of a CSV file; the same number on the same day is the same event."""
    who, minute = PEOPLE[number % len(PEOPLE)], f"{number // 60:02}:{number % 60:02}"
    return f'{who},open,2025-03-{day:02}T{minute}:00Z,"{{""note"": ""{MARK}-n{number}""}}"'


def table(*numbers: int, day: int = 5) -> str:
    """A CSV file of events."""
    return "".join(f"{one}\n" for one in (HEADER, *(line(number, day) for number in numbers)))


@dataclass(frozen=True)
class Scene:
    """A study in a folder of its own, with the workspace beside it."""

    folder: Path

    @property
    def study(self) -> Study:
        return load_study(self.folder)

    @property
    def workspace(self) -> Workspace:
        return Workspace.beside(self.folder)

    def load(self, progress: Progress | None = None) -> LoadOutcome:
        return load(self.study, self.workspace, progress=progress)

    def finish(self, outcome: LoadOutcome) -> None:
        """What comes after a load: the doctor's findings and the build."""
        record_findings(self.study, self.workspace, outcome)
        build(self.study, self.workspace)

    def write(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def copied(self, folder: Path) -> "Scene":
        shutil.copytree(self.folder, folder, symlinks=True)
        return Scene(folder)

    def raw(self, sql: str) -> list[tuple[Any, ...]]:
        con = open_raw(self.workspace)
        try:
            return con.sql(sql).fetchall()
        finally:
            con.close()

    def n_shown(self) -> int:
        """Events of the build that is served: opened anew and read."""
        con = MartReader(self.workspace).cursor()
        try:
            (row,) = con.sql(
                "select coalesce(sum(n_events), 0) from fct_participant_days"
            ).fetchall()
            return int(row[0])
        finally:
            con.close()


def scene(folder: Path, ids: str = "as_given") -> Scene:
    """The study with a roster, answers and the first file of events; nothing is loaded yet."""
    one = Scene(folder)
    one.write("study.toml", STUDY.format(ids=ids))
    one.write("roster.csv", "pid,enrolled\n" + "".join(f"{who},2025-03-01\n" for who in PEOPLE))
    one.write(
        "survey.csv",
        "pid,time,mood_1,mood_2,mood_3\n" + "".join(f"{who},2025-03-08,1,2,5\n" for who in PEOPLE),
    )
    one.write(f"{GOOD}.csv", table(*range(10)))
    return one


def contents(one: Scene) -> dict[str, list[tuple[Any, ...]]]:
    """What the raw tables hold, files by name: without the numbers that loads gave them."""
    con = open_raw(one.workspace)
    try:
        return {
            table: con.sql(
                f"select path, one.* exclude (file_number) from {table} as one "
                "join files using (file_number) order by all"
            ).fetchall()
            for table in TABLES
        }
    finally:
        con.close()


RECORDS = """
with held as (
    select file_number, source_row, bool_or(status = 'loaded') as is_loaded
    from (
        select file_number, source_row, status from events
        union all select file_number, source_row, status from roster
        union all select file_number, source_row, status from answers
        union all select file_number, source_row, 'rejected' from rejected_rows
    )
    group by all
)
select path, rows_read, rows_loaded, rows_loaded + rows_duplicate + rows_rejected,
    count(source_row), count(*) filter (is_loaded)
from files left join held using (file_number)
group by all
"""
"""Per file: records read, loaded, and in all by its receipt; then the same by the tables."""


def assert_true(one: Scene, outcome: LoadOutcome) -> None:
    """Read = loaded + duplicate + rejected: by the receipts, and by the rows that are held."""
    for receipt in outcome.receipts:
        kept = receipt.rows_loaded + receipt.rows_duplicate + receipt.rows_rejected
        assert receipt.rows_read == kept, receipt
    files = one.raw(RECORDS)
    assert files
    for path, n_read, n_loaded, n_said, n_held, n_held_loaded in files:
        assert (n_read, n_read, n_loaded) == (n_said, n_held, n_held_loaded), path


def assert_unsaid(*texts: object) -> None:
    """No value of a participant stands in what was said."""
    for text in texts:
        assert MARK not in str(text)


@dataclass(frozen=True)
class Ways:
    """A scene, what it should hold once it is mended, and what was said to a person meanwhile."""

    scene: Scene
    mended: str
    whole: dict[str, list[tuple[Any, ...]]]
    said: Callable[[], str]
    """Everything printed or logged since the test began."""

    def survive(self, outcome: LoadOutcome, *, n_shown: int) -> None:
        """After a fault: sums, silence, the doctor, the build; and it can be opened and read."""
        assert_true(self.scene, outcome)
        self.scene.finish(outcome)
        assert self.scene.n_shown() == n_shown
        kept = (f"select message from {name}" for name in ("files", "receipts", "findings"))
        assert_unsaid(outcome, self.said(), self.scene.raw(" union ".join(kept)))

    def mend(self, name: str = f"{HURT}.csv") -> None:
        """The right file comes: the tables are as if nothing had happened."""
        for path in self.scene.folder.glob(f"{HURT}*"):
            path.rmdir() if path.is_dir() else path.unlink()
        self.scene.write(name, self.mended)
        outcome = self.scene.load()
        assert outcome.exit_code == 0, outcome.failed
        assert contents(self.scene) == self.whole
        self.survive(outcome, n_shown=N_WHOLE)
