"""Opening made-up events of mindLAMP, and reading them back."""

import json
from pathlib import Path
from typing import Any

from etl.sources.format import Opening
from etl.sources.mindlamp import FORMAT
from study.definition import Source
from tests.etl.formats.mindlamp_export import ACTIVITIES, IDS

ONE = IDS["S01"]


def source(kind: str = "answers", **given: object) -> Source:
    return Source.model_validate(
        {
            "id": "lamp",
            "kind": kind,
            "format": "mindlamp",
            "path": "*",
            "activities": "activities.json",
            **given,
        }
    )


def opened(
    path: Path, value: Any, kind: str = "answers", activities: Any = ACTIVITIES, **given: Any
):
    drop = given.pop("drop", ())
    if isinstance(value, str):
        path.write_text(value, encoding="utf-8")
    elif value is not None:
        path.write_text(json.dumps(value), encoding="utf-8")
    (path.parent / "activities.json").write_text(json.dumps(activities), encoding="utf-8")
    return FORMAT.open(path, Opening(source(kind, **given), path.parent, drop))


def read(reader, *fields: str):
    rows, bad = [], []
    for batch in reader.batches(fields):
        rows += batch.rows.rows()
        bad += batch.bad
    return rows, bad


def of(*events: Any) -> dict[str, Any]:
    return {"participant": ONE, "data": list(events)}
