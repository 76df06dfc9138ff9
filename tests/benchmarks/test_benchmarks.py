"""Every benchmark runs, on sizes too small to say anything about speed."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks import (
    backtest,
    closes,
    exchange_start,
    house,
    orders,
    own_plot,
    picture,
    plain_plot,
    reading,
    signals,
    slack,
    startup,
    ticks,
    webhooks,
)
from benchmarks.__main__ import BENCHMARKS, PAGE
from benchmarks.benchmark import Aim, Amount, Benchmark, Result
from benchmarks.environments import python_of
from benchmarks.layout import make_layout
from benchmarks.report import aim_text, markdown, table_of
from benchmarks.shapes import HEIGHT, WIDTH, make_picture
from benchmarks.signal_floors import in_blocks
from benchmarks.timing import Candidate, Timing, measure
from benchmarks.year import make_year
from execution.firings import firings

if TYPE_CHECKING:
    from collections.abc import Callable

INSTALLED = tuple(name for name in backtest.PEERS if python_of(f".venv-bench-{name}").exists())
SMALL: dict[str, Callable[[], list[Benchmark]]] = {
    "signals": partial(signals.benchmarks, bars=3_000, rounds=1),
    "backtest": partial(backtest.benchmarks, bars=20_000, rounds=1, cold_rounds=1, wanted=INSTALLED),
    "ticks": partial(ticks.benchmarks, nodes=200, ticks=600, rounds=1),
    "orders": partial(orders.benchmarks, count=3, bars=2, rounds=1),
    "closes": partial(closes.benchmarks, count=4, bars=2, rounds=1),
    "picture": partial(picture.benchmarks, rounds=1, cold_rounds=1),
    "reading": partial(reading.benchmarks, drawings=5, rounds=1),
    "startup": partial(startup.benchmarks, rounds=1),
    "exchange-start": partial(exchange_start.benchmarks, rounds=1),
    "webhooks": partial(webhooks.benchmarks, count=200, rounds=1, readers=20),
    "house": partial(house.benchmarks, strategies=2, rounds=1),
    "slack": partial(slack.benchmarks, rounds=1),
}


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height in the header of a PNG."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_candidate_runs_and_is_reported_and_stands_on_the_page(name: str) -> None:
    if name == "webhooks" and not webhooks.PEER_PYTHON.exists():
        pytest.skip("`make bench` makes the environment of the peer, which this one needs")
    written = PAGE.read_text("utf-8")
    for benchmark in SMALL[name]():
        assert f"\n## {benchmark.title}\n" in written
        ran: list[int] = []
        timings = measure(benchmark.candidates, 1, 0, lambda ran=ran: ran.append(1))  # type: ignore[misc]
        assert len(ran) == len(benchmark.candidates)
        result = Result(benchmark, timings)
        page = markdown([result])
        assert [one.name for one in benchmark.candidates if f"| {one.name}" not in page] == []
        assert ("(peer" in page, "floor)" in page) == (True, True)
        assert table_of(result).row_count == len(benchmark.candidates)


def test_candidates_take_turns_in_every_round() -> None:
    called: list[str] = []
    candidates = tuple(Candidate(name, lambda name=name: called.append(name)) for name in "abc")  # type: ignore[misc]
    measure(candidates, rounds=3, warm=1)
    rounds = ["".join(called[at : at + 3]) for at in range(0, 12, 3)]
    assert rounds == ["cab", "abc", "bca", "cab"]


def test_a_part_of_the_work_is_scaled_to_the_whole() -> None:
    result = measure((Candidate("some", lambda: sum(range(20_000)), share=0.001),), rounds=1, warm=0)["some"]
    assert result.least == result.median == result.most > 0.01


@pytest.mark.parametrize(
    ("aim", "sentence"),
    [
        (Aim(rate=40), "Aim: at least 40 bars/s: reached."),
        (Aim(rate=60), "Aim: at least 60 bars/s: missed."),
        (Aim(ratio=0.5), "Aim: at most 0.5 of the peer's time: reached."),
        (Aim(ratio=0.4), "Aim: at most 0.4 of the peer's time: missed."),
        (None, ""),
    ],
)
def test_a_result_says_whether_its_aim_was_reached(aim: Aim | None, sentence: str) -> None:
    names = ("ours", "peer", "floor")
    candidates = tuple(Candidate(name, lambda: None) for name in names)
    timings = {name: Timing(time, time, time) for name, time in zip(names, (2.0, 4.0, 1.0), strict=True)}
    asked = Benchmark("a", "b", candidates, "peer", "floor", 1, amount=Amount(100, "bars"), aim=aim)
    assert aim_text(Result(asked, timings)) == sentence


def test_other_firings_are_noticed() -> None:
    year = make_year(2_000)
    found, _ = firings(signals.strategy_of(year, "bar_close"), signals.bars_of(year))
    rows = in_blocks(year, "bar_close")
    signals.agree("by hand", rows, found)
    with pytest.raises(signals.Disagreement, match="by hand found"):
        signals.agree("by hand", [rows[0][1:], *rows[1:]], found)


def test_a_year_is_the_same_every_time_and_no_close_lies_on_a_line() -> None:
    one, two = make_year(2_000), make_year(2_000)
    assert (one.lines, one.levels) == (two.lines, two.levels)
    assert all(np.array_equal(one.columns[name], two.columns[name]) for name in one.columns)
    bars = np.arange(2_000)
    assert all(
        np.abs(line.end + (bars - line.last) * line.slope - one.columns["close"]).min() > 1e-9 for line in one.lines
    )


def test_both_pictures_have_the_size_asked_for() -> None:
    made = make_picture(3)
    assert size_of(own_plot.plot(own_plot.strategy_of(made), own_plot.bars_of(made))) == (WIDTH, HEIGHT)
    assert size_of(plain_plot.plot(plain_plot.frame_of(made), made)) == (WIDTH, HEIGHT)


def test_the_layout_has_the_size_of_a_real_one() -> None:
    raw = make_layout()
    assert 64_000 <= len(raw) <= 66_000
    assert len(json.loads(raw)["charts"][0]["panes"][0]["sources"]) == 49
