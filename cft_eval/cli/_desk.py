"""`cft-eval server …`: what reviewers and admins look at and decide, as on the board's pages."""

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from cft_eval.cli._say import say
from cft_eval.figures import percent
from cft_eval.plain import printable

if TYPE_CHECKING:
    from cft_eval.server.access.auth import Principal
    from cft_eval.server.foundation.settings import ServerSettings
    from cft_eval.server.store.blobs import Blobs
    from cft_eval.server.store.database import Database

    Store = Callable[
        [argparse.Namespace], AbstractContextManager[tuple[ServerSettings, Database, Blobs]]
    ]


def configure(add: Callable[..., argparse.ArgumentParser], store: "Store") -> None:
    def command(name: str, work: Callable[..., None], summary: str) -> argparse.ArgumentParser:
        def run(args: argparse.Namespace) -> int:
            with store(args) as (settings, database, blobs):
                work(args, settings, database, blobs)
            return 0

        return add(name, run, summary)

    one = command("reviews", _reviews, "list runs that wait for a review, or show one")
    one.add_argument("id", nargs="?", help="the upload: its scores, its claims, what differs")
    one = command("review", _review, "publish a run, or reject it")
    one.add_argument("id", help="the upload")
    one.add_argument("decision", choices=("publish", "reject"), help="the decision")
    one.add_argument("reason", help="the public reason")
    one = command("withdraw", _withdraw, "take a run off the board; it stays in the record")
    one.add_argument("run_id", metavar="RUN", help="the run's id")
    one.add_argument("reason", help="the public reason")
    command("organisations", _organisations, "list organisations, what they use, and quotas")
    command("keys", _keys, "list signing keys")
    one = command("jobs", _jobs, "list evaluations, or show one with its log")
    one.add_argument("id", nargs="?", help="the evaluation")
    command("status", _status, "queue, store and disk of the board")


def _me() -> "Principal":
    from cft_eval.server.access.auth import Principal, Scope

    return Principal("command line", scopes=frozenset(Scope), everything=True)


def _reviews(
    args: argparse.Namespace, settings: "ServerSettings", database: "Database", blobs: "Blobs"
) -> None:
    from cft_eval.server.intake.uploads import Uploads
    from cft_eval.server.queries.waiting import WaitingRuns

    if args.id is None:
        uploads = Uploads(database, blobs, settings)
        for upload in uploads.waiting(by=_me()):
            owner = upload.organisation or "the server"
            model = printable(uploads.model(upload.id))
            say(f"{upload.id}  {model}  {owner}  {upload.rows:,} responses")
        return
    run = WaitingRuns(database, blobs).get(args.id, by=_me())
    say(f"{printable(run.record.run.model.name)}, sent by {run.uploader}")
    for task, difference in zip(run.record.tasks, run.differences, strict=True):
        claimed = task.claimed["strict"]
        said = "nothing claimed" if claimed is None else f"claimed {percent(claimed)}"
        say(
            f"{task.task}: {percent(task.accuracy['strict'])} here, {said}; "
            f"{difference.differing:,} of {difference.responses:,} verdicts differ"
        )


def _review(
    args: argparse.Namespace, settings: "ServerSettings", database: "Database", blobs: "Blobs"
) -> None:
    from cft_eval.server.operate.review import Decision, Review

    said = Decision(decision=args.decision, reason=args.reason)
    Review(database).decide(args.id, said, by=_me())


def _withdraw(
    args: argparse.Namespace, settings: "ServerSettings", database: "Database", blobs: "Blobs"
) -> None:
    from cft_eval.server.operate.review import Review, Withdrawal

    Review(database).withdraw(args.run_id, Withdrawal(reason=args.reason), by=_me())


def _organisations(
    args: argparse.Namespace, settings: "ServerSettings", database: "Database", blobs: "Blobs"
) -> None:
    from cft_eval.server.operate.accounts import Accounts
    from cft_eval.server.operate.status import BoardHealth

    private = {each.name: each.private for each in Accounts(database).organisations(_me())}
    for used in BoardHealth(database, blobs, settings).status().usage:
        name = used.organisation or "the server"
        seen = "" if used.organisation is None else "private" if private[name] else "public"
        limit = "no limit" if used.quota_bytes is None else f"of {used.quota_bytes:,}"
        say(f"{name}  {seen}  {used.bytes:,} bytes {limit}, {used.checkpoint_bytes:,} of weights")


def _keys(
    args: argparse.Namespace, settings: "ServerSettings", database: "Database", blobs: "Blobs"
) -> None:
    from cft_eval.server.operate.accounts import Accounts

    for key in Accounts(database).keys(_me()):
        state = "revoked" if key.revoked else "counts"
        say(f"{key.id}  {printable(key.name)}  {key.organisation or 'the server'}  {state}")


def _jobs(
    args: argparse.Namespace, settings: "ServerSettings", database: "Database", blobs: "Blobs"
) -> None:
    from cft_eval.plain import lines
    from cft_eval.server.work.evaluations import Evaluations

    evaluations = Evaluations(database)
    if args.id is not None:
        status = evaluations.status(args.id, by=_me())
        say(f"{status.state}, {status.attempts} tries {printable(status.reason or '')}".rstrip())
        say(lines(evaluations.log(args.id, by=_me())))
        return
    for job in evaluations.recent(by=_me(), limit=100):
        request = job.request
        what = request.name or request.model or request.path or request.checkpoint or ""
        say(f"{job.id}  {job.state}  {printable(what)}  {','.join(request.tasks)}")


def _status(
    args: argparse.Namespace, settings: "ServerSettings", database: "Database", blobs: "Blobs"
) -> None:
    from cft_eval.server.operate.status import BoardHealth

    health = BoardHealth(database, blobs, settings)
    status = health.status()
    store = status.storage_seconds
    said = "does not answer" if store is None else f"answers in {1000 * store:.0f} ms"
    say(f"queue: the oldest waits {status.queue_seconds:,.0f} s; the store {said}")
    say(f"disk: {status.disk_free_bytes:,} bytes free")
    for upload in health.queue():
        say(f"{upload.id[:16]}  {upload.state}  {printable(upload.reason or '')}")
