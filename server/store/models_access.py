"""The tables of who may do what: organisations, tokens, keys, and the record of what was done."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from cft_eval.server.store.models import Base, now


class Organisation(Base):
    """Whose runs belong together; a private one shows them to its own tokens alone."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Its name: lower-case letters, digits and dashes."""

    private: Mapped[bool] = mapped_column(default=True)
    created: Mapped[datetime] = mapped_column(default=now)


class AccessToken(Base):
    """A secret that somebody was given; only its hash is here."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(primary_key=True)
    """The public part, which names the token in lists and in the record."""

    name: Mapped[str]
    organisation: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    """None is the server itself: with `admin`, its tokens see every organisation."""

    scopes: Mapped[list[str]] = mapped_column(JSON)
    digest: Mapped[str]
    """sha256 of the whole token: 256 random bits need no slower hash."""

    created: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str | None]
    """The token that made it, or ``command line``; None where nobody knows any more."""

    expires: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


class BrowserSession(Base):
    """Somebody who signed in with a browser."""

    __tablename__ = "browser_sessions"

    digest: Mapped[str] = mapped_column(primary_key=True)
    """sha256 of the cookie's text."""

    name: Mapped[str]
    token: Mapped[str | None]
    """The token that was typed, with which the session ends; None where another server vouches."""

    organisation: Mapped[str | None]
    scopes: Mapped[list[str]] = mapped_column(JSON)
    everything: Mapped[bool]
    expires: Mapped[datetime]


class SigningKey(Base):
    """A public Ed25519 key that signs an organisation's uploads."""

    __tablename__ = "signing_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    """The first 16 digits of the sha256 of its 32 bytes."""

    name: Mapped[str]
    organisation: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    public: Mapped[bytes]
    created: Mapped[datetime] = mapped_column(default=now)
    revoked: Mapped[datetime | None]


class AuditEntry(Base):
    """One thing that was done; the database refuses to change or delete it."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    moment: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
    previous: Mapped[str]
    """`hash` of the entry before."""

    hash: Mapped[str]


class NoticeCursor(Base):
    """How far a receiver of notices was told what the audit says."""

    __tablename__ = "notice_cursors"

    receiver: Mapped[str] = mapped_column(primary_key=True)
    """sha256 of its address."""

    number: Mapped[int]
    """Of the last entry that it took, or that it need not hear of."""

    failures: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    """By the database's clock: when it is tried again."""


class AuditHead(Base):
    """Where the chain ends: one row."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str]
