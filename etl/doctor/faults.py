"""What keeps a check from being made, as findings: for programs that read the report as JSON."""

import re
from pathlib import Path

from etl.doctor.findings import Finding, Place
from study.errors import UserError
from study.file import FILE_NAME
from study.problems import StudyFileError

_LINE = re.compile(r", line (\d+)")
"""How a message about the text of a study file names the place."""


def fault_findings(error: UserError, path: Path) -> list[Finding]:
    """One finding for each fault of the study file; one alone for any other error.

    Parameters
    ----------
    path
        What was to be checked: a study file, or a folder.
    """
    if not isinstance(error, StudyFileError):
        message = str(error)
        return [Finding(code="not_checked", severity="error", message=message)]
    file = FILE_NAME if path.is_dir() else path.name
    if not error.problems:
        line = _LINE.search(str(error))
        place = Place(file=file, rows=(int(line[1]),) if line else ())
        return [
            Finding(
                code="study_file",
                severity="error",
                subject=file,
                message=str(error),
                remedy="Correct the file, then run: rapport check",
                places=(place,),
            )
        ]
    return [
        Finding(
            code="study_file",
            severity="error",
            subject=one.path,
            message=one.message,
            remedy=f"Correct {one.path} in {file}, then run: rapport check",
            places=(Place(file=file),),
        )
        for one in error.problems
    ]
