"""From paper to an exchange: what it needs, the process that trades, and what stops it. The exchange is a loopback."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from execution.account import Limits as Bounds
from execution.account import Rate
from execution.clock import Clock
from execution.feeds.exchange.access import Access
from execution.feeds.exchange.feed import Live as Feed
from execution.feeds.exchange.terms import Terms
from execution.feeds.registry import Registry
from execution.journal import Chain
from execution.resuming import link
from server.access.who import Who
from server.accounts import Accounts
from server.approvals import Rules, decide
from server.brokers import Brokers
from server.credentials import SealedCredential, remove_credential, sealed_credentials, set_credential
from server.executor import Executor, Limits
from server.live import NOT_LIVE, Live, account_for, cannot_share
from server.refused import Refused
from server.runs import last_run, write_lines
from server.sealing import Secret, seal
from server.standings import standings
from server.store.events import set_cursor
from server.store.tables import Event, Strategy
from spec.bars import make_bars
from spec.market import Market
from spec.strategy import AtPercent, Entry, Target
from tests.exchanges.dealing import SEALING_KEY, STRATEGY, TERMS
from tests.exchanges.matching import Engine
from tests.exchanges.script import Script
from tests.exchanges.trading import KEY, SECRET, Trading
from tests.execution.test_runner_resuming import began
from tests.server.executor.executing import approved, frozen, opened
from tests.server.executor.ledgers import check_ledger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from server.store.store import Store

HISTORY = make_bars("1m", [(0.0, 1.0, 1.0, 1.0, 1.0, 1.0)])
LIVING = began(STRATEGY, HISTORY)
LIVE = Live(allowed=True, exchanges=frozenset({"binance"}), cash=500.0)
PERPETUAL = Market("bybit", "ETH/USDT:USDT", "swap", 0.01)
INVERSE = Market("bybit", "ETH/USD:ETH", "swap", 0.01)
ANN = Who("ann", frozenset({"approve"}))


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 (what is waited for happens in other processes)
            await asyncio.sleep(0.05)


@asynccontextmanager
async def house(store: Store, accounts: Accounts = Accounts()) -> AsyncIterator[tuple[Trading, Brokers]]:  # noqa: B008
    """A server's executor and brokers on an exchange that plays."""
    async with Trading(Script(3, minutes=6_000), engine=Engine(fee_in_base=False)) as exchange:
        await exchange.advance(40)
        access = Access(urls=exchange.url, options=exchange.options, rate_limit=1, timeout=2.0)
        feed = Feed("binance", access, Terms(audit=2.0, settled=0), Clock(), lambda: exchange.now)
        brokers = Brokers(sealed_credentials, {"binance": access}, TERMS)
        feeds = Registry(((feed.declaration, feed),))
        executor = Executor(store, feeds, Limits(live=LIVE, accounts=accounts), brokers)
        tasks = [asyncio.create_task(job) for job in (brokers.run(), executor.run(), exchange.play(0.02))]
        try:
            yield exchange, brokers
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await feed.close()


async def state(identity: str) -> tuple[str, str | None]:
    row = await Strategy.get(id=identity)
    return row.state, row.approved_for


