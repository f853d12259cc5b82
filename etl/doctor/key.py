"""The key of the pseudonyms: whether a load could use it."""

from etl.doctor.findings import Finding
from etl.identity.key import KEY_NAME, missing_key, read_keys
from etl.identity.people import shown_names
from etl.identity.pseudonym import as_written
from etl.identity.tombstones import read_tombstones
from study.definition import Study
from study.errors import UserError
from warehouse.workspace import Workspace


def key_findings(study: Study, workspace: Workspace) -> list[Finding]:
    """A key that is damaged, unsafe, or lost although pseudonyms or erasures need it.

    Before the first load there is none, and nothing to say.
    """
    try:
        has_key = read_keys(workspace) is not None
        has_erased = bool(read_tombstones(workspace).hashes)
    except UserError as error:
        return [_finding(str(error))]
    if has_key:
        return []
    if has_erased:
        lost = missing_key(workspace, "participants were erased here whom only it tells")
        return [_finding(str(lost))]
    if study.privacy.participant_ids == "keyed" and _has_pseudonyms(workspace):
        return [_finding(str(missing_key(workspace, "the pages show pseudonyms that it gave")))]
    return []


def _has_pseudonyms(workspace: Workspace) -> bool:
    return any(as_written(name) is not None for name in shown_names(workspace))


def _finding(message: str) -> Finding:
    return Finding(
        code="key_unusable",
        severity="error",
        subject=KEY_NAME,
        message=message,
        remedy="Until then, a load stops before it reads anything.",
    )
