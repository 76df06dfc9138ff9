"""The review of a proposal: what a person sees before deciding, and its backtest on a run's own history."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from execution.backtest import run
from execution.brokers.paper import PaperTerms
from execution.feeds.registry import Registry
from execution.metrics import Borders
from server.backtests import Backtest, Backtests, backtest, expected_of
from server.candles import read_candles
from server.feeds import feeds_of
from server.gallery import Gallery
from server.review import AtRisk, LeftOut, Review, Reviewing
from server.settings import Settings
from server.store.tables import Strategy
from server.strategies import artifact_of
from spec.artifact import write
from spec.bars import Bars, resample
from tests.server.house import CANDLES, House, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from spec.strategy import Artifact

pytestmark = pytest.mark.anyio
TERMS = PaperTerms()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    async with opened(tmp_path / "data", replay_start="2018-01-28T00:00:00Z") as house:
        yield house


@pytest.fixture
async def gallery(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Gallery]:
    gallery = Gallery(tmp_path / "pictures")
    await gallery.start()
    yield gallery
    await gallery.stop()


def feeds() -> Registry:
    return feeds_of(Settings(replay={"binance:ETH/BTC": CANDLES}, replay_start="2018-01-28T00:00:00Z"))


def until_export() -> Bars:
    """The candles up to when the example was drawn."""
    candles = read_candles(CANDLES)
    return candles[candles.time < 1_517_039_100]


async def reviewed(row: Strategy, gallery: Gallery, registry: Registry) -> Review:
    return await Reviewing(Backtests(gallery, registry, TERMS), gallery, registry, "dark").of(row)


async def proposed(house: House) -> tuple[Strategy, Artifact]:
    row = await Strategy.get(id=(await house.proposed())["id"])
    return row, await artifact_of(row)


async def test_a_proposal_is_reviewed_with_everything_that_there_is_to_see(house: House, gallery: Gallery) -> None:
    row, artifact = await proposed(house)
    review = await reviewed(row, gallery, feeds())
    assert review.digest == artifact.digest
    assert review.rules[0].startswith("Go long: price crosses from below, at a bar's close (5m), the linear line")
    assert review.left_out == (LeftOut("nOte04", "text", "it is text or a mark, not a line, level or zone"),)
    assert review.risk == AtRisk(1.0, 1.0)
    assert review.picture is not None
    assert review.picture.startswith(b"\x89PNG")
    assert (review.unpictured, review.questions) == ("", ())


async def test_the_backtest_is_that_of_the_command_line_over_the_same_candles(house: House, gallery: Gallery) -> None:
    row, artifact = await proposed(house)
    made = (await reviewed(row, gallery, feeds())).backtest
    candles = read_candles(CANDLES)
    seen = candles[candles.time < made.until]
    borders = Borders(artifact.provenance.last_anchor, artifact.provenance.exported_at)
    assert made.parts == run(artifact.strategy, seen, borders, TERMS).metrics
    assert made.parts.before_export.trades == 1
    assert made.parts.after_export is not None  # the export was received just now: nothing of the recording is later
    assert made.parts.after_export.bars == 0
    assert (made.bars, made.first, made.reason) == (len(seen), int(candles.time[0]), "")


async def test_the_next_entry_has_the_size_that_loses_the_risk_at_its_stop(house: House) -> None:
    _, artifact = await proposed(house)
    expected = expected_of(artifact.strategy, until_export(), 10_000.0)
    assert expected is not None
    loss = (expected.entry - expected.stop) * expected.size
    assert expected.stop < expected.entry
    assert loss <= 100.000001
    assert expected.size * expected.entry <= 10_000.000001


async def test_what_is_missing_is_said_instead_of_the_figures(house: House, gallery: Gallery) -> None:
    row, _ = await proposed(house)
    review = await reviewed(row, gallery, Registry(()))
    reason = "no feed has binance ETH/BTC; the markets that can be followed: none"
    assert review.backtest == Backtest(reason=reason)
    assert (review.picture, review.unpictured) == (None, reason)


async def test_a_watch_trades_nothing_and_has_no_backtest(house: House, gallery: Gallery) -> None:
    await house.proposed()
    review = await reviewed(await Strategy.get(kind="watch"), gallery, feeds())
    assert review.backtest == Backtest(reason="a watch trades nothing")
    assert review.risk is None


async def test_candles_that_cannot_serve_are_said_by_the_process_that_tried(house: House) -> None:
    _, artifact = await proposed(house)
    coarse = resample(read_candles(CANDLES), "1h")
    made = backtest(write(artifact), coarse, TERMS)
    assert made.parts is None
    assert "5m" in made.reason


async def test_a_stop_on_the_wrong_side_of_the_next_entry_leaves_its_size_open(house: House) -> None:
    _, artifact = await proposed(house)
    assert expected_of(artifact.strategy, read_candles(CANDLES), 10_000.0) is None  # the line fell below its stop


async def test_a_backtest_is_made_once_however_many_ask(
    house: House, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, artifact = await proposed(house)
    asked: list[object] = []
    beside = gallery.beside

    async def counted(*given: object) -> object:
        asked.append(given)
        return await beside(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(gallery, "beside", counted)
    backtests = Backtests(gallery, feeds(), TERMS)
    assert await backtests.of(artifact, patience=0.0) is None
    made = await asyncio.gather(*(backtests.of(artifact) for _ in range(5)))
    assert await backtests.of(artifact, patience=0.0) == made[0]
    assert len({id(one) for one in made}) == 1
    assert len(asked) == 1


async def test_the_event_loop_goes_on_while_a_backtest_runs(house: House, gallery: Gallery) -> None:
    _, artifact = await proposed(house)
    backtests = Backtests(gallery, feeds(), TERMS)
    task = asyncio.create_task(backtests.of(artifact))
    turns = 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0.005)
    assert turns > 5


async def test_an_empty_history_is_no_backtest(house: House, gallery: Gallery) -> None:
    class Empty:
        def now(self, market: object) -> int:
            return 0

        async def history(self, market: object, timeframe: str, until: int) -> Bars:
            return read_candles(CANDLES)[:0]

    declared, _ = feeds().feeds[0]
    _, artifact = await proposed(house)
    made = await Backtests(gallery, Registry(((declared, Empty()),)), TERMS).of(artifact)  # type: ignore[arg-type]
    assert made == Backtest(reason="the feed has no candles of binance ETH/BTC up to now")


async def test_the_strategys_page_shows_the_three_parts_or_says_why_it_cannot(house: House) -> None:
    row, _ = await proposed(house)
    cookie, _ = await house.session()
    text = ""
    for _ in range(20):
        text = (await house.client.get(f"/strategies/{row.id}", headers=cookie)).text
        if "It is being computed" not in text:
            break
    assert "out of sample" in text
    assert "<td>+" in text
    watch = await Strategy.get(kind="watch")
    assert "Backtest" not in (await house.client.get(f"/strategies/{watch.id}", headers=cookie)).text


async def test_the_strategys_page_without_a_feed_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path / "other", replay={}) as house:
        row, _ = await proposed(house)
        cookie, _ = await house.session()
        text = (await house.client.get(f"/strategies/{row.id}", headers=cookie)).text
    assert "Not available: <bdi>no feed has binance ETH/BTC" in text


async def test_a_backtest_that_breaks_is_said_and_not_tried_again_for_a_while(
    house: House, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, artifact = await proposed(house)
    tried: list[object] = []

    async def broken(*given: object) -> object:
        tried.append(given)
        raise MemoryError

    monkeypatch.setattr(gallery, "beside", broken)
    backtests = Backtests(gallery, feeds(), TERMS)
    for _ in range(2):
        assert await backtests.of(artifact) == Backtest(reason="it failed (MemoryError); the server's log says why")
    assert len(tried) == 1
    monkeypatch.setattr("server.backtests.FAILED_FOR", 0.0)
    other = Backtests(gallery, feeds(), TERMS)
    await other.of(artifact)
    await other.of(artifact)
    assert len(tried) == 3


async def test_a_review_does_not_wait_for_a_slow_backtest(
    house: House, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, _ = await proposed(house)
    monkeypatch.setattr("server.review.PATIENCE", 0.0)
    backtests = Backtests(gallery, feeds(), TERMS)
    review = await Reviewing(backtests, gallery, feeds(), "dark").of(row, drawn=False)
    assert review.backtest == Backtest(reason="it is still being computed and not available yet")
