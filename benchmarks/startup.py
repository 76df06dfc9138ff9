"""Cold starts of the command line: a new process from its start to its end."""

from __future__ import annotations

from benchmarks.benchmark import Benchmark
from benchmarks.processes import ROOT, drawbridge, interpreter
from benchmarks.timing import Candidate

EXPORT, CANDLES = (str(ROOT / "examples" / name) for name in ("ethbtc-export.json", "ETHBTC-5m.csv"))
TEXT = (
    "From the start of the process to its end, all files in the disk cache. What is imported is most of it: "
    "beside the commands stand Python alone, and Python with the two libraries that every evaluation needs."
)


def benchmarks(rounds: int = 7) -> list[Benchmark]:
    """The one benchmark."""
    return [
        Benchmark(
            title="Cold start",
            text=TEXT,
            candidates=(
                Candidate("drawbridge --help", drawbridge("--help")),
                Candidate("drawbridge interpret, 4 drawings", drawbridge("interpret", EXPORT, "--candles", CANDLES)),
                Candidate("import numpy, msgspec", interpreter("-c", "import numpy, msgspec")),
                Candidate("python -c pass", interpreter("-c", "pass")),
            ),
            peer="import numpy, msgspec",
            floor="python -c pass",
            rounds=rounds,
            warm=1,
        )
    ]
