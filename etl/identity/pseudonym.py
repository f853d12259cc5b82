"""Pseudonyms: short enough to read aloud, and given by the key alone."""

import hashlib
import hmac
import re

PREFIX = "p-"
LENGTH = 10
"""Characters of five bits each: for 10,000 participants, two share one with odds of 1 to
22 million, and a load says so if they do."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no i, l, o or u, which are taken for other letters and digits."""
_MISREAD = str.maketrans("ilo", "110")
_SHAPE = re.compile(f"{PREFIX}[{_ALPHABET}]{{{LENGTH}}}")


def pseudonym(key: bytes, participant: str) -> str:
    """The pseudonym that a key gives to a participant's id: always the same one."""
    digest = hmac.digest(key, b"participant\0" + participant.encode(), hashlib.sha256)
    number = int.from_bytes(digest) >> (len(digest) * 8 - LENGTH * 5)
    letters = (_ALPHABET[number >> shift & 31] for shift in range((LENGTH - 1) * 5, -1, -5))
    return PREFIX + "".join(letters)


def as_written(text: str) -> str | None:
    """The pseudonym that somebody typed, whatever the case and with misread letters put right.

    None if it is none.
    """
    typed = text.strip().lower()
    if not typed.startswith(PREFIX):
        return None
    letters = typed.removeprefix(PREFIX).replace("-", "").replace(" ", "").translate(_MISREAD)
    return PREFIX + letters if _SHAPE.fullmatch(PREFIX + letters) else None
