"""``interpret``: a reading is an answer, whatever it holds; options fill in what the export does not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spec.yaml_form import load
from tests.server.commands import CANDLES, EXPORT, EXPORTED_AT, Commands, export

SHARED = Path(__file__).parents[3] / "shared" / "samples" / "exports"
LINE = "trend_line.tRnd01"


def saved(**changes: Any) -> Path:
    path = Path("export.json")
    path.write_bytes(export(**changes))
    return path


def strategy_of(read: Any, identity: str) -> Any:
    return next(one for one in read["strategies"] if one["id"] == identity)


def test_yaml_and_json_say_the_same(drawbridge: Commands) -> None:
    options = ("--candles", CANDLES, "--exported-at", EXPORTED_AT, "--at", EXPORTED_AT, "--explain")
    plain = drawbridge.done("interpret", EXPORT, *options, "--format", "json")
    assert load(drawbridge.done("interpret", EXPORT, *options).out.encode()) == plain.json


def test_the_export_comes_from_standard_input_too(drawbridge: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    with EXPORT.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        piped = drawbridge.done("interpret", "-")
    assert piped.out == drawbridge.done("interpret", EXPORT).out


def test_a_reading_with_open_questions_is_an_answer_and_they_are_named_beside_it(drawbridge: Commands) -> None:
    read = drawbridge.done("interpret", saved(symbol="KRAKEN:ETHBTC", log=None), "--format", "json")
    ids = [one["id"] for one in read.json["questions"]]
    assert [line.split(": ")[1] for line in read.err.splitlines()] == ids
    assert ids == ["scale", "bars.ethbtc-5m-long"]
    for one in read.json["questions"]:
        assert one["choices"]
        assert {"id", "text"} <= set(one["choices"][0])
        assert one["choices"][0]["id"] not in {"leave_out", "ignore"}


def test_question_ids_are_the_same_in_yaml_and_json(drawbridge: Commands) -> None:
    path = saved(symbol="NASDAQ:AAPL", log=None)
    as_yaml = load(drawbridge.done("interpret", path).out.encode())
    as_json = drawbridge.done("interpret", path, "--format", "json").json
    ids = [[one["id"] for one in read["questions"]] for read in (as_yaml, as_json)]
    assert ids[0] == ids[1] != []


def test_a_reading_without_anything_understood_is_an_answer(drawbridge: Commands) -> None:
    read = drawbridge.done("interpret", saved(only=["nOte04"]), "--format", "json").json
    assert (read["drawings"], read["understood"], len(read["left_out"]), read["strategies"]) == (1, [], 1, [])
    assert drawbridge.done("interpret", saved(only=[]), "--format", "json").json["drawings"] == 0


class TestAt:
    def test_it_adds_the_price_of_every_line_and_level(self, drawbridge: Commands) -> None:
        read = drawbridge.done(
            "interpret", EXPORT, "--candles", CANDLES, "--at", "2018-01-27T09:25:00Z", "--format", "json"
        )
        assert [one["values"] for one in read.json["understood"]] == [
            {LINE: 0.09543354838709676},
            {},
            {
                "long_position.lOng03.entry": 0.0956,
                "long_position.lOng03.stop": 0.0938,
                "long_position.lOng03.target": 0.1,
            },
        ]

    def test_without_it_there_are_no_values(self, drawbridge: Commands) -> None:
        read = drawbridge.done("interpret", EXPORT, "--format", "json").json
        assert ["values" in one for one in read["understood"]] == [False, False, False]

    def test_on_an_anchor_the_value_is_the_anchors_price(self, drawbridge: Commands) -> None:
        for time, price in ((1_516_969_500, 0.0971), (1_517_025_300, 0.09587)):
            read = drawbridge.done("interpret", EXPORT, "--at", time, "--format", "json").json
            assert read["understood"][0]["values"][LINE] == pytest.approx(price, rel=1e-12)

    def test_between_the_anchors_log_lies_below_linear(self, drawbridge: Commands) -> None:
        middle = (1_516_969_500 + 1_517_025_300) // 2
        values = {}
        for scale in ("linear", "log"):
            path = saved(log=None)
            read = drawbridge.done("interpret", path, "--price-scale", scale, "--at", middle, "--format", "json").json
            values[scale] = read["understood"][0]["values"][LINE]
        assert values["linear"] == pytest.approx((0.0971 + 0.09587) / 2, rel=1e-12)
        assert values["log"] == pytest.approx((0.0971 * 0.09587) ** 0.5, rel=1e-12)

    @pytest.mark.parametrize("scale", ["linear", "log"])
    @pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "1970-01-01", "9999-12-31T23:59:59Z"])
    def test_it_answers_for_any_time_with_a_number_or_null(self, drawbridge: Commands, scale: str, time: str) -> None:
        path = saved(log=None)
        for form in ("json", "yaml"):
            read = drawbridge.done("interpret", path, "--price-scale", scale, "--at", time, "--format", form)
            value = load(read.out.encode())["understood"][0]["values"][LINE]
            assert value is None or isinstance(value, float)

    def test_it_answers_without_candles_on_a_market_that_leaves_intervals_out(self, drawbridge: Commands) -> None:
        path = saved(symbol="KRAKEN:ETHBTC")
        read = drawbridge.done("interpret", path, "--at", EXPORTED_AT, "--format", "json").json
        assert isinstance(read["understood"][0]["values"][LINE], float)


def test_explain_shows_how_each_word_was_read(drawbridge: Commands) -> None:
    path = saved(texts={"tRnd01": "long break maybe-not zzz tp1 50%"})
    words = drawbridge.done("interpret", path, "--explain", "--format", "json").json["understood"][0]["words"]
    assert [list(word) for word in words] == [["text", "meaning"]] * len(words)
    assert {"long", "break", "zzz"} <= {part for word in words for part in word["text"].split()}
    assert "words" not in drawbridge.done("interpret", path, "--format", "json").json["understood"][0]


class TestPriceScale:
    def test_it_answers_the_question_for_the_scale(self, drawbridge: Commands) -> None:
        path = saved(log=None)
        asked = drawbridge.done("interpret", path, "--format", "json").json["questions"]
        assert [one["id"] for one in asked] == ["scale"]
        for scale in ("linear", "log"):
            read = drawbridge.done("interpret", path, "--price-scale", scale, "--format", "json").json
            node = strategy_of(read, "ethbtc-5m-long")["strategy"]["nodes"][LINE]
            assert (read["questions"], node["geometry"]["scale"]) == ([], scale)


def test_the_tick_makes_prices_of_tick_counts(drawbridge: Commands) -> None:
    read = drawbridge.done("interpret", EXPORT, "--tick", "0.00001", "--format", "json").json
    traded = strategy_of(read, "ethbtc-5m-long")["strategy"]
    assert traded["market"]["tick_size"] == 1e-5
    assert traded["stop"] == {"rule": "price", "price": 0.0776}  # 0.0956 less 1,800 ticks


@pytest.mark.parametrize(
    ("time", "seconds"),
    [("1517039100", EXPORTED_AT), ("1517039100000", EXPORTED_AT), ("2018-01-27T08:45:00+01:00", EXPORTED_AT)],
)
def test_the_time_of_the_export_is_kept_in_the_draft(drawbridge: Commands, time: str, seconds: int) -> None:
    read = drawbridge.done("interpret", EXPORT, "--exported-at", time, "--format", "json").json
    assert (read["exported_at"], read["exported_by"]) == (seconds, "stated")


def test_the_sizing_comes_from_the_settings(drawbridge: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWBRIDGE_RISK_PERCENT", "0.25")
    read = drawbridge.done("interpret", EXPORT, "--format", "json").json
    assert strategy_of(read, "ethbtc-5m-long")["strategy"]["risk"] == {"percent": 0.25, "max_exposure": 1.0}


def test_hostile_text_is_escaped_on_its_way_to_a_terminal_and_still_freezes(drawbridge: Commands) -> None:
    hostile = "long break \x1b[31m \x9b2J \u202e \u2028 \x7f"
    path = saved(texts={"tRnd01": hostile})
    for form in ("json", "yaml"):
        read = drawbridge.done("interpret", path, "--format", form)
        assert not set("\x1b\x9b\u202e\u2028\x7f") & set(read.out + read.err)
        assert load(read.out.encode())["understood"][0]["text"] == hostile
        Path("draft").write_text(read.out)
        froze = drawbridge.done("freeze", "draft", "--strategy", "ethbtc-5m-long", "-o", "strategy.yaml")
        assert not set("\x1b\x9b\u202e\u2028\x7f") & set(froze.out + froze.err)
        drawbridge.done("verify", "strategy.yaml")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sample exports are not beside the repository")
@pytest.mark.parametrize("number", ["01", "02", "03", "04", "07", "09", "11", "12", "13"])
def test_a_real_export_gives_a_reading_that_counts_every_drawing_once(drawbridge: Commands, number: str) -> None:
    path = next(SHARED.glob(f"{number}_*"))
    read = drawbridge.done("interpret", path, "--at", "2024-03-25", "--explain", "--format", "json").json
    keys = [one["drawing"] for one in read["understood"] + read["left_out"]]
    assert len(keys) == len(set(keys)) == read["drawings"] > 0
    assert drawbridge.done("interpret", path).out
