"""The doctor: what is well, and what is not with a sentence that says what to do."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.exchanges.beside import beside
from tests.exchanges.binance import Binance
from tests.exchanges.script import Script
from tests.server.custom.boxes import needs_box
from tests.server.house import CANDLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.commands import Commands


class Punctual(Binance):
    """A Binance whose clock is the machine's, so many seconds ahead."""

    ahead = 0.0

    @property
    def now(self) -> float:
        return time.time() + self.ahead  # noqa: TID251 - it is the exchange that knows the time


@pytest.fixture
def exchange() -> Iterator[Punctual]:
    with beside(Punctual(Script(seed=1, minutes=2))) as exchange:
        assert isinstance(exchange, Punctual)
        yield exchange


def reach(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    access = {"binance": {"urls": url, "options": Binance.options, "timeout": 2.0}}
    monkeypatch.setenv("DRAWBRIDGE_EXCHANGES", json.dumps(access))


def test_a_server_with_a_recording_and_an_exchange_is_well(
    drawbridge: Commands, exchange: Punctual, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach(monkeypatch, exchange.url)
    monkeypatch.setenv("DRAWBRIDGE_REPLAY", json.dumps({"binance:ETH/BTC": str(CANDLES)}))
    done = drawbridge("doctor")
    lines = done.out.splitlines()
    assert done.code == 0, done.out
    assert [line[:3] for line in lines] == ["ok "] * 6
    assert lines[4] == "ok  feeds: binance:ETH/BTC, binance"
    assert lines[5].startswith("ok  binance: 1 markets, bars by a candle stream, its clock ")
    assert lines[5].endswith("; beside bars: trades, top of the book, funding rate, open interest")


def test_a_clock_that_is_off_an_exchange_that_is_away_and_a_set_switch_are_said(
    drawbridge: Commands, exchange: Punctual, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    exchange.ahead = 30.0
    reach(monkeypatch, exchange.url)
    drawbridge("token", "create", "--scope", "view")  # makes the store
    assert drawbridge("kill", "--as", "ann").code == 0
    done = drawbridge("doctor")
    assert done.code == 1
    said = dict(line[4:].split(": ", 1) for line in done.out.splitlines() if line.startswith("NO "))
    assert set(said) == {"kill switch", "binance"}
    assert said["kill switch"] == "set by ann; `drawbridge resume` clears it"
    assert said["binance"].endswith("s from ours; set this machine's clock by NTP")
    assert "2 things are not well" in done.err
    reach(monkeypatch, "http://127.0.0.1:9")
    assert "NO  binance: " in drawbridge("doctor").out


@pytest.mark.parametrize(
    ("access", "words"),
    [
        ({"nowhere": {}}, "ccxt knows no exchange 'nowhere'"),
        ({"binance": {"rate_limit": "slow"}}, "the setting DRAWBRIDGE_EXCHANGES cannot be used"),
    ],
)
def test_an_exchange_that_cannot_be_used_is_named(
    drawbridge: Commands, monkeypatch: pytest.MonkeyPatch, access: dict[str, object], words: str
) -> None:
    monkeypatch.setenv("DRAWBRIDGE_EXCHANGES", json.dumps(access))
    done = drawbridge("doctor")
    assert (done.code, words in done.out) == (1, True)


def test_without_any_feed_nothing_is_evaluated_and_that_is_said(drawbridge: Commands) -> None:
    done = drawbridge("doctor")
    assert done.code == 1
    assert "NO  feeds: none is set up, so nothing is evaluated" in done.out


@needs_box
def test_where_custom_nodes_are_allowed_it_is_said_whether_they_can_run(
    drawbridge: Commands, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("DRAWBRIDGE_CUSTOM_NODES", "true")
    assert "ok  custom nodes: they can be boxed here" in drawbridge("doctor").out.splitlines()
    monkeypatch.setenv("PATH", str(folder))
    (line,) = [line for line in drawbridge("doctor").out.splitlines() if "custom nodes" in line]
    assert line.endswith("custom nodes: bubblewrap is not installed here (Debian: apt-get install bubblewrap)")
    assert not line.startswith("ok ")
