"""What Prometheus reads: requests of this process, or of all that `serve --workers` started.

Several processes write their counts into files of one folder, which `PROMETHEUS_MULTIPROC_DIR`
names; whichever of them answers adds all up. What the database knows is read on demand.
"""

import os
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.store.models import State

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)
"""Seconds; 0.05 is what a board page is meant to stay under."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
"""Others are counted as one: a client could make up any number of them."""


class Traffic:
    """How many requests were answered, and how long that took."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "cft_eval_requests",
            "Requests answered.",
            ["method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "cft_eval_request_seconds",
            "Time until a request was answered.",
            buckets=BUCKETS,
            registry=self.registry,
        )

    def count(self, method: str, status: int, seconds: float) -> None:
        method = method if method in METHODS else "other"
        self._requests.labels(method, f"{status // 100}xx").inc()
        self._seconds.observe(seconds)


def exposition(traffic: Traffic, catalog: Catalog, *, worker_up: bool) -> bytes:
    """All that is measured, in Prometheus' text format."""
    registry = traffic.registry
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    stored = CollectorRegistry()
    stored.register(_Stored(catalog, worker_up))
    return generate_latest(registry) + generate_latest(stored)


class _Stored:
    """What the database says: the same in whichever process."""

    def __init__(self, catalog: Catalog, worker_up: bool) -> None:
        self._catalog, self._worker_up = catalog, worker_up

    def collect(self) -> Iterator[GaugeMetricFamily]:
        counts = self._catalog.counts()
        uploads = GaugeMetricFamily("cft_eval_uploads", "Uploads by state.", labels=["state"])
        for state in State:
            uploads.add_metric([state], counts.get(state, 0))
        yield uploads
        up = "Whether the grading thread of this process lives."
        yield GaugeMetricFamily("cft_eval_worker_up", up, value=int(self._worker_up))
