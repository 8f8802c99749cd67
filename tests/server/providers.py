"""An OpenID provider that runs here."""

import hashlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLIENT, SECRET = "board", "a secret of both"

Change = Callable[[dict[str, Any]], None]


@cache
def _keys() -> tuple[Any, Any]:
    """The provider's key, and one that it does not have."""
    from joserfc.jwk import RSAKey

    first, second = (RSAKey.generate_key(2048, {"kid": "k1"}) for _ in range(2))
    return first, second


class IdentityProvider(HTTPServer):
    """Signs ID tokens for whoever has a code, once, with the right verifier."""

    def __init__(self) -> None:
        self.key, self.other = _keys()
        self.groups: Any = ["red-team"]
        self.change: Change = lambda claims: None
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "k1"}
        self.sign_with: Any = self.key
        self.document: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        """What is told of whoever brings an access token."""

        self.asked: dict[str, str] = {}
        self.codes: set[str] = set()
        provider = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = {
                    "/.well-known/openid-configuration": provider.described(),
                    "/keys": {"keys": [provider.key.as_dict(private=False)]},
                }
                if provider.userinfo and self.headers["Authorization"] == "Bearer x":
                    known["/userinfo"] = provider.userinfo
                self.reply(known.get(self.path), 200 if self.path in known else 404)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                said = {name: values[0] for name, values in parse_qs(body).items()}
                token = provider.token(said)
                self.reply(token or {"error": "invalid_grant"}, 200 if token else 400)

            def reply(self, value: object, status: int) -> None:
                content = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Answer)
        self.issuer = f"http://127.0.0.1:{self.server_port}"

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.document,
        }

    def visit(self, address: str) -> dict[str, str]:
        """What somebody who signs in there is sent back with."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.codes.add("a-code")
        return {"code": "a-code", "state": self.asked["state"]}

    def token(self, said: dict[str, str]) -> dict[str, Any] | None:
        from joserfc import jwt

        digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        right = challenge == self.asked.get("code_challenge") and said["code"] in self.codes
        if not right or said["redirect_uri"] != self.asked["redirect_uri"]:
            return None
        self.codes.discard(said["code"])
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": "ana", "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": self.asked["nonce"], "groups": self.groups,
        }  # fmt: skip
        self.change(claims)
        signed = jwt.encode(self.header, claims, self.sign_with, algorithms=["RS256", "HS256"])
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@contextmanager
def provider_of_its_own() -> Iterator[IdentityProvider]:
    server = IdentityProvider()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
