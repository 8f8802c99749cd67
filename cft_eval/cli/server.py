"""`cft-eval server`: look after a board: tokens, keys, the audit, backups, grading again."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.cli import _desk, _purge
from cft_eval.cli._board import add_data, demand_owner, make_folder, settings_of
from cft_eval.cli._say import say
from cft_eval.errors import CftError, MissingExtra, first_line
from cft_eval.plain import as_json

if TYPE_CHECKING:
    from cft_eval.server.access.auth import Principal
    from cft_eval.server.foundation.settings import ServerSettings
    from cft_eval.server.ledger.audit import Audited
    from cft_eval.server.operate.accounts import Accounts
    from cft_eval.server.operate.regrade import Progress, RegradeReport
    from cft_eval.server.queries.label_reports import LabelReports
    from cft_eval.server.store.blobs import Blobs
    from cft_eval.server.store.database import Database

EPILOG = """
examples:
  cft-eval server organisation lab --data board          # its runs are for its own tokens alone
  cft-eval server token ana --organisation lab --scopes read,upload
  cft-eval server tokens                                  # and: revoke ID
  cft-eval server key ana.pub.pem --organisation lab      # signed uploads
  cft-eval server reviews                                 # and: review UPLOAD publish "…"
  cft-eval server status                                  # and: organisations, keys, jobs [ID]
  cft-eval server reports                                 # of wrong labels; and: settle ID "…"
  cft-eval server audit verify
  cft-eval server backup nightly                          # of the running board
  cft-eval server restore nightly --data board2 --verify
  cft-eval server move --to postgresql+psycopg://board@db/board
  cft-eval server regrade --dry-run                       # what this version's checker would change
  cft-eval server purge --days 30                         # what is no longer shown; then --yes
  cft-eval server settings

Settings come from the environment, as for `cft-eval serve` (docs/board.md lists all). For a board
in another folder than cft-eval-board, give --data to each command or set CFT_EVAL_SERVER_DATA.
"""

NAMED = 20
"""Damaged blobs that are named one by one."""

SCOPES = "read,upload"
"""What most people need."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    commands = parser.add_subparsers(required=True, metavar="WHAT")

    def add(
        name: str, work: Callable[[argparse.Namespace], int], summary: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary)
        add_data(command)
        command.set_defaults(work=work)
        return command

    _configure_access(add)
    _desk.configure(add, _store)
    _configure_store(add)


def _configure_access(add: "Callable[..., argparse.ArgumentParser]") -> None:
    command = add("organisation", _organisation, "make an organisation, or change its visibility")
    command.add_argument("name", help="its name")
    command.add_argument("--public", action="store_true", help="everybody sees its runs")
    command = add("token", _token, "make a token and print it")
    command.add_argument("name", help="the person or job it is for")
    command.add_argument(
        "--organisation", metavar="NAME", help="organisation whose runs it sends and sees"
    )
    command.add_argument("--scopes", default=SCOPES, help=f"read, upload, review, admin ({SCOPES})")
    command.add_argument("--days", type=float, help="days until it expires (90)")
    add("tokens", _tokens, "list the tokens")
    command = add("revoke", _revoke, "revoke a token or a key")
    command.add_argument("id", help="as `tokens` or `keys` lists it")
    command = add("key", _key, "let an organisation sign with an Ed25519 key; print the key's id")
    command.add_argument("pem", type=Path, help="the public key, as `openssl pkey -pubout` has it")
    command.add_argument("--name", help="owner's name (default: the file's name)")
    command.add_argument("--organisation", metavar="NAME", help="organisation that signs with it")
    add("reports", _reports, "list open label reports")
    command = add("settle", _settle, "close a label report with an answer")
    command.add_argument("id", help="the report")
    command.add_argument("answer", help="the public answer")
    command = add("audit", _audit, "verify the audit and every published score, or list the audit")
    command.add_argument("what", choices=("verify", "list"), help="prove it, or print it")
    command.add_argument("--head", help="an earlier head, which must be part of the chain")


