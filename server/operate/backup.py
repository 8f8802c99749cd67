"""Copy a board to a backup, from one, or between databases; and prove that a board is intact.

A backup is a folder that is itself a board: ``board.db`` (SQLite, whatever the board runs on) and
``blobs``. So one function does all three ways. Blobs are never replaced, so those of a running
board can be copied after its tables: what the tables name is there by then.

A damaged blob stops nothing: the rest is copied, and who needs the blob is named. Anything else
that fails leaves no board at all.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Table, func, insert, make_url, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cft_eval.errors import CftError, storage_errors
from cft_eval.server.intake.grading import CORRECT
from cft_eval.server.ledger import audit
from cft_eval.server.store.blob_references import owners
from cft_eval.server.store.blobs import Blobs, DamagedBlob
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import Base, RunRow, State, TaskRow, UploadRow

NOT_COPIED = frozenset({"blob_marks", "browser_sessions", "notice_cursors"})
"""What counts on one running board alone."""

ROWS = 200
"""Rows copied at a time: a suite run has some 100 kB of vectors."""

UNFINISHED = [State.RECEIVING, State.RECEIVED, State.VALIDATED]
"""Uploads whose bytes lie in the server's inbox; they are pushed again."""


class NotEmpty(CftError):
    """A board is copied into an empty database only."""


class NotCopied(CftError):
    """A copy that could not be written, or read."""

    def __init__(self, error: Exception) -> None:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        super().__init__(f"the copy failed: {why}; its files are invalid, so copy again")


