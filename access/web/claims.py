"""From what a provider claims of somebody to an account's role, sites and participants."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from access.viewer import Role
from access.web.settings import Provider

ALL = "*"
_LONGEST = 200
_MOST = 10_000


class ClaimsError(Exception):
    """The claims give no account here. The message names claims, never what they say."""


@dataclass(frozen=True)
class Person:
    """Somebody as a provider describes them: `sites` None where all sites are theirs.

    `issuer` and `subject` are theirs for good; `name` may change, and is what the log shows.
    """

    issuer: str
    subject: str
    name: str
    role: Role
    sites: frozenset[str] | None
    participants: frozenset[str]


def person(provider: Provider, claims: Mapping[str, Any]) -> Person:
    """Who signs in, by the claims of an ID token that was found to be genuine.

    What is missing gives nothing: no role no account, and a role that is limited to sites or to
    participants needs the claim that says to which.

    Raises
    ------
    ClaimsError
        If the claims give no name or role, two roles, or not the limits that the role needs.
    """
    subject = claims.get("sub")
    name = claims.get(provider.name_claim)
    if not isinstance(subject, str) or not subject:
        raise ClaimsError("the claim sub is missing")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= _LONGEST:
        raise ClaimsError(f"the claim {provider.name_claim} holds no name")
    if provider.name_claim == "email" and claims.get("email_verified", True) is not True:
        raise ClaimsError("the claim email_verified is not true")
    role = _role(provider, claims)
    return Person(
        issuer=provider.issuer,
        subject=subject,
        name=name.strip(),
        role=role,
        sites=_sites(provider, claims, role),
        participants=_participants(provider, claims, role),
    )


def _role(provider: Provider, claims: Mapping[str, Any]) -> Role:
    given = _texts(claims, provider.role_claim)
    found = {provider.roles[word] for word in given if word in provider.roles}
    if len(found) != 1:
        how_many = "no role" if not found else "more than one role"
        raise ClaimsError(f"the claim {provider.role_claim} gives {how_many} here")
    return found.pop()


def _sites(provider: Provider, claims: Mapping[str, Any], role: Role) -> frozenset[str] | None:
    if provider.sites_claim is None or (provider.sites_claim not in claims and role != "trial"):
        if role == "trial":
            raise ClaimsError("the trial team needs sites_claim in the settings")
        return None
    given = _texts(claims, provider.sites_claim)
    if not given:
        raise ClaimsError(f"the claim {provider.sites_claim} names no site")
    return None if given == {ALL} else given


def _participants(provider: Provider, claims: Mapping[str, Any], role: Role) -> frozenset[str]:
    if role != "clinician":
        return frozenset()
    if provider.participants_claim is None:
        raise ClaimsError("clinicians need participants_claim in the settings")
    return _texts(claims, provider.participants_claim)


def _texts(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """A claim's texts: one, or a list of them; missing is none.

    Raises
    ------
    ClaimsError
        If it is anything else.
    """
    given = claims.get(claim, [])
    words = [given] if isinstance(given, str) else given
    is_fine = isinstance(words, list) and len(words) <= _MOST
    if not is_fine or not all(isinstance(word, str) and len(word) <= _LONGEST for word in words):
        raise ClaimsError(f"the claim {claim} is neither text nor a list of texts")
    return frozenset(word for word in words if word)
