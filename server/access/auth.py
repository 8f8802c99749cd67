"""Who makes a request, and what they may do.

    no token, none known to this server  ──> everything, on a loopback address only
    no token                             ──> read what is public
    CFT_EVAL_TOKEN                       ──> read and upload what is public
    cfte_ID_SECRET                       ──> the scopes of that token, in its organisation

A token comes in the ``Authorization`` header. Browsers bring it as the password of Basic, or a
cookie of a session in its place (`access.sessions`); both count for looking and for the forms of
this board's own pages: no page elsewhere can make a browser write here.
"""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import NamedTuple

from pydantic import SecretStr
from sqlalchemy import select

from cft_eval.server.foundation import tokens
from cft_eval.server.foundation.errors import NotAllowed, NotAuthenticated
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import now
from cft_eval.server.store.models_access import AccessToken


class Scope(StrEnum):
    """What a token is for."""

    READ = "read"  # see the private runs of its organisation
    UPLOAD = "upload"  # send runs and checkpoints, ask for evaluations, work on them
    REVIEW = "review"  # let runs of others onto the board, or not
    ADMIN = "admin"  # tokens, keys, withdrawals, the audit


class Viewer(NamedTuple):
    """Whose private runs are shown."""

    organisations: frozenset[str] = frozenset()
    everything: bool = False


PUBLIC = Viewer()
"""Somebody who sees what everybody sees."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks."""

    name: str
    organisation: str | None = None
    scopes: frozenset[Scope] = frozenset()
    everything: bool = False
    """The server's own: not bound to one organisation."""

    @property
    def viewer(self) -> Viewer:
        if self.everything:
            return Viewer(everything=True)
        reads = self.organisation and Scope.READ in self.scopes
        return Viewer(frozenset({self.organisation}) if reads else frozenset())  # type: ignore[arg-type]  # it is one

    def owns(self, organisation: str | None) -> bool:
        """Whether what belongs to ``organisation`` is this one's to work with."""
        return self.everything or organisation == self.organisation


ANYBODY = Principal("anybody")
OPEN = Principal("anybody", scopes=frozenset(Scope), everything=True)
"""Whoever asks a server that was given no tokens: one person on one machine."""

WRONG_TOKEN = "this is not the server's token; ask its owner for the right one"

STATIC = Principal("CFT_EVAL_TOKEN", scopes=frozenset({Scope.READ, Scope.UPLOAD}))


@dataclass(frozen=True, slots=True)
class Access:
    """The tokens of one server."""

    database: Database
    static: SecretStr | None
    sso: bool = False
    """Whether people sign in at a provider, so that nobody else is the owner."""

    clock: Callable[[], datetime] = now

    def is_open(self) -> bool:
        """Whether no token was ever made, so that none can be demanded."""
        if self.static is not None or self.sso:
            return False
        with self.database.read() as session:
            return session.scalar(select(AccessToken.id).limit(1)) is None

    def principal(self, authorization: str | None, *, looking: bool) -> Principal:
        """Who brings this header; raises `NotAuthenticated` where its token does not count.

        ``looking``: whether what a browser brings by itself counts.
        """
        brought = _brought(authorization, looking=looking)
        if self.is_open():
            return OPEN
        if brought is None:
            return ANYBODY
        # Hashes are compared, so that time tells neither the token's length nor its beginning.
        if self.static and hmac.compare_digest(
            tokens.digest(brought), tokens.digest(self.static.get_secret_value())
        ):
            return STATIC
        return self._known(brought)

    def _known(self, brought: str) -> Principal:
        name = tokens.name_of(brought)
        if name is None:
            raise NotAuthenticated(WRONG_TOKEN)
        with self.database.read() as session:
            known = session.get(AccessToken, name)
        digest = known.digest if known else ""
        if not hmac.compare_digest(digest.encode(), tokens.digest(brought).encode()) or not known:
            raise NotAuthenticated(WRONG_TOKEN)
        if known.revoked:
            raise NotAuthenticated(f"token {name} was revoked; ask the board's owner for a new one")
        if known.expires and known.expires <= self.clock():
            raise NotAuthenticated(f"token {name} expired; ask the board's owner for a new one")
        scopes = frozenset(Scope(scope) for scope in known.scopes)
        everything = known.organisation is None and Scope.ADMIN in scopes
        return Principal(name, known.organisation, scopes, everything)


def demand(principal: Principal, scope: Scope) -> None:
    """Let the request pass, or raise a `BoardError` that says what is missing."""
    if scope in principal.scopes:
        return
    if principal == ANYBODY:
        raise NotAuthenticated("this server needs a token: set CFT_EVAL_TOKEN or give `--token`")
    raise NotAllowed(
        f"token {principal.name} may not do this: it lacks the scope {scope}",
    )


def refuse_open_to_others(
    principal: Principal, address: str | None, *, proxied: bool = False
) -> None:
    """A server without tokens takes nothing over an address that others can reach, nor through a
    proxy, whoever may reach that."""
    if principal is not OPEN:
        return
    if proxied:
        raise NotAllowed(
            "this server has no tokens and is reached through a proxy, or by another user of this "
            "machine: set CFT_EVAL_TOKEN, or make one with `cft-eval server token`",
        )
    if address is None:
        return
    try:
        reachable = not ip_address(address).is_loopback
    except ValueError:  # a socket file, or a test
        return
    if reachable:
        raise NotAllowed(
            f"others can reach {address} and this server has no tokens: set CFT_EVAL_TOKEN, make "
            "one with `cft-eval server token`, or bind 127.0.0.1",
        )


def _brought(authorization: str | None, *, looking: bool) -> str | None:
    """The token in the header; None where there is none."""
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic" and looking:
        try:
            return b64decode(value.strip(), validate=True).decode().partition(":")[2]
        except (Base64Error, UnicodeDecodeError):
            raise NotAuthenticated(
                "the Authorization header is not valid Basic authentication (RFC 7617)"
            ) from None
    return None
