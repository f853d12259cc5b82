"""A small REDCap export in a temporary folder, and what its reader gives."""

from pathlib import Path

from etl.sources.format import Opening
from etl.sources.redcap import RedcapReader
from study.definition import AnswerColumns, EventColumns, RosterColumns, Source
from tests.etl.formats.redcap_export import COLUMNS, HEADINGS, PROJECT, table

ITEMS = ("bond_1", "bond_2", "bond_3")


def put(folder: Path, *lines: dict[str, str], columns=COLUMNS, project=PROJECT, **how) -> Path:
    """An export and its dictionary."""
    encoding = how.pop("encoding", "utf-8")
    (folder / "dictionary.csv").write_text(table(HEADINGS, *project), encoding="utf-8")
    path = folder / "data.csv"
    path.write_bytes(table(columns, *lines, **how).encode(encoding))
    return path


def source(kind: str = "answers", **given) -> Source:
    columns = given.pop("columns", {})
    sections = {
        "answers": lambda: AnswerColumns(
            **{
                "shape": "wide",
                "time": "bond_date",
                "occasion": "redcap_occasion",
                "column_pattern": "{instrument}_{item}",
                **columns,
            }
        ),
        "events": lambda: EventColumns(**{"name_is": "visited", "time": "visit_date", **columns}),
        "roster": lambda: RosterColumns(**{"enrolled": "consent_date", "arm": "arm", **columns}),
    }
    return Source(
        **{
            "id": "redcap",
            "kind": kind,
            "path": "data.csv",
            "format": "redcap",
            "dictionary": "dictionary.csv",
            "participant": "redcap_record",
            kind: sections[kind](),
            **given,
        }
    )


def opened(path: Path, of: Source | None = None, **how) -> RedcapReader:
    return RedcapReader(path, Opening(of or source(), path.parent, **how))


def read(reader: RedcapReader, *fields: str) -> list[tuple[object, ...]]:
    """Row number and fields of every record."""
    return [one for batch in reader.batches(fields) for one in batch.rows.rows()]
