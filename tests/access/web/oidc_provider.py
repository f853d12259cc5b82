"""A small OpenID Connect provider, real enough to be fooled with: code flow, PKCE, signed ID tokens."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from waitress.server import create_server

CLIENT, SECRET = "rapport", "the client's secret"


@dataclass
class FakeProvider:
    """What it says of whoever comes; tests change it to lie."""

    address: str = ""
    issuer: str | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    token_claims: dict[str, Any] = field(default_factory=dict)
    """Instead of what an honest token would hold; None leaves a claim out."""
    signs: str = "RS256"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signing_key: Any = None
    """Another than the published one, for forged tokens."""
    sends_id_token: bool = True
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def app(self) -> Flask:
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", "describe", self._describe)
        app.add_url_rule("/jwks", "jwks", lambda: jsonify(keys=[self.key.as_dict(private=False)]))
        app.add_url_rule("/authorize", "authorize", self._authorize)
        app.add_url_rule("/token", "token", self._token, methods=["POST"])
        return app

    def _describe(self):
        return jsonify(
            issuer=self.issuer or self.address,
            authorization_endpoint=f"{self.address}/authorize",
            token_endpoint=f"{self.address}/token",
            jwks_uri=f"{self.address}/jwks",
            id_token_signing_alg_values_supported=["RS256", "HS256", "none"],
            token_endpoint_auth_methods_supported=["client_secret_basic"],
        )

    def _authorize(self):
        asked = request.args.to_dict()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return redirect(f"{asked['redirect_uri']}?{back}")

    def _token(self):
        asked = self.codes.pop(request.form["code"], None)
        challenge = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        is_fine = (
            asked is not None
            and request.authorization is not None
            and (request.authorization.username, request.authorization.password) == (CLIENT, SECRET)
            and asked["code_challenge_method"] == "S256"
            and asked["code_challenge"] == base64.urlsafe_b64encode(challenge).decode().rstrip("=")
            and request.form["redirect_uri"] == asked["redirect_uri"]
        )
        if not is_fine:
            self.refused.append(request.form["code"])
            return jsonify(error="invalid_grant"), 400
        answer = {"access_token": "a", "token_type": "Bearer", "expires_in": 60}
        if self.sends_id_token:
            answer["id_token"] = self.id_token(asked["nonce"])
        return jsonify(answer)

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        honest = {
            "iss": self.address,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.claims,
            **self.token_claims,
        }
        claims = {name: value for name, value in honest.items() if value is not None}
        header = {"alg": self.signs, "kid": "one"}
        if self.signs == "none":
            parts = [header, claims]
            return ".".join([*(_packed(part) for part in parts), ""])
        key = self.signing_key or self.key
        if self.signs == "HS256":
            key = OctKey.import_key(self.key.as_pem(private=False))
        return jwt.encode(header, claims, key, algorithms=[self.signs])


def _packed(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@contextmanager
def running() -> Iterator[FakeProvider]:
    """A provider on a free port of this machine."""
    provider = FakeProvider()
    server = create_server(provider.app(), host="127.0.0.1", port=0, threads=2)
    provider.address = f"http://127.0.0.1:{server.effective_port}"
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield provider
    with suppress(OSError):  # The loop may have woken by itself, and closed.
        server.trigger.pull_trigger(server.close)  # Wakes the loop, which else looks once a second.
    server.task_dispatcher.shutdown()
    thread.join(timeout=5)
