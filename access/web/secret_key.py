"""The key that signs what the browser keeps: made once a workspace, shared by its processes."""

import os
import secrets
from pathlib import Path

from study.errors import UserError

FILE_NAME = "web.key"
_BYTES = 32
_OTHERS = 0o077


def secret_key(folder: Path) -> str:
    """The key in a folder (64 hexadecimal digits), made where there is none yet.

    Raises
    ------
    UserError
        If others can read it, or it cannot be read, written or understood.
    """
    path = folder / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read().strip()
    except OSError as error:
        raise UserError(f"{path} cannot be read or written: {error.strerror}.") from error
    if mode & _OTHERS:
        raise UserError(
            f"{path} can be read by others on this machine, who could sign forms in anybody's "
            f"name. Remove it: rm '{path}'. The next start makes another."
        )
    if len(key) != 2 * _BYTES:
        raise UserError(f"{path} is damaged. Remove it; the next start makes another.")
    return key.decode("ascii", "replace")


def _make(path: Path) -> None:
    """Written beside and then linked: nobody ever reads half a key, or replaces one in use."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES))
        os.link(draft, path)
    except FileExistsError:
        return  # another process was faster, and its key is as good
    finally:
        draft.unlink(missing_ok=True)
