"""A small OpenID Connect provider over HTTP: discovery, keys, authorize, token with PKCE; and how it may misbehave."""

import base64
import hashlib
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

from tests.signing import PRIVATE, jwks, public_jwk

CLIENT, CLIENT_SECRET = "sluice-console", "a secret of the client"
KID = "2026-11"


class Provider(ThreadingHTTPServer):
    """It signs in whoever is sent to it, as `person` says. Everything else is for misbehaving."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://localhost:{self.server_address[1]}/office"
        self.behave()

    def behave(self) -> None:
        """As a provider should."""
        self.person: dict[str, Any] = {
            "sub": "u-7", "email": "lan@example.vn", "sluice": {"tenant": str(uuid.uuid4()), "roles": ["staff"]},
        }  # fmt: skip
        self.changes: dict[str, Any] = {}
        """Claims that are otherwise than they should be; None for none."""
        self.key, self.kid = PRIVATE["RS256"], KID
        self.refuses = ""
        self.fails: dict[str, int] = {}
        """What is answered at these addresses, instead of what should be."""
        self.go_on = threading.Event()
        """While it is not set, no address answers."""
        self.go_on.set()
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []

    def id_token(self, asked: dict[str, str]) -> str:
        """For whoever has asked so."""
        now = int(time.time())
        told = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked.get("nonce"),
            **self.person, **self.changes,
        }  # fmt: skip
        claims = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.kid})


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Provider

    def do_GET(self) -> None:
        """Discovery, keys, authorize."""
        self._take("GET")

    def do_POST(self) -> None:
        """A code for a token."""
        self._take("POST")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _take(self, method: str) -> None:
        path = urlsplit(self.path).path.removeprefix("/office")
        self.server.asked.append(path)
        self.server.go_on.wait(20)
        known = {
            ("GET", "/.well-known/openid-configuration"): self._describe, ("GET", "/keys"): self._keys,
            ("GET", "/authorize"): self._authorize, ("POST", "/token"): self._token, ("GET", "/logout"): self._logout,
        }  # fmt: skip
        if path in self.server.fails:
            self._say(self.server.fails[path], {"error": "server_error"})
        elif (method, path) in known:
            known[method, path]()
        else:
            self._say(404, {})

    def _describe(self) -> None:
        issuer = self.server.issuer
        self._say(200, {
            "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys", "end_session_endpoint": f"{issuer}/logout",
            "response_types_supported": ["code"], "id_token_signing_alg_values_supported": ["RS256"],
        })  # fmt: skip

    def _keys(self) -> None:
        self._say(200, json.loads(jwks(public_jwk("RS256", KID))))

    def _authorize(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        back = {"state": asked["state"], "iss": self.server.issuer}
        fit = asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        if self.server.refuses or not fit or asked["client_id"] != CLIENT or "openid" not in asked["scope"].split():
            back["error"] = self.server.refuses or "invalid_request"
        else:
            back["code"] = uuid.uuid4().hex
            self.server.codes[back["code"]] = asked
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _token(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.server.codes.pop(given["code"], None)
        basic = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if self.headers["Authorization"] != f"Basic {basic}":
            self._say(401, {"error": "invalid_client"})
        elif not asked or challenge != asked["code_challenge"] or given["redirect_uri"] != asked["redirect_uri"]:
            self._say(400, {"error": "invalid_grant"})
        else:
            self._say(200, {"access_token": "x", "token_type": "Bearer", "id_token": self.server.id_token(asked)})

    def _logout(self) -> None:
        self._say(200, {"signed_out": True})

    def _say(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider in a thread."""
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield provider
        provider.go_on.set()
        provider.shutdown()
        thread.join()


def settings_of(provider: Provider, **changes: object) -> dict[str, object]:
    """How the console signs people in there; the secret is a file's."""
    return {
        "oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_name": "Office",
        "oidc_subject_claim": "email", "oidc_tenant_claim": "sluice.tenant", "oidc_roles_claim": "sluice.roles",
        "oidc_roles": "staff=operate,watchers=view,admins=admin", "oidc_seconds": 1, **changes,
    }  # fmt: skip
