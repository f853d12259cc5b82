"""What `rapport check` does from end to end."""

from pathlib import Path

from rich.console import Console

from etl.check import check
from etl.console import console
from etl.doctor.faults import fault_findings
from etl.doctor.folder import check_folder
from etl.doctor.report import CheckReport
from etl.doctor.text import shown
from etl.progress import TerminalProgress
from study.errors import UserError
from study.file import FILE_NAME, load_study
from warehouse.workspace import Workspace


def run(
    path: Path,
    workspace: Path | None = None,
    *,
    with_notes: bool = True,
    as_json: bool = False,
) -> int:
    """Check a study, or a folder of exports without one; print what was found.

    As JSON, a study file with faults is a report too: each of them is a finding.

    Returns
    -------
    int
        The exit code: 0 clean, 1 warnings, 2 errors.

    Raises
    ------
    UserError
        If the study file has faults, or there is none and no export either.
    """
    out = console()
    if not as_json:
        report = examined(path, workspace, out)
        out.print(shown(report, with_notes=with_notes), crop=False)
        return report.exit_code
    try:
        report = examined(path, workspace, Console(stderr=True))
    except UserError as error:
        report = CheckReport(findings=tuple(fault_findings(error, path)))
    out.print(report.model_dump_json(indent=2), soft_wrap=True, markup=False, highlight=False)
    return report.exit_code


def examined(path: Path, workspace: Path | None, told: Console) -> CheckReport:
    """The report on a study file, or on a folder that has none."""
    progress = TerminalProgress(told)
    if path.is_dir() and not (path / FILE_NAME).exists():
        return check_folder(path, progress=progress)
    study = load_study(path)
    place = Workspace(workspace) if workspace else Workspace.beside(study.folder)
    return check(study, progress=progress, workspace=place)
