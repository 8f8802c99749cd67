"""Copy a board: into a backup, out of one, or from one database to another.

A backup is a folder that is itself a board: ``board.db`` (SQLite, whatever the board runs on) and
``blobs``. So one function does all three ways. Blobs are never replaced, so those of a running
board can be copied after its tables: what the tables name is there by then.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Table, func, insert, select

import cft_eval.server.models_access
import cft_eval.server.models_work
import cft_eval.server.visitors  # noqa: F401 - their tables are copied too
from cft_eval.errors import CftError
from cft_eval.server import audit
from cft_eval.server.blobs import Blobs
from cft_eval.server.database import Database
from cft_eval.server.grading import CORRECT
from cft_eval.server.models import Base, RunRow, State, TaskRow, Upload

ROWS = 200
"""Rows copied at a time: a suite run has some 100 kB of vectors."""

UNFINISHED = [State.RECEIVING, State.RECEIVED, State.VALIDATED]
"""Uploads whose bytes lie in the server's inbox; they are pushed again."""


class NotEmpty(CftError):
    """A board is copied into an empty place only."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How much was copied."""

    rows: int
    blobs: int
    """Blobs that the target did not have."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What `verify` looked at."""

    runs: int
    blobs: int
    audit: audit.Audited


def backup(source: Database, blobs: Blobs, folder: Path) -> Copied:
    """Copy a running board into ``folder``; blobs that are there already are not copied again."""
    folder.mkdir(parents=True, exist_ok=True)
    final, partial = folder / "board.db", folder / "board.db.partial"
    partial.unlink(missing_ok=True)
    target = Database(f"sqlite:///{partial}")
    try:
        copied = copy(source, blobs, target, Blobs(str(folder / "blobs")))
        with target.engine.connect() as connection:  # no -wal file beside it
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    finally:
        target.close()
    partial.replace(final)
    return copied


def copy(source: Database, source_blobs: Blobs, target: Database, target_blobs: Blobs) -> Copied:
    """Copy everything published or decided; all tables come over in one transaction."""
    rows = 0
    with _snapshot(source) as reading, target.write() as session:
        writing = session.connection()
        taken = _filled(writing)
        if taken is not None:
            raise NotEmpty(
                f"the target holds a board already ({taken} has rows); give an empty database"
            )
        for table in Base.metadata.sorted_tables:
            if table.name == "audit_head":
                writing.execute(table.delete())
            for chunk in _rows(reading, table):
                writing.execute(insert(table), chunk)
                rows += len(chunk)
    return Copied(rows, _copy_blobs(source_blobs, target_blobs))


def verify(database: Database, blobs: Blobs) -> Proved:
    """Prove every blob, every score against its vector and the audit; raises what is wrong."""
    names: set[str] = set()
    with database.read() as session:
        in_pieces = select(TaskRow).execution_options(yield_per=100)
        with closing(session.scalars(in_pieces)) as tasks:
            for task in tasks:
                names |= {task.samples_blob, task.verdicts_blob}
                _prove_scores(task)
        for upload in session.scalars(select(Upload).where(Upload.signature.is_not(None))):
            names.add((upload.signature or {})["manifest"])
        runs = session.scalars(select(func.count()).select_from(RunRow)).one()
    for name in sorted(names):
        blobs.get(name)
    return Proved(runs, len(names), audit.verify(database))


def _prove_scores(task: TaskRow) -> None:
    for score in task.scores:
        if score.accuracy != score.outcomes.count(CORRECT) / len(score.outcomes):
            raise CftError(
                f"run {task.run_id}, {task.task}, {score.policy}: the score is "
                f"{score.accuracy} and its vector says otherwise"
            )


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
    unfinished = select(Upload.id).where(Upload.state.in_(UNFINISHED))
    if table.name == "uploads":
        query = query.where(table.c.state.not_in(UNFINISHED))
    if table.name == "upload_parts":
        query = query.where(table.c.upload_id.not_in(unfinished))
    found = connection.execution_options(yield_per=ROWS).execute(query)
    for chunk in found.partitions():
        rows = [dict(row._mapping) for row in chunk]
        if table.name == "uploads":  # its worker is not here
            rows = [{**row, "worker": None, "lease_until": None} for row in rows]
        yield rows


def _copy_blobs(source: Blobs, target: Blobs) -> int:
    copied = 0
    with TemporaryDirectory(prefix="cft-eval-blobs-") as folder:
        for name in source.names():
            if not target.has(name):
                # By way of a file: a checkpoint may be larger than memory.
                source.fetch(name, Path(folder) / "blob")
                target.put_file(Path(folder) / "blob", name)
                copied += 1
    return copied
