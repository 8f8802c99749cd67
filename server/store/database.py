"""Open the database, bring its tables up to date, and open sessions.

SQLite in WAL mode by default. On every database readers never wait, and a writer takes the one
writers' lock when it begins: two writers queue, and what one has read is still so when it decides.
All others wait meanwhile, so nothing slow is done under it: no disk, bucket or network is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Condition, local
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import (
    Connection,
    Engine,
    ExceptionContext,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.exc import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,
)
from sqlalchemy.orm import Session

from cft_eval.errors import CftError
from cft_eval.server.foundation.errors import BoardError, DamagedDatabase, NoSpace, Unavailable
from cft_eval.server.store import models_access, models_blobs, models_visitors, models_work
from cft_eval.server.store.models import Utc

TABLES = (models_access, models_blobs, models_visitors, models_work)
"""Whoever has a database knows all of its tables: a backup copies them."""

BUSY_MS = 15_000
"""How long a writer waits for another before it gives up: longer than any of our transactions."""

WRITERS = 0x6366745F6576616C
"""The number of the writers' lock of PostgreSQL, which counts within one database."""

LIMITS = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}
"""Of libpq, where the URL does not say otherwise: a machine that is gone without a word is noticed
within half a minute. By itself the system would wait for a quarter of an hour."""

POOL_SECONDS = 10
"""How long a request waits until another one gives its connection back."""

CLOSE_SECONDS = 10
"""How long the end waits for whoever still reads: a large board is read in half of it."""

AWAY = (OperationalError, InternalError, InterfaceError, TimeoutError)
"""What is raised where the database is gone, full or a standby now, or all connections to it are in
use."""

DISK_FULL = "53100"
"""PostgreSQL's code; SQLite has words alone."""

MIGRATIONS = Path(__file__).parent / "migrations"


def fault(error: Exception) -> BoardError:
    """One of `AWAY` in a sentence for whoever waits."""
    if "disk is full" in str(error) or _sqlstate(getattr(error, "orig", None)) == DISK_FULL:
        return NoSpace("the database has no space left; tell the server's owner", retry=60)
    return Unavailable("the database does not answer; try again in a moment", retry=2)


class NoDatabase(CftError):
    """The database cannot be opened, or is not one of ours."""


class Database:
    """Sessions on one database, whose tables are up to date once this is made.

    Raises `NoDatabase` where it cannot be opened.
    """

    def __init__(self, url: str) -> None:
        try:
            self.engine = _engine(url)
            self._writing = self.engine.execution_options(writes=True)
            self._used, self._idle, self._closing = 0, Condition(), False
            self.damaged: DamagedDatabase | None = None
            """What was read of damage last: a server that met it is not ready any more."""

            try:
                _migrate(self._writing)
            except BaseException:
                self.engine.dispose()
                raise
        except ModuleNotFoundError as error:
            raise NoDatabase(f"this database needs a driver: pip install {error.name}") from None
        except (SQLAlchemyError, CommandError) as error:
            why = str(getattr(error, "orig", None) or error).splitlines()[0]
            if "Can't locate revision" in why:
                why = "a newer release of cft-eval wrote it; upgrade this one"
            # Never the password, which may stand in the address.
            shown = make_url(url).render_as_string() if "://" in url else url
            raise NoDatabase(
                f"cannot open the database {shown}: {why}; see CFT_EVAL_DATABASE_URL and --data"
            ) from None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only looks."""
        with self._counted(), self._legible(), Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self, *, shared: bool = True) -> Iterator[Session]:
        """A session that commits at the end, or leaves no trace where the block raises.

        It is the only one that writes, in all processes of all servers on this database; raises
        `OperationalError` where another does not end within ``BUSY_MS``. ``shared``: whether
        others may wait meanwhile, so that no store may be asked.
        """
        changed = Session(self._writing, expire_on_commit=False)
        with (
            self._counted(),
            self._legible(),
            changed as session,
            session.begin(),
            _locked(shared),
        ):
            yield session

    @staticmethod
    def clock(session: Session) -> datetime:
        """The time by the database, which is one for all who lease from it."""
        return session.scalars(select(func.now(type_=Utc()))).one()

    @staticmethod
    def is_standby(session: Session) -> bool:
        """Whether the server behind this session takes no writes now.

        Then later sessions have new connections: the address may mean another server by now.
        """
        head = select(models_access.AuditHead.id)
        try:
            session.execute(head.limit(0).with_for_update())  # asks for the right, locks nothing
        except InternalError as error:
            if _sqlstate(error.orig) == READ_ONLY:
                return True
            raise
        return False

    def close(self) -> None:
        """Close every connection, those in use by other threads once they are done with them."""
        with self._idle:
            self._closing = True
            self._idle.wait_for(lambda: not self._used, timeout=CLOSE_SECONDS)
        self.engine.dispose()

    @contextmanager
    def _legible(self) -> Iterator[None]:
        """Damage is told as such, and no bug of ours."""
        try:
            yield
        except DatabaseError as error:
            why = _damage(error)
            if why is None:
                raise
            self.damaged = DamagedDatabase(why)
            raise self.damaged from error

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._idle:
            self._used += 1
        try:
            yield
        finally:
            with self._idle:
                self._used -= 1
                self._idle.notify_all()
                late = self._closing and not self._used
            if late:  # what came after the end opened a connection of its own
                self.engine.dispose()


_DAMAGE = ("malformed", "file is not a database", "corrupt")
"""What SQLite says of a file that it cannot read."""

_DAMAGE_STATES = ("XX001", "XX002")
"""PostgreSQL's: data corrupted, index corrupted."""


