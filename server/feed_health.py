"""The feeds' health in words, and read again from a server's metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from execution.ports import Health
from spec.timeframe import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "drawbridge_feed_"
# Of each line of bars that is followed: the metric's name, what it is, where it stands in its health.
LINE = ("market", "timeframe", "source")
GAUGES = (
    ("last_bar_seconds", "Open of the last bar handed on, UNIX seconds.", "last_bar"),
    ("lag_seconds", "Seconds from a bar's close to its being handed on.", "lag"),
    ("trouble", "1 while the last failure is not over.", "trouble"),
)
COUNTERS = (
    ("healed", "Bars that REST put right.", "healed"),
    ("unaudited", "Bars handed on without REST's word.", "unaudited"),
    ("reconnects", "New connections.", "reconnects"),
    ("corrections", "Bars that the exchange changed after they were handed on.", "corrections"),
)
PLACES = {name: place for name, _, place in (*GAUGES, *COUNTERS)}
UNTOLD = "trouble, of which the inbox says more"  # metrics carry figures only


def figure(health: Health, place: str) -> float:
    """A field of a health as a figure."""
    value = getattr(health, place)
    return float(value is not None) if place == "trouble" else float(value)


def in_words(health: Health) -> str:
    """One line of bars: since when, how late, what was put right."""
    if health.last_bar:
        last = f"last bar {text_of(health.last_bar)}, {health.lag:.1f} s after its close"
    else:
        last = "no bar yet"
    told = [f"{health.healed} healed", f"{health.reconnects} reconnects"]
    told += [f"{health.corrections} corrected"] if health.corrections else []
    told += [f"{health.unaudited} unaudited"] if health.unaudited else []
    parts = (f"{health.market} {health.timeframe} by {health.source}", last, *told, health.trouble or "")
    return " \u00b7 ".join(part for part in parts if part)


def read_healths(metrics: str) -> list[Health]:
    """Every line's health, as the metrics of a server tell it."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for labels, place, value in _samples(metrics):
        fields = found.setdefault(tuple(labels[name] for name in LINE), dict(labels))
        fields[place] = value if place == "lag" else (UNTOLD if value else None) if place == "trouble" else int(value)
    return [Health(**found[key]) for key in sorted(found)]


def _samples(metrics: str) -> Iterator[tuple[dict[str, str], str, float]]:
    for family in text_string_to_metric_families(metrics):
        place = PLACES.get(family.name.removeprefix(PREFIX)) if family.name.startswith(PREFIX) else None
        if place is not None:
            for sample in family.samples:
                yield sample.labels, place, sample.value
