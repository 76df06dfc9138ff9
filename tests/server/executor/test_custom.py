"""Runs with custom nodes: equal to the backtest, resumed after a stop, ended by a node that misbehaves, and alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from execution import replaying
from execution.backtest import Borders, run
from execution.journal import verify
from execution.resuming import began_of
from server.access.who import Who
from server.approvals import Rules, decide
from server.custom.running import equipped
from server.runs import last_run, lines_of
from server.strategies import BY_COMMAND, store_proposal
from spec.custom import Custom, CustomFailed
from spec.signals import AllOf, Node
from spec.strategy import Entry
from tests.server.custom.boxes import needs_box, node
from tests.server.executor.executing import (
    HISTORY,
    LIMITS,
    TERMS,
    approved,
    candles,
    executing,
    frozen,
    opened,
    settled,
    trading,
    until,
    watching,
)
from tests.server.executor.questions import bars_heard, is_in, more_bars, reason, told

if TYPE_CHECKING:
    from server.store.store import Store
    from spec.strategy import Artifact, Strategy

ABLE = msgspec.structs.replace(LIMITS, custom_nodes=True)
LATER = candles().time[HISTORY + 20]
CALM = "return max(window.close) - min(window.close) < 0.0004"
# Each is well while the history is evaluated, and misbehaves on the twentieth bar of the run.
HOSTILE = {
    "network": ("import socket; socket.create_connection(('127.0.0.1', 5432), 1)", "PermissionError: "),
    "password file": ("open('/etc/passwd').read()", "FileNotFoundError: "),
    "fork": ("import os; os.fork()", "PermissionError: "),
    "memory": ("bytearray(10 << 30)", "MemoryError"),
    "exit": ("import os; os._exit(3)", "its process ended in the middle of a question (exit code 3)"),
    "garbage": ("import os; os.write(3, b'garbage' * 99)", "it wrote something that is no answer"),
    "loop": ("while True: pass", "it did not answer within 5 seconds"),
    "kind": ("return 'yes'", "TypeError: evaluate has to return true or false"),
}


def coded(custom: Custom) -> Strategy:
    """A strategy that trades where a custom node allows it."""
    plain = trading()
    nodes: dict[str, Node] = {**plain.nodes, "mine": custom, "gate": AllOf(("in", "mine"))}
    return msgspec.structs.replace(plain, nodes=nodes, entry=Entry("long", "gate"))


async def put(store: Store, artifact: Artifact, *, approve: bool = True) -> str:
    """Propose as the command does."""
    async with store.write() as work:
        row = await store_proposal(work, BY_COMMAND, artifact, "ann", 7.0)
    if approve:
        wanted = (row.id, artifact.digest, "approve", "paper")
        await decide(store, Rules(1), Who("ann", frozenset({"approve"})), wanted)  # type: ignore[arg-type]
    return row.id


@needs_box
def test_a_run_trades_as_its_backtest_does_and_its_log_comes_again(sqlite: str) -> None:
    strategy = coded(node(CALM))
    with equipped(strategy, allowed=True) as able:
        trades = run(able, candles(), Borders(), TERMS).trades

    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await put(store, frozen(strategy))
            async with executing(store, limits=ABLE):
                await settled("stopped")
            assert await reason(identity) == "end of data"
            assert len(await told("trade.closed", identity)) == len(trades) > 3
            lines = await lines_of(str(await last_run(identity)))
        verify(lines)
        with equipped(strategy, allowed=True) as able:
            history = replaying.history_of(began_of(lines), candles())
            again = replaying.again(lines, able, history, lambda _done, _of: None)
        assert replaying.differs(lines, again) is None
        with pytest.raises(CustomFailed):
            replaying.again(lines, strategy, history, lambda _done, _of: None)

    asyncio.run(scenario())


@needs_box
def test_a_run_is_resumed_where_it_stood(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await put(store, frozen(coded(node(CALM))))
            async with executing(store, 400.0, ABLE):
                await until(lambda: more_bars(identity, 10))
            before = await bars_heard(identity)
            async with executing(store, limits=ABLE):
                await settled("stopped")
            assert await reason(identity) == "end of data"
            assert await bars_heard(identity) == len(candles()) - HISTORY > before

    asyncio.run(scenario())


@needs_box
@pytest.mark.parametrize(("deed", "why"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_node_that_misbehaves_stops_its_strategy_and_no_other(
    sqlite: str, capsys: pytest.CaptureFixture[str], deed: str, why: str
) -> None:
    body = f"if window.time[-1] >= {LATER}:\n    {deed}\nreturn True"

    async def scenario() -> None:
        async with opened(sqlite) as store:
            good = await approved(store, frozen(trading()))
            bad = await put(store, frozen(coded(node(body)), "bad"))
            async with executing(store, 400.0, ABLE) as executor:
                await until(lambda: is_in(bad, "stopped"))
                heard = await bars_heard(good)
                await until(lambda: more_bars(good, heard + 5))
                assert executor.running == {good}
            said = await reason(bad)
            assert said.startswith(f"custom node mine: {why}")
            assert [one["reason"] for one in await told("strategy.stopped", bad)] == [said]
            assert await bars_heard(bad) <= 21  # bars that come together with the one it fails on are not heard

    asyncio.run(scenario())
    log = capsys.readouterr()
    (line,) = [one for one in (log.out + log.err).splitlines() if "a run failed" in one]
    assert "custom node mine: " in line
    assert "Traceback" not in log.out + log.err


@needs_box
def test_a_node_that_fails_on_the_history_never_begins(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await put(store, frozen(coded(node("return 1 / 0"))))
            async with executing(store, limits=ABLE):
                await settled("stopped")
            assert await reason(identity) == "custom node mine: ZeroDivisionError: division by zero (line 7)"
            assert await last_run(identity) is None

    asyncio.run(scenario())


def test_where_custom_nodes_are_off_an_approved_strategy_does_not_begin(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await put(store, frozen(coded(node())))
            async with executing(store):
                await settled("stopped")
            assert await reason(identity) == (
                "custom node mine: it is code, and DRAWBRIDGE_CUSTOM_NODES is off; set it to true to let such "
                "strategies run"
            )

    asyncio.run(scenario())


@needs_box
def test_where_they_are_put_off_a_run_that_had_begun_ends_at_its_next_start(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await put(store, frozen(coded(node(CALM))))
            async with executing(store, 400.0, ABLE):
                await until(lambda: more_bars(identity, 10))
            async with executing(store):
                await settled("stopped")
            assert "DRAWBRIDGE_CUSTOM_NODES is off" in await reason(identity)

    asyncio.run(scenario())


def test_where_no_box_can_be_made_it_does_not_begin(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await put(store, frozen(coded(node())))
            async with executing(store, limits=ABLE):
                await settled("stopped")
            assert await reason(identity) == (
                "custom node mine: it cannot run here: bubblewrap is not installed here "
                "(Debian: apt-get install bubblewrap)"
            )

    asyncio.run(scenario())


@needs_box
def test_a_watch_with_code_waits_for_its_approval(sqlite: str) -> None:
    watch = watching()
    nodes: dict[str, Node] = {**watch.nodes, "mine": node(CALM)}
    artifact = frozen(msgspec.structs.replace(watch, nodes=nodes), "watch")

    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await put(store, artifact, approve=False)
            async with executing(store, limits=ABLE) as executor:
                await asyncio.sleep(0.3)
                assert executor.running == frozenset()
            assert await is_in(identity, "proposed")
            wanted = (identity, artifact.digest, "approve", "paper")
            await decide(store, Rules(1), Who("ann", frozenset({"approve"})), wanted)  # type: ignore[arg-type]
            async with executing(store, limits=ABLE):
                await settled("stopped")
            assert await reason(identity) == "end of data"
            assert {one["node"] for one in await told("signal.fired", identity)} >= {"mine"}

    asyncio.run(scenario())
