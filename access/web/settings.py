"""How the dashboard is reached, and the file `access.toml` that says who signs people in."""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError

from study.errors import UserError
from study.messages import problems_in
from study.part import Part, Text

FILE_NAME = "access.toml"
SECRET_VARIABLE = "RAPPORT_OIDC_SECRET"
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})

GivenRole = Literal["trial", "designer", "clinician", "statistician", "admin"]


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach an address."""
    return host in _LOOPBACK


def _issuer(address: str) -> str:
    parts = urlsplit(address)
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    )
    if not is_safe or not parts.hostname or parts.query or parts.fragment:
        raise ValueError('is not an address such as "https://login.example.org/realms/trial".')
    return address.rstrip("/")


def _scope(words: str) -> str:
    if "openid" not in words.split():
        raise ValueError("does not hold openid; without it there is no proof of who signs in.")
    return words


class Provider(Part):
    """An OpenID Connect provider that says who somebody is, and what their role and sites are."""

    issuer: Annotated[Text, AfterValidator(_issuer)]
    """The provider's address, as in its own `iss`; https, except on this machine."""
    client_id: Text
    """The name under which Rapport is registered there."""
    client_secret_file: Text | None = None
    """File with the client's secret, relative to this one. Without it the secret is taken from the
    environment variable RAPPORT_OIDC_SECRET."""
    label: Text = "your organisation"
    """What the button says: "Sign in with ..."."""
    scope: Annotated[Text, AfterValidator(_scope)] = "openid email profile"
    """What is asked for; `openid` must be among it."""
    name_claim: Text = "email"
    """Claim that becomes the account's name in the audit log."""
    role_claim: Text
    """Claim with the role: text, or a list of texts such as groups."""
    roles: dict[str, GivenRole] = Field(min_length=1)
    """By what the role claim may say, the role here. Who has none of them, or two, is denied."""
    sites_claim: Text | None = None
    """Claim with the ids of somebody's sites, or "*" for all. The trial team cannot do without."""
    participants_claim: Text | None = None
    """Claim with the ids of the participants in somebody's care. Clinicians cannot do without."""


class AccessFile(Part):
    """A whole access.toml."""

    hosts: tuple[Text, ...] = ()
    """Names under which people reach the dashboard; requests to other names are refused."""
    oidc: Provider | None = None


@dataclass(frozen=True)
class WebSettings:
    """How the dashboard is reached.

    `is_behind_proxy` says that a proxy speaks TLS for it, and its X-Forwarded headers are believed.
    `secret_key` signs form tokens, the same in all worker processes. Without accounts there is
    nothing to sign, and none is needed.
    """

    is_behind_proxy: bool = False
    hosts: tuple[str, ...] = ()
    provider: Provider | None = None
    secret_key: str | None = field(default=None, repr=False)
    provider_secret: str | None = field(default=None, repr=False)

    def cookie(self, what: Literal["session", "form", "csrf"]) -> str:
        """A cookie's name: behind TLS with the prefix that ties it to this very host."""
        return f"{'__Host-' if self.is_behind_proxy else ''}rapport-{what}"


def read_access_file(path: Path) -> AccessFile:
    """What an access.toml says.

    Raises
    ------
    UserError
        If it cannot be read, or says what cannot be; with key paths and what to do.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UserError(f"{path} is not a TOML file in UTF-8: {error}.") from error
    if "client_secret" in raw.get("oidc", ()):
        raise UserError(
            f"{path}: oidc.client_secret: a secret does not belong in a file of settings. Write it "
            "to a file of its own that only you can read and name that in client_secret_file, or "
            f"give it in the environment variable {SECRET_VARIABLE}."
        )
    try:
        return AccessFile.model_validate(raw)
    except ValidationError as error:
        lines = [f"  {one.path}: {one.message}" for one in problems_in(error, raw, AccessFile, "")]
        raise UserError(f"{path} has to be put right.\n\n" + "\n".join(lines)) from None


def provider_secret(path: Path, provider: Provider) -> str:
    """The client's secret at the provider, from the file or the environment variable.

    Raises
    ------
    UserError
        If there is none, or others on this machine can read the file.
    """
    if provider.client_secret_file is None:
        given = os.environ.get(SECRET_VARIABLE, "").strip()
        if not given:
            raise UserError(
                f"{path} names a provider but no secret. Set {SECRET_VARIABLE}, or name a file "
                "with it: client_secret_file"
            )
        return given
    file = path.parent / provider.client_secret_file
    try:
        with file.open(encoding="utf-8") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            secret = opened.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The client's secret in {file} cannot be read.") from error
    if mode & 0o077:
        raise UserError(f"{file} can be read by others on this machine. Run: chmod 600 '{file}'")
    if not secret:
        raise UserError(f"{file} is empty. Write the client's secret into it.")
    return secret
