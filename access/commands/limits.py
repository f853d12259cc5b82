"""Which sites and participants an account may be given in a study."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from access.accounts import known_role
from access.viewer import Role
from study.definition import Study
from study.errors import UserError

# As `etl.identity.pseudonym` makes them, from above here; a test holds one against the other.
_PSEUDONYM = re.compile(r"p-[0-9abcdefghjkmnpqrstvwxyz]{10}")


@dataclass(frozen=True)
class Limits:
    """What goes with a role; `sites` None stands for all of them."""

    role: Role
    sites: tuple[str, ...] | None
    participants: tuple[str, ...]


def checked_limits(
    study: Study,
    role: str,
    sites: Sequence[str] | None,
    is_all_sites: bool,
    participants: Sequence[str] | None,
) -> Limits:
    """What somebody typed, held against the study.

    Raises
    ------
    UserError
        If role or site are unknown, the sites of the trial's team are not said, or a participant is
        not named by their pseudonym.
    """
    known = known_role(role)
    in_care = checked_participants(study, participants or ())
    if sites and is_all_sites:
        raise UserError("Name sites with --site, or give all of them with --all-sites, not both.")
    if sites:
        return Limits(known, _checked_sites(study, sites), in_care)
    if known == "trial" and not is_all_sites:
        raise UserError(
            "The trial's team sees its own sites only. Name them with --site"
            f"{_one_of(study)}, or give all of them with --all-sites."
        )
    return Limits(known, None, in_care)


def checked_participants(study: Study, typed: Sequence[str]) -> tuple[str, ...]:
    """Participants as the marts name them.

    Raises
    ------
    UserError
        If it is no pseudonym in a study that has them: an id must not get into the state. The text
        itself is not repeated.
    """
    names = tuple(text.strip() for text in typed)
    is_keyed = study.privacy.participant_ids == "keyed"
    for place, name in enumerate(names, start=1):
        if not name or (is_keyed and _PSEUDONYM.fullmatch(name) is None):
            raise UserError(
                f"Participant {place} is not named by a pseudonym, such as p-0a1b2c3d4e. For that "
                "of an id, run: rapport id ID"
            )
    return names


def _checked_sites(study: Study, typed: Sequence[str]) -> tuple[str, ...]:
    known = {site.id for site in study.sites}
    for site in typed:
        if known and site not in known:
            raise UserError(f"The study has no site {site!r}{_one_of(study)}.")
    return tuple(typed)


def _one_of(study: Study) -> str:
    return f" ({', '.join(site.id for site in study.sites)})" if study.sites else ""
