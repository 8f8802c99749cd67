"""Create, list and revoke organisations, tokens and signing keys, each with an audit entry."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from cft_eval.server.access.auth import Principal, Scope
from cft_eval.server.access.sessions import SSO
from cft_eval.server.foundation import display_names, tokens
from cft_eval.server.foundation.errors import Invalid, Missing, NotAllowed, StateConflict
from cft_eval.server.ledger import audit
from cft_eval.server.ledger.seals import seal_token
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import now
from cft_eval.server.store.models_access import AccessToken, Organisation, SigningKey

TOKEN_DAYS = 90
"""How long a token counts where nothing else is said."""

MAX_TOKEN_DAYS = 3650

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62})")


class TokenStatus(BaseModel):
    """A token without its secret."""

    id: str
    name: str
    organisation: str | None
    scopes: list[Scope]
    created: datetime
    created_by: str | None
    """The token that made it, or `command line`."""

    expires: datetime | None
    revoked: datetime | None


class OrganisationStatus(BaseModel):
    """An organisation."""

    name: str
    private: bool
    created: datetime


class KeyStatus(BaseModel):
    """A signing key."""

    id: str
    name: str
    organisation: str | None
    created: datetime
    revoked: datetime | None


class NewToken(TokenStatus):
    """A token that was just made."""

    token: str
    """The secret: shown this once."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Everybody who was ever let in."""

    database: Database

    def organisation(self, name: str, *, private: bool, by: Principal) -> None:
        """Make an organisation, or change whether it is private from now on."""
        self.demand_server(by)
        if not _NAME.fullmatch(name):
            raise Invalid(
                f"{name[:80]!a} cannot name an organisation: lower-case letters, digits, dashes",
            )
        with self.database.write() as session:
            known = session.get(Organisation, name)
            if known is None:
                session.add(Organisation(id=name, private=private))
            else:
                known.private = private
            audit.record(
                session, actor=by.name, action="organisation.set", subject=name, private=private
            )

    def organisations(self, by: Principal) -> list[OrganisationStatus]:
        """Those that ``by`` looks after."""
        with self.database.read() as session:
            rows = session.scalars(select(Organisation).order_by(Organisation.id)).all()
        return [
            OrganisationStatus(name=row.id, private=row.private, created=row.created)
            for row in rows
            if by.owns(row.id)
        ]

    def demand_known(self, organisation: str | None) -> None:
        """Raise `Missing` where there is no such organisation here."""
        with self.database.read() as session:
            if organisation is not None and session.get(Organisation, organisation) is None:
                raise Missing("organisation", organisation)

    def mint(
        self,
        name: str,
        *,
        scopes: frozenset[Scope],
        organisation: str | None,
        days: float | None,
        by: Principal,
    ) -> NewToken:
        """Make a token; nobody can make one that may more than their own.

        ``days`` counts from now on, more than 0; None is without end.
        """
        display_names.check("name", name)
        if days is not None and not 0 < days <= MAX_TOKEN_DAYS:
            raise Invalid(
                f"a token is valid for more than 0 and at most {MAX_TOKEN_DAYS} days, not {days:g}",
            )
        if not scopes <= by.scopes or not by.owns(organisation):
            raise NotAllowed("a token cannot make one with more rights than its own")
        minted = tokens.mint()
        row = AccessToken(
            id=minted.name,
            name=name,
            organisation=organisation,
            scopes=sorted(scopes),
            digest=tokens.digest(minted.text),
            created=now(),
            created_by=by.name,
            expires=None if days is None else now() + timedelta(days=days),
        )
        with self.database.write() as session:
            if organisation is not None and session.get(Organisation, organisation) is None:
                raise Missing("organisation", organisation)
            session.add(row)
            audit.record(
                session,
                actor=by.name,
                action="token.made",
                subject=minted.name,
                scopes=sorted(scopes),
                organisation=organisation,
                seal=seal_token(row),
            )
        return NewToken(**_status(row).model_dump(), token=minted.text)

    @staticmethod
    def demand_server(by: Principal) -> None:
        """Only the server's own may see what concerns every organisation."""
        if not by.everything:
            raise NotAllowed("this needs an admin of the server, not of an organisation")

    def tokens(self, by: Principal) -> list[TokenStatus]:
        """The tokens that ``by`` may take back."""
        with self.database.read() as session:
            rows = session.scalars(
                select(AccessToken).order_by(AccessToken.created, AccessToken.id)
            )
            return [_status(row) for row in rows if by.owns(row.organisation)]

    def revoke(self, name: str, *, by: Principal) -> TokenStatus:
        """Take a token back; twice does no harm."""
        with self.database.write() as session:
            row = session.get(AccessToken, name)
            if row is None or not by.owns(row.organisation):
                raise Missing("token", name)
            if row.revoked is None:
                row.revoked = now()
                audit.record(session, actor=by.name, action="token.revoked", subject=name)
            return _status(row)

    def revoke_token_or_key(self, name: str, *, by: Principal) -> None:
        """Take back whichever of the two has this id."""
        with self.database.read() as session:
            is_key = session.get(SigningKey, name) is not None
        if is_key:
            self.revoke_key(name, by=by)
        else:
            self.revoke(name, by=by)

    def add_key(self, name: str, public: bytes, *, organisation: str | None, by: Principal) -> str:
        """Let an organisation sign with the key of these 32 bytes; return the key's id.

        Raises `StateConflict` where the key is another organisation's, or was revoked.
        """
        display_names.check("name", name)
        if not by.owns(organisation):
            raise NotAllowed("a token can add keys only to its own organisation")
        key = hashlib.sha256(public).hexdigest()[:16]
        with self.database.write() as session:
            if organisation is not None and session.get(Organisation, organisation) is None:
                raise Missing("organisation", organisation)
            known = session.get(SigningKey, key)
            if known is not None and (known.organisation, known.revoked) != (organisation, None):
                raise StateConflict(_taken(known))
            if known is None:
                session.add(SigningKey(id=key, name=name, organisation=organisation, public=public))
                audit.record(
                    session,
                    actor=by.name,
                    action="key.added",
                    subject=key,
                    name=name,
                    public=public.hex(),
                    organisation=organisation,
                )
        return key

    def keys(self, by: Principal) -> list[KeyStatus]:
        """The signing keys that ``by`` may take back."""
        with self.database.read() as session:
            rows = session.scalars(select(SigningKey).order_by(SigningKey.created, SigningKey.id))
            return [
                KeyStatus(
                    id=row.id,
                    name=row.name,
                    organisation=row.organisation,
                    created=row.created,
                    revoked=row.revoked,
                )
                for row in rows
                if by.owns(row.organisation)
            ]

    def revoke_key(self, key: str, *, by: Principal) -> None:
        """Signatures with this key count no more."""
        with self.database.write() as session:
            row = session.get(SigningKey, key)
            if row is None or not by.owns(row.organisation):
                raise Missing("key", key)
            if row.revoked is None:
                row.revoked = now()
                audit.record(session, actor=by.name, action="key.revoked", subject=key)


def issuer(session: Session, name: str) -> str:
    """The token that ``name`` comes from, through whichever others: made at the command line.

    Tokens of one issuer may be one person's, who was given one and made the rest.
    """
    while (row := session.get(AccessToken, name)) and row.created_by:
        if session.get(AccessToken, row.created_by) is None:
            # A person whom a provider vouches for has made it, or the command line.
            return row.created_by if row.created_by.startswith(SSO) else name
        name = row.created_by
    return name


def _taken(key: SigningKey) -> str:
    whose = key.organisation or "the server"
    if key.revoked:
        return f"key {key.id} was revoked, for good; make another one with `openssl genpkey`"
    return (
        f"key {key.id} signs for {whose} already, and a key says who signed; make another one with "
        "`openssl genpkey -algorithm ed25519`"
    )


def _status(row: AccessToken) -> TokenStatus:
    return TokenStatus(
        id=row.id,
        name=row.name,
        organisation=row.organisation,
        scopes=[Scope(scope) for scope in row.scopes],
        created=row.created,
        created_by=row.created_by,
        expires=row.expires,
        revoked=row.revoked,
    )
