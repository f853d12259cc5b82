"""Passwords: which are good enough, and how they are kept (argon2id)."""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from study.errors import UserError

SHORTEST = 12
LONGEST = 1024
FEWEST_CHARACTERS = 5
"""Different ones: `aaaaaaaaaaaa` is long, and the first that is tried."""
# RFC 9106's second choice (64 MiB, 3 passes, 4 lanes): DOI 10.17487/RFC9106, section 4.
_HASHER = PasswordHasher()
# Each takes 64 MiB while it is at work: a flood of sign-ins must not take all the memory.
_AT_ONCE = threading.BoundedSemaphore(2)


def refuse_weak(name: str, password: str) -> None:
    """Refuse a password that is too short, or that holds the account's name.

    Raises
    ------
    UserError
        Saying what is expected; it never holds the password.
    """
    text = _normal(password)
    if len(text) < SHORTEST:
        raise UserError(
            f"The password has fewer than {SHORTEST} characters. A few words in a row make a good "
            "one."
        )
    if len(text) > LONGEST:
        raise UserError(f"The password has more than {LONGEST:,} characters.")
    if _normal(name).casefold() in text.casefold():
        raise UserError("The password holds the account's name. Choose one that does not.")
    if len(set(text)) < FEWEST_CHARACTERS:
        raise UserError(f"The password has fewer than {FEWEST_CHARACTERS} different characters.")


def hashed(password: str) -> str:
    """What is stored of a password: argon2id with its parameters and a salt of its own."""
    with _AT_ONCE:
        return _HASHER.hash(_as_bytes(password))


def is_right(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was kept.

    Where there is none to compare with, the same work is done, so that the time it takes does not
    tell which accounts exist.
    """
    given = _as_bytes(password)
    if len(given) > 4 * LONGEST:
        kept, given = None, b""
    try:
        with _AT_ONCE:
            matches = _HASHER.verify(kept or _nobodys(), given)
    except (VerificationError, InvalidHashError):
        return False
    return matches and kept is not None


def needs_rehash(kept: str) -> bool:
    """Whether it was kept with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    return _HASHER.hash(b"nobody has this one")


def _normal(text: str) -> str:
    # The same letters typed on two systems must be the same password (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", text)


def _as_bytes(password: str) -> bytes:
    return _normal(password).encode("utf-8", "surrogatepass")