class NotProved(CftError):
    """A board is not what it should be; each fault is a line."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Copied:
    """How much was copied."""

    rows: int
    blobs: int
    """Blobs that the target did not have."""

    damage: tuple[str, ...]
    """What could not be copied, a line for each that needs it: ``run ID, the samples of …``."""

    proved: "Proved | None" = None


@dataclass(frozen=True, slots=True)
class Proved:
    """What `verify` looked at."""

    runs: int
    blobs: int
    audit: audit.Audited


def backup(source: Database, blobs: Blobs, folder: Path) -> Copied:
    """Copy a running board into ``folder``; blobs that are there already are not copied again."""
    folder.mkdir(parents=True, exist_ok=True)
    with _beside(folder / "board.db") as target:
        return copy(source, blobs, target, Blobs(str(folder / "blobs")))


def restore(folder: Path, url: str, blobs: Blobs, *, prove: bool) -> Copied:
    """Fill the empty board at ``url`` and ``blobs`` from a backup, or leave nothing there.

    Raises `NotProved` where ``prove`` finds a fault, `NotEmpty` where a board is there already.
    """
    there = set(blobs.names())
    source = Database(f"sqlite:///{folder / 'board.db'}")
    try:
        with _filling(url) as target:
            return copy(source, Blobs(str(folder / "blobs")), target, blobs, prove=prove)
    except BaseException:
        for name in set(blobs.names()) - there:
            blobs.delete(name)
        raise
    finally:
        source.close()


def copy(
    source: Database,
    source_blobs: Blobs,
    target: Database,
    target_blobs: Blobs,
    *,
    prove: bool = False,
) -> Copied:
    """Copy everything published or decided; all tables come over in one transaction, the last one.

    ``prove``: only where `verify` would find no fault. Raises `NotCopied` where a disk is full or a
    database goes away.
    """
    try:
        return _copy(source, source_blobs, target, target_blobs, prove)
    except OperationalError as error:
        raise NotCopied(error) from error
    except storage_errors() as error:
        raise NotCopied(error) from error


def _copy(
    source: Database, source_blobs: Blobs, target: Database, target_blobs: Blobs, prove: bool
) -> Copied:
    rows = 0
    with _snapshot(source) as reading, target.write(shared=False) as session:
        writing = session.connection()
        taken = _filled(writing)
        if taken is not None:
            raise NotEmpty(
                f"the target already holds a board ({taken} has rows); use an empty database"
            )
        for table in Base.metadata.sorted_tables:
            if table.name == "audit_head":
                writing.execute(table.delete())
            if table.name in NOT_COPIED:
                continue
            for chunk in _rows(reading, table):
                writing.execute(insert(table), chunk)
                rows += len(chunk)
        copied, damaged = _copy_blobs(source_blobs, target_blobs)
        damage = tuple(_needed(session, target_blobs, damaged))
        proved = _prove(session, target_blobs) if prove else None
    return Copied(rows, copied, damage, proved)


def verify(database: Database, blobs: Blobs) -> Proved:
    """Prove every blob, every score against its vector and the audit; raises `NotProved`."""
    with database.read() as session:
        return _prove(session, blobs)


def _prove(session: Session, blobs: Blobs) -> Proved:
    faults = list(_wrong_scores(session))
    damaged: dict[str, str] = {}
    proved: set[str] = set()
    for name, owner in owners(session):
        if name not in proved:
            proved.add(name)
            try:
                blobs.prove(name)
            except DamagedBlob as error:
                damaged[name] = str(error)
        if name in damaged:
            faults.append(f"{owner}: {damaged[name]}")
    audited: audit.Audited | None = None
    try:
        audited = audit.prove(session, blobs=blobs)
    except audit.BrokenAudit as error:
        faults.append(str(error))
    if faults or audited is None:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise NotProved("\n".join([f"{count}:", *faults]))
    runs = session.scalars(select(func.count()).select_from(RunRow)).one()
    return Proved(runs, len(proved), audited)


def _wrong_scores(session: Session) -> Iterator[str]:
    in_pieces = select(TaskRow).execution_options(yield_per=100)
    with closing(session.scalars(in_pieces)) as tasks:
        for task in tasks:
            for score in task.scores:
                if score.accuracy != score.outcomes.count(CORRECT) / len(score.outcomes):
                    yield (
                        f"run {task.run_id}, {task.task}, {score.policy}: the score is "
                        f"{score.accuracy} and its vector says otherwise"
                    )


@contextmanager
def _filling(url: str) -> Iterator[Database]:
    """The database at ``url``; a SQLite file that is not there yet appears when it is whole."""
    address = make_url(url)
    file = Path(address.database or "") if address.get_backend_name() == "sqlite" else None
    if file is not None and not file.exists():
        with _beside(file) as database:
            yield database
        return
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _beside(final: Path) -> Iterator[Database]:
    """A new SQLite database that replaces ``final`` where the block succeeds."""
    partial = final.with_name(f"{final.name}.partial")
    _forget(partial)  # of one that was killed
    try:
        database = Database(f"sqlite:///{partial}")
        try:
            yield database
            with database.engine.connect() as connection:  # no -wal file beside it
                connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
        finally:
            database.close()
        partial.replace(final)
    finally:
        _forget(partial)


def _forget(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def _snapshot(database: Database) -> "Connection":
    """One moment of the database, however long the copy takes."""
    connection = database.engine.connect()
    if database.engine.dialect.name != "sqlite":
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def _filled(connection: Connection) -> str | None:
    """A table that is not empty; None where all are."""
    for table in Base.metadata.sorted_tables:
        if table.name != "audit_head" and connection.scalar(
            select(func.count()).select_from(table)
        ):
            return table.name
    return None


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    query = select(table).order_by(*table.primary_key.columns)
    unfinished = select(UploadRow.id).where(UploadRow.state.in_(UNFINISHED))
    if table.name == "uploads":
        query = query.where(table.c.state.not_in(UNFINISHED))
    if table.name == "upload_parts":
        query = query.where(table.c.upload_id.not_in(unfinished))
    result = connection.execution_options(yield_per=ROWS).execute(query)
    for chunk in result.partitions():
        rows = [dict(row._mapping) for row in chunk]
        if table.name == "uploads":  # its worker is not here
            rows = [{**row, "worker": None, "lease_until": None} for row in rows]
        yield rows


def _copy_blobs(source: Blobs, target: Blobs) -> tuple[int, set[str]]:
    """How many blobs were copied, and which are damaged."""
    copied, damaged = 0, set()
    with TemporaryDirectory(prefix="cft-eval-blobs-") as folder:
        for name in source.names():
            if target.has(name):
                continue
            # By way of a file: a checkpoint may be larger than memory.
            try:
                source.fetch(name, Path(folder) / "blob")
            except DamagedBlob:
                damaged.add(name)
                continue
            target.put_file(Path(folder) / "blob", name)
            copied += 1
    return copied, damaged


def _needed(session: Session, blobs: Blobs, damaged: set[str]) -> Iterator[str]:
    """Who needs a blob that did not come over."""
    there = set(blobs.names())
    for name, owner in owners(session):
        if name not in there:
            yield f"{owner}: blob {name} is {'damaged' if name in damaged else 'gone'}"
