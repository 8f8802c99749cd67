"""Hashes over what the audit vouches for: a run, the history of its scores, its uploader, a
token, a snapshot of a comparison.

A seal is written into the entry of the action that made the thing so, and computed again to prove
it. What a seal is over never changes: what is to be sealed besides gets a seal of its own.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from cft_eval.server.store.models import PastScore, RunRow, UploadRow
from cft_eval.server.store.models_access import AccessToken
from cft_eval.server.store.models_visitors import Snapshot


def seal(run: RunRow) -> str:
    """A hash over what a run says, scored and is shown as: a changed score changes it, and so does
    another name, or being shown to others."""
    said = [run.model, run.base_model, run.method, moment(run.evaluated), run.private_to]
    facts = [run.id, run.manifest, run.checker_version, run.outcomes, *said]
    digest = hashlib.sha256(canonical(facts).encode())
    for task in sorted(run.tasks, key=lambda task: task.task):
        sizes = [task.benchmark, task.items, task.repeats, task.expected, task.truncated]
        content = [task.task, task.samples_blob, task.verdicts_blob]
        digest.update(canonical([*content, *sizes]).encode())
        digest.update(task.item_hashes)
        digest.update(task.positions)
        for score in sorted(task.scores, key=lambda score: score.policy):
            digest.update(canonical([score.policy, score.accuracy, score.claimed]).encode())
            digest.update(score.outcomes)
    return digest.hexdigest()


def seal_history(run: RunRow, past: Iterable[PastScore]) -> str:
    """A hash over when a run was graded and published, and over every score that it had before."""
    moments = [each and moment(each) for each in (run.graded, run.published)]
    digest = hashlib.sha256(canonical([run.id, *moments]).encode())
    for score in sorted(past, key=lambda each: (each.task, each.policy, each.checker_version)):
        facts = [score.task, score.policy, score.checker_version, score.accuracy]
        when = [moment(score.graded), moment(score.replaced)]
        digest.update(canonical([*facts, score.verdicts_blob, *when]).encode())
        digest.update(score.outcomes)
    return digest.hexdigest()


def seal_uploader(upload: "UploadRow | Row[Any]") -> str:
    """A hash over who sent a run, for whom, and the signature over what they announced.

    ``upload`` is one, or a row with its columns of these names.
    """
    names = ("key", "signature", "manifest")
    signed = upload.signature and [upload.signature[name] for name in names]
    facts = [upload.id, upload.actor, upload.organisation, upload.samples_sha256, signed]
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def seal_token(token: AccessToken) -> str:
    """A hash over what a token may do, and over the secret that it answers to."""
    ends = token.expires and moment(token.expires)
    whose = [token.id, token.name, token.organisation, token.created_by]
    facts = [*whose, sorted(token.scopes), token.digest, ends]
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def seal_snapshot(snapshot: Snapshot) -> str:
    """A hash over what was compared, and what its page says of it."""
    facts = [snapshot.id, snapshot.policy, snapshot.runs, snapshot.checkers, snapshot.outcomes]
    return hashlib.sha256(canonical([*facts, moment(snapshot.created)]).encode()).hexdigest()


def snapshot_id(policy: str, runs: Sequence[str], outcomes: Sequence[dict[str, Any]]) -> str:
    """The name of a snapshot, by what is compared: taken twice it is one."""
    content = json.dumps([policy, list(runs), list(outcomes)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def moment(when: datetime) -> str:
    """The same text for the same moment, whatever a database made of its zone."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")


def canonical(value: object) -> str:
    """The one way of writing a value of JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
