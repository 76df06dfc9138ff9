"""How feeds stand is seen in three places: the metrics, the inbox and the doctor."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import TYPE_CHECKING

import httpx

from execution.feeds.registry import Declaration, Registry
from execution.ports import Health
from server.feed_health import UNTOLD, in_words, read_healths
from server.metrics import Metrics
from spec.geometry import Level
from spec.signals import TrendlineCross
from spec.strategy import Strategy
from tests.exchanges.beside import beside
from tests.exchanges.binance import Binance
from tests.exchanges.busy import Busy
from tests.exchanges.following import MARKET
from tests.exchanges.script import START, Script
from tests.execution.ports import Feed
from tests.execution.scenes import bars_of
from tests.execution.test_runner_resuming import SCENE
from tests.server.executor.executing import frozen, opened, proposed
from tests.server.running import command, running

if TYPE_CHECKING:
    from pathlib import Path

HEALTHY = Health("binance ETH/USDT", "1m", "ws", 1_700_000_040, 1.25, 3, 1, 2, 4, None)
TROUBLED = Health("binance ETH/USDT", "5m", "rest", 0, 0.0, 0, 0, 0, 0, "it does not answer")
WATCH = frozen(Strategy("watch", MARKET, "1m", {"level": TrendlineCross("1m", Level(2_000.0), "either")}))
BEFORE = 30  # minutes


class Standing(Feed):
    """A feed whose lines stand as they are told."""

    def health(self) -> tuple[Health, ...]:
        return (HEALTHY, TROUBLED)


def test_the_metrics_carry_every_figure_and_are_read_again() -> None:
    declared = Declaration("binance", "bars", "seconds", frozenset({"binance"}))
    metrics = Metrics()
    metrics.watch(Registry(((declared, Standing(bars_of(SCENE.bars), 1)),)))
    healthy, troubled = read_healths(metrics.text().decode())
    assert healthy == HEALTHY
    assert troubled == Health("binance ETH/USDT", "5m", "rest", trouble=UNTOLD)


def test_words_hold_lag_last_bar_healed_and_reconnects() -> None:
    assert in_words(HEALTHY) == (
        "binance ETH/USDT 1m by ws · last bar 2023-11-14 22:14 UTC, 1.2 s after its close · 3 healed · 2 reconnects"
        " · 4 corrected · 1 unaudited"
    )
    assert in_words(TROUBLED) == (
        "binance ETH/USDT 5m by rest · no bar yet · 0 healed · 0 reconnects · it does not answer"
    )


class BusyBinance(Busy, Binance):
    """A Binance whose sockets are cut once: its script is of the present."""


def of_the_present(script: Script) -> Script:
    """The script so that BEFORE minutes of it are over."""
    now = time.time()  # noqa: TID251 - the server under test has no other
    shift = int(now) // 60 * 60 - 60 * BEFORE - START
    script.prints = [one._replace(time=one.time + shift * 1000) for one in script.prints]
    return script


def figures(browser: httpx.Client) -> dict[str, str]:
    """What the metrics tell of the feed, once a bar was handed on and the cut is over."""
    text = ""
    for _ in range(100):
        text = browser.get("/metrics").text
        told = dict(re.findall(r"^drawbridge_feed_(\w+)\{[^}]*\} ([-\d.e+]+)$", text, re.MULTILINE))
        if float(told.get("last_bar_seconds", 0)) and float(told.get("reconnects_total", 0)):
            return told
        time.sleep(0.1)
    raise AssertionError(text)


def test_a_followed_market_is_seen_in_metrics_inbox_and_doctor(tmp_path: Path) -> None:
    async def watched() -> None:
        async with opened(f"sqlite://{tmp_path / 'data' / 'drawbridge.db'}") as store:
            await proposed(store, WATCH)

    (tmp_path / "data").mkdir()
    asyncio.run(watched())
    exchange = BusyBinance(of_the_present(Script(seed=52, minutes=BEFORE + 12)), {4 * BEFORE + 10: "cut"})
    exchange.at = 4 * BEFORE
    with beside(exchange):
        access = {"binance": {"urls": exchange.url, "options": Binance.options, "timeout": 2.0, "rate_limit": 1}}
        settings = {"exchanges": json.dumps(access), "replay": "{}"}
        with running(tmp_path / "data", **settings) as server, httpx.Client(base_url=server.base) as browser:
            told = figures(browser)
            browser.post("/login", data={"secret": server.link.rpartition("/")[2]})
            page = browser.get("/").text
            doctor = command(tmp_path / "data", "doctor", **settings).stdout
    assert {"last_bar_seconds", "lag_seconds", "healed_total", "trouble"} <= set(told)
    assert float(told["reconnects_total"]) >= 1
    line = r"binance ETH/USDT 1m by ws · last bar [-\d: ]+UTC, -?[\d.]+ s after its close · \d+ healed · \d+ reconnects"
    assert re.search(line, page), page
    assert re.search(rf"^(ok |NO ) followed: {line}", doctor, re.MULTILINE), doctor
