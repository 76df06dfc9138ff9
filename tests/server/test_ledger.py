"""``drawbridge ledger``: how the accounts stand, and what made them stand so."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from server.ledger import ledger_rows
from server.store.tables import Strategy
from tests.server.executor.executing import approved, executing, frozen, opened, settled, trading

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.commands import Commands


@pytest.fixture
def traded(folder: Path) -> str:
    """A store in which a strategy traded to the recording's end; the strategy."""
    (folder / "data").mkdir()

    async def scenario() -> str:
        async with opened("sqlite://data/drawbridge.db") as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store):
                await settled("stopped")
            return identity

    return asyncio.run(scenario())


def test_it_shows_every_account_and_the_newest_rows(drawbridge: Commands, traded: str) -> None:
    head, book, *rows = drawbridge.done("ledger", "--limit", 5).out.splitlines()
    assert head == "paper (paper): starts with 10000"
    assert book.startswith("  BTC: equity ")
    assert [row.split()[5] for row in rows] == ["account", "equity", "trade", "position", "fill"]
    assert all(traded in row for row in rows)
    assert "closed at" in rows[2]
    assert "holds 0 at 0" in rows[3]


def test_as_json_it_is_what_the_api_says(drawbridge: Commands, traded: str) -> None:
    said = json.loads(drawbridge.done("ledger", "--strategy", traded, "--account", "paper", "--json").out)
    (account,) = said["accounts"]
    (book,) = account["books"]
    assert book["equity"] == pytest.approx(10_000 + book["realised"])
    assert len(said["rows"]) == 50
    assert {"id", "account", "currency", "strategy", "run", "kind", "time", "data"} == said["rows"][0].keys()


def test_an_account_that_is_not_set_up_any_more_is_said_to_be(
    drawbridge: Commands, traded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def move() -> None:
        async with opened("sqlite://data/drawbridge.db") as store, store.write() as work:
            await work.connection.execute_query("UPDATE ledger SET account = 'gone'")

    asyncio.run(move())
    monkeypatch.setenv("DRAWBRIDGE_LIMITS", '{"positions": 2}')
    paper, gone, book = drawbridge.done("ledger", "--limit", 0).out.splitlines()
    assert paper == "paper (paper): starts with 10000; limits: positions 2"
    assert gone == "gone (paper): is not set up any more; limits: positions 2"
    assert book.startswith("  BTC: realised ")


def test_what_it_does_not_know_is_one_sentence(drawbridge: Commands, traded: str) -> None:
    outcome = drawbridge("ledger", "--account", "nobody")
    assert (outcome.code, outcome.err) == (2, "drawbridge: there is no account nobody; there are paper\n")
    outcome = drawbridge("ledger", "--strategy", "str_nobody")
    assert outcome.code == 2
    assert outcome.err.startswith("drawbridge: there is no strategy str_nobody;")


def test_without_a_store_it_makes_none(drawbridge: Commands, folder: Path) -> None:
    outcome = drawbridge("ledger")
    assert outcome.code == 2
    assert "there is no store" in outcome.err
    assert not (folder / "data").exists()


def test_rows_of_everybody_are_read_where_nobody_is_named(traded: str) -> None:
    async def scenario() -> None:
        async with opened("sqlite://data/drawbridge.db"):
            rows = await ledger_rows(None, None, 3, None)
            assert [row.strategy for row in rows] == [(await Strategy.get(id=traded)).id] * 3
            older = await ledger_rows(None, None, 1, rows[-1].id)
            assert older[0].id == rows[-1].id - 1

    asyncio.run(scenario())
