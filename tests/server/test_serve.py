"""``drawbridge serve``: one server to a folder, an orderly end, and commands that work beside it."""

from __future__ import annotations

import re
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server.access.tokens import digest_of
from tests.server.house import EXAMPLE
from tests.server.running import Running, command, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that the tests of this module share; none of them ends it."""
    with running(tmp_path_factory.mktemp("serve")) as server:
        yield server


def bearer(data: Path, scope: str, **settings: str) -> dict[str, str]:
    made = command(data, "token", "create", "--scope", scope, "--as", "ann", **settings)
    assert (made.returncode, len(made.stdout.strip())) == (0, 43), made.stderr
    return {"Authorization": f"Bearer {made.stdout.strip()}"}


def eventually(question: Callable[[], Any], seconds: float = 5.0) -> Any:
    """The first true answer, asked again and again."""
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.05)
    return answer


def test_it_answers_on_its_address_and_prints_a_login_link(server: Running) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/login/[\w-]{43}", server.link)
    assert httpx.get(f"{server.base}/health/ready").json()["status"] == "ready"


def test_the_login_link_works_once(server: Running) -> None:
    secret = command(server.data, "login", "--as", "ann").stdout.strip().rpartition("/")[2]
    answers = [httpx.post(f"{server.base}/login", data={"secret": secret}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 403]
    cookie = answers[0].headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))


def test_a_second_server_on_the_same_folder_is_refused(server: Running) -> None:
    second = command(server.data, "serve", "--port", "0")
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr == (
        f"drawbridge: another server works on {server.data}; "
        "stop it first, or set DRAWBRIDGE_DATA_DIR to another folder\n"
    )
    assert httpx.get(f"{server.base}/health/live").status_code == 200


def test_a_token_works_from_the_moment_it_is_printed_and_not_after_it_is_revoked(server: Running) -> None:
    header = bearer(server.data, "view")
    path = f"{server.base}/api/strategies"
    assert httpx.get(path, headers=header).status_code == 200
    listed = command(server.data, "token", "list").stdout
    token = listed.splitlines()[-1].split()[0]
    assert command(server.data, "token", "revoke", token).returncode == 0
    assert httpx.get(path, headers=header).status_code == 401
    assert re.search(
        rf"{token}  view +\d{{4}}-\d\d-\d\d  revoked \d{{4}}-\d\d-\d\d +ann",
        command(server.data, "token", "list").stdout,
    )
    assert digest_of(header["Authorization"].removeprefix("Bearer ")) not in listed


def test_kill_and_resume_from_another_process_are_heard_by_the_running_server(server: Running) -> None:
    header = bearer(server.data, "view")
    with httpx.stream("GET", f"{server.base}/api/events", headers=header, timeout=10) as stream:
        told = (line for line in stream.iter_lines() if line.startswith("event: kill."))
        assert command(server.data, "kill", "--as", "ann").returncode == 0
        assert next(told) == "event: kill.set"
        assert httpx.get(f"{server.base}/health/ready").json()["killed"] is True
        assert command(server.data, "resume").returncode == 0
        assert next(told) == "event: kill.cleared"
    assert httpx.get(f"{server.base}/health/ready").json()["killed"] is False


def test_a_sender_that_leaves_before_its_body_is_complete_is_no_fault_of_ours(server: Running) -> None:
    header = bearer(server.data, "export")
    address = ("127.0.0.1", int(server.base.rpartition(":")[2]))
    for size in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
        lines = ["POST /api/exports HTTP/1.1", "Host: 127.0.0.1", f"Authorization: {header['Authorization']}", size]
        before = server.err.count("the body ended before it was complete")
        with socket.create_connection(address) as sender:
            sender.sendall("\r\n".join([*lines, "", "5", "hello", ""]).encode())
            time.sleep(0.2)
        assert eventually(lambda: server.err.count("the body ended before it was complete") > before)  # noqa: B023
    assert '"level": "error"' not in server.err


def slowly(raw: bytes) -> Iterator[bytes]:
    """A body that takes a second and a half."""
    third = len(raw) // 3
    for part in (raw[:third], raw[third : 2 * third], raw[2 * third :]):
        yield part
        time.sleep(0.5)


def test_it_ends_in_order_with_what_is_under_way_done_and_streams_closed(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        header = bearer(tmp_path, "export")
        answers: list[int] = []
        streamed: list[bytes] = []

        def send() -> None:
            path = f"{server.base}/api/exports"
            answers.append(httpx.post(path, headers=header, content=slowly(EXAMPLE.read_bytes())).status_code)

        def follow() -> None:
            with httpx.stream("GET", f"{server.base}/api/events", headers=header, timeout=20) as stream:
                try:
                    streamed.extend(stream.iter_raw())
                except httpx.RemoteProtocolError:  # the end of a stream that has none
                    streamed.append(b"ended")

        threads = [threading.Thread(target=target) for target in (send, follow)]
        for thread in threads:
            thread.start()
        time.sleep(0.7)
        assert server.stop(signal.SIGTERM) == 0
        for thread in threads:
            thread.join(10)
        assert answers == [201]
        assert streamed
        assert "Traceback" not in server.err


def test_after_a_kill_it_starts_again_with_everything_it_had(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        admin = bearer(tmp_path, "admin")
        sent = httpx.post(f"{server.base}/api/exports", headers=admin, content=EXAMPLE.read_bytes()).json()
        assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    with running(tmp_path) as server:
        back = httpx.get(f"{server.base}/api/exports/{sent['id']}", headers=admin).json()
        assert [one["id"] for one in back["strategies"]] == [one["id"] for one in sent["strategies"]]
        states = {one["kind"]: one["id"] for one in back["strategies"]}

        def watched() -> bool:
            one = httpx.get(f"{server.base}/api/strategies/{states['watch']}", headers=admin).json()
            return bool(one["state"] == "running")

        assert eventually(watched)