def _damage(error: DatabaseError) -> str | None:
    """What is wrong with the database's own pages; None where the error is another."""
    said = str(error.orig).splitlines()[0]
    damaged = _sqlstate(error.orig) in _DAMAGE_STATES
    return said if damaged or any(word in said for word in _DAMAGE) else None


_locks = local()


@contextmanager
def _locked(shared: bool) -> Iterator[None]:
    before = holds_lock()
    _locks.held = before or shared
    try:
        yield
    finally:
        _locks.held = before


def holds_lock() -> bool:
    """Whether this thread holds the writers' lock of a database that others may wait for."""
    return getattr(_locks, "held", False)


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        said = make_url(url).query
        limits = {name: value for name, value in LIMITS.items() if name not in said}
        engine = create_engine(
            url, pool_pre_ping=True, pool_timeout=POOL_SECONDS, connect_args=limits
        )
        event.listen(engine, "begin", _begin_postgres)
        event.listen(engine, "handle_error", _leave_standby)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, and too late: at the first write.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        "journal_mode = wal",
        "synchronous = normal",
        "foreign_keys = on",
    ):
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")


def _begin_postgres(connection: Connection) -> None:
    # One lock and not one a row: quotas and caps count rows that are not there yet, which no row
    # lock keeps away. Every entry of the audit waits for the one before it anyway.
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(f"set local lock_timeout = {BUSY_MS}")
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({WRITERS})")


READ_ONLY = "25006"
"""What PostgreSQL calls a write that it does not take: it is a standby now."""


def _leave_standby(context: ExceptionContext) -> None:
    # It answers pings and reads, so its connections would stay in the pool for ever, while the
    # address leads to the new primary.
    if _sqlstate(context.original_exception) == READ_ONLY:
        context.is_disconnect = True


def _sqlstate(error: BaseException | None) -> str | None:
    """PostgreSQL's code of an error; None where it gives none."""
    return getattr(error, "sqlstate", None)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _head() -> str | None:
    """The latest revision of the tables."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _migrate(engine: Engine) -> None:
    config = _config()
    with engine.begin() as connection:
        if MigrationContext.configure(connection).get_current_revision() == _head():
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to an older release; what it did not know is lost."""
    with database.write() as session:
        config = _config()
        config.attributes["connection"] = session.connection()
        command.downgrade(config, revision)
