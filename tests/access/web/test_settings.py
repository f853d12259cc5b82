"""The file access.toml, the provider's secret, and the key that signs forms."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest

from access.web.secret_key import secret_key
from access.web.settings import (
    SECRET_VARIABLE,
    GivenRole,
    Provider,
    WebSettings,
    provider_secret,
    read_access_file,
)
from study.errors import UserError

OIDC = """
hosts = ["rapport.example.org"]
[oidc]
issuer = "https://login.example.org/realms/trial/"
client_id = "rapport"
role_claim = "groups"
roles = { "trial-team" = "trial" }
"""


def written(tmp_path, text: str):
    file = tmp_path / "access.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_it_reads_a_provider(tmp_path):
    read = read_access_file(written(tmp_path, OIDC))
    assert read.hosts == ("rapport.example.org",)
    assert read.oidc.issuer == "https://login.example.org/realms/trial"
    assert read.oidc.roles == {"trial-team": "trial"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("https://login", "http://login", r"oidc\.issuer: .*is not an address"),
        ('"trial" }', '"local" }', r"oidc\.roles\.trial-team"),
        ('"trial" }', '"boss" }', r"oidc\.roles\.trial-team"),
        ('client_id = "rapport"', "", r"oidc\.client_id"),
        ("role_claim", "role_clam", r"oidc\.role_clam"),
        ("[oidc]", '[oidc]\nclient_secret = "x"', "does not belong in a file of settings"),
        ("[oidc]", '[oidc]\nscope = "email"', "openid"),
        ("hosts", "host", "host"),
        ("[oidc]", "[oidc", "TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, old, new, words):
    with pytest.raises(UserError, match=words):
        read_access_file(written(tmp_path, OIDC.replace(old, new)))


def test_the_guide_says_every_key_and_its_example_is_right(tmp_path):
    guide = (Path(__file__).parents[3] / "docs" / "how-to" / "serve-a-team.md").read_text("utf-8")
    assert [name for name in Provider.model_fields if f"`{name}`" not in guide] == []
    example = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert len(example) == 1
    read = read_access_file(written(tmp_path, example[0]))
    assert set(read.oidc.roles.values()) == {*get_args(GivenRole)}


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"nothing\.toml cannot be read"):
        read_access_file(tmp_path / "nothing.toml")


def test_the_secret_comes_from_the_environment_or_a_file_of_its_own(tmp_path, monkeypatch):
    file = written(tmp_path, OIDC)
    provider = read_access_file(file).oidc
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    with pytest.raises(UserError, match=SECRET_VARIABLE):
        provider_secret(file, provider)
    monkeypatch.setenv(SECRET_VARIABLE, "from outside\n")
    assert provider_secret(file, provider) == "from outside"
    other = read_access_file(written(tmp_path, OIDC + 'client_secret_file = "secret"')).oidc
    with pytest.raises(UserError, match="cannot be read"):
        provider_secret(file, other)
    (tmp_path / "secret").write_text("of a file\n")
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        provider_secret(file, other)
    (tmp_path / "secret").chmod(0o600)
    assert provider_secret(file, other) == "of a file"


def test_no_secret_is_printed_with_the_settings():
    shown = repr(WebSettings(secret_key="hush", provider_secret="quiet"))
    assert "hush" not in shown
    assert "quiet" not in shown


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(secret_key, [tmp_path] * 16))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert (tmp_path / "web.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["web.key"]


def test_a_key_that_others_can_read_or_that_is_cut_is_refused(tmp_path):
    secret_key(tmp_path)
    (tmp_path / "web.key").chmod(0o640)
    with pytest.raises(UserError, match="can be read by others"):
        secret_key(tmp_path)
    (tmp_path / "web.key").chmod(0o600)
    (tmp_path / "web.key").write_text("short")
    with pytest.raises(UserError, match="damaged"):
        secret_key(tmp_path)
