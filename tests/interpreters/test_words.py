"""Promises about the words on a drawing: the grammar reads what it says it reads, and prose never becomes a trade."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.wording.grammar import AMBIGUOUS, PROSE
from interpreters.wording.lexing import lexemes
from interpreters.wording.reading import LONGEST_TEXT
from interpreters.words import GRAMMAR, UNKNOWN, Level, Token, Words, read_words
from spec.signals import Tolerance


def said(text: str, group_name: str | None = None) -> dict[str, Any]:
    """What the words set beyond saying nothing; the tokens are promised elsewhere."""
    words = msgspec.structs.asdict(read_words(text, group_name))
    silent = msgspec.structs.asdict(Words())
    return {name: value for name, value in words.items() if value != silent[name] and name not in {"tokens", "unknown"}}


LONG, SHORT = {"side": "long", "role": "entry"}, {"side": "short", "role": "entry"}
SENTENCES: dict[str, dict[str, Any]] = {
    "": {},
    "long": LONG,
    "buy": LONG,
    "short": SHORT,
    "sell": SHORT,
    "long break": LONG | {"action": "break"},
    "LONG BREAK!!!": LONG | {"action": "break"},
    "break, long": LONG | {"action": "break"},
    "buy breakout": LONG | {"action": "break"},
    "short breakdown": SHORT | {"action": "break", "direction": "down"},
    "sell crossing down": SHORT | {"action": "break", "direction": "down"},
    "short break below": SHORT | {"action": "break", "direction": "down"},
    "long close above": LONG | {"trigger": "bar_close", "direction": "up"},
    "buy bounce": LONG | {"action": "bounce"},
    "short reject": SHORT | {"action": "bounce"},
    "long touch wick": LONG | {"action": "touch", "trigger": "intrabar"},
    "sell near tolerance 0.2%": SHORT | {"action": "near", "tolerance": Tolerance("percent", 0.2)},
    "near tolerance 5 ticks": {"action": "near", "tolerance": Tolerance("ticks", 5.0)},
    "near tolerance 0.5atr": {"action": "near", "tolerance": Tolerance("atr", 0.5)},
    "long tolerance 12.5 near": LONG | {"action": "near", "tolerance": Tolerance("absolute", 12.5)},
    "near tolerance 12.5": {"action": "near", "tolerance": Tolerance("absolute", 12.5)},
    "long break retest": LONG | {"action": "break", "retest": True},
    "long break close": LONG | {"action": "break", "trigger": "bar_close"},
    "break close long": LONG | {"action": "break", "trigger": "bar_close"},
    "long break extend": LONG | {"action": "break", "extend": True},
    "long break noextend": LONG | {"action": "break", "extend": False},
    "no extend long break": LONG | {"action": "break", "extend": False},
    "long entry": LONG,
    "long break propose": LONG | {"action": "break", "propose": True},
    "long break valid 10d": LONG | {"action": "break", "valid_seconds": 864_000},
    "valid 30m": {"valid_seconds": 1_800},
    "valid for 2 weeks": {"valid_seconds": 1_209_600},
    "valid 1.5h": {"valid_seconds": 5_400},
    "group:A": {"group": "a"},
    "group=breakout-1 long": LONG | {"group": "breakout-1"},
    'group:"My  Setup" short': SHORT | {"group": "my setup"},
    "stop": {"role": "stop"},
    "Stop-Loss": {"role": "stop"},
    "stop loss 1.23": {"role": "stop", "price": 1.23},
    "sl 1.23": {"role": "stop", "price": 1.23},
    "SL: $65,000.50": {"role": "stop", "price": 65_000.5},
    "sl @ 65k": {"role": "stop", "price": 65_000.0},
    "sl at 1e-8": {"role": "stop", "price": 1e-8},
    "stop wick": {"role": "stop", "trigger": "intrabar"},
    "long stop": {"side": "long", "role": "stop"},
    "tp": {"role": "target"},
    "take profit": {"role": "target"},
    "tp1": {"role": "target", "target_number": 1},
    "tp1 50%": {"role": "target", "target_number": 1, "target_share": 0.5},
    "Target2: 33.3 %": {"role": "target", "target_number": 2, "target_share": 0.333},
    "tp3 1.5 (25%)": {"role": "target", "target_number": 3, "target_share": 0.25, "price": 1.5},
    "tp 25% 1.5": {"role": "target", "target_share": 0.25, "price": 1.5},
    "short tp1 50%": {"side": "short", "role": "target", "target_number": 1, "target_share": 0.5},
    "exit": {"role": "exit"},
    "exit long break down": {"side": "long", "role": "exit", "action": "break", "direction": "down"},
    "watch": {"role": "watch"},
    "watch long break": {"side": "long", "role": "watch", "action": "break"},
    "ignore": {"role": "ignore"},
    "break": {"action": "break"},
    "crossing up": {"action": "break", "direction": "up"},
    "long break | SL 1.20 | TP1: 1.5 50% | TP2: 1.8 50%": LONG
    | {
        "action": "break",
        "attached": (Level("stop", 1.2), Level("target", 1.5, 1, 0.5), Level("target", 1.8, 2, 0.5)),
    },
    "\uff4c\uff4f\uff4e\uff47\u3000break": LONG | {"action": "break"},
    "\U0001f680 long \U0001f680\nbreak \U0001f7e2": LONG | {"action": "break"},
    "<b>long</b> break<br/>": LONG | {"action": "break"},
}


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_of_the_grammar_says_what_it_says(text: str) -> None:
    assert said(text) == SENTENCES[text]


@pytest.mark.parametrize("word", GRAMMAR, ids=lambda word: word.forms[0])
def test_every_example_of_the_grammar_is_read_whole_or_as_the_trap_that_it_shows(word: Any) -> None:
    words = read_words(word.example)
    doubtful = any(field == "doubt" for field, _ in word.sets)
    assert bool(words.conflicts) == doubtful
    assert words.unknown == (("do", "here") if word.example == "do not sell here" else ())


@pytest.mark.parametrize("word", GRAMMAR, ids=lambda word: word.forms[0])
def test_every_form_sets_what_its_row_says_and_no_form_stands_in_two_rows(word: Any) -> None:
    assert word.forms == tuple(form.casefold() for form in word.forms)
    others = {form for other in GRAMMAR if other is not word for form in other.forms}
    assert others.isdisjoint(word.forms)
    behind = "break " if word.after else ""
    for form in word.forms:
        tokens = read_words(f"{behind}{form}").tokens
        assert (tokens[-1] == Token(form, UNKNOWN)) == (word.takes in {"duration", "amount", "name"}), form


def test_free_text_keeps_what_it_says_and_reports_the_rest() -> None:
    words = read_words("NSE:SWANENERGY-EQ crossing up 870.97 | Date: 28-02-2024 | LTP: 733.45")
    assert words == Words(
        action="break",
        direction="up",
        tokens=(
            Token("NSE", UNKNOWN),
            Token("SWANENERGY-EQ", UNKNOWN),
            Token("crossing", "read as action break"),
            Token("up", "read as direction up"),
            Token("870.97", UNKNOWN),
            Token("Date", UNKNOWN),
            Token("28-02-2024", UNKNOWN),
            Token("LTP", UNKNOWN),
            Token("733.45", UNKNOWN),
        ),
        unknown=("NSE", "SWANENERGY-EQ", "870.97", "Date", "28-02-2024", "LTP", "733.45"),
    )


def test_every_words_reading_is_explained() -> None:
    text = "long break sl 1.2 tp1 50% 1.5 valid 10d tolerance 0.5 atr group:A retest propose noextend soon"
    assert [(token.text, token.meaning) for token in read_words(text).tokens] == [
        ("long", "read as side long"),
        ("break", "read as action break"),
        ("sl 1.2", "read as stop at 1.2"),
        ("tp1 50% 1.5", "read as target 1 of 50 % of the position at 1.5"),
        ("valid 10d", "read as valid for 864000 seconds"),
        ("tolerance 0.5 atr", "read as tolerance of 0.5 atr"),
        ("group:A", "read as group a"),
        ("retest", "read as retest"),
        ("propose", "read as propose"),
        ("noextend", "read as extend no"),
        ("soon", UNKNOWN),
    ]


NO_TRADES = [
    "long-term support",
    "long term support",
    "longer consolidation",
    "short-term top",
    "short squeeze",
    "sell-off",
    "sell off here",
    "Buyers and sellers, bought and sold",
    "as long as it holds",
    "https://example.com/buy/now",
    "www.sell.com",
    "sell@example.com",
    "@sell",
    "<sell>",
    "<!channel> <script src='sell'>",
    "buy-limit",
    "buy\u2014now",
    "long\u2011term",
    "sell_here",
    "lo\u200bng",
    "17long",
    "support below, resistance above",
    "heads up",
    "valid breakout of the range",
    "close to the high",
    "break even",
]


@pytest.mark.parametrize("text", NO_TRADES)
def test_prose_that_merely_contains_trade_words_says_nothing_of_a_trade(text: str) -> None:
    words = read_words(text)
    assert (words.side, words.role, words.conflicts) == (None, None, ())
    assert words.unknown != ()


DOUBTS = {
    "do not sell here": "'not' is a negation: write plainly what is meant.",
    "don't buy": "'don't' is a negation: write plainly what is meant.",
    "DON\u2019T buy": "'DON'T' is a negation: write plainly what is meant.",
    "don\u00b4t buy": "'don't' is a negation: write plainly what is meant.",
    "dont long this": "'dont' is a negation: write plainly what is meant.",
    "never short": "'never' is a negation: write plainly what is meant.",
    "no stop": "'no' is a negation: write plainly what is meant.",
    "do not ignore": "'not' is a negation: write plainly what is meant.",
    "no target, exit": "'no' is a negation: write plainly what is meant.",
    "maybe long": "'maybe' is a doubt: write plainly what is meant.",
    "sell if it fails": "'if' is a doubt: write plainly what is meant.",
    "long?": "The text asks a question ('?'): write plainly what is meant.",
    "close long": (
        "'close long' may mean leaving a position or a bar's close: write exit, or put the side first (long close)."
    ),
    "close my long": (
        "'close my long' may mean leaving a position or a bar's close: write exit, or put the side first (long close)."
    ),
    "buy stop 65000": "'buy stop' may name an order type: write long or short, and sl with its price.",
    "sell limit": "'sell limit' may name an order type: write long or short, and sl with its price.",
    "long wick": "'long wick' may describe a candle: put the side last (wick long) if a trade is meant.",
}


@pytest.mark.parametrize("text", DOUBTS)
def test_a_negation_or_doubt_beside_trade_words_asks_and_never_trades(text: str) -> None:
    words = read_words(text)
    assert DOUBTS[text] in words.conflicts
    assert (words.side, words.role, words.price, words.attached) == (None, None, None, ())


@pytest.mark.parametrize("text", ["not sure about this", "no volume", "why?", "don't watch", "maybe a break"])
def test_a_doubt_without_trade_words_asks_nothing(text: str) -> None:
    assert read_words(text).conflicts == ()


SEVERAL_LEVELS = "One drawing is one stop or one target: keep one, or write a side, and a price behind each of them."
CONFLICTS = {
    "long short": "The words say both 'long' and 'short': keep one.",
    "buy or sell": "The words say both 'buy' and 'sell': keep one.",
    "stop target": SEVERAL_LEVELS,
    "sl 1.2 tp 1.5": SEVERAL_LEVELS,
    "long sl 1.2 tp": SEVERAL_LEVELS,
    "exit watch": "The words say both 'exit' and 'watch': keep one.",
    "stop watch": "The words say both 'stop' and 'watch': keep one.",
    "ignore long": "The text says 'ignore' and yet an entry: keep one.",
    "entry": "An entry needs a side: write long entry or short entry.",
    "entry exit": "The text says 'exit' and yet an entry: keep one.",
    "long break stop": "The text says how to enter and that it is the stop: keep one, or write the stop's price.",
    "long entry tp": "The text says how to enter and that it is the target: keep one, or write the target's price.",
    "long sl 1.2 sl 1.1": "The text names one stop or one target twice: keep one.",
    "long tp1 1.5 tp1 1.6": "The text names one stop or one target twice: keep one.",
    "long tp1 1.5 60% tp2 1.8 60%": (
        "The shares of the targets add up to more than 100 %: write shares that add up to 100 % at most."
    ),
    "break bounce": "The words say both 'break' and 'bounce': keep one.",
    "break up down": "The words say both 'up' and 'down': keep one.",
    "close wick": "The words say both 'close' and 'wick': keep one.",
    "extend noextend": "The words say both 'extend' and 'noextend': keep one.",
    "valid 1d valid 2d": "The words name several times to be valid: keep one.",
    "tolerance 1% tolerance 2%": "The words name several tolerances: keep one.",
    "group:a group:b": "The words name several groups: keep one.",
    "group: long break": (
        "'group: long' may be a group without a name: write group:long without a space if it is its name."
    ),
    "sl 65,000": "'65,000' is no price that can be read: write it without a comma or a unit, stop 1.23.",
    "sl 1,23": "'1,23' is no price that can be read: write it without a comma or a unit, stop 1.23.",
    "sl 1,5k": "'1,5k' is no price that can be read: write it without a comma or a unit, stop 1.23.",
    "sl 2%": "'2%' is no price that can be read: write it without a comma or a unit, stop 1.23.",
    "sl 2R": "'2R' is no price that can be read: write it without a comma or a unit, stop 1.23.",
    "tp 20 pips": "'20' is no price that can be read: write it without a comma or a unit, target 1.23.",
    "sl 0": "'0' is no price that can be read: write it without a comma or a unit, stop 1.23.",
    "sl -1.5": "'-1.5' is no price that can be read: write it without a comma or a unit, stop 1.23.",
    "sl 1e999": "'1e999' is no price that can be read: write it without a comma or a unit, stop 1.23.",
    "sl 28.02.2024": "'28.02.2024' is no price that can be read: write it without a comma or a unit, stop 1.23.",
    "sl 1.20-1.25": "'1.20-1.25' is no price that can be read: write it without a comma or a unit, stop 1.23.",
    "tp 1": "'1' may be the target's number or its price: write tp1 for its number or 1.0 for its price.",
    "tp1 150%": "'150%' is no share of a position: write a percentage above 0 and up to 100, such as tp1 50%.",
    "valid 0d": "'0d' is no time to be valid for: write it like 30m, 12h, 10d or 2w, up to ten years.",
    "valid 10": "'10' is no time to be valid for: write it like 30m, 12h, 10d or 2w, up to ten years.",
    "valid 1000w": "'1000w' is no time to be valid for: write it like 30m, 12h, 10d or 2w, up to ten years.",
    "tolerance 5 days": "'5' is no tolerance: write it like 0.2%, 5 ticks, 0.5 atr, or as a price difference.",
}


@pytest.mark.parametrize("text", CONFLICTS)
def test_words_that_do_not_go_together_are_a_sentence(text: str) -> None:
    assert read_words(text).conflicts == (CONFLICTS[text],)


@pytest.mark.parametrize("text", ["tp1 1.5 1.6", "tp1 50% 60% 1.5", "sl 1.2, 50%"])
def test_a_number_beyond_what_a_word_takes_is_unknown_or_asks(text: str) -> None:
    words = read_words(text)
    assert words.unknown or words.conflicts


GROUPS: list[tuple[str, str, dict[str, Any]]] = [
    ("", "Long Setup", LONG | {"group": "long setup"}),
    ("break", "long", LONG | {"action": "break", "group": "long"}),
    ("sl", "long break", {"side": "long", "role": "stop", "action": "break", "group": "long break"}),
    ("tp1 50%", "Long", {"side": "long", "role": "target", "target_number": 1, "target_share": 0.5, "group": "long"}),
    ("sl 1.2", "long", {"side": "long", "role": "stop", "price": 1.2, "group": "long"}),
    ("break", "watch", {"action": "break", "role": "watch", "group": "watch"}),
    ("bounce", "short break", SHORT | {"action": "bounce", "group": "short break"}),
    ("long group:b", "setup a", LONG | {"group": "b"}),
    ("long", "group:b", LONG | {"group": "b"}),
    ("sl", "stop", {"role": "stop", "group": "stop"}),
    (
        "long",
        "short",
        {"group": "short", "conflicts": ("The words say both 'long' and 'short': keep one.",)},
    ),
    (
        "long break",
        "watch list",
        {
            "action": "break",
            "group": "watch list",
            "conflicts": ("The drawing says 'long' and its group 'watch': keep one.",),
        },
    ),
    ("sl", "exit", {"group": "exit", "conflicts": ("The drawing says 'sl' and its group 'exit': keep one.",)}),
    (
        "long",
        "no trades",
        {"group": "no trades", "conflicts": ("'no' is a negation: write plainly what is meant.",)},
    ),
]


@pytest.mark.parametrize(("text", "group_name", "expected"), GROUPS)
def test_the_groups_name_fills_in_what_the_drawing_leaves_open(
    text: str, group_name: str, expected: dict[str, Any]
) -> None:
    assert said(text, group_name) == expected


def test_tokens_of_the_groups_name_say_where_they_stand() -> None:
    assert read_words("break", "long plan").tokens == (
        Token("break", "read as action break"),
        Token("long", "read as side long (in the group's name)"),
        Token("plan", UNKNOWN),
    )


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("sl 2R", [("sl", "read as stop, and what follows it cannot be read"), ("2R", UNKNOWN)]),
        ("valid 0d", [("valid", "read as valid, and what follows it cannot be read"), ("0d", UNKNOWN)]),
        ("sl", [("sl", "read as stop")]),
        ("no", [("no", "read as a negation")]),
    ],
)
def test_what_cannot_be_read_behind_a_word_is_said_in_its_token(text: str, tokens: list[tuple[str, str]]) -> None:
    assert [(token.text, token.meaning) for token in read_words(text).tokens] == tokens


def test_a_text_too_long_to_be_an_instruction_is_one_unknown_word() -> None:
    words = read_words("long break " * LONGEST_TEXT)
    assert words == Words(tokens=(Token(words.unknown[0], UNKNOWN),), unknown=words.unknown)
    assert read_words("long".ljust(LONGEST_TEXT)).side == "long"


# Whatever is written.

VOCABULARY = [form for word in GRAMMAR for form in word.forms] + [*sorted(PROSE), *AMBIGUOUS]
NUMBERS = ["1", "50%", "1.23", "65,000", "10d", "5 ticks", "2R", "1-2", "group:a", "@x", "?", ",", "\n", "|", "<b>"]
PHRASES = st.lists(st.sampled_from(VOCABULARY + NUMBERS), max_size=12).map(" ".join)
ANY = PHRASES | st.text() | st.text(alphabet="longselbuy<>@&;:=.,-'%0123456789? \n", max_size=60)


@given(ANY, st.none() | ANY)
def test_no_text_fails_and_the_same_text_gives_the_same_words(text: str, group_name: str | None) -> None:
    assert read_words(text, group_name) == read_words(text, group_name)


@given(ANY)
def test_every_piece_of_the_text_is_in_exactly_one_token_and_the_unknown_ones_are_reported(text: str) -> None:
    words = read_words(text)
    assert " ".join(token.text for token in words.tokens) == " ".join(piece.text for piece in lexemes(text))
    assert tuple(token.text for token in words.tokens if token.meaning == UNKNOWN) == words.unknown
    known = [token for token in words.tokens if token.meaning != UNKNOWN]
    assert all(token.meaning.startswith("read as ") for token in known)


@given(PHRASES)
def test_case_does_not_matter(text: str) -> None:
    lower, upper = (msgspec.json.encode(read_words(each)).lower() for each in (text.lower(), text.upper()))
    assert lower == upper


@given(PHRASES, st.sampled_from(["not", "never", "don't", "no", "nor", "maybe", "if"]), st.booleans())
def test_a_negation_anywhere_keeps_any_text_from_trading(text: str, negation: str, first: bool) -> None:
    words = read_words(f"{negation} | {text}" if first else f"{text} | {negation}")
    assert words.role in {None, "watch"}


@given(PHRASES)
def test_only_a_side_makes_an_entry(text: str) -> None:
    words = read_words(text)
    assert (words.role == "entry") <= (words.side is not None)
    assert (words.attached != ()) <= (words.role == "entry")
    assert (words.price is not None) <= (words.role in {"stop", "target"})
