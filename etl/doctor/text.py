"""A check as a person reads it: source by source, gravest first, readable at 60 columns."""

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from etl.doctor.findings import Finding, counted
from etl.doctor.report import CheckReport, SourceSummary

STYLES = {"error": "bold red", "warning": "yellow", "info": "dim"}
WORDS = {"error": "error", "warning": "warning", "info": "note"}
WHOLE = "The study as a whole"
OTHERS = "Other files"
UNSAID = frozenset({"file_recognised"})
"""Codes that the line of their source says already."""


def shown(report: CheckReport, *, with_notes: bool = True) -> Group:
    """The whole report."""
    parts: list[RenderableType] = [_heading(report)]
    listed = [one for one in report.findings if with_notes or one.severity != "info"]
    for source in report.sources:
        own = [one for one in listed if one.source == source.source and one.code not in UNSAID]
        parts += [_source_heading(source), _lines(own)]
    known = {source.source for source in report.sources}
    rest = [one for one in listed if one.source not in known]
    files = [one for one in rest if one.code == "unnamed_file"]
    for title, own in ((WHOLE, [one for one in rest if one not in files]), (OTHERS, files)):
        if own:
            parts += [Rule(f"[bold]{title}[/]", align="left", style="dim"), _lines(own)]
    if report.proposal:
        parts.append(Rule("[bold]Sections for study.toml[/]", align="left", style="dim"))
    return Group(*parts, *_after(report))


def _after(report: CheckReport) -> list[RenderableType]:
    """What to paste, as it has to be pasted; then what it comes to."""
    verdict = Text(_verdict(report))
    if not report.proposal:
        return [verdict]
    first = "Paste these into a study.toml after schema = 1 and [study] with an id and a title."
    # Nothing may break a line of TOML.
    pasted = Text(report.proposal, no_wrap=True, overflow="ignore")
    return [Text(first, style="dim"), Text(), pasted, verdict]


def _heading(report: CheckReport) -> RenderableType:
    title = report.study or "a folder without study.toml"
    return Text.assemble((f"Check of {title}", "bold"), "\n")


def _source_heading(source: SourceSummary) -> RenderableType:
    # The kind stands beside the name: a source called 'app' may hold events or answers.
    title = f"[bold]{escape(source.source)}[/] ({source.kind})"
    files = counted(source.n_files, "file")
    rows = counted(source.rows_read, "row")
    became = (
        f"{source.rows_loaded:,} loaded, {source.rows_duplicate:,} duplicate, "
        f"{source.rows_rejected:,} rejected"
    )
    because = f" ({source.because})" if source.because else ""
    line = f"{files}, {source.label}{because}\n{rows}: {became}"
    if source.participants:
        line += f"\n{counted(source.participants, 'participant')}"
        if source.first_at and source.last_at:
            line += f", {source.first_at:%Y-%m-%d} to {source.last_at:%Y-%m-%d}"
    return Group(
        Rule(title, align="left", style="dim"), Padding(Text(line, style="dim"), (0, 0, 0, 2))
    )


def _lines(findings: list[Finding]) -> RenderableType:
    if not findings:
        return Padding(Text("Nothing stands out.", style="green"), (0, 0, 1, 2))
    lines = Table.grid(padding=(0, 2))
    lines.add_column(min_width=len("warning"), no_wrap=True)
    lines.add_column(overflow="fold")
    for one in findings:
        style = STYLES[one.severity]
        text = Text()
        if one.subject:
            text.append(f"{one.subject}: ", style="bold" if one.severity != "info" else "")
        text.append(one.message)
        if one.remedy:
            text.append(f"\n→ {one.remedy}", style="dim")
        lines.add_row(Text(WORDS[one.severity], style=style), text)
    return Padding(lines, (0, 0, 1, 2))


def _verdict(report: CheckReport) -> str:
    counts = {
        severity: sum(one.severity == severity for one in report.findings)
        for severity in ("error", "warning")
    }
    if not any(counts.values()):
        return "Clean: nothing needs to be put right. Nothing was loaded or kept."
    parts = [counted(count, word) for word, count in counts.items() if count]
    return f"{' and '.join(parts)}. Nothing was loaded or kept."