def _configure_store(add: "Callable[..., argparse.ArgumentParser]") -> None:
    command = add("backup", _backup, "copy the board, running or not, into a folder")
    command.add_argument("folder", type=Path, metavar="DIR", help="folder of the backup")
    command = add("restore", _restore, "fill an empty board from a backup")
    command.add_argument("folder", type=Path, metavar="DIR", help="folder of the backup")
    command.add_argument("--verify", action="store_true", help="verify blobs, scores and audit")
    command = add("move", _move, "copy the board to another database, such as PostgreSQL")
    command.add_argument(
        "--to", required=True, metavar="URL", help="an empty database, by its SQLAlchemy URL"
    )
    command.add_argument("--blobs-to", metavar="URL", help="copy the blobs there too, as s3://…")
    command = add("regrade", _regrade, "grade runs of older checker versions again")
    command.add_argument("--dry-run", action="store_true", help="show what would change, and stop")
    command.add_argument("--json", action="store_true", help="as JSON")
    _purge.configure(add, _run_purge)
    add("settings", _settings, "print the settings in force, without secrets")


def run(args: argparse.Namespace) -> int:
    try:
        from cft_eval.server.store.database import AWAY, fault
    except ImportError:
        raise MissingExtra("the server", "server") from None
    try:
        status: int = args.work(args)
    except AWAY as error:
        raise CftError(f"{fault(error).detail} ({first_line(error)})") from None
    return status


def _organisation(args: argparse.Namespace) -> int:
    with _accounts(args, new=True) as (accounts, me):
        accounts.organisation(args.name, private=not args.public, by=me)
    return 0


def _token(args: argparse.Namespace) -> int:
    from cft_eval.server.access.auth import Scope
    from cft_eval.server.operate.accounts import TOKEN_DAYS

    try:
        scopes = frozenset(Scope(scope) for scope in args.scopes.split(","))
    except ValueError:
        known = ", ".join(Scope)
        raise CftError(f"--scopes: {args.scopes!r} are not all of: {known}") from None
    with _accounts(args, new=True) as (accounts, me):
        made = accounts.mint(
            args.name,
            scopes=scopes,
            organisation=args.organisation,
            days=TOKEN_DAYS if args.days is None else args.days,
            by=me,
        )
    say(made.token)
    say(f"token {made.id} until {made.expires:%Y-%m-%d}; it is shown this once", file=sys.stderr)
    return 0


def _tokens(args: argparse.Namespace) -> int:
    with _accounts(args) as (accounts, me):
        for token in accounts.tokens(me):
            state = "revoked" if token.revoked else f"until {token.expires:%Y-%m-%d}"
            owner = token.organisation or "the server"
            say(f"{token.id}  {token.name}  {owner}  {','.join(token.scopes)}  {state}")
    return 0


def _revoke(args: argparse.Namespace) -> int:
    with _accounts(args) as (accounts, me):
        accounts.revoke_token_or_key(args.id, by=me)
    return 0


def _key(args: argparse.Namespace) -> int:
    from cft_eval.server.access.signing import public_key

    if not args.pem.is_file():
        raise CftError(f"{args.pem}: no such file")
    public = public_key(args.pem.read_bytes())
    with _accounts(args, new=True) as (accounts, me):
        name = args.name or args.pem.stem
        say(accounts.add_key(name, public, organisation=args.organisation, by=me))
    return 0


def _reports(args: argparse.Namespace) -> int:
    from cft_eval.plain import printable

    with _label_reports(args) as reports:
        for report in reports.open():
            said = as_json([report.reference, report.note])
            about = f"{report.benchmark} #{report.position}"
            # Anybody wrote it: nothing in it may turn or colour a terminal's line.
            say(
                f"{report.id}  {report.created:%Y-%m-%d}  {about}  {report.kind}  {printable(said)}"
            )
    return 0


