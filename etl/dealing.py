"""Arms dealt out anew at random, for the scrambled edition."""

import hashlib
import hmac
import os
import secrets
from fractions import Fraction

import polars as pl

from study.definition import Study
from study.errors import UserError
from warehouse.workspace import Workspace

SECRET_NAME = "scramble"
SECRET_BYTES = 32
MOST_IN_A_BLOCK = 1000
_OTHERS = 0o077


def deal_arms(
    study: Study, workspace: Workspace, people: pl.DataFrame
) -> tuple[tuple[str, str], ...]:
    """(participant, arm) pairs: an arm for everybody that has nothing to do with the true one.

    Within each site, participants in order of enrolment are dealt the arms in permuted blocks of
    the declared allocation. Who enrols later changes nothing for those before. The order of each
    block comes from a secret in the workspace, so it is the same at every build and cannot be
    worked out.

    Parameters
    ----------
    people
        participant_id, site_id and enrolled_date; no arm.
    """
    secret = _secret(workspace)
    block = _block(study)
    dealt: list[tuple[str, str]] = []
    ordered = people.sort("enrolled_date", "participant_id", nulls_last=True)
    for (site,), rows in ordered.group_by("site_id", maintain_order=True):
        for start in range(0, rows.height, len(block)):
            slots = sorted(
                range(len(block)),
                key=lambda slot: _drawn(secret, site, start, slot),
            )
            names = rows["participant_id"][start : start + len(block)]
            dealt += [(name, block[slot]) for name, slot in zip(names, slots, strict=False)]
    return tuple(dealt)


def _block(study: Study) -> list[str]:
    """The arms as often as their allocation says, in whole numbers."""
    shares = [Fraction(str(arm.allocation)).limit_denominator(100) for arm in study.arms]
    least = min(shares)
    counts = [share / least for share in shares]
    whole = 1
    for count in counts:
        whole = whole * count.denominator
    numbers = [int(count * whole) for count in counts]
    if sum(numbers) > MOST_IN_A_BLOCK:
        numbers = [max(1, round(MOST_IN_A_BLOCK * number / sum(numbers))) for number in numbers]
    return [arm.id for arm, number in zip(study.arms, numbers, strict=True) for _ in range(number)]


def _drawn(secret: bytes, site: object, start: int, slot: int) -> bytes:
    text = f"{site}\0{start}\0{slot}".encode()
    return hmac.new(secret, text, hashlib.sha256).digest()


def _secret(workspace: Workspace) -> bytes:
    """The workspace's secret for dealing; made where there is none, for its owner alone.

    Raises
    ------
    UserError
        If others on the machine can read it, or it is damaged.
    """
    path = workspace.root / SECRET_NAME
    workspace.require_writable()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        with path.open("rb") as file:
            mode, content = os.fstat(file.fileno()).st_mode, file.read()
        if mode & _OTHERS:
            raise UserError(
                f"{path}, from which arms are dealt out at random, can be read by others on this "
                f"machine. Run: chmod 600 '{path}'"
            ) from None
        if len(content) != SECRET_BYTES:
            raise UserError(
                f"{path} is damaged. Delete it: the next load deals the arms out anew."
            ) from None
        return content
    with os.fdopen(descriptor, "wb") as file:
        secret = secrets.token_bytes(SECRET_BYTES)
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret
