"""Everything a route may use, made once for each server."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from cft_eval.leaderboard.pages.board.context import VerdictCard
from cft_eval.leaderboard.pages.items.builder import Surprises
from cft_eval.records.runs import GridRun
from cft_eval.results import Policy
from cft_eval.server.access.auth import (
    ANYBODY,
    OPEN,
    STATIC,
    Access,
    Principal,
    Scope,
    Viewer,
    demand,
    refuse_open_to_others,
)
from cft_eval.server.access.peers import user_of
from cft_eval.server.access.sessions import COOKIE, Sessions
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.http.boards import BoardScores
from cft_eval.server.http.metrics import Traffic
from cft_eval.server.http.notify.notices import Notices
from cft_eval.server.intake.grading import CHECKER, Grader
from cft_eval.server.intake.problems import PUBLISHED, ProblemSets
from cft_eval.server.intake.queue import GradingWorker
from cft_eval.server.intake.uploads import Uploads
from cft_eval.server.ledger import audit
from cft_eval.server.operate.accounts import Accounts
from cft_eval.server.operate.review import Review
from cft_eval.server.operate.status import BoardHealth
from cft_eval.server.queries.answers import AnswerQueries
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.queries.label_reports import LabelReports
from cft_eval.server.queries.scores import ScoreQueries
from cft_eval.server.queries.snapshots import Snapshots
from cft_eval.server.queries.visitors import OWNER, Visitor
from cft_eval.server.queries.waiting import WaitingRuns
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.cache import RevisionCache
from cft_eval.server.store.database import Database
from cft_eval.server.work.checkpoints import Checkpoints
from cft_eval.server.work.evaluations import Evaluations

VIEWERS = 8
"""Kinds of viewer for whom a page is kept at a time: each organisation sees other runs."""


@dataclass(frozen=True, slots=True)
class PageCaches:
    """What pages make of all runs; for each viewer, since not all see the same runs."""

    claims: RevisionCache[tuple[Viewer, Policy], str]
    """Pages of some 100 kB."""

    surprises: RevisionCache[tuple[Viewer, str, Policy], Surprises]
    """By benchmark: eight files of answers are opened for it, and unlike texts compared."""

    benchmarks: RevisionCache[Viewer, list[str]]
    grids: RevisionCache[tuple[Viewer, str, Policy], list[GridRun]]
    """By benchmark: the best runs with their verdicts on every problem."""

    verdicts: RevisionCache[tuple[Viewer, Policy], list[VerdictCard]]
    """The three above the board."""


@dataclass(frozen=True, slots=True)
class Services:
    """One server's parts."""

    settings: ServerSettings
    database: Database
    blobs: Blobs
    uploads: Uploads
    catalog: Catalog
    """What the visitor may see; the next five read through it."""

    scores: ScoreQueries
    boards: BoardScores
    answers: AnswerQueries
    label_reports: LabelReports
    snapshots: Snapshots
    caches: PageCaches
    worker: GradingWorker
    traffic: Traffic
    access: Access
    sessions: Sessions
    accounts: Accounts
    review: Review
    waiting: WaitingRuns
    health: BoardHealth
    checkpoints: Checkpoints
    evaluations: Evaluations
    notices: Notices

    @classmethod
    def start(
        cls,
        settings: ServerSettings,
        traffic: Traffic,
        *,
        grader: Grader = CHECKER,
        problems: ProblemSets = PUBLISHED,
    ) -> "Services":
        """Open the store, bring it up to date, begin to grade what waits."""
        settings.server_data.mkdir(parents=True, exist_ok=True)
        database, blobs = Database(settings.database), Blobs(settings.blob_folder)
        audit.seal_older(database)
        uploads = Uploads(database, blobs, settings, problems)
        checkpoints = Checkpoints(database, blobs, settings)
        worker = GradingWorker(
            database,
            blobs,
            uploads,
            settings,
            grader=grader,
            sweep=checkpoints.sweep,
            took=traffic.graded,
        )
        catalog = Catalog(database, blobs)
        scores = ScoreQueries(catalog)
        worker.start()
        notices = Notices(database, settings)
        notices.start()
        return cls(
            settings=settings,
            database=database,
            blobs=blobs,
            uploads=uploads,
            catalog=catalog,
            scores=scores,
            boards=BoardScores(scores, RevisionCache(most=VIEWERS)),
            answers=AnswerQueries(catalog, RevisionCache(most=16), RevisionCache(most=6)),
            label_reports=LabelReports(catalog),
            snapshots=Snapshots(catalog),
            caches=PageCaches(
                claims=RevisionCache(most=2 * VIEWERS),
                surprises=RevisionCache(most=16),
                benchmarks=RevisionCache(most=VIEWERS),
                grids=RevisionCache(most=12),
                verdicts=RevisionCache(most=3 * VIEWERS),
            ),
            worker=worker,
            traffic=traffic,
            access=Access(database, settings.token, sso=settings.sso_issuer is not None),
            sessions=Sessions(database),
            accounts=Accounts(database),
            review=Review(database),
            waiting=WaitingRuns(database, blobs),
            health=BoardHealth(database, blobs, settings),
            checkpoints=checkpoints,
            evaluations=Evaluations(database),
            notices=notices,
        )

    def seen_by(self, viewer: Viewer) -> "Services":
        """The same parts in the eyes of ``viewer``."""
        catalog = self.catalog.seen_by(viewer)
        scores = replace(self.scores, catalog=catalog)
        return replace(
            self,
            catalog=catalog,
            scores=scores,
            boards=replace(self.boards, queries=scores),
            answers=replace(self.answers, catalog=catalog),
            label_reports=replace(self.label_reports, catalog=catalog),
            snapshots=replace(self.snapshots, catalog=catalog),
        )

    def stop(self) -> None:
        self.worker.stop()
        self.notices.stop()
        self.database.close()


