"""Sessions of browsers: a token is typed once, and a cookie stands for it for some hours.

Comes in: who signed in, or the text of a cookie. Goes out: that text, or who it stands for. A
session of a token ends with the token; of the text only a hash is stored. What a form must bring
besides the cookie is made from the text, so that no page elsewhere knows it.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete

from cft_eval.server.access.auth import Principal, Scope
from cft_eval.server.foundation import tokens
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import now
from cft_eval.server.store.models_access import AccessToken, BrowserSession

COOKIE = "cft_eval_session"

SSO = "sso:"
"""How the name of somebody begins whom another server vouches for."""

SESSION_HOURS = 12
"""A working day; whoever stays longer signs in again."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Who is signed in on one board."""

    database: Database

    def begin(self, principal: Principal) -> str:
        """The text of a cookie that stands for ``principal`` from now on."""
        text = secrets.token_urlsafe(32)
        with self.database.write() as session:
            session.execute(delete(BrowserSession).where(BrowserSession.expires < now()))
            known = session.get(AccessToken, principal.name)
            session.add(
                BrowserSession(
                    digest=tokens.digest(text),
                    name=principal.name,
                    token=known.id if known else None,
                    organisation=principal.organisation,
                    scopes=sorted(principal.scopes),
                    everything=principal.everything,
                    expires=now() + timedelta(hours=SESSION_HOURS),
                )
            )
        return text

    def principal(self, text: str) -> Principal | None:
        """Whom a cookie stands for; None where it does not count any more."""
        with self.database.read() as session:
            row = session.get(BrowserSession, tokens.digest(text))
            if row is None or row.expires <= now():
                return None
            if row.token is not None:
                known = session.get(AccessToken, row.token)
                if known is None or known.revoked or (known.expires and known.expires <= now()):
                    return None
        scopes = frozenset(Scope(scope) for scope in row.scopes)
        return Principal(row.name, row.organisation, scopes, row.everything)

    def end(self, text: str) -> None:
        with self.database.write() as session:
            known = BrowserSession.digest == tokens.digest(text)
            session.execute(delete(BrowserSession).where(known))


def form_secret(text: str) -> str:
    """What the forms of this session bring besides its cookie."""
    return hmac.new(text.encode(), b"form", hashlib.sha256).hexdigest()