def _settle(args: argparse.Namespace) -> int:
    with _label_reports(args) as reports:
        reports.settle(args.id, args.answer, actor="command line")
    return 0


def _audit(args: argparse.Namespace) -> int:
    from cft_eval.server.ledger import audit

    with _store(args) as (_, database, blobs):
        if args.what == "list":
            for entry in audit.entries(database, after=0, limit=1_000_000):
                detail = as_json(dict(sorted(entry.detail.items())))
                say(
                    f"{entry.number}  {entry.moment:%Y-%m-%dT%H:%M:%SZ}  {entry.actor}  "
                    f"{entry.action}  {entry.subject}  {detail}"
                )
            return 0
        audited = audit.verify(database, blobs=blobs, expected=args.head)
    say(f"{audited.entries} entries, {audited.runs} published runs: proved")
    if audited.older:
        say(f"{audited.older} of them are older than the audit: proved since it began")
    _tell_unsealed(audited)
    say(f"head {audited.head}: note it elsewhere; `--head` proves that it is still in the chain")
    return 0


def _tell_unsealed(audited: "Audited") -> None:
    if audited.unsealed:
        say(
            f"{audited.unsealed} runs are older than the audit and not in it yet; start the server "
            "once, and it vouches for them as they are then",
            file=sys.stderr,
        )


def _backup(args: argparse.Namespace) -> int:
    from cft_eval.server.operate.backup import backup

    with _store(args) as (_, database, blobs):
        copied = backup(database, blobs, args.folder)
    say(f"{args.folder}: {copied.rows} rows, {copied.blobs} new blobs")
    return _tell(copied.damage, "the backup lacks them; the rest of the board is in it")


def _restore(args: argparse.Namespace) -> int:
    from cft_eval.server.operate.backup import restore
    from cft_eval.server.store.blobs import Blobs

    if not (args.folder / "board.db").is_file():
        raise CftError(f"{args.folder}: not a backup; `cft-eval server backup` writes one")
    settings = settings_of(args.data)
    make_folder(settings.server_data)
    blobs = Blobs(settings.blob_folder)
    copied = restore(args.folder, settings.database, blobs, prove=args.verify)
    say(f"{copied.rows} rows, {copied.blobs} blobs")
    if copied.proved:
        proved = copied.proved
        say(
            f"{proved.runs} runs, {proved.blobs} blobs, {proved.audit.entries} audit entries: "
            "proved"
        )
        _tell_unsealed(proved.audit)
    return _tell(copied.damage, "the backup lacks them; the rest of the board is here")


def _move(args: argparse.Namespace) -> int:
    from cft_eval.server.operate.backup import copy, verify
    from cft_eval.server.store.blobs import Blobs
    from cft_eval.server.store.database import Database

    with _store(args) as (_, database, blobs):
        target_blobs = Blobs(args.blobs_to) if args.blobs_to else blobs
        target = Database(args.to)
        copied = copy(database, blobs, target, target_blobs)
        say(f"{copied.rows} rows, {copied.blobs} blobs copied")
        proved = verify(target, target_blobs)
        target.close()
    say(f"{proved.runs} runs proved")
    say("set CFT_EVAL_DATABASE_URL to the new address and start the server", file=sys.stderr)
    return 0


def _regrade(args: argparse.Namespace) -> int:
    from cft_eval.server.operate.regrade import Regrade, RegradeReport

    with _store(args) as (settings, database, blobs), _bar() as progress:
        regrade = Regrade(database, blobs, graders=settings.graders, progress=progress)
        result = regrade.look() if args.dry_run else regrade.accept(actor="command line")
    damaged = [f"run {each.run}: {each.why}" for each in result.damaged]
    if isinstance(result, RegradeReport):
        say(_as_json(result) if args.json else _as_text(result))
        return _tell(damaged, "they would keep their scores")
    say(f"{result.runs} runs graded again; the scores before are kept")
    return _tell(damaged, "they keep their scores, of the checker before")


