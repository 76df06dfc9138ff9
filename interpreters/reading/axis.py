"""Whether the price axis that carries the main series of a saved chart is logarithmic.

``m_isLog`` of the axis state holds; ``priceAxisProperties`` of the series is only asked where no axis names it.
Percentage and indexed axes are linear in price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpreters.reading.source import MAIN_SERIES
from interpreters.reading.values import Notes, first, items, record

if TYPE_CHECKING:
    from collections.abc import Iterator

DISAGREE = "priceAxisProperties and the axis state disagree on the logarithmic scale; the axis state was taken"


def chart_log(panes: list[dict[str, Any]], main: dict[str, Any], notes: Notes) -> bool | None:
    """Whether the main series stands on a logarithmic axis; None where the chart does not say."""
    stated = _flag(record(record(main.get("state")).get("priceAxisProperties")).get("log"))
    for pane in panes:
        for state, sources in _axes(pane):
            log = _flag(state.get("m_isLog"))
            if log is not None and (main.get("id") or MAIN_SERIES) in sources:
                notes[DISAGREE] += 1 if stated not in {None, log} else 0
                return log
    return stated


def _axes(pane: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Each axis state of a pane with the ids of the sources on it, in the new and in the old spelling."""
    for side in ("right", "left"):
        for axis in items(pane.get(f"{side}AxisesState")):
            yield record(record(axis).get("state")), items(record(axis).get("sources"))
        yield record(pane.get(f"{side}AxisState")), items(pane.get(f"{side}AxisSources"))
    for owner, state in record(pane.get("overlayPriceScales")).items():
        yield record(first(record(state), "state") or state), [owner]


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
