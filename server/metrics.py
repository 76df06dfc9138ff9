"""Metrics in Prometheus' format. Labels carry route templates, never paths: a path may hold a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from server.feed_health import COUNTERS, GAUGES, LINE, PREFIX, figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from execution.feeds.registry import Registry
    from execution.ports import Health
    from server.chat import Standing

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


CHAT = ("chat",)


class FeedHealth(Collector):
    """The feeds' health, asked for when somebody reads the metrics."""

    def __init__(self, feeds: Registry) -> None:
        self._feeds = feeds

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Each figure of every line."""
        lines = [health for _, feed in self._feeds.feeds for health in feed.health()]
        for kind, table in ((GaugeMetricFamily, GAUGES), (CounterMetricFamily, COUNTERS)):
            for name, text, place in table:
                family = kind(f"{PREFIX}{name}", text, labels=LINE)
                for health in lines:
                    family.add_metric(_labels(health), figure(health, place))
                yield family


class ChatHealth(Collector):
    """How the chat stands, as it was asked last."""

    def __init__(self) -> None:
        self.standing: Standing | None = None

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Each figure; none where there is no chat."""
        if (chat := self.standing) is None:
            return
        for family, value in (
            (GaugeMetricFamily("drawbridge_chat_waiting", "Events that wait to be told.", labels=CHAT), chat.waiting),
            (CounterMetricFamily("drawbridge_chat_failures", "Calls that failed.", labels=CHAT), chat.failures),
            (
                GaugeMetricFamily("drawbridge_chat_well", "1 while nothing is in its way.", labels=CHAT),
                not chat.trouble,
            ),
            (
                GaugeMetricFamily("drawbridge_chat_last_success_seconds", "Last message, UNIX seconds.", labels=CHAT),
                (chat.last or 0) / 1000,
            ),
        ):
            family.add_metric([chat.name], value)
            yield family


def _labels(health: Health) -> list[str]:
    return [health.market, health.timeframe, health.source]


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

        self.chat = ChatHealth()
        self.registry.register(self.chat)

    def watch(self, feeds: Registry) -> None:
        """Tell the feeds' health as well."""
        self.registry.register(FeedHealth(feeds))

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
