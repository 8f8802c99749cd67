"""Tell receivers when a run waits for a review, is rejected or published.

The audit has each of these in its order, so a notice is an entry of it, and all that is stored is
how far each receiver was told: one that is away for a day hears everything afterwards, at least
once. A receiver that was never told anything begins with what happens next.
"""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Thread
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cft_eval.errors import first_line
from cft_eval.server.foundation.errors import Unavailable
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.http.notify.outgoing import NotSent, post
from cft_eval.server.ledger.seals import moment
from cft_eval.server.store.database import Database
from cft_eval.server.store.models_access import AuditEntry, NoticeCursor

EVENTS = ("upload.waiting", "upload.rejected", "upload.reviewed", "run.published")
"""What receivers are told of."""

TOLD = ("reason", "decision", "upload", "organisation")
"""What of an entry's detail is sent: nobody needs its seals."""

LEASE_SECONDS = 60
"""While one server sends a notice, those beside it do not; if it is killed they take over."""

LOOK_SECONDS = 2.0
"""How often the audit is looked at."""

FIRST_PAUSE, LONGEST_PAUSE = 5, 600
"""Seconds after a failure: twice as long each time, and at most."""

log = logging.getLogger(__name__)

Post = Callable[..., None]


@dataclass
class Notices:
    """The thread that sends them."""

    database: Database
    settings: ServerSettings
    post: Post = post
    _ending: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        if self.settings.notice_urls:
            self._thread = Thread(target=self._work, name="cft-eval-notices", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        if self._thread:
            self._thread.join()

    def _work(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            for url in self.settings.notice_urls:
                try:
                    self.tell(url)
                except (SQLAlchemyError, Unavailable) as error:
                    log.warning("the database does not answer: %s", first_line(error))

    def tell(self, url: str) -> None:
        """Send ``url`` the next notices, until there is none or it does not take one."""
        while not self._ending.is_set():
            entry = self._next(url)
            if entry is None:
                return
            try:
                self._send(url, entry)
            except NotSent as error:
                self._note(url, entry.number, sent=False)
                log.warning("a notice was not taken: %s", error)
                return
            self._note(url, entry.number, sent=True)

    def _next(self, url: str) -> AuditEntry | None:
        """The entry to send next, which is ours for now; None where there is none, or it is too
        early."""
        receiver = _receiver(url)
        with self.database.read() as session:
            cursor = session.get(NoticeCursor, receiver)
            if cursor is not None:
                clock = self.database.clock(session)
                if cursor.not_before is not None and clock < cursor.not_before:
                    return None
                if _after(session, cursor) is None:  # an idle server takes no lock
                    return None
        with self.database.write() as session:
            cursor = session.get(NoticeCursor, receiver)
            if cursor is None:
                head = session.scalar(select(func.max(AuditEntry.number))) or 0
                session.add(NoticeCursor(receiver=receiver, number=head, failures=0))
                return None
            clock = self.database.clock(session)
            if cursor.not_before is not None and clock < cursor.not_before:
                return None  # another server of this board was faster
            entry = _after(session, cursor)
            if entry is not None:
                cursor.not_before = clock + timedelta(seconds=LEASE_SECONDS)
            return entry

    def _note(self, url: str, number: int, *, sent: bool) -> None:
        with self.database.write() as session:
            cursor = session.get_one(NoticeCursor, _receiver(url))
            if sent:
                cursor.number = max(cursor.number, number)
                cursor.failures, cursor.not_before = 0, None
                return
            pause = min(FIRST_PAUSE * 2**cursor.failures, LONGEST_PAUSE)
            cursor.not_before = self.database.clock(session) + timedelta(seconds=pause)
            cursor.failures = min(cursor.failures + 1, 20)

    def _send(self, url: str, entry: AuditEntry) -> None:
        body = json.dumps(notice(entry)).encode()
        secret = self.settings.notice_secret
        key = secret.get_secret_value() if secret else ""
        headers = signed(body, key, clock=time.time)
        self.post(url, body, headers, allowed=self.settings.notice_allowed)


def _after(session: Session, cursor: NoticeCursor) -> AuditEntry | None:
    later = AuditEntry.number > cursor.number, AuditEntry.action.in_(EVENTS)
    wanted = select(AuditEntry).where(*later).order_by(AuditEntry.number)
    return session.scalars(wanted.limit(1)).one_or_none()


def notice(entry: AuditEntry) -> dict[str, Any]:
    """What is said of an entry."""
    detail = {name: entry.detail[name] for name in TOLD if name in entry.detail}
    return {
        "event": entry.action,
        "number": entry.number,
        "moment": moment(entry.moment),
        "subject": entry.subject,
        "actor": entry.actor,
        "detail": detail,
    }


def signed(body: bytes, key: str, *, clock: Callable[[], float]) -> Mapping[str, str]:
    """The headers of a notice: an HMAC over when it was sent and its bytes."""
    when = str(int(clock()))
    digest = hmac.new(key.encode(), when.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "cft-eval",
        "X-Cft-Timestamp": when,
        "X-Cft-Notice-Signature": f"sha256={digest}",
    }


def _receiver(url: str) -> str:
    # Not the address itself, which may hold a secret of the receiver's.
    return hashlib.sha256(url.encode()).hexdigest()
