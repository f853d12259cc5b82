"""Pseudonyms: always the same, different for different people, and readable aloud."""

import hashlib
import hmac
import re

from hypothesis import given
from hypothesis import strategies as st

from etl.identity.pseudonym import as_written, pseudonym

KEY = bytes(range(32))


def test_it_is_the_beginning_of_a_keyed_hash_in_crockfords_alphabet():
    digest = hmac.new(KEY, b"participant\0P1", hashlib.sha256).digest()
    bits = "".join(f"{byte:08b}" for byte in digest)[:50]
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    letters = "".join(alphabet[int(bits[at : at + 5], 2)] for at in range(0, 50, 5))
    assert pseudonym(KEY, "P1") == "p-" + letters.lower()


@given(st.text(min_size=1), st.binary(min_size=32, max_size=32))
def test_it_has_one_shape_and_holds_no_letter_that_is_misread(text, key):
    found = pseudonym(key, text)
    assert re.fullmatch("p-[0-9abcdefghjkmnpqrstvwxyz]{10}", found)
    assert found == pseudonym(key, text)
    assert as_written(found) == found


def test_another_key_or_letter_case_or_person_gives_another():
    names = {pseudonym(KEY, f"P{number}") for number in range(20_000)}
    assert len(names) == 20_000
    assert pseudonym(KEY, "p1") not in names
    assert pseudonym(bytes(32), "P1") not in names


def test_what_somebody_types_is_put_right():
    assert as_written(" P-0A1B2-C3D4E ") == "p-0a1b2c3d4e"
    assert as_written("p-oalbic3d4e") == "p-0a1b1c3d4e"
    assert as_written("p-0a1b2c3d4u") is None
    assert as_written("p-0a1b2c3d4") is None
    assert as_written("P1") is None
