"""Each export file: what it is, and what the load made of it; each source in one line."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from etl.damage import CANNOT_READ
from etl.doctor.findings import Finding, Place, counted, some
from etl.doctor.personal import personal_columns
from etl.doctor.raw_tables import RawTables
from etl.doctor.recognised import Look, look, recognition_findings
from etl.doctor.report import FileSummary, SourceSummary
from etl.doctor.written_times import (
    shown_name,
    time_format_findings,
    time_style_findings,
)
from etl.files import ExportFile, export_files
from etl.progress import Progress
from etl.receipt import LoadOutcome, Receipt
from etl.sources.formats import open_reader
from queries import sqlfile
from study.definition import Source, Study
from study.errors import UserError
from study.export_formats import FORMATS

MOST_LOOKED_INTO = 200
"""Of a source with more files, so many from first to last are looked into."""


@dataclass(frozen=True)
class FileLooks:
    """What was found of all files."""

    sources: tuple[SourceSummary, ...]
    summaries: tuple[FileSummary, ...]
    findings: tuple[Finding, ...]


def look_at_files(raw: RawTables, outcome: LoadOutcome, progress: Progress) -> FileLooks:
    """Look into the files of every source."""
    spans = {row["file_id"]: row for row in raw.fetch("file_spans").iter_rows(named=True)}
    people = {
        row["source_id"]: row["n_participants"]
        for row in sqlfile.load("load/source_spans.sql").fetch(raw.con).iter_rows(named=True)
    }
    receipts = {one.file_id: one for one in outcome.receipts}
    sources, summaries, findings = [], [], []
    for source in raw.study.sources:
        files = export_files(raw.study, source)
        progress.start(f"looking into files of {source.id}")
        try:
            looks = _looks(files, receipts)
            findings += _findings(raw.study, source, files, looks, receipts)
        finally:
            progress.finish()
        own = [
            _summary(look_at, receipts.get(file.file_id), spans.get(file.file_id))
            for file, look_at in zip(files, looks, strict=True)
        ]
        summaries += own
        kept = [receipts[file.file_id] for file in files if file.file_id in receipts]
        sources.append(_source(source, looks, own, kept, people.get(source.id, 0)))
    return FileLooks(tuple(sources), tuple(summaries), tuple(findings))


def _looks(files: tuple[ExportFile, ...], receipts: Mapping[str, Receipt]) -> list[Look]:
    """Look into the files; of very many, into some, and let the others follow the one before.

    They go by the names of their receipts: a path on the disk may hold a participant's id.
    """
    step = max(1, -(-len(files) // MOST_LOOKED_INTO))
    looks: list[Look] = []
    for place, file in enumerate(files):
        name = shown_name(file, receipts)
        if place % step == 0:
            looks.append(look(file.path, name, file.source.id))
        else:
            summary = FileSummary(file=name, source=file.source.id)
            looks.append(Look(summary, looks[-1].label, None))
    return looks


def _summary(seen: Look, receipt: Receipt | None, span: dict[str, Any] | None) -> FileSummary:
    return seen.summary.model_copy(
        update={
            "rows": receipt.rows_read if receipt else None,
            "first_at": span["first_at"] if span else None,
            "last_at": span["last_at"] if span else None,
        }
    )


def _source(
    source: Source,
    looks: list[Look],
    files: list[FileSummary],
    receipts: list[Receipt],
    people: int,
) -> SourceSummary:
    labels = Counter(one.label for one in looks).most_common()
    more = f" and {counted(len(labels) - 1, 'other kind')}" if len(labels) > 1 else ""
    return SourceSummary(
        source=source.id,
        kind=source.kind,
        label=f"{labels[0][0]}{more}" if labels else "no file",
        because=looks[0].summary.because if looks else "",
        n_files=len(files),
        rows_read=sum(one.rows_read for one in receipts),
        rows_loaded=sum(one.rows_loaded for one in receipts),
        rows_duplicate=sum(one.rows_duplicate for one in receipts),
        rows_rejected=sum(one.rows_rejected for one in receipts),
        participants=people,
        first_at=_first(one.first_at for one in files),
        last_at=_last(one.last_at for one in files),
    )


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in times if one), default=None)


def _last(times: Iterable[datetime | None]) -> datetime | None:
    return max((one for one in times if one), default=None)


# -- findings -------------------------------------------------------------------------------------


def _findings(
    study: Study,
    source: Source,
    files: tuple[ExportFile, ...],
    looks: list[Look],
    receipts: dict[str, Receipt],
) -> list[Finding]:
    said: list[tuple[str, Finding]] = []
    for file, seen in zip(files, looks, strict=True):
        receipt = receipts.get(file.file_id)
        is_usable = receipt is not None and receipt.rows_loaded + receipt.rows_duplicate > 0
        own = [*_recognised(seen), *recognition_findings(seen, source, is_usable=is_usable)]
        if seen.recognition is not None:
            own += _of_its_reader(file, seen.summary.file, study)
        said += [(seen.summary.file, one) for one in own]
    return [
        *alike(said),
        *time_style_findings(study, source, files, receipts),
        *time_format_findings(study, source, files, receipts),
    ]


def _recognised(seen: Look) -> list[Finding]:
    if seen.recognition is None:
        return []
    because = f": {seen.summary.because}" if seen.summary.because else ""
    fields = f", {seen.summary.columns} fields" if seen.summary.columns else ""
    return [
        Finding(
            code="file_recognised",
            severity="info",
            source=seen.summary.source,
            message=f"{seen.label}{fields}{because}.",
        )
    ]


def _of_its_reader(file: ExportFile, name: str, study: Study) -> list[Finding]:
    try:
        reader = open_reader(file.path, file.source, folder=study.folder, drop=study.privacy.drop)
        personal = personal_columns(reader.columns(), study)
    except (UserError, *CANNOT_READ):
        # The load has said that the file cannot be read, and why.
        return []
    if not personal:
        return []
    # The reader of a named format leaves out by itself what the format marks as personal.
    is_guarded = file.source.format in FORMATS
    return [
        Finding(
            code="personal_column",
            severity="info" if is_guarded else "warning",
            source=file.source.id,
            message=f"These fields look personal: {', '.join(personal)}.",
            remedy=(
                "What the format marks as personal is left out. To leave out more, name it under "
                "privacy.drop in study.toml."
                if is_guarded
                else "If nothing needs them, name them under privacy.drop in study.toml."
            ),
            count=len(personal),
            places=(Place(file=name, columns=personal),),
        )
    ]


def alike(said: list[tuple[str, Finding]]) -> list[Finding]:
    """One finding for all files of which the same is to be said, with their first places."""
    groups: dict[tuple[str, str], list[tuple[str, Finding]]] = {}
    for name, one in said:
        groups.setdefault((one.code, one.message), []).append((name, one))
    return [
        group[0][1].model_copy(
            update={
                "subject": some((name for name, _ in group), 1),
                "places": tuple(place for _, one in group for place in one.places)[:5],
            }
        )
        for group in groups.values()
    ]
