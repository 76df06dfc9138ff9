"""Commands about the server that go wrong say what to do, in one sentence."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.commands import Commands


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("token create --scope everything", "everything"),
        ("token create", "--scope"),
        ("token create --scope view --as <ann>", "is no name for a person"),
        ("token create --scope view --as " + "x" * 81, "is no name for a person"),
        ("token revoke tok_0", "there is no token tok_0"),
        ("token revoke " + "x" * 300, "there is no token x"),
        ("login --as /", "is no name for a person"),
        ("kill --as /", "is no name for a person"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(drawbridge: Commands, arguments: str, words: str) -> None:
    drawbridge("token", "create", "--scope", "view")  # makes the store
    assert words in drawbridge(*arguments.split(" ")).refusal


@pytest.mark.parametrize("command", ["kill", "resume", "login", "token list", "token revoke tok_0"])
def test_a_command_in_the_wrong_folder_makes_no_store_of_its_own(
    drawbridge: Commands, folder: Path, command: str
) -> None:
    assert drawbridge(*command.split()).refusal.startswith("there is no store at data/drawbridge.db; go to the server")
    assert list(folder.iterdir()) == []


def test_a_data_folder_that_cannot_be_made_is_named(drawbridge: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWBRIDGE_DATA_DIR", "/proc/nowhere")
    for command in (["serve", "--port", "0"], ["token", "create", "--scope", "view"]):
        assert drawbridge(*command).refusal.startswith("the data folder /proc/nowhere cannot be written")


def test_a_misspelt_variable_is_named_with_what_was_meant(
    drawbridge: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAWBRIDGE_RISKPERCENT", "2")
    said = "DRAWBRIDGE_RISKPERCENT is no setting; did you mean DRAWBRIDGE_RISK_PERCENT?"
    assert drawbridge("token", "list").refusal == said


def test_a_token_that_was_revoked_cannot_be_revoked_again(drawbridge: Commands) -> None:
    assert re.fullmatch(r"[\w-]{43}\n", drawbridge("token", "create", "--scope", "view").out)
    token = drawbridge("token", "list").out.split()[0]
    assert drawbridge("token", "revoke", token).code == 0
    assert token in drawbridge("token", "revoke", token).refusal


def test_kill_and_resume_say_how_the_switch_stands_and_may_be_said_twice(drawbridge: Commands, folder: Path) -> None:
    drawbridge("token", "create", "--scope", "view")
    assert f"is set, by ann, in {folder / 'data'}, where no server works now" in drawbridge("kill", "--as", "ann").err
    assert "is set, by ann" in drawbridge("kill", "--as", "bob").err
    assert all("the kill switch is clear in " in drawbridge("resume").err for _ in range(2))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("database_url", "postgres://nobody@127.0.0.1:1/none", "is DRAWBRIDGE_DATABASE_URL right?"),
        ("database_url", "mysql://127.0.0.1/x", "the database URL has to be"),
        ("port", "99999", "DRAWBRIDGE_PORT"),
        ("cors_origins", "*", "DRAWBRIDGE_CORS_ORIGINS"),
        ("cors_origins", "https://a.example/path", "DRAWBRIDGE_CORS_ORIGINS"),
        ("replay", "candles.csv", "DRAWBRIDGE_REPLAY is not the JSON that it has to be"),
        ("replay", '{"binance:ETH/BTC": "/nowhere.csv"}', "/nowhere.csv"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    drawbridge: Commands, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv("DRAWBRIDGE_PORT", "0")
    monkeypatch.setenv(f"DRAWBRIDGE_{name.upper()}", value)
    assert words in drawbridge("serve").refusal


def test_a_port_that_is_taken_is_named(drawbridge: Commands) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert drawbridge("serve", "--port", port).refusal == (
            f"127.0.0.1:{port} cannot be bound (Address already in use); choose another with --port or --host"
        )
