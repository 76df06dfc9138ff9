"""Metrics in Prometheus' format. Labels carry route templates, never paths: a path may hold a token."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """What the server counts, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answers: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}  # looking them up is slow
        self.requests = Counter(
            "drawbridge_requests", "Answers.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "drawbridge_request_seconds",
            "Time to an answer's head.",
            ("route",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.failures = Counter(
            "drawbridge_task_failures",
            "Background work that failed and began again.",
            ("task",),
            registry=self.registry,
        )
        self.waiting = Gauge(
            "drawbridge_webhooks_waiting", "Webhooks that wait for their commit.", registry=self.registry
        )
        self.last_event = Gauge("drawbridge_last_event", "Number of the newest event.", registry=self.registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        key = (method, route, status)
        if (known := self._answers.get(key)) is None:
            found = self.requests.labels(method, route, str(status)), self.seconds.labels(route)
            known = self._answers[key] = found
        known[0].inc()
        known[1].observe(seconds)

    def text(self) -> bytes:
        """The exposition."""
        return generate_latest(self.registry)
