"""App Home and the answers of the slash command."""

from __future__ import annotations

from msgspec.structs import replace

from server.slack.actions import CLEAR, KILL, REPLAY
from server.slack.answers import HELP, alerts_message, chart_message, help_message, list_message, refusal_message
from server.slack.home import PAGE_OF, FeedLine, Home, Standing, home_view
from server.slack.message import Message
from tests.slack import samples
from tests.slack.reading import buttons, images, said


def shown(home: Home) -> str:
    return said(Message("", tuple(home_view(home)["blocks"])))


def many(count: int) -> tuple[Standing, ...]:
    return tuple(replace(samples.STANDINGS[0], id=f"str_{number}", name=f"number {number}.") for number in range(count))


def test_home_shows_what_runs_what_it_made_the_feeds_and_parked_alerts() -> None:
    text = shown(samples.HOME)
    for line in (
        "running on paper · binance ETH/BTC · *+226.3* · 1 trade",
        "running live · binance BTC/USDT · *-41.25* · 3 trades",
        "watch, running · binance ETH/BTC",
        "paused · binance SOL/USDT · no trade yet",
        "*binance* · started",
        "the body is not one that is known",
    ):
        assert line in text
    assert buttons(home_view(samples.HOME))["Replay"]["action_id"] == REPLAY


def test_the_kill_switch_is_for_those_who_administer() -> None:
    assert buttons(home_view(samples.HOME))["Kill switch"]["action_id"] == KILL
    killed = replace(samples.HOME, killed=True)
    assert buttons(home_view(killed))["Clear the kill switch"]["action_id"] == CLEAR
    assert "The kill switch is set" in shown(replace(killed, administers=False))
    assert "Kill switch" not in buttons(home_view(replace(samples.HOME, administers=False)))


def test_many_strategies_are_turned_by_pages() -> None:
    home = Home(many(2 * PAGE_OF + 5))
    assert list(buttons(home_view(home))) == ["Older"]
    middle = replace(home, page=1)
    turned = buttons(home_view(middle))
    assert {word: one["value"] for word, one in turned.items()} == {"Newer": "0", "Older": "2"}
    assert "Page 2 of 3" in shown(middle)
    pages = [shown(replace(home, page=page)) for page in range(3)]
    assert all(f"number {number}." in pages[number // PAGE_OF] for number in range(2 * PAGE_OF + 5))


def test_a_page_that_is_not_there_any_more_is_the_last_one() -> None:
    assert "number 0." in shown(Home(many(3), page=9))
    assert "Nothing runs." in shown(Home(()))


def test_feeds_beyond_the_first_are_counted() -> None:
    feeds = tuple(FeedLine(f"feed {number}", "started", ("a",) * 7) for number in range(10))
    text = shown(Home((), feeds))
    assert "… and 2 more in the inbox" in text
    assert "… and 3 more" in text
    assert "No feed is set up" in shown(Home(()))


def test_help_says_every_word() -> None:
    assert all(f"`/drawbridge {words}`" in said(help_message()) for words, _ in HELP)


def test_a_list_that_is_too_long_counts_the_rest() -> None:
    text = said(list_message(many(500), samples.LINK))
    assert "*500 strategies and watches*" in text
    told = text.count("running on paper")
    assert f"… and {500 - told} more: <{samples.LINK}|in the inbox>" in text


def test_nothing_is_said_to_be_nothing() -> None:
    assert "Nothing runs." in said(list_message(()))
    assert "No alert is parked." in said(alerts_message(()))


def test_a_chart_that_was_asked_for_is_a_picture_with_its_name() -> None:
    made = chart_message("binance ETH/BTC", "5m", "F1")
    assert images(made)[0]["slack_file"] == {"id": "F1"}
    assert said(made) == "binance ETH/BTC 5m"


def test_a_refusal_is_one_sentence() -> None:
    assert said(refusal_message("2 approvals are needed")) == ":no_entry: 2 approvals are needed"
