"""The workspace's own key: made once, readable by its owner alone, and never written elsewhere."""

import hashlib
import os
import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

from study.errors import UserError
from warehouse.workspace import Workspace

KEY_NAME = "key"
KEY_BYTES = 32
_OTHERS = 0o077
_ADVICE = (
    "Without this file nobody can tell any more which pseudonym is whose. Keep a copy in a safe "
    "place, apart from the data."
)
_LINE = re.compile(r"(pseudonyms|erased) ([0-9a-f]{64})")


@dataclass(frozen=True)
class Keys:
    """Two secrets: one that gives pseudonyms, one that tells who was erased.

    They are apart so that `rapport rekey` can change the first and still know who was erased.
    """

    # Kept out of repr: what is printed of an object ends in logs and tracebacks.
    pseudonyms: bytes = field(repr=False)
    erased: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What tells whether two keys are the same, and nothing else of them."""
        return hashlib.sha256(b"fingerprint\0" + self.pseudonyms).hexdigest()[:32]


def new_keys() -> Keys:
    """Keys that nobody has had before."""
    return Keys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))


def key_path(workspace: Workspace) -> Path:
    """Where a workspace's key lies: beside its data, in none of them."""
    return workspace.root / KEY_NAME


def read_keys(workspace: Workspace) -> Keys | None:
    """The workspace's keys, or None where it has none yet.

    Raises
    ------
    UserError
        If the file can be read by others than its owner, cannot be read, or is damaged.
    """
    path = key_path(workspace)
    try:
        # The open file is asked, so that nobody can put another in its place in between.
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(
            f"The key {path} cannot be read ({error.strerror}). It must belong to whoever runs "
            "Rapport: correct its owner, or its permissions with: chmod 600"
        ) from error
    if mode & _OTHERS:
        raise UserError(
            f"The key {path} can be read by others on this machine. Run: chmod 600 '{path}'. If "
            "somebody may have copied it, make another one then, with: rapport rekey"
        )
    return _parsed(path, content)


def make_keys(workspace: Workspace) -> Keys:
    """Make the workspace's keys, where it has none.

    Raises
    ------
    UserError
        If they cannot be written.
    """
    keys = new_keys()
    path = key_path(workspace)
    workspace.require_writable()
    draft = _draft(path, keys)
    try:
        # Unlike a rename, a link never takes the place of a key that was there.
        os.link(draft, path)
    except FileExistsError:
        found = read_keys(workspace)
        if found is None:
            raise
        return found
    except OSError:
        # A file system without links. The load that makes a key holds the workspace alone.
        _write_new(path, keys)
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    return keys


def change_keys(workspace: Workspace, keys: Keys) -> Keys:
    """Put a new secret for pseudonyms in place of the one there was, in one step."""
    changed = replace(keys, pseudonyms=secrets.token_bytes(KEY_BYTES))
    path = key_path(workspace)
    _draft(path, changed).replace(path)
    _sync_folder(path.parent)
    return changed


def missing_key(workspace: Workspace, what: str) -> UserError:
    """What to say where there are data that only the lost key fits."""
    return UserError(
        f"The key {key_path(workspace)} is missing, and {what}. A new key would make somebody else "
        "of everyone. Put it back from your copy. If there is none, move the folder "
        f"{workspace.root} away and load again: all participants then get new pseudonyms, and who "
        "was erased comes back with the exports."
    )


def _parsed(path: Path, content: bytes) -> Keys:
    lines = [line for line in content.decode("utf-8", "replace").splitlines() if line]
    matches = [_LINE.fullmatch(line) for line in lines]
    found = {match[1]: match[2] for match in matches if match is not None}
    if len(found) != 2:
        # Nothing of the content is shown: half a key is a secret as well.
        raise UserError(
            f"The key {path} is damaged: it does not hold two lines with 64 hexadecimal digits "
            "each. Put it back from your copy."
        )
    return Keys(bytes.fromhex(found["pseudonyms"]), bytes.fromhex(found["erased"]))


def _draft(path: Path, keys: Keys) -> Path:
    draft = path.with_name(f".{path.name}-{secrets.token_hex(3)}")
    _write_new(draft, keys)
    return draft


def _write_new(path: Path, keys: Keys) -> None:
    text = (
        f"# The key of this study's pseudonyms. {_ADVICE}\n"
        f"pseudonyms {keys.pseudonyms.hex()}\nerased {keys.erased.hex()}\n"
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
