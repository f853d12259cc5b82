"""A folder of exports without a study file: what each file is, and what would read it."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl.doctor.database import passing_database
from etl.doctor.files import look_at_files
from etl.doctor.findings import Finding, Place, counted, in_order
from etl.doctor.foreign import Foreign
from etl.doctor.parquet_rows import with_rows
from etl.doctor.proposals import (
    COMPANIONS,
    Group,
    Proposal,
    companion_of,
    holds_surveys,
    propose,
)
from etl.doctor.raw_tables import RawTables
from etl.doctor.recognised import Look, look, nearest_words
from etl.doctor.refused import refusal_findings
from etl.doctor.report import CheckReport, FileSummary, SourceSummary
from etl.doctor.unnamed import PAGES, files_below
from etl.load import load_into
from etl.progress import Progress
from etl.receipt import Receipt
from study.definition import Study
from study.errors import UserError
from study.file import check_study
from study.parse import parse

MOST_FILES = 5_000
STUDY = {"id": "study", "title": "Study", "day_zero": "first_event"}
"""What the sections are tried out with."""


def check_folder(folder: Path, *, progress: Progress) -> CheckReport:
    """Say what the files are, and propose sections of study.toml that read them.

    Raises
    ------
    UserError
        If there is no file, or there are too many to look at.
    """
    paths = [path for path in files_below(folder) if path.suffix.lower() not in PAGES]
    if not 0 < len(paths) <= MOST_FILES:
        raise UserError(
            f"{folder} holds {counted(len(paths), 'file')}. Expected a study.toml, or a folder of "
            f"exports with 1 to {MOST_FILES:,} files."
        )
    progress.start("looking into files")
    try:
        looks = [look(path, _name(folder, path), None) for path in paths]
    finally:
        progress.finish()
    proposals = [_sound(propose(group), folder.parent) for group in _groups(looks)]
    usable = [one for one in proposals if one.source is not None]
    summaries, sources, refused = _tried(usable, folder.parent, progress)
    return CheckReport(
        sources=tuple(sources),
        files=tuple(summaries.get(one.summary.file, one.summary) for one in looks),
        findings=in_order((*_findings(looks, proposals), *refused)),
        proposal=_text(usable) or None,
    )


def _name(folder: Path, path: Path) -> str:
    """A file's path as a study file beside the folder would write it."""
    return path.relative_to(folder.parent).as_posix() if folder.name else path.name


# -- groups ---------------------------------------------------------------------------------------


def _groups(looks: list[Look]) -> list[Group]:
    """Files of one kind and one set of columns are one source, where a pattern can name them."""
    alike: dict[tuple[object, ...], list[Look]] = {}
    for one in looks:
        if one.sample is not None and one.sample.shape != "empty" and not _companion(one):
            alike.setdefault(_kind(one), []).append(one)
    everything = [one.summary.file for one in looks]
    companions = _companions(looks, everything)
    groups: list[Group] = []
    ids: Counter[str] = Counter()
    for members in alike.values():
        pattern = _pattern([one.summary.file for one in members], everything)
        parts = [members] if pattern else [[one] for one in members]
        for part in parts:
            groups.append(_group(part, pattern or part[0].summary.file, ids, companions))
    return groups


def _companion(one: Look) -> str | None:
    return companion_of(one.sample.columns) if one.sample is not None else None


def _companions(looks: list[Look], everything: list[str]) -> dict[str, str]:
    """By key of a source, the files that belong to exports: a pattern, or the first of them."""
    files: dict[str, list[str]] = {}
    for one in looks:
        key = _companion(one)
        if key:
            files.setdefault(key, []).append(one.summary.file)
    same_depth = {
        key: len({name.count("/") for name in names}) == 1 for key, names in files.items()
    }
    return {
        key: (_pattern(names, everything) if same_depth[key] else None) or names[0]
        for key, names in files.items()
    }


def _kind(one: Look) -> tuple[object, ...]:
    """What files of one source have in common."""
    assert one.sample is not None
    parts = one.summary.file.split("/")
    if one.recognition is not None and one.recognition.format is not None:
        # A system's own export may lie in a folder for each participant.
        known = one.recognition.format.id
        surveys = holds_surveys(one.recognition.format, one.sample)
        return known, one.summary.because, surveys, len(parts), *parts[-2:-1]
    # Fields of JSON come and go; columns of a table do not.
    columns = one.sample.columns if one.sample.shape == "csv" else ()
    return one.label, columns, re.sub(r"\d+", "#", one.summary.file)


def _group(members: list[Look], path: str, ids: Counter[str], companions: dict[str, str]) -> Group:
    first = members[0]
    recognition = first.recognition
    assert recognition is not None
    stem = path.rpartition("/")[2].partition(".")[0].replace("*", "")
    named = [part for part in (stem, *reversed(path.split("/")[:-1])) if re.search("[a-z]", part)]
    name = re.sub(r"[^a-z0-9]+", "_", (named or ["source"])[0].lower()).strip("_")
    ids[name] += 1
    return Group(
        name if ids[name] == 1 else f"{name}_{ids[name]}",
        path,
        recognition.format,
        with_rows(recognition.sample) if recognition.format is None else recognition.sample,
        first.summary.encoding,
        first.summary.because,
        companions,
        "" if recognition.format else nearest_words(recognition),
    )


