"""What `rapport check` does from end to end."""

from pathlib import Path

from rich.console import Console

from etl.check import check
from etl.console import console
from etl.doctor.folder import check_folder
from etl.doctor.report import CheckReport
from etl.doctor.text import shown
from etl.progress import TerminalProgress
from study.file import FILE_NAME, load_study


def run(path: Path, *, with_notes: bool = True, as_json: bool = False) -> int:
    """Check a study, or a folder of exports without one; print what was found.

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
    report = examined(path, Console(stderr=True) if as_json else out)
    if as_json:
        out.print(report.model_dump_json(indent=2), soft_wrap=True, markup=False, highlight=False)
    else:
        out.print(shown(report, with_notes=with_notes), crop=False)
    return report.exit_code


def examined(path: Path, told: Console) -> CheckReport:
    """The report on a study file, or on a folder that has none."""
    progress = TerminalProgress(told)
    if path.is_dir() and not (path / FILE_NAME).exists():
        return check_folder(path, progress=progress)
    return check(load_study(path), progress=progress)
