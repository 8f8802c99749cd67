"""Ask an OpenID provider who somebody is: the code flow with PKCE, and a proved ID token.

    begin ──> the address to go to, and what the browser keeps meanwhile
    finish ── the provider's answer, and what the browser kept ──> a `Principal`

The provider is asked at addresses that its own document names, over TLS. Groups become an
organisation and scopes by the settings, and whoever is in none of them is refused.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from cft_eval.errors import MissingExtra
from cft_eval.server.access.auth import Principal, Scope
from cft_eval.server.access.sessions import SSO
from cft_eval.server.foundation.errors import NotAllowed, NotAuthenticated, Unavailable
from cft_eval.server.foundation.settings import LOOPBACK, ServerSettings

SECONDS = 10.0
"""A provider that takes longer does not answer."""

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
"""Signatures with a key of the provider's alone: never `none`, never one with our secret."""

LEEWAY = 60
"""Seconds by which two clocks may differ."""


class Kept(NamedTuple):
    """What the browser brings back, so that only it can finish what it began."""

    state: str
    nonce: str
    verifier: str


class Endpoints(BaseModel):
    """What is read of a provider's document."""

    model_config = ConfigDict(extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None


class Tokens(NamedTuple):
    """What the provider gives for a code."""

    id: str
    access: str


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider that the settings name."""

    settings: ServerSettings

    def begin(self, redirect: str) -> tuple[str, Kept]:
        """Where to send the browser, and what it must keep."""
        kept = Kept(*(secrets.token_urlsafe(32) for _ in range(3)))
        with self._client(redirect) as client:
            address, _ = client.create_authorization_url(
                self._endpoints().authorization_endpoint,
                state=kept.state,
                nonce=kept.nonce,
                code_verifier=kept.verifier,
            )
        return str(address), kept

    def finish(self, answer: Mapping[str, str], kept: Kept, redirect: str) -> Principal:
        """Who the provider says it is; `NotAuthenticated` where it cannot be proved."""
        if not hmac.compare_digest(answer.get("state", "").encode(), kept.state.encode()):
            raise NotAuthenticated("this sign-in was started elsewhere or too long ago; restart it")
        if "code" not in answer:
            said = answer.get("error", "no code")[:80]
            raise NotAuthenticated(f"the provider answered {said!a}; start again")
        endpoints = self._endpoints()
        tokens = self._tokens(endpoints, answer["code"], kept, redirect)
        claims = self._claims(endpoints, tokens.id, kept)
        # Only some providers put groups into the ID token; the specification leaves it to them.
        if self.settings.sso_groups_claim not in claims and endpoints.userinfo_endpoint:
            user = self._userinfo(endpoints.userinfo_endpoint, tokens.access, claims["sub"])
            claims = {**user, **claims}
        return self._principal(claims)

    def _client(self, redirect: str) -> Any:
        try:
            from authlib.integrations.httpx_client import OAuth2Client
        except ImportError:
            raise MissingExtra("single sign-on", "sso") from None
        secret = self.settings.sso_client_secret
        return OAuth2Client(
            client_id=self.settings.sso_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            scope="openid profile groups" if self._asks_groups else "openid profile",
            redirect_uri=redirect,
            code_challenge_method="S256",
            timeout=SECONDS,
        )

    @property
    def _asks_groups(self) -> bool:
        return self.settings.sso_ask_groups

    def _endpoints(self) -> Endpoints:
        issuer = (self.settings.sso_issuer or "").rstrip("/")
        try:
            answer = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=SECONDS)
            found = Endpoints.model_validate(answer.raise_for_status().json())
        except (httpx.HTTPError, ValueError, ValidationError) as error:
            raise Unavailable(f"the provider does not answer ({type(error).__name__})") from None
        if found.issuer.rstrip("/") != issuer:
            raise NotAuthenticated(f"the provider gives another issuer: {found.issuer[:80]!a}")
        for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri,
                    found.userinfo_endpoint or issuer):  # fmt: skip
            parts = urlsplit(url)
            if parts.scheme != "https" and parts.hostname not in LOOPBACK:
                raise NotAuthenticated(f"the provider gave an address without TLS: {url[:80]!a}")
        return found

    def _tokens(self, endpoints: Endpoints, code: str, kept: Kept, redirect: str) -> Tokens:
        from authlib.common.errors import AuthlibBaseError

        try:
            with self._client(redirect) as client:
                token = client.fetch_token(
                    endpoints.token_endpoint, code=code, code_verifier=kept.verifier
                )
        except (AuthlibBaseError, httpx.HTTPError, ValueError) as error:
            raise NotAuthenticated(
                f"the provider rejected the code ({type(error).__name__}); start again"
            ) from None
        found = token.get("id_token")
        if not isinstance(found, str):
            raise NotAuthenticated("the provider gave no ID token")
        return Tokens(found, str(token.get("access_token")))

    def _userinfo(self, url: str, access: str, subject: str) -> dict[str, Any]:
        """What the provider says of ``subject`` besides the ID token."""
        try:
            answer = httpx.get(url, headers={"Authorization": f"Bearer {access}"}, timeout=SECONDS)
            user = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"the provider does not answer ({type(error).__name__})") from None
        if not isinstance(user, dict) or user.get("sub") != subject:
            raise NotAuthenticated("the provider's user information is not about this person")
        return user

    def _claims(self, endpoints: Endpoints, token: str, kept: Kept) -> dict[str, Any]:
        """What the ID token says, where it is the provider's, for us, now, and for this sign-in."""
        from authlib.common.errors import AuthlibBaseError
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            keys = httpx.get(endpoints.jwks_uri, timeout=SECONDS).raise_for_status().json()
            decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        except httpx.HTTPError as error:
            raise Unavailable(f"the provider does not answer ({type(error).__name__})") from None
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotAuthenticated(
                f"the ID token cannot be verified ({type(error).__name__})"
            ) from None
        ours = self.settings.sso_client_id
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": endpoints.issuer},
                "aud": {"essential": True, "value": ours},
            },
            {"nonce": kept.nonce, "client_id": ours},
        )
        try:
            claims.validate(leeway=LEEWAY)
        except (AuthlibBaseError, JoseError, ValueError, TypeError) as error:
            raise NotAuthenticated(f"the ID token was rejected: {error}") from None
        return dict(claims)

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        """The first of the settings' groups says the organisation; all of them that name the same
        add their scopes."""
        said = claims.get(self.settings.sso_groups_claim)
        listed = said if isinstance(said, list) else [said]
        theirs = {each for each in listed if isinstance(each, str)}
        granted = [grant for group, grant in self.settings.sso_groups.items() if group in theirs]
        if not granted:
            raise NotAllowed("none of your groups has access to this board; ask its owner")
        organisation = granted[0].organisation
        scopes = frozenset(
            Scope(scope)
            for grant in granted
            if grant.organisation == organisation
            for scope in grant.scopes
        )
        everything = organisation is None and Scope.ADMIN in scopes
        return Principal(f"{SSO}{claims['sub']}"[:200], organisation, scopes, everything)