def _run_purge(args: argparse.Namespace) -> int:
    from cft_eval.server.operate.purge import RETENTION_DAYS, Purge

    with _store(args) as (_, database, blobs):
        days = RETENTION_DAYS if args.days is None else args.days
        purge = Purge(database, blobs, days=days, withdrawn=args.withdrawn)
        content = purge.accept(actor="command line") if args.yes else purge.look()
    _purge.tell(content, done=args.yes)
    return 0


def _tell(damage: "Sequence[str]", what: str) -> int:
    """Say what is damaged and what to do; the exit status: 1 where something is."""
    if not damage:
        return 0
    for line in damage[:NAMED]:
        say(line, file=sys.stderr)
    if len(damage) > NAMED:
        say(f"… and {len(damage) - NAMED:,} more", file=sys.stderr)
    say(
        f"{len(damage)} damaged: {what}. Bring each blob back from a backup, blobs/AB/CDEF… for "
        "blob ABCDEF…, into the same place here, and do this again.",
        file=sys.stderr,
    )
    return 1


def _settings(args: argparse.Namespace) -> int:
    for name, value in settings_of(args.data).redacted().items():
        say(f"CFT_EVAL_{name.upper()}={value}")
    return 0


@contextmanager
def _bar() -> "Iterator[Progress]":
    """Runs by number, the one at hand by name."""
    from cft_eval.cli._bar import progress_bar

    with progress_bar("runs") as bar:

        def show(run: str, number: int, of: int) -> None:
            bar.total = of
            bar.set_postfix_str(run, refresh=False)
            bar.update(number - bar.n)

        yield show


def _as_json(report: "RegradeReport") -> str:
    from dataclasses import asdict

    return as_json(asdict(report), indent=1)


def _as_text(report: "RegradeReport") -> str:
    lines = [f"checker {report.version}: {report.runs} runs were graded by another version"]
    for score in report.scores:
        lines.append(
            f"{score.run} {score.model} {score.task} {score.policy}: "
            f"{score.before:.4f} -> {score.after:.4f}, {len(score.samples)} samples"
        )
        lines += [
            f"    {sample.place}: {sample.before} -> {sample.after} (answer {sample.answer!r})"
            for sample in score.samples
        ]
    lines += [
        f"{rank.run} {rank.model} {rank.task} {rank.policy}: rank {rank.before} -> {rank.after}"
        for rank in report.ranks
    ]
    return "\n".join(lines)


@contextmanager
def _store(
    args: argparse.Namespace, *, new: bool = False
) -> "Iterator[tuple[ServerSettings, Database, Blobs]]":
    """The board on this machine, whether or not it runs; ``new``: made where there is none."""
    settings = settings_of(args.data)
    from cft_eval.server.store.blobs import Blobs
    from cft_eval.server.store.database import Database

    if new:
        make_folder(settings.server_data)
    elif (file := settings.database_file) and not file.is_file():
        raise CftError(f"{file.parent}: no board there; name its folder with --data")
    demand_owner(settings.database_file)
    database = Database(settings.database)
    try:
        yield settings, database, Blobs(settings.blob_folder)
    finally:
        database.close()


@contextmanager
def _label_reports(args: argparse.Namespace) -> "Iterator[LabelReports]":
    """What visitors left, all of it."""
    from cft_eval.server.access.auth import Viewer
    from cft_eval.server.queries.catalog import Catalog
    from cft_eval.server.queries.label_reports import LabelReports

    with _store(args) as (_, database, blobs):
        yield LabelReports(Catalog(database, blobs, Viewer(everything=True)))


@contextmanager
def _accounts(
    args: argparse.Namespace, *, new: bool = False
) -> "Iterator[tuple[Accounts, Principal]]":
    """Whoever can open the board's store may do everything."""
    from cft_eval.server.access.auth import Principal, Scope
    from cft_eval.server.operate.accounts import Accounts

    with _store(args, new=new) as (_, database, _blobs):
        me = Principal("command line", scopes=frozenset(Scope), everything=True)
        yield Accounts(database), me
