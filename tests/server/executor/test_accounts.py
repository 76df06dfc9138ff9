"""Runs of one account know of one another: what one did counts before another is asked, after a restart too."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from execution import entries as say
from execution.account import Limits as Bounds
from execution.account import Rate
from execution.brokers.terms import Book
from execution.resuming import resume
from server.access.who import Who
from server.accounts import Accounts, PaperAccount
from server.approvals import Rules, decide
from server.kill import clear_kill, set_kill
from server.ledger import last_totals
from server.refused import Refused
from server.runs import last_run, lines_of
from server.starting import Limits
from server.store.tables import LedgerRow, Strategy
from spec.managing import Slices
from spec.strategy import AtPercent, Entry, Risk
from tests.server.executor.executing import (
    FEW,
    HISTORY,
    MARKET,
    ONE,
    OTHER,
    TERMS,
    approved,
    candles,
    executing,
    frozen,
    opened,
    proposed,
    registry,
    settled,
    trading,
    until,
)
from tests.server.executor.ledgers import check_ledger, most_open, written_entries
from tests.server.executor.questions import heard, more_bars, reason, state, told

if TYPE_CHECKING:
    from execution.feeds.registry import Registry
    from server.store.store import Store

ANN = Who("ann", frozenset({"approve"}))


def short(speed: float | None) -> Registry:
    return registry(speed, FEW)


async def on_account(store: Store, name: str, account: str | None, accounts: tuple[str, ...]) -> str:
    artifact = frozen(trading(), name)
    identity = await proposed(store, artifact)
    await decide(store, Rules(1, accounts=accounts), ANN, (identity, artifact.digest, "approve", "paper"), account)
    return identity


async def replays(identity: str) -> None:
    """The run's log comes of its inputs again."""
    lines = await lines_of(str(await last_run(identity)))
    await asyncio.to_thread(resume, lines, trading(), candles()[:HISTORY])


