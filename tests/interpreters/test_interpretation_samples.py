"""Real exports of TradingView, interpreted, where they are at hand; they are not part of the repository."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.interpreters.exports import Json, asked, first_answers, freeze_error, frozen, read

if TYPE_CHECKING:
    from interpreters.report import Reading

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "exports"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample exports are not beside the repository")


def sample(number: str, **context: Any) -> Reading:
    return read(next(SAMPLES.glob(f"{number}_*")).read_bytes(), **context)


def nodes(reading: Reading) -> dict[str, Json]:
    """Each node of every drawing by its name, without the name."""
    rows = (dict(row) for one in reading.understood for row in one.nodes)
    return {row.pop("name"): row for row in rows}


def left_out(reading: Reading) -> dict[str, str]:
    return {one.drawing: one.reason for one in reading.left_out}


@pytest.mark.parametrize("number", ["01", "02", "03", "04", "07", "09", "11", "12", "13"])
def test_every_drawing_of_a_sample_has_one_place_and_its_first_answers_freeze(number: str) -> None:
    reading = sample(number)
    assert reading.drawings == len(reading.understood) + len(reading.left_out)
    for one in reading.strategies:
        frozen(reading, one.id, first_answers(reading))


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("01", "this kind of drawing is not read yet"),
        ("02", "its shape depends on the size of the screen, so it has no exact price"),
        ("03", "this kind of drawing is not read yet"),
    ],
)
def test_the_only_drawing_of_a_stored_chart_is_left_out_with_its_reason(number: str, reason: str) -> None:
    reading = sample(number)
    assert list(left_out(reading).values()) == [reason]
    assert (reading.understood, reading.questions, reading.strategies) == ((), (), ())


def test_of_a_layout_of_32_symbols_only_the_charts_own_is_taken_up() -> None:
    reading = sample("04")
    assert (reading.drawings, len(reading.understood)) == (44, 35)
    assert Counter(left_out(reading).values()) == {
        "this kind of drawing is not read yet": 4,
        "it is drawn freehand": 3,
        "it belongs to another series than its chart's own, so its prices may be an indicator's": 1,
        "it is computed from bars that the export does not carry": 1,
    }
    assert [one.drawing for one in reading.understood if one.only_listed is None] == ["qgGtkr"]
    assert asked(reading) == {
        "market": ["watch"], "timeframe.eurcad-4h-short": ["4h", "1d"], "tick": ["1e-05", "watch"],
    }  # fmt: skip


def test_the_amounts_of_a_position_tool_price_its_stop_and_target() -> None:
    found = nodes(sample("04"))
    prices = {
        name: found[f"short_position.{name}"]["price"] for name in ("qgGtkr.stop", "qgGtkr.target", "Oyod9g.stop")
    }
    assert prices == {"qgGtkr.stop": 1.47347, "qgGtkr.target": 1.44446, "Oyod9g.stop": 2.65775}


def test_the_other_symbols_of_a_layout_are_taken_up_when_asked() -> None:
    reading = sample("04", also=("all",), hidden=True)
    assert all(one.only_listed is None for one in reading.understood)
    assert len({one.symbol for one in reading.strategies}) == 27
    for one in reading.strategies:
        frozen(reading, one.id, first_answers(reading))


def test_a_fib_of_24_levels_yields_only_the_visible_one() -> None:
    reading = sample("07")
    found = {name: row for name, row in nodes(reading).items() if name.startswith("fib_retracement.6YYsrK")}
    assert found == {"fib_retracement.6YYsrK.0.618": {"kind": "trendline_cross", "price": 206.4537}}
    assert {one.id: [origin.drawing for origin in one.drawings] for one in reading.strategies} == {
        "solusdt-1h-watch": ["BIiPoL", "KYUUfG"], "solusdt-4h-watch": ["6YYsrK", "8IEaol"],
    }  # fmt: skip
    assert reading.questions == ()


def test_rays_drawn_on_hours_are_counted_in_hours_on_a_chart_of_days() -> None:
    strategy = frozen(sample("07"), "solusdt-1h-watch")
    assert [node["geometry"]["bars"] for node in strategy["nodes"].values()] == [131, 92]
    assert {node["geometry"]["approximate"] for node in strategy["nodes"].values()} == {False}


def test_points_in_reverse_order_are_put_in_order() -> None:
    reading = sample("09")
    assert asked(reading) == {"scale": ["linear", "log"]}
    assert list(left_out(reading).values()) == [
        "this kind of drawing is not read yet", "it is text or a mark, not a line, level or zone",
    ]  # fmt: skip
    line = frozen(reading, None, {"scale": "linear"})["nodes"]["trend_line.I66Yuv"]["geometry"]
    assert line["a"]["time"] < line["b"]["time"]
    assert line["bars"] == 51


def test_a_position_tool_from_the_clipboard_has_its_worked_prices() -> None:
    reading = sample("11")
    prices = {name.rpartition(".")[2]: row["price"] for name, row in nodes(reading).items()}
    assert prices == {"entry": 4624.21, "stop": 4628.22, "target": 4610.698}
    assert asked(reading) == {"market": ["watch"], "tick": ["0.001", "watch"]}


def test_a_ray_says_in_words_what_it_crosses() -> None:
    reading = sample("12")
    assert nodes(reading) == {"horizontal_ray.uJJJ7b": {"kind": "trendline_cross", "price": 870.9726517151869}}
    [(name, node)] = reading.strategies[0].strategy["nodes"].items()
    assert (name, node["direction"]) == ("horizontal_ray.uJJJ7b", "up")
    assert list(left_out(reading).values()) == ["it has 0 of the 1 points it needs; it was not finished"]


def test_half_drawn_read_backs_are_left_out_and_a_given_tick_prices_the_position_tool() -> None:
    reading = sample("13", tick=0.1)
    prices = {name.rpartition(".")[2]: row["price"] for name, row in nodes(reading).items()}
    assert prices == {"entry": 23475.0, "stop": 23775.0, "target": 22774.3}
    assert Counter(left_out(reading).values()) == {
        "the point that sets its width has no price; it was not finished": 1,
        "it has 0 of the 2 points it needs; it was not finished": 2,
    }
    assert freeze_error(reading, None, market="EURUSD").startswith("EURUSD is no market")
