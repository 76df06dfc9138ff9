"""Settings: environment before file before default, frozen, and one sentence for what cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from execution.account import Limits, Rate
from execution.brokers.terms import Book, PaperTerms
from server.accounts import Accounts, PaperAccount, accounts_of, paper_terms
from server.settings import FILE, BadSettings, Settings, read_settings

LIMITS = {"positions": 3, "rate": {"orders": 5, "seconds": 60}}
OTHERS: dict[str, tuple[str, Any]] = {
    "data_dir": ("elsewhere", Path("elsewhere")),
    "risk_percent": ("0.5", 0.5),
    "max_exposure": ("3", 3.0),
    "paper_cash": ("250", 250.0),
    "paper_fee": ("0.001", 0.001),
    "paper_slippage_ticks": ("2", 2.0),
    "paper_spread_ticks": ("4", 4.0),
    "paper_spread_rate": ("0.0005", 0.0005),
    "paper_maker_fee": ("-0.0001", -0.0001),
    "paper_volume_share": ("0.25", 0.25),
    "paper_accounts": ('{"main": {"cash": 500}}', {"main": {"cash": 500}}),
    "limits": ('{"positions": 3, "rate": {"orders": 5, "seconds": 60}}', LIMITS),
    "theme": ("light", "light"),
    "host": ("::1", "::1"),
    "port": ("8500", 8500),
    "allowed_hosts": ("bridge.example, 10.0.0.5", ("bridge.example", "10.0.0.5")),
    "cors_origins": ("https://charts.example", ("https://charts.example",)),
    "database_url": ("postgres://ann@127.0.0.1:5432/bridge", "postgres://ann@127.0.0.1:5432/bridge"),
    "strategy_repo": ("frozen", Path("frozen")),
    "exchanges": ('{"binance": {"sandbox": true}}', {"binance": {"sandbox": True}}),
    "live": ("true", True),
    "live_cash": ("50", 50.0),
    "credential_key": ("ab" * 32, SecretStr("ab" * 32)),
    "credential_key_file": ("elsewhere.key", Path("elsewhere.key")),
    "custom_nodes": ("true", True),
    "quorum": ("2", 2),
    "approval_days": ("1.5", 1.5),
    "queue_limit": ("100", 100),
    "max_open_strategies": ("3", 3),
    "replay": ('{"binance:ETH/BTC": "candles.csv"}', {"binance:ETH/BTC": Path("candles.csv")}),
    "replay_speed": ("2.5", 2.5),
    "replay_start": ("2018-01-27T00:00:00Z", "2018-01-27T00:00:00Z"),
}
# Lists and tables are written in the file as TOML has them; a list may be one text as well.
IN_TOML = {
    "allowed_hosts": '["bridge.example", "10.0.0.5"]',
    "replay": '{ "binance:ETH/BTC" = "candles.csv" }',
    "exchanges": "{ binance = { sandbox = true } }",
    "paper_accounts": "{ main = { cash = 500 } }",
    "limits": "{ positions = 3, rate = { orders = 5, seconds = 60 } }",
}


pytestmark = pytest.mark.usefixtures("folder")


def refusal() -> str:
    with pytest.raises(BadSettings) as refused:
        read_settings()
    return str(refused.value)


def test_without_anything_the_defaults_hold() -> None:
    assert read_settings().model_dump() == {
        "data_dir": Path("data"),
        "risk_percent": 1.0,
        "max_exposure": 1.0,
        "paper_cash": 10_000.0,
        "paper_fee": 0.0,
        "paper_slippage_ticks": 0.0,
        "paper_spread_ticks": 0.0,
        "paper_spread_rate": 0.0,
        "paper_maker_fee": None,
        "paper_volume_share": None,
        "paper_accounts": {},
        "limits": {},
        "theme": "dark",
        "host": "127.0.0.1",
        "port": 8422,
        "allowed_hosts": ("127.0.0.1", "localhost", "::1"),
        "cors_origins": (),
        "database_url": None,
        "strategy_repo": None,
        "exchanges": {},
        "live": False,
        "live_cash": 1_000.0,
        "credential_key": None,
        "credential_key_file": None,
        "custom_nodes": False,
        "quorum": 1,
        "approval_days": 7.0,
        "queue_limit": 20_000,
        "max_open_strategies": 50,
        "replay": {},
        "replay_speed": 20.0,
        "replay_start": None,
    }


def test_every_setting_is_tried_here() -> None:
    assert set(OTHERS) == set(Settings.model_fields)


@pytest.mark.parametrize("name", OTHERS)
def test_every_setting_is_read_from_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, value = OTHERS[name]
    monkeypatch.setenv(f"DRAWBRIDGE_{name.upper()}", text)
    assert read_settings() == Settings(**{name: value})
    assert getattr(read_settings(), name) == value


@pytest.mark.parametrize("name", OTHERS)
def test_every_setting_is_read_from_the_file(name: str) -> None:
    text, value = OTHERS[name]
    written = IN_TOML.get(name) or (f'"{text}"' if isinstance(value, str | Path | tuple | SecretStr) else text)
    FILE.write_text(f"{name} = {written}\n")
    assert getattr(read_settings(), name) == value


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    FILE.write_text('risk_percent = 2\ntheme = "light"\n')
    monkeypatch.setenv("DRAWBRIDGE_RISK_PERCENT", "3")
    assert (read_settings().risk_percent, read_settings().theme) == (3.0, "light")


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        read_settings().theme = "light"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("RISK_PERCENT", "0", "Input should be greater than 0"),
        ("RISK_PERCENT", "101", "Input should be less than or equal to 100"),
        ("RISK_PERCENT", "much", "Input should be a valid number, unable to parse string as a number"),
        ("RISK_PERCENT", "", "Input should be a valid number, unable to parse string as a number"),
        ("RISK_PERCENT", "nan", "Input should be less than or equal to 100"),
        ("MAX_EXPOSURE", "-1", "Input should be greater than 0"),
        ("PAPER_CASH", "0", "Input should be greater than 0"),
        ("PAPER_CASH", "inf", "Input should be a finite number"),
        ("PAPER_CASH", "nan", "Input should be a finite number"),
        ("PAPER_FEE", "1", "Input should be less than 1"),
        ("PAPER_SLIPPAGE_TICKS", "-1", "Input should be greater than or equal to 0"),
        ("PAPER_SLIPPAGE_TICKS", "inf", "Input should be a finite number"),
        ("PAPER_SPREAD_TICKS", "-1", "Input should be greater than or equal to 0"),
        ("PAPER_SPREAD_RATE", "1", "Input should be less than 1"),
        ("PAPER_MAKER_FEE", "-1", "Input should be greater than -1"),
        ("PAPER_VOLUME_SHARE", "0", "Input should be greater than 0"),
        ("PAPER_VOLUME_SHARE", "1.5", "Input should be less than or equal to 1"),
        ("THEME", "blue", "Input should be 'dark' or 'light'"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    name: str, text: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DRAWBRIDGE_{name}", text)
    assert refusal() == f"the setting DRAWBRIDGE_{name} cannot be used: {words}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"theme = 'blue'", "the setting DRAWBRIDGE_THEME cannot be used: Input should be 'dark' or 'light'"),
        (
            b"risk = 1",
            f"drawbridge.toml holds risk, which is no setting; remove it, or write one of {', '.join(OTHERS)}",
        ),
        (b"theme = ", "drawbridge.toml cannot be read: Invalid value (at end of document)"),
        (b"\xff", "drawbridge.toml cannot be read: 'utf-8' codec can't decode byte 0xff in position 0: "),
    ],
)
def test_a_file_that_cannot_be_used_is_named(content: bytes, words: str) -> None:
    FILE.write_bytes(content)
    assert refusal().startswith(words)
    assert len(refusal().splitlines()) == 1


def test_accounts_and_limits_are_read_into_what_they_mean() -> None:
    accounts = {"main": {"cash": 500}, "careful": {"cash": 2e3, "limits": {"daily_loss": 0.01}}}
    found = accounts_of(Settings(limits=LIMITS, paper_accounts=accounts, paper_cash=250.0, live_cash=70.0))
    everybody, careful = Limits(positions=3, rate=Rate(5, 60)), Limits(daily_loss=0.01)
    paper = {"paper": PaperAccount(250.0), "main": PaperAccount(500.0), "careful": PaperAccount(2_000.0, careful)}
    assert found == Accounts(everybody, paper, 70.0)
    assert [found.limits_of(name) for name in ("paper", "careful", "live.binance")] == [everybody, careful, everybody]
    assert [found.cash_of(name) for name in ("paper", "careful", "live.binance", "gone")] == [
        250.0,
        2_000.0,
        70.0,
        None,
    ]


def test_the_paper_book_is_in_the_terms_and_none_is_as_it_always_was() -> None:
    assert paper_terms(Settings()) == PaperTerms()
    settings = Settings(paper_spread_ticks=2, paper_spread_rate=0.001, paper_maker_fee=-0.0001, paper_volume_share=0.5)
    assert paper_terms(settings) == PaperTerms(book=Book(2.0, 0.001, -0.0001, 0.5))


def groups(*markets: str) -> dict[str, object]:
    return {"limits": {"groups": {"majors": {"markets": markets}}}}


def test_the_markets_of_a_group_are_written_as_markets_are() -> None:
    found = accounts_of(Settings(**groups("binance ETH/BTC", "bybit ETH/USDT:USDT")))  # type: ignore[arg-type]
    assert found.limits.groups["majors"].markets == ("binance ETH/BTC", "bybit ETH/USDT:USDT")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"limits": {"daily_loss": 3}}, "LIMITS cannot be used: Expected `float` <= 1.0 - at `$.daily_loss`"),
        ({"limits": {"dayly_loss": 1}}, "LIMITS cannot be used: Object contains unknown field `dayly_loss`"),
        ({"limits": {"rate": {"orders": 0, "seconds": 1}}}, "LIMITS cannot be used: Expected `int` >= 1"),
        (groups("a X/Y", "binance ETH-USDT"), "LIMITS cannot be used: 'binance ETH-USDT' in the group 'majors' is"),
        (groups("binance:ETH/USDT"), "LIMITS cannot be used: 'binance:ETH/USDT' in the group 'majors' is no market; "),
        (groups("Binance ETH/USDT"), "LIMITS cannot be used: 'Binance ETH/USDT' in the group 'majors' is no market; "),
        (
            {"paper_accounts": {"main": {"cash": 1, **groups("binance  ETH/USDT")}}},
            "PAPER_ACCOUNTS cannot be used: 'binance  ETH/USDT' in the group 'majors' is no market; write the exchange",
        ),
        ({"paper_accounts": {"main": {}}}, "PAPER_ACCOUNTS cannot be used: Object missing required field `cash`"),
        ({"paper_accounts": {"main": {"cash": 0}}}, "PAPER_ACCOUNTS cannot be used: Expected `float` > 0.0"),
        ({"paper_accounts": {"paper": {"cash": 1}}}, "PAPER_ACCOUNTS cannot hold paper: "),
        ({"paper_accounts": {"live.x": {"cash": 1}}}, "PAPER_ACCOUNTS cannot be used: 'live.x' is no name"),
    ],
)  # fmt: skip
def test_accounts_and_limits_that_cannot_be_used_are_named_in_one_sentence(
    given: dict[str, object], words: str
) -> None:
    with pytest.raises(BadSettings) as refused:
        accounts_of(Settings(**given))  # type: ignore[arg-type]
    assert f"DRAWBRIDGE_{words}" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
