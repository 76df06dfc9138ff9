"""The review of a proposed version: everything that a person is to see before deciding about its digest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from execution.approximation import approximations
from server.backtests import Backtest, Backtests
from server.moments import picture_of
from server.refused import Refused
from server.store.tables import Export
from server.strategies import artifact_of
from server.words.rules import trade_in_words
from spec.equipped import custom_nodes
from spec.strategy import lines_of

if TYPE_CHECKING:
    from execution.feeds.registry import Registry
    from server.charts.themes import ThemeName
    from server.gallery import Gallery
    from server.store.tables import Strategy
    from spec.strategy import Artifact
    from spec.strategy import Strategy as Frozen

PATIENCE = 10.0  # seconds for a backtest; it goes on, and a later review has it
NOT_YET = "it is still being computed and not available yet"


class LeftOut(Struct, frozen=True):
    """A drawing of the export that no strategy uses, and why."""

    drawing: str
    tool: str
    reason: str


class AtRisk(Struct, frozen=True):
    """What a trade may lose: percent of the equity, and the largest notional in multiples of it."""

    percent: float
    max_exposure: float


class Review(Struct, frozen=True):
    """One version as it is shown to those who decide about it; ``picture`` is a PNG.

    ``risk`` is None for a watch, ``unpictured`` says why there is no picture, ``approximate`` what candles alone
    cannot tell, ``questions`` what is still asked about the other drawings of the export, ``code`` the nodes that are
    code, by name.
    """

    digest: str
    rules: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    backtest: Backtest
    risk: AtRisk | None = None
    picture: bytes | None = None
    unpictured: str = ""
    approximate: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


class Reviewing:
    """Makes reviews."""

    def __init__(self, backtests: Backtests, gallery: Gallery, feeds: Registry, theme: ThemeName) -> None:
        self.backtests = backtests
        self.gallery = gallery
        self.feeds = feeds
        self._theme = theme

    async def of(self, row: Strategy, *, drawn: bool = True) -> Review:
        """The review of a strategy's current version, drawn or not; raises Refused (404) and BadArtifact."""
        artifact = await artifact_of(row)
        left_out, questions = await _about_export(row.export)
        picture, unpictured = await self._picture(row) if drawn else (None, "")
        frozen = artifact.strategy
        tested = await self.backtests.of(artifact, PATIENCE) or Backtest(reason=NOT_YET)
        return Review(
            digest=artifact.digest,
            rules=tuple(trade_in_words(frozen)),
            left_out=left_out,
            backtest=tested,
            risk=AtRisk(frozen.risk.percent, frozen.risk.max_exposure) if frozen.kind == "strategy" else None,
            picture=picture,
            unpictured=unpictured,
            approximate=notes_of(artifact),
            questions=questions,
            code=tuple(sorted(custom_nodes(frozen.nodes))),
        )

    async def _picture(self, row: Strategy) -> tuple[bytes | None, str]:
        try:
            return await picture_of(row, None, self.gallery, self.feeds, self._theme), ""
        except Refused as refusal:
            return None, refusal.detail


def notes_of(artifact: Artifact) -> tuple[str, ...]:
    """What is only approximately so."""
    counted = _counted_by_clock(artifact.strategy)
    notes = (f"approximate: the bars of {', '.join(counted)} were counted by the clock",) if counted else ()
    return (*approximations(artifact.strategy.nodes), *notes)


def _counted_by_clock(strategy: Frozen) -> list[str]:
    return [name for name, node in strategy.nodes.items() if any(line.approximate for line in lines_of(node))]


async def _about_export(identity: str) -> tuple[tuple[LeftOut, ...], tuple[str, ...]]:
    rows = await Export.filter(id=identity).values_list("left_out", "questions")
    if not rows:
        return (), ()
    left, asked = (json.loads(str(text)) for text in rows[0])
    return tuple(msgspec.convert(left, list[LeftOut])), tuple(str(one["text"]) for one in asked)