def test_of_two_runs_that_want_in_on_the_same_bar_one_gets_in(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            both = [await approved(store, frozen(trading(), name)) for name in ("one", "two")]
            async with executing(store, 3_000.0, ONE, short(3_000.0)):
                await settled("stopped")
            assert await most_open() == 1
            refused = await told("risk.refused")
            assert {one["rule"] for one in refused} == {"open positions"}
            assert refused[0]["reason"] == "open positions: 1 positions are open, and 1 are the most"
            assert len(await told("trade.closed")) > 10
            for identity in both:
                await replays(identity)
            assert await check_ledger() > 100

    asyncio.run(scenario())


def test_of_two_entries_in_slices_the_second_is_refused_before_the_first_has_sent_its_last(sqlite: str) -> None:
    """What is still to come of one takes its room from the other: neither gets in by being bought a part at a time."""
    base = trading()
    slow = replace(base, entry=Entry("long", "in", slices=Slices("twap", 20, 3)), stop=AtPercent(9.0), exit=None)
    strategy = replace(slow, targets=(), risk=Risk(percent=9.0, max_exposure=1.0))
    limits = Limits(TERMS, accounts=Accounts(Bounds(exposure=1.5)))

    async def scenario() -> None:
        async with opened(sqlite) as store:
            for name in ("one", "two"):
                await approved(store, frozen(strategy, name))
            async with executing(store, 3_000.0, limits, short(3_000.0)):
                await settled("stopped")
            refused = await told("risk.refused")
            assert {one["rule"] for one in refused} == {"exposure"}
            sliced = [
                one for entries in (await written_entries()).values() for one in entries if isinstance(one, say.Sliced)
            ]
            assert refused[0]["time"] == sliced[0].time  # on the very bar, of which a twentieth was bought
            assert "all that is open would come to 2" in refused[0]["reason"]

    asyncio.run(scenario())


def test_without_the_limit_both_are_in_at_once_and_nothing_of_it_is_in_their_logs(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            for name in ("one", "two"):
                await approved(store, frozen(trading(), name))
            async with executing(store, 1_000.0, feeds=short(1_000.0)):
                await settled("stopped")
            assert await most_open() == 2
            runs = await written_entries()
            assert not any(isinstance(entry, say.Known) for entries in runs.values() for entry in entries)
            first, second = (
                [entry for entry in entries[1:] if isinstance(entry, say.Heard)] for entries in runs.values()
            )
            assert first == second

    asyncio.run(scenario())


def test_a_server_that_is_stopped_again_and_again_lets_no_second_one_in(sqlite: str) -> None:
    dice = random.Random(7)

    async def scenario() -> None:
        async with opened(sqlite) as store:
            both = [await approved(store, frozen(trading(), name)) for name in ("one", "two")]
            for _ in range(8):
                async with executing(store, 2_000.0, ONE, short(2_000.0)):
                    await asyncio.sleep(dice.uniform(0.05, 0.3))
            async with executing(store, 4_000.0, ONE, short(4_000.0)):
                await settled("stopped")
            assert await most_open() == 1
            assert await check_ledger() > 100
            for identity in both:
                await replays(identity)

    asyncio.run(scenario())


def test_an_account_remembers_its_peak_over_a_restart_and_what_ended_runs_lost(sqlite: str) -> None:
    limits = Limits(replace(TERMS, fee_rate=0.01), accounts=Accounts(Bounds(drawdown=0.02)))

    async def scenario() -> None:
        async with opened(sqlite) as store:
            first = await approved(store, frozen(trading(), "one"))
            async with executing(store, 4_000.0, limits, short(4_000.0)):
                await settled("stopped")
            assert {one["rule"] for one in await told("risk.refused", first)} == {"drawdown"}
            second = await approved(store, frozen(trading(), "two"))
            async with executing(store, 4_000.0, limits, short(4_000.0)):
                await settled("stopped")
            assert await told("order.filled", second) == []
            refused = await told("risk.refused", second)
            total = (await last_totals())["paper", "BTC"]
            assert total.realised < -200
            figures = f"from {10_000 + total.peak:.10g} to {10_000 + total.realised:.10g}"
            assert refused[0]["reason"] == f"drawdown: the equity has fallen {figures}, and 2.0000% is the most"

    asyncio.run(scenario())


def test_other_accounts_are_others_with_their_own_cash_and_limits(sqlite: str) -> None:
    accounts = Accounts(
        Bounds(positions=1),
        {"paper": PaperAccount(10_000.0), "main": PaperAccount(2_000.0), "free": PaperAccount(3_000.0, Bounds())},
    )

    async def scenario() -> None:
        async with opened(sqlite) as store:
            names = tuple(accounts.paper)
            paper = await on_account(store, "one", None, names)
            main = await on_account(store, "two", "main", names)
            free = await on_account(store, "three", "free", names)
            async with executing(store, 4_000.0, Limits(TERMS, accounts=accounts), short(4_000.0)):
                await settled("stopped")
            assert await most_open() == 3
            firsts = {entries[0].strategy: entries[0] for entries in (await written_entries()).values()}  # type: ignore[union-attr]
            told_ = {name: (one.terms.equity, str(one.paper), bool(one.limits)) for name, one in firsts.items()}  # type: ignore[union-attr]
            assert told_ == {
                paper: (10_000.0, "UNSET", True), main: (2_000.0, "main", True), free: (3_000.0, "free", False)
            }  # fmt: skip
            assert set(await LedgerRow.all().distinct().values_list("account", "strategy")) == {
                ("paper", paper), ("main", main), ("free", free)
            }  # fmt: skip

    asyncio.run(scenario())


def test_a_paper_account_is_chosen_with_the_first_approval_and_stays(sqlite: str) -> None:
    async def scenario() -> None:
        rules = Rules(2, accounts=("paper", "main"))
        async with opened(sqlite) as store:
            artifact = frozen(trading())
            identity = await proposed(store, artifact, "zoe")
            wanted: Any = (identity, artifact.digest, "approve", "paper")
            with pytest.raises(Refused, match=r"there is no paper account nope; .* has paper, main"):
                await decide(store, rules, ANN, wanted, "nope")
            await decide(store, rules, ANN, wanted, "main")
            bob = Who("bob", frozenset({"approve"}))
            with pytest.raises(Refused, match="it was approved for the account main"):
                await decide(store, rules, bob, wanted, "paper")
            assert (await decide(store, rules, bob, wanted)).state == "approved"
            assert (await Strategy.get(id=identity)).account == "main"
            refused = Limits(TERMS)
            async with executing(store, None, refused, short(None)):
                await until(lambda: is_stopped(identity))
            assert "there is no paper account main any more" in await reason(identity)

    async def is_stopped(identity: str) -> bool:
        return await state(identity) == "stopped"

    asyncio.run(scenario())


def test_an_account_with_limits_is_reckoned_in_one_currency(sqlite: str) -> None:
    other = replace(trading(), market=OTHER)

    async def scenario() -> None:
        async with opened(sqlite) as store:
            first = await approved(store, frozen(trading(), "one"))
            async with executing(store, 50.0, ONE, short(50.0)):
                await until(lambda: more_bars(first, 1))
                second = await approved(store, frozen(other, "two"))
                await until(lambda: is_stopped(second))
            assert f"has limits and trades in BTC now ({first})" in await reason(second)

    async def is_stopped(identity: str) -> bool:
        return await state(identity) == "stopped"

    asyncio.run(scenario())


def test_of_two_currencies_that_begin_at_once_one_is_refused(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            both = [
                await approved(store, frozen(replace(trading(), market=market), name))
                for market, name in ((MARKET, "one"), (OTHER, "two"))
            ]
            async with executing(store, 50.0, ONE, short(50.0)):
                await until(lambda: one_has_begun(both))
                states = {await state(identity): identity for identity in both}
            assert set(states) == {"running", "stopped"}
            assert "has limits and trades in" in await reason(states["stopped"])

    async def one_has_begun(both: list[str]) -> bool:
        return "approved" not in [await state(identity) for identity in both]

    asyncio.run(scenario())


def test_the_kill_switchs_refusals_are_told_with_their_rule(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            running = await approved(store, frozen(trading(), "one"))
            async with executing(store, 2_000.0, feeds=short(2_000.0)):
                await until(lambda: more_bars(running, 1))
                async with store.write() as work:
                    await set_kill(work, "ann")
                await until(lambda: heard(running, "kill"))
                waits = await approved(store, frozen(trading(), "two"))
                await settled("stopped", "approved")
                rule = {"rule": "kill switch", "reason": "the kill switch is on; it starts once that is off"}
                await until(lambda: was_told(waits))
                assert await told("risk.refused", waits) == [rule]
                refused = await told("risk.refused", running)
                assert len(refused) > 3
                assert {(one["rule"], one["reason"]) for one in refused} == {
                    ("kill switch", "kill switch: the kill switch is on; nothing new is opened until it is off")
                }
                async with store.write() as work:
                    await clear_kill(work, "ann")
                await settled("stopped")
            await replays(running)

    async def was_told(identity: str) -> bool:
        return bool(await told("risk.refused", identity))

    asyncio.run(scenario())


def test_orders_of_both_runs_count_for_the_rate(sqlite: str) -> None:
    limits = Limits(TERMS, accounts=Accounts(Bounds(rate=Rate(3, 86_400))))

    async def scenario() -> None:
        async with opened(sqlite) as store:
            for name in ("one", "two"):
                await approved(store, frozen(replace(trading(), risk=Risk(percent=0.5, max_exposure=1.0)), name))
            async with executing(store, 3_000.0, limits, short(3_000.0)):
                await settled("stopped")
            assert {one["rule"] for one in await told("risk.refused")} == {"order rate"}

    asyncio.run(scenario())


def test_a_paper_book_is_in_the_terms_of_a_run(sqlite: str) -> None:
    terms = replace(TERMS, book=Book(spread_ticks=3.0))

    async def scenario() -> None:
        async with opened(sqlite) as store:
            await approved(store, frozen(trading()))
            async with executing(store, None, Limits(terms), short(None)):
                await settled("stopped")
            ((first, *_),) = (await written_entries()).values()
            assert isinstance(first, say.Began)
            assert first.terms == terms

    asyncio.run(scenario())