def _pattern(names: list[str], everything: list[str]) -> str | None:
    """The names with a `*` for what differs in each part; None where that names other files too."""
    levels = list(zip(*(name.split("/") for name in names), strict=True))
    parts = [_part(sorted(set(level))) for level in levels]
    fitting = re.compile("/".join(re.escape(part).replace(r"\*", "[^/]*") for part in parts))
    named = {name for name in everything if fitting.fullmatch(name)}
    return "/".join(parts) if named == set(names) else None


def _part(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    before = _shared(names)
    after = _shared([name[len(before) :][::-1] for name in names])[::-1]
    return f"{before}*{after}"


def _shared(names: list[str]) -> str:
    """The beginning that all have in common, cut before a number."""
    first, last = min(names), max(names)
    length = next(
        (n for n, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]),
        min(len(first), len(last)),
    )
    return re.sub(r"\d+$", "", first[:length])


# -- trying them out ------------------------------------------------------------------------------


def _tried(
    proposals: list[Proposal], folder: Path, progress: Progress
) -> tuple[dict[str, FileSummary], list[SourceSummary], list[Finding]]:
    """Load what is proposed into a database of the moment: rows, times, and what is refused."""
    study = _study(proposals, folder) if proposals else None
    if study is None:
        return {}, [], []
    with passing_database(study) as con:
        outcome = load_into(con, study, progress=progress)
        now = datetime.now(UTC).replace(tzinfo=None)
        tables = RawTables.of(con, study, now=now, is_as_given=True)
        seen = look_at_files(tables, outcome, progress)
    refused = [
        *_refused(outcome.receipts),
        *(one for one in seen.findings if one.code == "time_format_suspect"),
    ]
    return {one.file: one for one in seen.summaries}, list(seen.sources), refused


def _sound(one: Proposal, folder: Path) -> Proposal:
    """The proposal, if a study file with it alone would be right."""
    if one.source is None or _study([one], folder) is not None:
        return one
    return Proposal(one.group, problem="Its columns are not enough for a section.")


def _study(proposals: list[Proposal], folder: Path) -> Study | None:
    """The study that the sections make together; None where they are not right."""
    draft = parse({"study": STUDY, **tomllib.loads(_text(proposals))})
    if draft.problems or check_study(draft.study):
        return None
    sections = {name: getattr(draft.study, name) for name in draft.study.model_fields_set}
    privacy = {"participant_ids": "as_given"}
    return Study.model_validate({**sections, "privacy": privacy, "folder": folder})


def _text(proposals: list[Proposal]) -> str:
    """All sections; an instrument that two sources hold stands once."""
    known: set[str] = set()
    texts = []
    for one in proposals:
        new = [each for each in one.instruments if _instrument_id(each) not in known]
        known |= {_instrument_id(each) for each in new}
        texts.append(replace(one, instruments=tuple(new)).text())
    return "\n".join(text for text in texts if text)


def _instrument_id(instrument: dict[str, Any]) -> str:
    return str(instrument.get("id") or instrument.get("use"))


# -- findings -------------------------------------------------------------------------------------


def _findings(looks: list[Look], proposals: list[Proposal]) -> Iterable[Finding]:
    for one in looks:
        if one.foreign is not None:
            yield _no_export(one, one.foreign)
        elif one.recognition is None:
            yield Finding(
                code="no_file",
                severity="error",
                subject=one.summary.file,
                message=one.problem,
                places=(Place(file=one.summary.file),),
            )
        elif one.recognition.sample.shape == "empty":
            yield Finding(
                code="empty_file",
                severity="warning",
                subject=one.summary.file,
                message="Nothing stands in it.",
                remedy="Export it again, or take it out of the folder.",
                places=(Place(file=one.summary.file),),
            )
        key = _companion(one)
        if key:
            yield Finding(
                code="companion_file",
                severity="info",
                subject=one.summary.file,
                message=f"It is {COMPANIONS[key][0]}.",
                remedy=f"A source names it under '{key}'.",
                places=(Place(file=one.summary.file),),
            )
    for each in proposals:
        yield _proposed(each)


def _no_export(one: Look, what: Foreign) -> Finding:
    return Finding(
        code="other_file",
        severity="warning" if what.may_hold_data else "info",
        subject=one.summary.file,
        message=what.said,
        remedy="If it holds data of the study, save them as CSV." if what.may_hold_data else "",
        places=(Place(file=one.summary.file),),
    )


def _refused(receipts: Iterable[Receipt]) -> Iterator[Finding]:
    """Why rows would be refused under the proposed sections: to be looked at, and no fault yet."""
    for one in refusal_findings(receipts):
        yield one.model_copy(update={"severity": "info"})


def _proposed(one: Proposal) -> Finding:
    group = one.group
    if one.source is not None:
        said = one.comments[-1] if len(one.comments) > 1 else ""
        return Finding(
            code="proposed_source",
            severity="info",
            source=group.id,
            subject=group.path,
            message=f"A section for it ({one.source['kind']}) is below.",
            remedy=said,
        )
    return Finding(
        code="no_proposal",
        severity="warning",
        subject=group.path,
        message=f"{one.problem} {group.nearest}".strip(),
        remedy="Name its columns by hand in a [[sources]] section, if it holds data of the study.",
        places=(Place(file=group.path),),
    )
