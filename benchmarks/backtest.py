"""Backtest: a year of one-minute bars with forty nodes, entries, stops and targets, beside what else one would take."""

from __future__ import annotations

import atexit
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from benchmarks import signals
from benchmarks.benchmark import Aim, Amount, Benchmark
from benchmarks.environments import install, python_of
from benchmarks.processes import ROOT, drawbridge, interpreter, program
from benchmarks.timing import Candidate
from benchmarks.webhooks import folder
from benchmarks.year import MINUTES, STOP, TARGET, make_year
from execution.backtest import Borders, run
from execution.brokers.paper import PaperTerms
from execution.firings import firings
from spec.artifact import write
from spec.canonical import freeze
from spec.market import Market
from spec.signals import AllOf, AnyOf
from spec.strategy import AtPercent, Entry, Provenance, Risk, Strategy, Target

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.year import Year

OURS, COLD = "Drawbridge", "drawbridge backtest --json"
STEPPED = "Drawbridge, target in two halves"
PEERS = {"vectorbt": ("vectorbt==1.2.0",), "backtesting": ("backtesting==0.6.6",)}
NAMES = {"vectorbt": "vectorbt", "backtesting": "backtesting.py"}
TEXT = (
    "{bars:,} one-minute bars of a seeded random walk; long where one of {lines} trend lines is crossed upwards within "
    "0.2 % of one of {levels} levels, at the next open, with a stop at {stop} % and a target at {target} %: {trades} "
    "trades, as many in each. Signals are in it, loading the candles and imports are not, and what is compiled at a "
    "first call was compiled before. Every peer runs in an environment and a process of its own and takes its signals "
    "from NumPy on whole columns. Drawbridge gives trades, the equity at each close and the figures in three parts. It "
    "plays such plain rounds at once, to the same result that its kernels and the paper broker would come to; for a "
    "strategy that takes its target in two halves it steps them, order by order, on the bars that matter."
)
COLD_TEXT = (
    "The same from the start of a process to its end: imports, candles (Drawbridge reads Parquet, the peers make the "
    "walk in memory), the run, and what is compiled at a first call. The floor is Python with NumPy."
)


class Disagreement(AssertionError):
    """A peer made another number of trades, so that the times cannot be compared."""


class Peer:
    """A peer in a process of its own, ready to run again and again."""

    def __init__(self, name: str, bars: int, trades: int) -> None:
        self.name, self.trades = name, trades
        line = [
            str(python_of(f".venv-bench-{name}")),
            "-W",
            "ignore",
            "-m",
            "benchmarks.backtest_peers",
            name,
            str(bars),
        ]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(line, cwd=ROOT, text=True, **pipes)  # type: ignore[call-overload]
        atexit.register(self.process.kill)
        assert self.process.stdout.readline() == "ready\n", f"{name} did not start"
        self.run()  # what it compiles at its first call is not in the times

    def run(self) -> None:
        """One run; raises Disagreement."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        found = self.process.stdout.readline().strip()
        if found != str(self.trades):
            msg = f"{self.name} made {found} trades, Drawbridge {self.trades}"
            raise Disagreement(msg)


def strategy_of(year: Year) -> Strategy:
    """The forty drawings, a line's crossing near a level as the entry."""
    drawn = signals.strategy_of(year, "bar_close").nodes
    lines, levels = (tuple(name for name in drawn if name.startswith(letter)) for letter in "ab")
    nodes = {**drawn, "crossed": AnyOf(lines), "near": AnyOf(levels), "both": AllOf(("crossed", "near"))}
    return Strategy(
        kind="strategy",
        market=Market("binance", "ETH/BTC", "spot", 1e-8),
        timeframe=signals.FRAME,
        nodes=nodes,
        entry=Entry("long", "both"),
        stop=AtPercent(STOP),
        targets=(Target(AtPercent(TARGET), 1.0),),
        risk=Risk(percent=1.0, max_exposure=5.0),
    )


def benchmarks(
    bars: int = MINUTES, rounds: int = 9, cold_rounds: int = 3, wanted: tuple[str, ...] = tuple(PEERS)
) -> list[Benchmark]:
    """Warm and cold, beside the wanted peers that can be installed."""
    year = make_year(bars)
    strategy, candles = strategy_of(year), signals.bars_of(year)
    trades = len(run(strategy, candles, Borders(), PaperTerms()).trades)
    there = [name for name in wanted if install(f".venv-bench-{name}", PEERS[name], NAMES[name])]
    peers = {name: Peer(name, bars, trades) for name in there}
    own = Candidate(OURS, partial(run, strategy, candles, Borders(), PaperTerms()))
    halves = replace(strategy, targets=(Target(AtPercent(TARGET), 0.5),) * 2)
    stepped = Candidate(STEPPED, partial(run, halves, candles, Borders(), PaperTerms()))
    signal = Candidate("its signals alone", partial(firings, strategy, candles))
    text = TEXT.format(
        bars=bars, lines=len(year.lines), levels=len(year.levels), stop=STOP, target=TARGET, trades=trades
    )
    warm = Benchmark(
        title="Backtest",
        text=text,
        candidates=(own, *(Candidate(NAMES[name], peer.run) for name, peer in peers.items()), stepped, signal),
        peer=NAMES[there[0]] if there else signal.name,
        floor=signal.name,
        rounds=rounds,
        amount=Amount(bars, "bars"),
        aim=Aim(rate=8e6, ratio=1.0 if there else None),
    )
    return [warm, _cold(year, strategy, there, cold_rounds)]


def _cold(year: Year, strategy: Strategy, peers: list[str], rounds: int) -> Benchmark:
    place, count = folder(), str(len(year))
    own = drawbridge("backtest", *files(place, year, strategy), "--json")
    bare = interpreter("-c", "import numpy")
    candidates = [
        Candidate(
            NAMES[name],
            program(python_of(f".venv-bench-{name}"), "-m", "benchmarks.backtest_peers", name, count, "once"),
        )
        for name in peers
    ]
    return Benchmark(
        title="Backtest, cold",
        text=COLD_TEXT,
        candidates=(Candidate(COLD, own), *candidates, Candidate("import numpy", bare)),
        peer=candidates[0].name if candidates else "import numpy",
        floor="import numpy",
        rounds=rounds,
        warm=1,
        amount=Amount(1, "runs"),
        aim=Aim(rate=0.5),
    )


def files(place: Path, year: Year, strategy: Strategy) -> tuple[str, ...]:
    """Arguments of the command: the frozen strategy and its candles as files."""
    import pyarrow as pa  # noqa: PLC0415 - a tenth of a second that other benchmarks need not pay
    from pyarrow import parquet  # noqa: PLC0415

    frozen, candles = place / "strategy.yaml", place / "year.parquet"
    frozen.write_bytes(
        write(freeze("forty", "forty", strategy, Provenance("0" * 64, "bench", "BINANCE:ETHBTC", (), {})))
    )
    columns = {**year.columns, "time": year.columns["time"].astype(np.int64)}
    parquet.write_table(pa.table(columns), candles)
    return str(frozen), "--candles", str(candles)
