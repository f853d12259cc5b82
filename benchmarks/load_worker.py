"""One measurement in a process of its own: `python -m benchmarks.load_worker plain|load|build DIR`.

Prints seconds and the most memory that the process ever had, as JSON.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from etl.build import build
from etl.load import load
from study.definition import Calendar, EventColumns, EventPattern, Feature, Privacy, Source, Study
from warehouse.connect import open_raw
from warehouse.workspace import Workspace

READERS = {
    "csv": "create table plain as select * from read_csv($path, ignore_errors = true)",
    "jsonl.gz": "create table plain as select * from "
    "read_json($path, format = 'newline_delimited', ignore_errors = true)",
    "parquet": "create table plain as select * from read_parquet($path)",
}


def study(folder: Path) -> Study:
    """A study with one source and one feature."""
    columns = EventColumns(
        name="event",
        event_id="event_id",
        time="at",
        time_zone_column="tz",
        properties="properties",
    )
    return Study(
        study=Calendar(id="bench", title="Benchmark", day_zero="first_event"),
        privacy=Privacy(participant_ids="as_given"),
        sources=(
            Source(id="app", kind="events", path="events-*", participant="user_id", events=columns),
        ),
        features=(
            Feature(
                id="praise",
                label="Praise",
                principle="praise",
                stages={"seen": EventPattern(event="praise_shown")},
            ),
        ),
        folder=folder,
        digest="bench",
    )


def plain(folder: Path) -> dict[str, object]:
    """DuckDB puts the file into a table, with types of its own guess, and looks at nothing."""
    (file,) = folder.glob("events-000.*")
    con = open_raw(Workspace(folder / "plain"))
    con.execute(READERS[file.name.split(".", 1)[1]], {"path": str(file)})
    con.close()
    return {}


def loaded(folder: Path) -> dict[str, object]:
    """Our load; nothing is lost, or the benchmark stops."""
    outcome = load(study(folder), Workspace(folder / "workspace"))
    assert not outcome.failed, outcome.failed
    return {
        key: sum(getattr(one, key) for one in outcome.receipts)
        for key in ("rows_read", "rows_loaded", "rows_duplicate", "rows_rejected")
    }


def built(folder: Path) -> dict[str, object]:
    """Marts of what was loaded."""
    return {"n_recomputed": build(study(folder), Workspace(folder / "workspace")).n_recomputed}


ACTIONS: dict[str, Callable[[Path], dict[str, object]]] = {
    "plain": plain,
    "load": loaded,
    "build": built,
}

if __name__ == "__main__":
    began = time.perf_counter()
    said = ACTIONS[sys.argv[1]](Path(sys.argv[2]))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, **said}))
