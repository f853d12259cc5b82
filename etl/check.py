"""`rapport check`: what a load would do, without keeping anything."""

from datetime import UTC, datetime

from etl.doctor.database import passing_database
from etl.doctor.examine import examine
from etl.doctor.files import look_at_files
from etl.doctor.findings import in_order
from etl.doctor.key import key_findings
from etl.doctor.raw_tables import RawTables
from etl.doctor.report import CheckReport
from etl.doctor.unnamed import unnamed_findings
from etl.load import load_into
from etl.progress import Progress, quiet
from study.definition import Study
from warehouse.workspace import Workspace


def check(
    study: Study, *, progress: Progress | None = None, workspace: Workspace | None = None
) -> CheckReport:
    """Load the exports into a database of the moment, say what stands out, and forget them.

    Of the workspace, only the key is looked at.
    """
    told = progress or quiet()
    # Nothing is kept, so ids stay as they are: only then can two spellings of one be seen.
    privacy = study.privacy.model_copy(update={"participant_ids": "as_given"})
    plain = study.model_copy(update={"privacy": privacy})
    with passing_database(plain) as con:
        outcome = load_into(con, plain, progress=told)
        now = datetime.now(UTC).replace(tzinfo=None)
        # The study as it is: what it says of ids decides what is said of them.
        raw = RawTables.of(con, study, now=now, is_as_given=True)
        findings = examine(raw, outcome, told)
        files = look_at_files(raw, outcome, told)
    keys = key_findings(study, workspace) if workspace is not None else []
    others, unnamed = unnamed_findings(study)
    return CheckReport(
        study=study.study.title,
        sources=files.sources,
        files=(*files.summaries, *(one.summary for one in others)),
        findings=in_order([*keys, *files.findings, *findings, *unnamed]),
    )