def services_of(request: Request) -> Services:
    """The server's parts in the eyes of whoever sends this request."""
    services: Services = request.app.state.services
    if "authorization" not in request.headers and COOKIE not in request.cookies:
        return services
    return services.seen_by(principal_of(request).viewer)


def principal_of(request: Request) -> Principal:
    """Who sends this request.

    What a browser brings by itself, a cookie or a Basic login, counts for looking, and for the
    forms of this board's own pages; never for the API's writes.
    """
    services: Services = request.app.state.services
    by_itself = request.method in {"GET", "HEAD"} or _from_our_page(request)
    header = request.headers.get("authorization")
    if header is None and by_itself and (cookie := request.cookies.get(COOKIE)):
        known = services.sessions.principal(cookie)
        if known is not None:
            return known
    return services.access.principal(header, looking=by_itself)


def _from_our_page(request: Request) -> bool:
    """Was it sent by a form of a page of this board? The browser says so, and no page can."""
    if "/api/" in request.url.path:
        return False
    origin = request.headers.get("origin", "")
    here = urlsplit(origin).netloc == request.headers.get("host", "")
    return bool(origin) and here and request.headers.get("sec-fetch-site", OURS) == OURS


OURS = "same-origin"


def visitor_of(request: Request) -> Visitor:
    """Who leaves something on the board."""
    principal = principal_of(request)
    address = Visitor.at(request.client.host if request.client else "")
    if principal == ANYBODY:
        return address
    # One word that many know is no name: their addresses tell them apart.
    name = f"{principal.name} {address.name}" if principal == STATIC else principal.name
    return OWNER if principal is OPEN else Visitor(name, known=True)


_OF_PROXIES = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def is_local(request: Request) -> bool:
    """Does it come from this machine, and not through a proxy on it?"""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return address.is_loopback and not _is_proxied(request)


def _is_proxied(request: Request) -> bool:
    """Does a proxy stand in between? nginx says nothing of itself, and speaks HTTP/1.0 by default,
    which no browser and no client of ours does."""
    old = request.scope.get("http_version") == "1.0"
    return old or any(name in request.headers for name in _OF_PROXIES)


def _is_of_another_user(request: Request) -> bool:
    """Does a process of another user of this machine send it, as a proxy that tells nothing?"""
    client, server = request.scope.get("client"), request.scope.get("server")
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return False
    if not address.is_loopback or client is None or not server:
        return False
    user = user_of(address, client[1], to_port=server[1])
    return user is not None and user != os.getuid()


def needs(scope: Scope) -> Callable[[Request], Principal]:
    """A dependency: who asks, who has ``scope``."""

    def demanded(request: Request) -> Principal:
        principal = principal_of(request)
        demand_of(request, principal, scope)
        return principal

    return demanded


def demand_of(request: Request, principal: Principal, scope: Scope) -> None:
    """Let ``principal`` do what ``scope`` is for, over the address by which they come."""
    demand(principal, scope)
    if principal is OPEN:
        address = (request.scope.get("server") or (None, None))[0]
        proxied = _is_proxied(request) or _is_of_another_user(request)
        refuse_open_to_others(principal, address, proxied=proxied)


ServicesDep = Annotated[Services, Depends(services_of)]
Uploader = Annotated[Principal, Depends(needs(Scope.UPLOAD))]
Reviewer = Annotated[Principal, Depends(needs(Scope.REVIEW))]
Admin = Annotated[Principal, Depends(needs(Scope.ADMIN))]
