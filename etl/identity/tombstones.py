"""Who was erased: keyed hashes that tell them from others, and tell nobody who they were."""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from study.errors import UserError
from warehouse.workspace import Workspace

FILE_NAME = "erased"
MARK = "erased:"
"""What the loader knows the erased as; no id and no pseudonym begins so."""


@dataclass(frozen=True)
class Erasure:
    """One participant's erasure: when, why, and what they are told by if their rows come back."""

    erased_at: str
    reason: str
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class Tombstones:
    """All erasures of a workspace; `unfinished` says what a killed command has left to do."""

    erasures: tuple[Erasure, ...] = ()
    unfinished: str | None = None

    @property
    def hashes(self) -> frozenset[str]:
        """Every hash by which an erased participant is told."""
        return frozenset(one for erasure in self.erasures for one in erasure.hashes)


def of_id(key: bytes, participant: str) -> str:
    """The hash of a participant's own id, as the roster writes it."""
    return _hash(key, "id", participant)


def of_kept(key: bytes, participant_id: str) -> str:
    """The hash of what the raw tables call a participant: pseudonym, or id where it is kept."""
    return _hash(key, "kept", participant_id)


def of_source_id(key: bytes, source_id: str, given: str) -> str:
    """The hash of an id that an id map knew."""
    return _hash(key, f"source {source_id}", given)


def _hash(key: bytes, what: str, text: str) -> str:
    return MARK + hmac.digest(key, f"{what}\0{text}".encode(), hashlib.sha256).hex()[:40]


def tombstone_path(workspace: Workspace) -> Path:
    """Where a workspace keeps them: outside the tables that a load can make anew."""
    return workspace.root / FILE_NAME


def read_tombstones(workspace: Workspace) -> Tombstones:
    """The workspace's tombstones; none where nobody was erased.

    Raises
    ------
    UserError
        If the file cannot be read or is damaged: nobody may come back for that.
    """
    path = tombstone_path(workspace)
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        erasures = tuple(
            Erasure(str(one["erased_at"]), str(one["reason"]), tuple(map(str, one["hashes"])))
            for one in fields["erasures"]
        )
        return Tombstones(erasures, fields["unfinished"])
    except FileNotFoundError:
        return Tombstones()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}). It says who was erased: make it readable, "
            "or they would come back."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} is damaged. It says who was erased: put it back from a copy, or they would "
            "come back."
        ) from error


def write_tombstones(workspace: Workspace, tombstones: Tombstones) -> None:
    """Write them in one step that a crash cannot split, for their owner alone."""
    path = tombstone_path(workspace)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(3)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(tombstones), file, indent=1, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def with_hashes(erasure: Erasure, hashes: Iterable[str]) -> Erasure:
    """The same erasure, told by more."""
    more = tuple(one for one in dict.fromkeys(hashes) if one not in erasure.hashes)
    return Erasure(erasure.erased_at, erasure.reason, (*erasure.hashes, *more))
