"""Everything a route may use, made once for each server."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from cft_eval.server.access.auth import (
    ANYBODY,
    OPEN,
    STATIC,
    Access,
    Principal,
    Scope,
    demand,
    refuse_open_to_others,
)
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.http.metrics import Traffic
from cft_eval.server.intake.queue import GradingWorker
from cft_eval.server.intake.uploads import Uploads
from cft_eval.server.ledger import audit
from cft_eval.server.operate.accounts import Accounts
from cft_eval.server.operate.review import Review
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.queries.snapshots import OWNER, Visitor
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.work.checkpoints import Checkpoints
from cft_eval.server.work.evaluations import Evaluations

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Services:
    """One server's parts."""

    settings: ServerSettings
    database: Database
    blobs: Blobs
    uploads: Uploads
    catalog: Catalog
    """What the one who asks may see."""

    worker: GradingWorker
    traffic: Traffic
    access: Access
    accounts: Accounts
    review: Review
    checkpoints: Checkpoints
    evaluations: Evaluations

    @classmethod
    def start(cls, settings: ServerSettings, traffic: Traffic) -> "Services":
        """Open the store, bring it up to date, begin to grade what waits."""
        settings.inbox.mkdir(parents=True, exist_ok=True)
        database, blobs = Database(settings.database), Blobs(settings.blob_folder)
        audit.seal_older(database)
        uploads = Uploads(database, blobs, settings)
        checkpoints = Checkpoints(database, blobs, settings)
        worker = GradingWorker(database, blobs, uploads, settings, sweep=checkpoints.sweep)
        worker.start()
        return cls(
            settings=settings,
            database=database,
            blobs=blobs,
            uploads=uploads,
            catalog=Catalog(database, blobs),
            worker=worker,
            traffic=traffic,
            access=Access(database, settings.token),
            accounts=Accounts(database),
            review=Review(database),
            checkpoints=checkpoints,
            evaluations=Evaluations(database),
        )

    def stop(self) -> None:
        self.worker.stop()
        self.database.close()


def services_of(request: Request) -> Services:
    """The server's parts, its catalog in the eyes of the one who asks."""
    services: Services = request.app.state.services
    if "authorization" not in request.headers:
        return services
    viewer = principal_of(request).viewer
    return replace(services, catalog=services.catalog.seen_by(viewer))


def principal_of(request: Request) -> Principal:
    """Who sends this request."""
    access: Access = request.app.state.services.access
    return access.principal(request.headers.get("authorization"), method=request.method)


def visitor_of(request: Request) -> Visitor:
    """Who leaves something on the board."""
    found = principal_of(request)
    address = Visitor.at(request.client.host if request.client else "")
    if found == ANYBODY:
        return address
    # One word that many know is no name: their addresses tell them apart.
    name = f"{found.name} {address.name}" if found == STATIC else found.name
    return OWNER if found is OPEN else Visitor(name, known=True)


def needs(scope: Scope) -> Callable[[Request], Principal]:
    """A dependency: who asks, who has ``scope``."""

    def principal(request: Request) -> Principal:
        found = principal_of(request)
        demand(found, scope)
        address = (request.scope.get("server") or (None, None))[0]
        refuse_open_to_others(found, address)
        return found

    return principal


ServicesDep = Annotated[Services, Depends(services_of)]
Uploader = Annotated[Principal, Depends(needs(Scope.UPLOAD))]
Reviewer = Annotated[Principal, Depends(needs(Scope.REVIEW))]
Admin = Annotated[Principal, Depends(needs(Scope.ADMIN))]
