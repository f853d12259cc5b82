"""Erased participants leave the state as well: care, contacts, requests for unmasking."""

from access.state.forget import forget_if_kept
from etl.identity.key import read_keys
from etl.identity.tombstones import of_kept, read_tombstones
from warehouse.workspace import Workspace


def forget_erased(workspace: Workspace) -> None:
    """Take whoever is noted as erased out of the state, where there is one.

    It goes by the note and can be begun again, after an erasure that was killed as well.
    """
    keys = read_keys(workspace)
    if keys is None:
        return
    erased = frozenset(read_tombstones(workspace).hashes)
    forget_if_kept(workspace, lambda name: of_kept(keys.erased, name) in erased)
