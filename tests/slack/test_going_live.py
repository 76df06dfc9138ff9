"""Going live from Slack: a dialog, a second quorum, and orders at an exchange. The exchange is a loopback."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from execution.brokers.paper import PaperTerms
from execution.clock import Clock
from execution.feeds.exchange.access import Access
from execution.feeds.exchange.feed import Live as Feed
from execution.feeds.exchange.terms import Terms
from execution.feeds.registry import Registry
from server.app import Parts, alive, build, chat_of, live_of
from server.backtests import Backtests
from server.brokers import Brokers
from server.credentials import SealedCredential, sealed_credentials, set_credential
from server.executor import Executor
from server.review import Reviewing
from server.sealing import Secret, seal
from server.settings import Settings
from server.slack.actions import GO_LIVE, REFUSE_LIVE
from server.starting import Limits
from tests.exchanges.dealing import SEALING_KEY, STRATEGY, TERMS
from tests.exchanges.matching import Engine
from tests.exchanges.script import Script
from tests.exchanges.trading import KEY, SECRET, Trading
from tests.server.executor.executing import approved, frozen
from tests.slack.core import APP_TOKEN
from tests.slack.sight import buttons, words
from tests.slack.team import Site, Team, privately, root, team, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("quickly")


def parts_on(exchange: Trading, settings: Settings) -> Parts:
    """A server's parts on an exchange whose time is a script's."""
    access = Access(urls=exchange.url, options=exchange.options, rate_limit=1, timeout=2.0)
    feed = Feed("binance", access, Terms(audit=2.0, settled=0), Clock(), lambda: exchange.now)
    feeds = Registry(((feed.declaration, feed),))
    made = build(settings)
    brokers = Brokers(sealed_credentials, {"binance": access}, TERMS)
    paper = PaperTerms()
    reviewing = Reviewing(Backtests(made.gallery, feeds, paper), made.gallery, feeds, settings.theme)
    return made._replace(
        feeds=feeds,
        brokers=brokers,
        reviewing=reviewing,
        executor=Executor(made.store, feeds, Limits(live=live_of(settings)), brokers),
        chat=chat_of(settings, made.store, reviewing),
    )


@asynccontextmanager
async def house(people: Team, data: Path) -> AsyncIterator[tuple[Parts, Trading, Site]]:
    async with Trading(Script(3, minutes=6_000), engine=Engine(fee_in_base=False)) as exchange:
        await exchange.advance(40)
        given = people.settings(slack_app_token=APP_TOKEN, exchanges={"binance": {}}, live=True, live_cash=500.0)
        parts = parts_on(exchange, Settings(data_dir=data, quorum=2, **given))
        playing = asyncio.create_task(exchange.play(0.02))
        try:
            async with alive(parts), httpx.AsyncClient() as client:
                await people.slack.sockets.connected()
                yield parts, exchange, Site(client, {}, data)
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)


async def with_credential(parts: Parts) -> None:
    async with parts.store.write() as work:
        sealed = seal(SEALING_KEY, "main", "binance", Secret(KEY, SECRET))
        await set_credential(work, SealedCredential("main", "binance", sealed))


def test_going_live_asks_takes_a_second_quorum_and_sends_orders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAWBRIDGE_CREDENTIAL_KEY", SEALING_KEY.hex())

    async def run() -> None:
        async with team() as people, house(people, tmp_path) as (parts, exchange, site):
            identity = await approved(parts.store, frozen(STRATEGY, "live"))
            without = await root(people, "Running on paper")
            assert GO_LIVE not in buttons(without)
            await with_credential(parts)
            await people.slack.type_command(people.ada, people.channel, f"pause {identity}")
            await until(lambda: site.events("strategy.paused"))
            await people.slack.type_command(people.ada, people.channel, f"resume {identity}")
            shown = await root(people, GO_LIVE)
            element = next(one for one in elements(shown) if one["action_id"] == GO_LIVE)
            assert element["confirm"]["title"]["text"] == "Trade with real money?"
            assert await people.slack.click(people.ada, shown, GO_LIVE, confirm=False) is None
            await people.slack.click(people.eve, shown, GO_LIVE)
            await privately(people, people.eve, "know you")
            await people.slack.click(people.ada, shown, GO_LIVE)
            await until(lambda: REFUSE_LIVE in str(people.slack.message(people.channel, shown["ts"])))
            await people.slack.click(people.ada, shown, GO_LIVE)
            await privately(people, people.ada, "has decided about this version already")
            assert exchange.seen.total() == 0
            await people.slack.click(people.bob, shown, GO_LIVE)
            await until(lambda: exchange.seen.total() > 0, 40)
            await root(people, "Running live, with real money")
            live = [(one.kind, one.person) for one in site.events("strategy.decided") if one.data["for"] == "live"]
            assert live == [("strategy.decided", "ada"), ("strategy.decided", "bob")]
            assert "for live by ada, bob" in words(people.slack.message(people.channel, shown["ts"]))

    asyncio.run(run())


def elements(shown: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for block in shown["blocks"] for one in block.get("elements", ()) if "action_id" in one]
