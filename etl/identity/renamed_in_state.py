"""Contacts, care and requests for unmasking follow their participants to a new pseudonym.

Pseudonyms cannot be turned back, so it is done in two steps around the change of the key, either of
which can be begun again after a crash: from the old pseudonym to a hash under the key that stays,
and from there to the new pseudonym. Between the two, the state names nobody whom a page shows.
"""

import hashlib
import hmac
from collections.abc import Iterator

from access.state.rename import Names, rename_if_kept
from etl.identity.given import ids_on_disk
from etl.identity.identities import Identities, load_identities
from study.definition import Study
from warehouse.workspace import Workspace

_MARK = "moving:"


def to_lasting_names(study: Study, workspace: Workspace) -> None:
    """From the pseudonyms of the key as it is to names that do not depend on it."""
    identities = load_identities(study, workspace)

    def names_of(named: frozenset[str]) -> Names:
        people = _people(study, identities)
        pairs = ((identities.kept(one), _lasting(identities, one)) for one in people)
        return {old: new for old, new in pairs if old in named}

    rename_if_kept(workspace, names_of)


def to_new_names(study: Study, workspace: Workspace) -> None:
    """From those names to the pseudonyms of the key as it is now."""
    identities = load_identities(study, workspace)

    def names_of(named: frozenset[str]) -> Names:
        if not any(one.startswith(_MARK) for one in named):
            return {}
        people = _people(study, identities)
        pairs = ((_lasting(identities, one), identities.kept(one)) for one in people)
        return {old: new for old, new in pairs if old in named}

    rename_if_kept(workspace, names_of)


def _people(study: Study, identities: Identities) -> Iterator[str]:
    seen: set[str] = set()
    for given in ids_on_disk(study):
        for one in given.ids:
            who = identities.participant(one, given.source_id)
            if who not in seen:
                seen.add(who)
                yield who


def _lasting(identities: Identities, participant: str) -> str:
    if identities.keys is None:
        raise AssertionError("a keyed study that was loaded has a key")
    told = hmac.digest(identities.keys.erased, b"state\0" + participant.encode(), hashlib.sha256)
    return _MARK + told.hex()[:40]
