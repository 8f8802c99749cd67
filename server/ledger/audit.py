"""What was done, by whom: a chain in which each entry holds the hash of the one before.

Comes in: an action within the transaction that does it, so that neither is there without the other.
Goes out: the whole chain, proved. The database refuses to change an entry; who gets around that
breaks the chain, and who writes all of it anew has another head than the one that was noted
elsewhere.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from cft_eval.errors import CftError
from cft_eval.server.ledger import uploaders
from cft_eval.server.ledger.seals import (
    canonical,
    moment,
    seal,
    seal_history,
    seal_snapshot,
    seal_token,
    seal_uploader,
    snapshot_id,
)
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import PastScore, RunRow, TaskRow, UploadRow, now
from cft_eval.server.store.models_access import (
    AccessToken,
    AuditEntry,
    AuditHead,
    Organisation,
    SigningKey,
)
from cft_eval.server.store.models_visitors import Snapshot

SEALED = "run.sealed"
"""A run that is older than the record, or than its seals, as it was when they began."""

COMPLETE = "board.sealed"
"""From this entry on every published run has its seals: one without was put there by nobody."""

SEALS = {"run.published", "run.regraded", SEALED}
"""Actions whose entry holds the run's seals."""

SHOWN = ("run.published", "run.regraded", "run.signed", "run.withdrawn", SEALED)
"""Actions after which a board shows something else."""

log = logging.getLogger(__name__)


