"""What Prometheus reads: requests of this process, or of all that `serve --workers` started.

Several processes write their counts into files of one folder, which `PROMETHEUS_MULTIPROC_DIR`
names; whichever of them answers adds all up. What the database knows is read on demand.
"""

import os
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from cft_eval.server.operate.status import BoardHealth
from cft_eval.server.queries.catalog import Catalog
from cft_eval.server.store.models import State

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)
"""Seconds; 0.05 is what a board page is meant to stay under."""

GRADING_BUCKETS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
"""Seconds; a suite takes some five."""

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

        self._grading = Histogram(
            "cft_eval_grading_seconds",
            "Time that an upload took from its lease to its end.",
            buckets=GRADING_BUCKETS,
            registry=self.registry,
        )

    def graded(self, seconds: float) -> None:
        self._grading.observe(seconds)

    def count(self, method: str, status: int, seconds: float) -> None:
        method = method if method in METHODS else "other"
        self._requests.labels(method, f"{status // 100}xx").inc()
        self._seconds.observe(seconds)


def exposition(
    traffic: Traffic, catalog: Catalog, health: BoardHealth, *, worker_up: bool
) -> bytes:
    """All that is measured, in Prometheus' text format."""
    registry = traffic.registry
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    stored = CollectorRegistry()
    stored.register(_Stored(catalog, health, worker_up))
    return generate_latest(registry) + generate_latest(stored)


class _Stored:
    """What the database says: the same in whichever process."""

    def __init__(self, catalog: Catalog, health: BoardHealth, worker_up: bool) -> None:
        self._catalog, self._health, self._worker_up = catalog, health, worker_up

    def collect(self) -> Iterator[GaugeMetricFamily]:
        counts = self._catalog.counts()
        uploads = GaugeMetricFamily("cft_eval_uploads", "Uploads by state.", labels=["state"])
        for state in State:
            uploads.add_metric([state], counts.get(state, 0))
        yield uploads
        up = "Whether the grading thread of this process lives."
        yield GaugeMetricFamily("cft_eval_worker_up", up, value=int(self._worker_up))
        yield from self._health_gauges()

    def _health_gauges(self) -> Iterator[GaugeMetricFamily]:
        status = self._health.status()
        jobs = GaugeMetricFamily("cft_eval_evaluations", "Evaluations by state.", labels=["state"])
        for state, count in status.evaluations.items():
            jobs.add_metric([state], count)
        yield jobs
        gauges = {
            "cft_eval_queue_seconds": ("Age of the oldest upload that waits for a grader.",
                                       status.queue_seconds),
            "cft_eval_storage_up": ("Whether the store of samples answers.",
                                    float(status.storage_seconds is not None)),
            "cft_eval_storage_seconds": ("Time that the store took to answer.",
                                         status.storage_seconds),
            "cft_eval_disk_free_bytes": ("Free bytes of the server's own folder.",
                                         float(status.disk_free_bytes)),
        }  # fmt: skip
        for name, (help_, value) in gauges.items():
            if value is not None:
                yield GaugeMetricFamily(name, help_, value=value)
