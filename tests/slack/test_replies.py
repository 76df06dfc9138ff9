"""Replies: each event of the log as a line, and a storm of them as a digest in which nothing is lost."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import asdict

from server.inbox.timeline import line_of
from server.slack.replies import reply, storm
from server.slack.text import quiet
from server.store.events import EventRow
from server.words.events import WORDS, told
from tests.slack import samples
from tests.slack.reading import images, said


@pytest.mark.parametrize("kind", WORDS)
def test_every_event_that_the_inbox_tells_is_a_reply_in_the_same_words(kind: str) -> None:
    one = samples.happening(kind, person="ann")
    made = reply(one)
    line = line_of(EventRow(1, one.at, kind, "str_01", "ann", one.data), {})
    assert made is not None
    assert line is not None
    assert quiet(line.title) in said(made)
    assert all(quiet(part) in said(made) for part in line.text.split(" \u00b7 "))


def test_an_event_that_no_trader_needs_to_see_is_no_reply() -> None:
    assert reply(samples.happening("token.created")) is None
    assert storm([samples.happening("token.created")]) == []


def test_a_reply_has_one_line_its_picture_and_what_it_is_about() -> None:
    made = reply(samples.happening("order.filled", picture="F9"))
    assert made is not None
    assert [block["type"] for block in made.blocks] == ["section", "image", "context"]
    assert images(made)[0]["slack_file"] == {"id": "F9"}
    assert images(made)[0]["alt_text"].startswith("Chart of long break on BINANCE:ETHBTC 5m at: Bought 52631.57")
    assert "2018-01-27 09:25:05 UTC" in said(made)
    assert f"<{samples.LINK}|long break on BINANCE:ETHBTC 5m>" in said(made)
    assert "binance ETH/BTC 5m" in said(made)


def test_a_watch_replies_with_its_picture_only() -> None:
    made = reply(samples.happening("signal.fired", picture="F9", watch=True))
    assert made is not None
    assert [block["type"] for block in made.blocks] == ["image", "context"]


def test_a_watch_without_a_picture_replies_in_words() -> None:
    made = reply(samples.happening("signal.fired", watch=True))
    assert made is not None
    assert [block["type"] for block in made.blocks] == ["section", "context"]


def test_a_lost_trade_is_marked_as_bad_and_a_kill_as_a_stop() -> None:
    lost = told("trade.closed", {"pnl": -1.0})
    assert lost is not None
    assert lost.mood == "bad"
    made = reply(samples.happening("kill.set"))
    assert made is not None
    assert ":octagonal_sign:" in said(made)


def test_what_is_written_off_of_a_position_is_not_said_to_have_been_sold() -> None:
    gone = told("order.filled", {"role": "written off", "side": "sell", "size": "2", "price": 101.5})
    assert gone is not None
    assert gone.title == "Written off 2 at 101.5"


def test_a_storm_is_one_message_with_a_line_for_each_event() -> None:
    made = storm([samples.happening(kind, at=samples.AT + 1_000 * at) for at, kind in enumerate(WORDS)])
    assert len(made) == 1
    text = said(made[0])
    assert f"*{len(WORDS)} events, 09:25:05 to " in text
    assert text.count("`09:25:") == len(WORDS)


def test_a_long_storm_is_split_and_nothing_of_it_is_lost_and_its_order_is_kept() -> None:
    events = [samples.happening("risk.refused", data={"reason": f"number {number}."}) for number in range(1_000)]
    made = storm(events)
    text = "\n".join(said(one) for one in made)
    places = [text.index(f"number {number}.") for number in range(1_000)]
    assert places == sorted(places)
    assert f"part 2 of {len(made)}" in said(made[1])
    assert len(made) < 12


def test_what_a_message_carries_can_be_sent_as_json() -> None:
    made = reply(samples.hostile("order.rejected"))
    assert made is not None
    assert json.loads(json.dumps(asdict(made)))["text"] == made.text
