"""What was done, by whom: a chain in which each entry holds the hash of the one before.

Comes in: an action within the transaction that does it, so that neither is there without the other.
Goes out: the whole chain, proved. The database refuses to change an entry; who gets around that
breaks the chain, and who writes all of it anew has another head than the one that was noted
elsewhere.
"""

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from cft_eval.errors import CftError
from cft_eval.server.database import Database
from cft_eval.server.models import RunRow, TaskRow, now
from cft_eval.server.models_access import AuditEntry, AuditHead

SEALS = {"run.published", "run.regraded"}
"""Actions whose entry holds the run's seal."""


class BrokenAudit(CftError):
    """The record does not prove itself."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Audited:
    """What was proved."""

    entries: int
    head: str
    runs: int
    """Published runs whose scores are the ones in the record."""

    unsealed: int
    """Runs published before there was a record."""


def record(session: Session, *, actor: str, action: str, subject: str, **detail: Any) -> None:
    """Add an entry to the chain, in the transaction of ``session``."""
    # A writer is alone: two entries never stand on the same one.
    head = session.scalars(select(AuditHead)).one()
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


def seal(run: RunRow) -> str:
    """A hash over what a run says, scored and is shown as: a changed score changes it, and so does
    another name, or being shown to others."""
    said = [run.model, run.base_model, run.method, _moment(run.evaluated), run.private_to]
    facts = [run.id, run.manifest, run.checker_version, run.outcomes, *said]
    digest = hashlib.sha256(_canonical(facts).encode())
    for task in sorted(run.tasks, key=lambda task: task.task):
        sizes = [task.benchmark, task.items, task.repeats, task.expected, task.truncated]
        places = [task.task, task.samples_blob, task.verdicts_blob]
        digest.update(_canonical([*places, *sizes]).encode())
        digest.update(task.item_hashes)
        digest.update(task.positions)
        for score in sorted(task.scores, key=lambda score: score.policy):
            digest.update(_canonical([score.policy, score.accuracy, score.claimed]).encode())
            digest.update(score.outcomes)
    return digest.hexdigest()


def verify(database: Database, *, expected: str | None = None) -> Audited:
    """Prove the chain and every published score, or raise `BrokenAudit` with the first fault.

    ``expected`` is a head that was noted elsewhere: it must be in the chain.
    """
    with database.read() as session:
        return prove(session, expected=expected)


def prove(session: Session, *, expected: str | None = None) -> Audited:
    """`verify`, in a transaction that is open."""
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    head = session.scalars(select(AuditHead)).one()
    _prove_chain(list(entries), head)
    if expected is not None and expected not in {entry.hash for entry in entries}:
        raise BrokenAudit(f"the head {expected} is not in the audit: it was written anew")
    seals = {e.subject: e.detail["seal"] for e in entries if e.action in SEALS}
    taken = {e.subject for e in entries if e.action == "run.withdrawn"}
    missing = set(seals)
    first = entries[0] if entries else None
    unsealed = runs = 0
    published = select(RunRow).where(RunRow.published.is_not(None))
    scores = selectinload(RunRow.tasks).selectinload(TaskRow.scores)
    in_pieces = published.options(scores).execution_options(yield_per=100)
    with closing(session.scalars(in_pieces)) as runs_there:
        for run in runs_there:
            _prove_run(run, seals.get(run.id), first)
            if (run.withdrawn is not None) != (run.id in taken):
                raise BrokenAudit(f"run {run.id}: the audit knows of no such withdrawal")
            missing.discard(run.id)
            unsealed += run.id not in seals
            runs += 1
    if missing:
        raise BrokenAudit(f"run {min(missing)} was published and is gone")
    return Audited(len(entries), head.hash, runs - unsealed, unsealed)


def entries(database: Database, *, after: int, limit: int) -> list[AuditEntry]:
    """Some of the chain, in its order."""
    wanted = select(AuditEntry).where(AuditEntry.number > after).order_by(AuditEntry.number)
    with database.read() as session:
        return list(session.scalars(wanted.limit(limit)))


def _prove_run(run: RunRow, sealed: str | None, first: AuditEntry | None) -> None:
    """A run is what was sealed; one without a seal is older than the record."""
    if sealed is not None:
        if sealed != seal(run):
            raise BrokenAudit(f"run {run.id}: it is not what was published")
    elif first is not None and run.published is not None and run.published >= first.moment:
        raise BrokenAudit(f"run {run.id} is on the board, and the audit does not know of it")


def _prove_chain(entries: list[AuditEntry], head: AuditHead) -> None:
    previous = "0" * 64
    for number, entry in enumerate(entries, start=1):
        if entry.number != number:
            raise BrokenAudit(f"audit entry {number} is gone")
        if entry.previous != previous or entry.hash != _hash(entry):
            raise BrokenAudit(f"audit entry {number} was changed: {entry.action} {entry.subject}")
        previous = entry.hash
    if (head.number, head.hash) != (len(entries), previous):
        raise BrokenAudit(f"the audit ends at {len(entries)} and should end at {head.number}")


def _hash(entry: AuditEntry) -> str:
    parts = [entry.number, _moment(entry.moment), entry.actor, entry.action, entry.subject]
    return hashlib.sha256(_canonical([*parts, entry.detail, entry.previous]).encode()).hexdigest()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