class BrokenAudit(CftError):
    """The record does not prove itself."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Audited:
    """What was proved."""

    entries: int
    head: str
    runs: int
    """Published runs that are what the record says."""

    older: int
    """Those of them that were published before there was a record: proved from then on."""

    unsealed: int
    """Published runs that no entry vouches for yet; the server seals them when it starts."""


def record(session: Session, *, actor: str, action: str, subject: str, **detail: Any) -> None:
    """Add an entry to the chain, in the transaction of ``session``."""
    # A writer is alone: two entries never stand on the same one.
    head = _head(session)
    entry = AuditEntry(
        number=head.number + 1,
        moment=now(),
        actor=actor,
        action=action,
        subject=subject,
        detail=detail,
        previous=head.hash,
    )
    entry.hash = _hash(entry)
    session.add(entry)
    head.number, head.hash = entry.number, entry.hash
    session.flush()


def seals(session: Session, run: RunRow) -> dict[str, str]:
    """What the entry that publishes or grades ``run`` holds of it."""
    return {"seal": seal(run), "history": seal_history(run, _past(session, run))}


def uploader(upload: UploadRow) -> dict[str, str | None]:
    """What the entry that publishes a run, or tells of its signature, holds of who sent it."""
    key = upload.signature["key"] if upload.signature else None
    return {"sender": seal_uploader(upload), "signed_by": key}


def seal_older(database: Database) -> None:
    """Once for each board: let the record vouch for what was published before there were seals.

    Of a large board that was not started for a year it takes a minute; else it is one question.
    """
    with database.read() as session:
        if _complete(session, of="snapshots"):
            return
    with database.write() as session:
        if _complete(session, of="snapshots"):  # by another process
            return
        count = 0 if _complete(session) else _seal_runs(session)
        of_uploaders = 0 if _complete(session, of="senders") else _seal_uploaders(session)
        of_snapshots = _seal_snapshots(session)
        counts = {"runs": count, "senders": of_uploaders, "snapshots": of_snapshots}
        record(session, actor="server", action=COMPLETE, subject="board", **counts)
    if count or of_uploaders:
        log.info(
            "the audit vouches for %d runs and %d uploaders that are older than it",
            count,
            of_uploaders,
        )


def _seal_runs(session: Session) -> int:
    known = _last_seals(session.scalars(_entries()))
    count = 0
    for run in _published(session):
        old = known.get(run.id, {})
        # One that is not what its seal says any more is no older run: `verify` tells of it.
        if "history" not in old and old.get("seal") in (None, seal(run)):
            detail = seals(session, run) | uploader(session.get_one(UploadRow, run.upload_id))
            record(session, actor="server", action=SEALED, subject=run.id, **detail)
            count += 1
    return count


def _seal_uploaders(session: Session) -> int:
    known = uploaders.sealed(session.scalars(_entries()))
    older = [row for row in session.execute(uploaders.SENT) if row.run not in known]
    for row in older:
        key = row.signature["key"] if row.signature else None
        detail = {"sender": seal_uploader(row), "signed_by": key}
        record(session, actor="server", action="run.sender", subject=row.run, **detail)
    return len(older)


def _seal_snapshots(session: Session) -> int:
    """Vouch for snapshots that are older than their seals, where they are what their name says."""
    known = _details(list(session.scalars(_entries())), "snapshot.taken")
    count = 0
    for row in session.scalars(select(Snapshot).order_by(Snapshot.id)):
        if row.id not in known and row.id == snapshot_id(row.policy, row.runs, row.outcomes):
            detail = {"seal": seal_snapshot(row), "older": True}
            record(session, actor="server", action="snapshot.taken", subject=row.id, **detail)
            count += 1
    return count


def verify(
    database: Database, *, blobs: Blobs | None = None, expected: str | None = None
) -> Audited:
    """Prove the chain, every published score with its history, who sent it, and who may do what,
    or raise `BrokenAudit` with the first fault.

    ``blobs``: where the signed manifests are stored; every signature is proved again over its own.
    ``expected`` is a head that was noted elsewhere: it must be in the chain.
    """
    with database.read() as session:
        return prove(session, blobs=blobs, expected=expected)


def prove(session: Session, *, blobs: Blobs | None = None, expected: str | None = None) -> Audited:
    """`verify`, in a transaction that is open."""
    entries = list(session.scalars(_entries()))
    head = _head(session)
    _prove_chain(entries, head)
    if expected is not None and expected not in {entry.hash for entry in entries}:
        raise BrokenAudit(f"the head {expected} is not in the audit: the audit was rewritten")
    _prove_access(session, entries)
    _prove_snapshots(session, entries)
    runs = unsealed = 0
    known, missing = _KnownRuns.of(entries), set(_last_seals(entries))
    regraded = set(session.scalars(select(PastScore.run_id).distinct()))
    for run in _published(session):
        known.prove(run, _past(session, run) if run.id in regraded else [])
        missing.discard(run.id)
        unsealed += run.id not in known.seals
        runs += 1
    if missing:
        raise BrokenAudit(f"run {min(missing)} was published and is missing")
    try:
        uploaders.prove(session, entries, blobs, complete=_complete(session, of="senders"))
    except uploaders.WrongUploader as error:
        raise BrokenAudit(str(error)) from None
    return Audited(len(entries), head.hash, runs - unsealed, len(known.older), unsealed)


def entries(database: Database, *, after: int, limit: int) -> list[AuditEntry]:
    """Some of the chain, in its order."""
    with database.read() as session:
        return list(session.scalars(_entries().where(AuditEntry.number > after).limit(limit)))


def last_change(session: Session) -> int:
    """The number of the last entry after which a board shows something else: whatever a clock
    says, it never goes back."""
    changes = select(AuditEntry.number).where(AuditEntry.action.in_(SHOWN))
    return session.scalar(changes.order_by(AuditEntry.number.desc()).limit(1)) or 0


def actor(session: Session, action: str, subject: str) -> str | None:
    """Who did that to ``subject`` last; None where nobody did."""
    done = _entries().where(AuditEntry.action == action, AuditEntry.subject == subject)
    last = session.scalars(done.order_by(None).order_by(AuditEntry.number.desc()).limit(1))
    entry = last.one_or_none()
    return entry.actor if entry else None


@dataclass(frozen=True, slots=True)
class _KnownRuns:
    """What the record says of runs."""

    seals: dict[str, dict[str, Any]]
    older: set[str]
    withdrawn: dict[str, str]
    """Run to the reason."""

    purged: set[str]

    first: AuditEntry | None
    complete: bool

    @classmethod
    def of(cls, entries: list[AuditEntry]) -> "_KnownRuns":
        published = {e.subject for e in entries if e.action == "run.published"}
        sealed = {e.subject for e in entries if e.action in SEALS}
        return cls(
            seals=_last_seals(entries),
            older=sealed - published,
            withdrawn={
                e.subject: e.detail.get("reason", "")
                for e in entries
                if e.action == "run.withdrawn"
            },
            purged={e.subject for e in entries if e.action == "run.purged"},
            first=entries[0] if entries else None,
            complete=any(e.action == COMPLETE for e in entries),
        )

    def prove(self, run: RunRow, past: list[PastScore]) -> None:
        """Raise `BrokenAudit` where ``run`` is not what the record says."""
        sealed = self.seals.get(run.id)
        if sealed is None:
            self._prove_older(run)
        elif sealed["seal"] != seal(run):
            raise BrokenAudit(f"run {run.id}: it differs from what was published")
        elif "history" in sealed and sealed["history"] != seal_history(run, past):
            raise BrokenAudit(f"run {run.id}: the history of its scores was changed")
        elif "history" not in sealed and self.complete:
            raise BrokenAudit(f"run {run.id}: it was changed before seals began")
        if (run.withdrawn is not None) != (run.id in self.withdrawn):
            raise BrokenAudit(f"run {run.id}: the audit has no entry for this withdrawal")
        if run.withdrawn is not None and run.withdrawn_why != self.withdrawn[run.id]:
            raise BrokenAudit(f"run {run.id}: it was withdrawn for another reason")
        if run.purged is not None and run.id not in self.purged:
            raise BrokenAudit(f"run {run.id}: the audit has no entry for this purge")

    def _prove_older(self, run: RunRow) -> None:
        """One without a seal may be older than the record, as long as that is not complete."""
        late = self.first and run.published and run.published >= self.first.moment
        if self.complete or late:
            raise BrokenAudit(f"run {run.id} is on the board, but the audit has no entry for it")


def _prove_access(session: Session, entries: list[AuditEntry]) -> None:
    """Organisations, tokens and keys are as the record has them, and there are no others."""
    organisations = _details(entries, "organisation.set")
    for owner in session.scalars(select(Organisation)):
        said = _said(organisations, "organisation", owner.id)
        if said["private"] != owner.private:
            raise BrokenAudit(f"organisation {owner.id}: who sees its runs was changed")
    revoked = {entry.subject for entry in entries if entry.action.endswith(".revoked")}
    tokens = _details(entries, "token.made")
    for token in session.scalars(select(AccessToken)):
        said = _said(tokens, "token", token.id)
        same = [said["scopes"], said["organisation"]] == [sorted(token.scopes), token.organisation]
        # Tokens of the first releases have no seal.
        if not same or said.get("seal", seal_token(token)) != seal_token(token):
            raise BrokenAudit(f"token {token.id}: it was changed since it was made")
        if (token.revoked is not None) != (token.id in revoked):
            raise BrokenAudit(f"token {token.id}: the audit disagrees on whether it was revoked")
    keys = _details(entries, "key.added")
    for key in session.scalars(select(SigningKey)):
        said = _said(keys, "key", key.id)
        # Keys of the first releases have no name there.
        same = said.get("name", key.name) == key.name
        if not same or [said["public"], said["organisation"]] != [
            key.public.hex(),
            key.organisation,
        ]:
            raise BrokenAudit(f"key {key.id}: it was changed since it was added")
        if (key.revoked is not None) != (key.id in revoked):
            raise BrokenAudit(f"key {key.id}: the audit disagrees on whether it was revoked")
    for kind, left in (("organisation", organisations), ("token", tokens), ("key", keys)):
        if left:
            raise BrokenAudit(f"{kind} {min(left)} was made and is missing")


def _prove_snapshots(session: Session, entries: list[AuditEntry]) -> None:
    """Snapshots of comparisons are as they were taken, and none is gone."""
    known = _details(entries, "snapshot.taken")
    complete = _complete(session, of="snapshots")
    in_pieces = select(Snapshot).execution_options(yield_per=100)
    with closing(session.scalars(in_pieces)) as snapshots:
        for row in snapshots:
            said = known.pop(row.id, None)
            if said is None and complete:
                raise BrokenAudit(f"snapshot {row.id} exists, but the audit has no entry for it")
            if said is not None and said["seal"] != seal_snapshot(row):
                raise BrokenAudit(f"snapshot {row.id}: it differs from what was compared")
    if known:
        raise BrokenAudit(f"snapshot {min(known)} was taken and is missing")


def _details(entries: list[AuditEntry], action: str) -> dict[str, dict[str, Any]]:
    """Subject to what the last such entry says of it."""
    return {entry.subject: entry.detail for entry in entries if entry.action == action}


def _said(known: dict[str, dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    """What the record says of ``name``, which is taken out of ``known``."""
    said = known.pop(name, None)
    if said is None:
        raise BrokenAudit(f"{kind} {name} exists, but the audit has no entry for it")
    return said


def _entries() -> Select[AuditEntry]:
    return select(AuditEntry).order_by(AuditEntry.number)


def _head(session: Session) -> AuditHead:
    head = session.scalars(select(AuditHead)).one_or_none()
    if head is None:
        raise BrokenAudit("the audit has no head: it was emptied; restore the board from a backup")
    return head


def _complete(session: Session, *, of: str = "runs") -> bool:
    """Whether everything older has its seal: published ``runs``, their ``senders``,
    ``snapshots`` of comparisons."""
    marked = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == COMPLETE))
    return any(of in detail or of == "runs" for detail in marked)


def _last_seals(entries: Iterable[AuditEntry]) -> dict[str, dict[str, Any]]:
    """Run to what was sealed of it last."""
    return {entry.subject: entry.detail for entry in entries if entry.action in SEALS}


def _published(session: Session) -> Iterator[RunRow]:
    """Every run that was published, withdrawn or not; some at a time."""
    scores = selectinload(RunRow.tasks).selectinload(TaskRow.scores)
    published = select(RunRow).where(RunRow.published.is_not(None)).options(scores)
    with closing(session.scalars(published.execution_options(yield_per=100))) as runs:
        yield from runs


def _past(session: Session, run: RunRow) -> list[PastScore]:
    """The scores that a run had before."""
    return list(session.scalars(select(PastScore).where(PastScore.run_id == run.id)))


def _prove_chain(entries: list[AuditEntry], head: AuditHead) -> None:
    previous = "0" * 64
    for number, entry in enumerate(entries, start=1):
        if entry.number != number:
            raise BrokenAudit(f"audit entry {number} is missing")
        if entry.previous != previous or entry.hash != _hash(entry):
            raise BrokenAudit(f"audit entry {number} was changed: {entry.action} {entry.subject}")
        previous = entry.hash
    if (head.number, head.hash) != (len(entries), previous):
        raise BrokenAudit(f"the audit ends at {len(entries)} and should end at {head.number}")


def _hash(entry: AuditEntry) -> str:
    parts = [entry.number, moment(entry.moment), entry.actor, entry.action, entry.subject]
    return hashlib.sha256(canonical([*parts, entry.detail, entry.previous]).encode()).hexdigest()