@pytest.mark.anyio
async def test_a_strategy_goes_from_paper_to_the_exchange_and_stops_at_a_difference(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRAWBRIDGE_CREDENTIAL_KEY", SEALING_KEY.hex())
    artifact, rules = frozen(STRATEGY, "live"), Rules(1, LIVE)
    async with opened(sqlite) as store, house(store) as (exchange, brokers):
        identity = await approved(store, artifact)
        await until(lambda: is_in(identity, "running"))
        wanted = (identity, artifact.digest, "approve", "live")
        with pytest.raises(Refused, match="there is no credential for binance"):
            await decide(store, rules, ANN, wanted)  # type: ignore[arg-type]
        assert process_of(brokers) is None
        async with store.write() as work:
            sealed = seal(SEALING_KEY, "main", "binance", Secret(KEY, SECRET))
            await set_credential(work, SealedCredential("main", "binance", sealed))
        await decide(store, rules, ANN, wanted)  # type: ignore[arg-type]
        await until(lambda: sent(exchange, 4))
        assert await state(identity) == ("running", "live")
        assert all(order.size * order.price <= 550 for order in exchange.engine.orders)

        os.kill(process_of(brokers) or 0, signal.SIGKILL)
        before = exchange.seen.total()
        await until(lambda: sent(exchange, before + 4))

        await exchange.by_hand("BUY", "0.3")
        await until(lambda: is_in(identity, "paused"))
        await asyncio.sleep(2.5 * TERMS.compare)  # two more comparisons find nothing new
        events = [row.kind for row in await Event.filter(subject=identity)]
        assert events.count("market.differed") == 1
        assert events.count("strategy.started") == 2

        async with store.write() as work:
            await remove_credential(work, "main")
        await until(lambda: is_in(identity, "stopped"))
        assert process_of(brokers) is None
        assert set(exchange.seen.values()) == {1}
        texts = "".join(str(row.data) for row in await Event.all())
    said = capfd.readouterr()
    assert [word for word in (KEY, SECRET, SEALING_KEY.hex()) if word in texts + said.out + said.err] == []


@pytest.mark.anyio
async def test_an_accounts_limits_hold_at_the_exchange_and_its_ledger_is_kept_apart(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rate lets a few orders through; every later entry is refused, and the account goes by its exchange."""
    monkeypatch.setenv("DRAWBRIDGE_CREDENTIAL_KEY", SEALING_KEY.hex())
    artifact, rules = frozen(STRATEGY, "live"), Rules(1, LIVE)
    accounts = Accounts(Bounds(rate=Rate(4, 86_400)), live_cash=LIVE.cash)
    async with opened(sqlite) as store, house(store, accounts) as (exchange, _):
        identity = await approved(store, artifact)
        await until(lambda: is_in(identity, "running"))
        async with store.write() as work:
            sealed = seal(SEALING_KEY, "main", "binance", Secret(KEY, SECRET))
            await set_credential(work, SealedCredential("main", "binance", sealed))
        with pytest.raises(Refused, match="live orders go to the account of the exchange's credential"):
            await decide(store, rules, ANN, (identity, artifact.digest, "approve", "live"), "paper")
        await decide(store, rules, ANN, (identity, artifact.digest, "approve", "live"))
        await until(lambda: refused_live(identity), 60)
        assert set(exchange.seen.values()) == {1}
        await check_ledger()
        live = [one for one in await standings(accounts) if one.kind == "live"]
        assert [(one.name, one.cash, [book.currency for book in one.books]) for one in live] == [
            ("live.binance", 500.0, ["USDT"])
        ]


async def refused_live(identity: str) -> bool:
    """Whether the live run, which is the second, was refused an entry by the rate."""
    run = await last_run(identity)
    rows = await Event.filter(subject=identity, kind="risk.refused").values_list("data", flat=True)
    told = [json.loads(str(data)) for data in rows]
    began = await Event.filter(subject=identity, kind="strategy.started").count()
    return began == 2 and any(one["run"] == run and one["rule"] == "order rate" for one in told)


def process_of(brokers: Brokers) -> int | None:
    return brokers.process


async def is_in(identity: str, wanted: str) -> bool:
    return (await state(identity))[0] == wanted


async def sent(exchange: Trading, count: int) -> bool:
    return exchange.seen.total() >= count


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("live", "strategy", "words"),
    [
        (NOT_LIVE, STRATEGY, "live trading is not set up"),
        (replace(LIVE, exchanges=frozenset()), STRATEGY, "no live feed follows binance"),
        (LIVE, replace(STRATEGY, market=Market("kraken", "ETH/USDT", "spot", 0.01)), "on the spot markets of binance"),
        (LIVE, replace(STRATEGY, market=Market("binance", "ETH/USDT", "swap", 0.01)), "on the spot markets of binance"),
        (LIVE, replace(STRATEGY, entry=Entry("short", "in")), "cannot be sold short"),
        (LIVE, replace(STRATEGY, market=INVERSE), "the linear perpetuals of bybit only"),
        (LIVE, replace(STRATEGY, market=PERPETUAL, entry=Entry("short", "in")), "no live feed follows bybit"),
    ],
)
async def test_what_live_needs_is_said_in_a_sentence(live: Live, strategy: object, words: str) -> None:
    account, reason = await account_for(live, strategy)  # type: ignore[arg-type]
    assert account is None
    assert words in reason


@pytest.mark.anyio
async def test_targets_rest_beside_a_stop_where_one_cancels_the_other(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy = replace(STRATEGY, targets=(Target(AtPercent(1.0)),))
    async with opened(sqlite) as store:
        async with store.write() as work:
            await set_credential(work, SealedCredential("main", "binance", b""))
        assert await account_for(LIVE, strategy) == ("main", "")
        monkeypatch.setattr("server.live.BRACKETS", frozenset())
        account, reason = await account_for(LIVE, strategy)
        assert (account, "locks the coins for one resting order" in reason) == (None, True)


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("binance ETH/USDT", "binance ETH/BTC", "their balances could not be told apart"),
        ("binance ETH/BTC", "binance BTC/USDT", "their balances could not be told apart"),
        ("binance BTC/USDT", "binance ETH/BTC", "their balances could not be told apart"),
        ("binance BNB/USDT", "binance ETH/USDT", "fees of the one may be taken in BNB"),
        ("binance ETH/USDT", "binance BNB/USDT", "fees of the one may be taken in BNB"),
        ("bybit BNB/USDT:USDT", "bybit ETH/USDT:USDT", None),
        ("binance ETH/USDT", "binance BTC/USDT", None),
    ],
)
def test_markets_whose_balances_mix_are_known(one: str, other: str, why: str | None) -> None:
    said = cannot_share(one, other)
    assert (said is None) == (why is None)
    assert (why or "") in (said or "")


@pytest.mark.anyio
@pytest.mark.parametrize("market", ["binance ETH/BTC", "binance BNB/USDT"])
async def test_what_cannot_trade_beside_a_live_run_is_refused_at_its_approval_and_runs_on_on_paper(
    sqlite: str, market: str
) -> None:
    """The run on paper would be stopped, and the live one refused at its start."""
    base, _, quote = market.removeprefix("binance ").partition("/")
    traded = replace(STRATEGY, market=Market("binance", f"{base}/{quote}", "spot", 1e-6))
    async with opened(sqlite) as store:
        async with store.write() as work:
            await set_credential(work, SealedCredential("main", "binance", b""))
            beside = replace(LIVING, market="binance ETH/USDT", account="main")
            write_lines(work, (("run_" + "0" * 24, line) for line in link(Chain(), [beside])))
            await set_cursor(work, "run_" + "0" * 24, 0)
        artifact = frozen(traded, "second")
        identity = await approved(store, artifact)
        with pytest.raises(Refused, match="str_1 trades binance ETH/USDT on the same account"):
            await decide(store, Rules(1, LIVE), ANN, (identity, artifact.digest, "approve", "live"))
        assert await state(identity) == ("approved", "paper")
