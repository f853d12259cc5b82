"""The headers of every reply."""

import pytest

from tests.access.web.conftest import small_site

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PATHS = ["/", "/sign-in", "/nowhere", "/health", "/export/numbers.csv", "/fails", "/assets/x.js"]


def parts_of(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split("; "))}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_every_reply_has_them(client, signed_in, path, is_signed_in):
    if is_signed_in:
        signed_in("ada")
    reply = client.get(path)
    for name, value in ALWAYS.items():
        assert reply.headers.getlist(name) == [value]
    for feature in ("camera", "geolocation", "microphone"):
        assert f"{feature}=()" in reply.headers["Permissions-Policy"]
    policy = parts_of(reply.headers["Content-Security-Policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'", "'sha256-abc'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]


@pytest.mark.parametrize("path", ["/", "/sign-in", "/export/numbers.csv", "/fails"])
def test_what_is_somebody_s_stays_in_no_cache(signed_in, path):
    assert signed_in("ada").get(path).headers["Cache-Control"] == "no-store"


def test_browsers_are_told_to_stay_with_tls_where_there_is_one(state, proxied):
    name = "Strict-Transport-Security"
    over_tls = {"base_url": "https://rapport.example"}
    assert "max-age=" in small_site(state, proxied).test_client().get("/", **over_tls).headers[name]
    assert name not in small_site(None).test_client().get("/").headers
