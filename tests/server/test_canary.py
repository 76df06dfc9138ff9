"""No token, cookie or login link reaches a log, a metric, an error, an event or the database, wherever it was put."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server.access.who import SCOPES
from server.logs import hidden
from tests.server.house import EXAMPLE
from tests.server.running import Running, command, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNKNOWN = "cAnArYcAnArY-0123456789_abcdefghijklmnopqrs"  # of a token's shape, and nobody's


class Caller:
    """Calls a server, and keeps what came back as an error."""

    def __init__(self, base: str) -> None:
        self.client = httpx.Client(base_url=base, timeout=30)
        self.errors: list[str] = []

    def close(self) -> None:
        self.client.close()

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self.client.request(method, path, **more)
        if answer.status_code >= 400:
            self.errors.append(f"{answer.headers} {answer.text}")
        return answer


def put_everywhere(call: Caller, secret: str) -> None:
    """A secret in every place where a person or a program may put it, right or wrong."""
    bearer = {"Authorization": f"Bearer {secret}"}
    for path in ("/api/strategies", "/api/alerts", f"/api/strategies/{secret}", f"/api/exports/{secret}", f"/{secret}"):
        call("GET", path, headers=bearer)
        call("GET", path, params={"token": secret, "state": secret, "cursor": secret}, headers=bearer)
    for path in (
        f"/hooks/tradingview/{secret}",
        f"/hooks/tradingview/{secret}/x",
        f"/hooks/{secret}",
        f"/storage/{secret}/1.1/charts",
    ):
        for method in ("POST", "GET", "PUT"):
            call(method, path, content=b"hello")
    for raw in (secret, json.dumps({"token": secret}), json.dumps({secret: 1})):
        call("POST", "/api/exports", headers=bearer, content=raw)
        call("POST", "/api/exports/x/answers", headers=bearer, content=raw)
        call("POST", "/api/strategies/x/approvals", headers=bearer, content=raw)
        call("POST", "/api/kill", headers={**bearer, "X-CSRF-Token": secret}, content=raw)
    for headers in (
        {"Authorization": secret},
        {"Authorization": f"Token {secret}"},
        {"Cookie": f"drawbridge_session={secret}"},
        {"Host": f"{secret}.example"},
        {"Origin": f"https://{secret}.example"},
        {"X-CSRF-Token": secret},
        {"Last-Event-ID": secret, **bearer},
        {secret: "x"},
    ):
        call("GET", "/api/strategies", headers=headers)
        call("POST", "/api/resume", headers=headers)
    call("POST", "/login", data={"secret": secret})


def logged_in(call: Caller, link: str) -> tuple[str, str]:
    """Sign in with the link and use the session; the cookie and the form token."""
    secret = link.rpartition("/")[2]
    call("GET", f"/login/{secret}")
    answer = call("POST", "/login", data={"secret": secret})
    cookie = answer.cookies["drawbridge_session"]
    page = call("GET", "/", headers={"Cookie": f"drawbridge_session={cookie}"}).text
    csrf = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert len(csrf) == 43
    headers = {"Cookie": f"drawbridge_session={cookie}", "X-CSRF-Token": csrf}
    assert call("POST", "/api/kill", headers=headers).status_code == 200
    call("POST", "/inbox/resume", headers=headers, data={"csrf_token": csrf})
    call("POST", "/login", data={"secret": secret})
    return cookie, csrf


@pytest.fixture
def call(server: Running) -> Iterator[Caller]:
    with closing(Caller(server.base)) as caller:
        yield caller


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("canary")) as server:
        yield server


def test_no_secret_is_found_in_any_output(server: Running, call: Caller) -> None:
    tokens = [command(server.data, "token", "create", "--scope", scope).stdout.strip() for scope in SCOPES]
    call("POST", "/api/exports", headers={"Authorization": f"Bearer {tokens[-1]}"}, content=EXAMPLE.read_bytes())
    for scope in ("hook", "approve", "admin"):
        put_everywhere(call, tokens[SCOPES.index(scope)])
    put_everywhere(call, UNKNOWN)
    listed = command(server.data, "token", "list").stdout
    revoked = command(server.data, "token", "revoke", listed.split()[0])
    put_everywhere(call, tokens[0])
    secrets = [*tokens, UNKNOWN, server.link.rpartition("/")[2], *logged_in(call, server.link)]
    outputs = {
        "log": server.err,
        "metrics": call("GET", "/metrics").text,
        "errors": "\n".join(call.errors),
        "events": "\n".join(str(row) for row in rows(server.data, "event")),
        "token list": listed + revoked.stdout + revoked.stderr,
    }
    assert len(call.errors) > 200
    assert "[hidden]" in outputs["errors"]  # they did come near
    assert all(len(text) > 100 for text in outputs.values())
    found = [(where, secret[:4]) for where, text in outputs.items() for secret in secrets if secret in text]
    assert found == []


def rows(data: Path, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data / "drawbridge.db")) as database:
        return database.execute(f"SELECT * FROM {table}").fetchall()


def test_the_database_holds_no_secret_that_opens_a_door(server: Running, call: Caller) -> None:
    token = command(server.data, "token", "create", "--scope", "admin").stdout.strip()
    link = command(server.data, "login").stdout.strip()
    cookie, _ = logged_in(call, link)
    files = b"".join(path.read_bytes() for path in server.data.glob("drawbridge.db*"))
    assert [secret for secret in (token, link.rpartition("/")[2], cookie) if secret.encode() in files] == []


def test_what_looks_like_a_token_is_hidden_whatever_stands_around_it() -> None:
    for text in (UNKNOWN, f"a {UNKNOWN} b", f"%2F{UNKNOWN}", f"x={UNKNOWN}&y", f'"{UNKNOWN}"', f"tok_{UNKNOWN}"):
        assert UNKNOWN not in hidden(text)


def test_hashes_and_names_are_not_hidden() -> None:
    for text in (
        "0" * 64,
        "ab12" * 16,
        "str_01a1fc1b39509a24e4bad2a9",
        "a_very_long_name_of_a_function_that_is_in_a_traceback",
    ):
        assert hidden(text) == text
