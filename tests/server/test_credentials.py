"""Credentials are sealed, open under their own name alone, and are seen nowhere."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from server.sealing import BadKey, CannotOpen, Secret, key_of, seal, unseal
from server.settings import Settings
from tests.server.running import PROGRAM, environment

if TYPE_CHECKING:
    from pathlib import Path

KEY = bytes(range(32))
CANARY = Secret("cAnArYkEy0123456789", "cAnArYsEcReT0123456789+/=", "cAnArYpAsSwOrD")


@given(st.text(), st.text(min_size=1), st.text(min_size=1), st.none() | st.text())
def test_what_is_sealed_opens_under_its_name(name: str, key: str, secret: str, password: str | None) -> None:
    sealed = seal(KEY, name, "binance", Secret(key, secret, password))
    assert unseal(KEY, name, "binance", sealed) == Secret(key, secret, password)


@given(st.data())
def test_a_changed_byte_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, "main", "binance", CANARY))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotOpen, match=r"the credential main does not open: .* set it again with"):
        unseal(KEY, "main", "binance", bytes(sealed))


def test_another_name_key_exchange_or_length_does_not_open() -> None:
    sealed = seal(KEY, "main", "binance", CANARY)
    for key, name, exchange, text in (
        (KEY, "other", "binance", sealed),
        (bytes(32), "main", "binance", sealed),
        (KEY, "main", "kraken", sealed),
        (KEY, "main", "binance", sealed[:20]),
        (KEY, "main", "binance", b""),
    ):
        with pytest.raises(CannotOpen) as error:
            unseal(key, name, exchange, text)
        assert "cAnArY" not in f"{error.value!r}{error.value.__context__!r}"


def test_a_credential_is_sealed_differently_every_time() -> None:
    assert len({seal(KEY, "main", "binance", CANARY)[:12] for _ in range(100)}) == 100


def test_nothing_shows_a_secret() -> None:
    settings = Settings(credential_key=KEY.hex())
    shown = (
        f"{CANARY!r} {CANARY} {pretty_repr(CANARY)} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    )
    assert "cAnArY" not in shown
    assert KEY.hex() not in shown
    assert settings.key_text == KEY.hex()


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "credential.key"
    with pytest.raises(BadKey, match="cannot be read"):
        key_of(None, file)
    key = key_of(None, file, make=True)
    assert (len(key), stat.S_IMODE(file.stat().st_mode)) == (32, 0o600)
    assert key_of(None, file, make=True) == key_of(None, file) == key
    assert key_of(KEY.hex(), file) == KEY
    for bad in ("", "ab", "zz" * 32):
        with pytest.raises(BadKey, match="DRAWBRIDGE_CREDENTIAL_KEY does not hold a key"):
            key_of(bad, file)
    file.write_text("not a key\n")
    with pytest.raises(BadKey, match="does not hold a key"):
        key_of(None, file)
    with pytest.raises(BadKey, match="cannot be written"):
        key_of(None, tmp_path / "nowhere" / "key", make=True)


def command(data: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    words = [*PROGRAM, "credential", *arguments]
    return subprocess.run(
        words, env=environment(data), input=given, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_command_line_stores_lists_and_forgets_and_shows_no_secret(tmp_path: Path) -> None:
    whole = {"key": CANARY.key, "secret": CANARY.secret, "password": CANARY.password}
    done = [
        command(tmp_path, "set", "main", "--exchange", "binance", given=json.dumps(whole)),
        command(tmp_path, "set", "second", "--exchange", "kraken", given=json.dumps({**whole, "password": None})),
        command(tmp_path, "list"),
        command(tmp_path, "remove", "second"),
    ]
    assert [one.returncode for one in done] == [0] * 4
    assert [line.split()[:2] for line in done[2].stdout.splitlines()] == [["main", "binance"], ["second", "kraken"]]
    refused = [
        command(tmp_path, "set", "main", "--exchange", "binance", given=given)
        for given in ("", CANARY.secret, json.dumps({**whole, "more": CANARY.key}), json.dumps({**whole, "key": ""}))
    ]
    refused += [
        command(tmp_path, "set", "a b", "--exchange", "binance", given=json.dumps(whole)),
        command(tmp_path, "set", "main", "--exchange", "nowhere", given=json.dumps(whole)),
        command(tmp_path, "remove", "second"),
    ]
    assert [one.returncode for one in refused] == [2] * 7
    assert all(one.stderr.startswith("drawbridge: ") and one.stderr.count("\n") == 1 for one in refused)
    assert "cAnArY" not in "".join(one.stdout + one.stderr for one in done + refused)
    with closing(sqlite3.connect(tmp_path / "drawbridge.db")) as database:
        rows = database.execute("SELECT name, exchange, sealed FROM credential").fetchall()
        assert [row[:2] for row in rows] == [("main", "binance")]
        events = database.execute("SELECT * FROM event").fetchall()
    assert "cAnArY" not in str(events)
    key = key_of(None, tmp_path / "credential.key")
    assert unseal(key, "main", "binance", rows[0][2]) == CANARY
    for file in tmp_path.iterdir():
        if file.is_file():
            assert b"cAnArY" not in file.read_bytes()
