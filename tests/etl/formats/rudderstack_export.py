"""Made-up RudderStack tables: tracks as Parquet, and the table of one event as a file of its own."""

from pathlib import Path

from tests.etl.formats.segment_export import HEADER, call, parquet, table
from tests.etl.formats.written import Written

SOURCE = """
[[sources]]
id = "rudderstack"
kind = "events"
path = "exports/rudderstack/*"
format = "rudderstack"
participant_else = []
"""
OWN_HEADER = [*HEADER, "channel", "context_source_id", "context_request_ip"]


def write(folder: Path) -> Written:
    """The table of one event, and a dump of tracks that has one of its events too."""
    export = folder / "exports" / "rudderstack"
    more = {"channel": "mobile", "context_source_id": "src", "context_request_ip": "10.0.0.98"}
    done = call(1, "S01", "module_done", 5, module="m1", minutes=12, passed="true", **more)
    again = call(2, "S02", "module_done", 7, module="m2", minutes=3, passed="false", **more)
    parquet(
        export / "tracks.parquet",
        call(3, "S03", "app_opened", 0, **more),
        done,
        call(4, "S04", "praise_shown", 9, **more),
        call(5, "", "app_opened", 9, **more),
        header=OWN_HEADER,
    )
    table(
        export / "module_done.csv",
        done,
        again,
        own=("module", "minutes", "passed"),
        header=OWN_HEADER,
    )
    return Written(
        SOURCE,
        {
            "exports/rudderstack/module_done.csv": (2, 2, 0, 0),
            "exports/rudderstack/tracks.parquet": (4, 2, 1, 1),
        },
    )
