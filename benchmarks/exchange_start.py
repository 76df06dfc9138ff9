"""From the start of a process to an exchange that is ready: connected through ccxt, with its markets loaded.

As a program: ``serve`` runs the loopback Binance and says its address, ``ready URL`` is the process that is timed.
"""

from __future__ import annotations

import asyncio
import atexit
import subprocess
import sys

from benchmarks.benchmark import Aim, Amount, Benchmark
from benchmarks.processes import ROOT, interpreter
from benchmarks.timing import Candidate

EXCHANGE = "binance"
TEXT = (
    "From the start of the process to its end, with one exchange ready in between: a client made, the markets "
    "asked for and read. The exchange is a server on this machine that speaks Binance's protocol and has one "
    "market, so neither a network nor a long list is in it. The peer imports `ccxt.pro` and asks for nothing: "
    "that loads all of ccxt's exchanges, while the feed loads the one that is wanted."
)


def served() -> str:
    """The address of a loopback exchange in a process of its own."""
    line = [sys.executable, "-m", "benchmarks.exchange_start", "serve"]
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    atexit.register(process.kill)
    assert process.stdout
    return process.stdout.readline().strip()


async def serve() -> None:
    from tests.exchanges.binance import Binance  # noqa: PLC0415 - the process that is timed has none of it
    from tests.exchanges.script import Script  # noqa: PLC0415

    async with Binance(Script(1, 2)) as exchange:
        print(exchange.url, flush=True)
        await asyncio.Event().wait()


async def ready(url: str) -> None:
    from execution.feeds.exchange.access import Access, ask, connect, dismiss  # noqa: PLC0415

    options = {"fetchMarkets": {"types": ["spot"]}}
    client = connect(EXCHANGE, Access(urls=url, options=options, rate_limit=1))
    try:
        markets = await ask(client.load_markets())
        assert "ETH/USDT" in markets
    finally:
        await dismiss(client)


def benchmarks(rounds: int = 7) -> list[Benchmark]:
    """The one benchmark."""
    own = interpreter("-m", "benchmarks.exchange_start", "ready", served())
    return [
        Benchmark(
            title="An exchange ready",
            text=TEXT,
            candidates=(
                Candidate("one exchange, markets loaded", own),
                Candidate("import ccxt.pro", interpreter("-c", "import ccxt.pro")),
                Candidate("python -c pass", interpreter("-c", "pass")),
            ),
            peer="import ccxt.pro",
            floor="python -c pass",
            rounds=rounds,
            warm=1,
            amount=Amount(1, "starts"),
            aim=Aim(rate=1.0),
        )
    ]


if __name__ == "__main__":
    asyncio.run(serve() if sys.argv[1] == "serve" else ready(sys.argv[2]))
