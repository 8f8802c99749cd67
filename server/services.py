"""Everything a route may use, made once for each server."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from cft_eval.server.blobs import Blobs
from cft_eval.server.catalog import Catalog
from cft_eval.server.database import Database
from cft_eval.server.jobs import Worker
from cft_eval.server.middleware import Traffic
from cft_eval.server.settings import Settings
from cft_eval.server.uploads import Uploads

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Services:
    """One server's parts."""

    settings: Settings
    database: Database
    blobs: Blobs
    uploads: Uploads
    catalog: Catalog
    worker: Worker
    traffic: Traffic

    @classmethod
    def start(cls, settings: Settings, traffic: Traffic) -> "Services":
        """Open the store, bring it up to date, begin to grade what waits."""
        settings.inbox.mkdir(parents=True, exist_ok=True)
        database, blobs = Database(settings.database), Blobs(settings.blob_folder)
        uploads = Uploads(database, settings)
        worker = Worker(database, blobs, uploads, settings)
        worker.start()
        catalog = Catalog(database, blobs)
        return cls(settings, database, blobs, uploads, catalog, worker, traffic)

    def stop(self) -> None:
        self.worker.stop()
        self.database.close()

    async def in_thread(
        self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Call a function that waits for the database without stopping other requests."""
        return await run_in_threadpool(function, *args, **kwargs)


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]
