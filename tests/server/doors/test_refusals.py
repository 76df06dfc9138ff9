"""Who may not is refused as documented: with a problem document, a line in the log, and nothing done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from server.access.sessions import COOKIE
from server.access.tokens import revoke_token
from server.clock import new_secret
from tests.server.house import ORIGIN, House, opened

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

OPEN = {"/health/live", "/health/ready", "/metrics"}
METHODS = {"get", "post", "put", "patch", "delete"}


async def guarded(house: House) -> list[tuple[str, str]]:
    """Every documented door that needs a token, with something in its parameters."""
    _, schema = await house.call("GET", "/schema")
    return [
        (method.upper(), re.sub(r"\{[^}]*\}", "x", path))
        for path, item in schema["paths"].items()
        if path not in OPEN and not path.startswith("/hooks/")
        for method in item
        if method in METHODS
    ]


def problem(status: int, body: dict[str, Any]) -> bool:
    """Whether it is a whole problem document of that status."""
    return body.keys() == {"type", "title", "status", "detail", "trace"} and body["status"] == status and body["detail"]


def nobody(_: House) -> dict[str, str]:
    return {}


def stranger(_: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {new_secret()}"}


def other_scheme(_: House) -> dict[str, str]:
    return {"Authorization": f"Basic {new_secret()}"}


def empty_bearer(_: House) -> dict[str, str]:
    return {"Authorization": "Bearer "}


def forged_cookie(_: House) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={new_secret()}", **ORIGIN}


@pytest.mark.parametrize("who", [nobody, stranger, other_scheme, empty_bearer, forged_cookie])
async def test_no_door_opens_without_a_token_that_we_made(house: House, who: Callable[[House], dict[str, str]]) -> None:
    doors = await guarded(house)
    assert len(doors) >= 14
    for method, path in doors:
        status, body = await house.call(method, path, who(house))
        assert (method, path, status) == (method, path, 401)
        assert problem(401, body)
    assert await house.events() == []


async def test_a_revoked_token_opens_no_door_from_the_next_request_on(house: House) -> None:
    header = await house.token("admin")
    assert (await house.call("GET", "/api/strategies", header))[0] == 200
    token = (await house.events("token.created"))[0].subject
    async with house.store.write() as work:
        await revoke_token(work, token)
    before = house.store.last_seq
    for method, path in await guarded(house):
        assert (method, path, (await house.call(method, path, header))[0]) == (method, path, 401)
    assert house.store.last_seq == before


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("hook", set()),
        ("storage", set()),
        ("udf", set()),
        ("view", {"view"}),
        ("export", {"view", "export"}),
        ("approve", {"view", "approve"}),
        ("admin", {"view", "export", "approve", "admin"}),
    ],
)
async def test_a_token_does_what_its_scope_says_and_nothing_else(house: House, scope: str, allowed: set[str]) -> None:
    doors = {
        "view": [("GET", "/api/strategies"), ("GET", "/api/exports/x"), ("GET", "/api/strategies/x/log")],
        "export": [("POST", "/api/exports"), ("POST", "/api/exports/x/answers")],
        "approve": [
            ("POST", "/api/strategies/x/approvals"),
            ("POST", "/api/strategies/x/edit"),
            ("POST", "/api/strategies/x/pause"),
            ("POST", "/api/kill"),
            ("POST", "/api/resume"),
        ],
    }
    header = await house.token(scope)
    for needed, some in doors.items():
        for method, path in some:
            status, body = await house.call(method, path, header)
            assert (path, status == 403) == (path, needed not in allowed)
            assert status != 403 or problem(403, body)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "localhost.", "user@evil.example"])
async def test_a_host_that_is_not_ours_is_refused_before_any_route(house: House, host: str) -> None:
    admin = await house.token("admin")
    before = house.store.last_seq
    for method, path in [
        *(await guarded(house)),
        *(("GET", one) for one in sorted(OPEN)),
        ("GET", "/"),
        ("GET", "/no"),
    ]:
        status, body = await house.call(method, path, {**admin, "Host": host})
        assert (path, status) == (path, 421)
        assert problem(421, body)
    assert house.store.last_seq == before


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8422", "localhost:1", "LOCALHOST", "[::1]:8422"])
async def test_our_own_names_are_served_whatever_the_port(house: House, host: str) -> None:
    assert (await house.call("GET", "/health/live", {"Host": host}))[0] == 200


FOREIGN = ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8422", "file://127.0.0.1:8422"]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_what_a_page_of_another_site_sends_is_refused(house: House, origin: str) -> None:
    admin = await house.token("admin")
    _, form = await house.session()
    before = house.store.last_seq
    for method, path in await guarded(house):
        if method == "GET":
            continue
        for headers in (admin, form):
            status, body = await house.call(method, path, {**headers, "Origin": origin})
            assert (path, status) == (path, 403)
            assert problem(403, body)
    assert house.store.last_seq == before


async def test_an_origin_on_the_list_may_send_with_a_token_and_never_with_a_cookie(tmp_path: Any) -> None:
    site = "https://charts.example"
    async with opened(tmp_path, cors_origins=(site,)) as house:
        _, form = await house.session()
        admin = await house.token("admin")
        assert (await house.call("POST", "/api/kill", {**admin, "Origin": site}))[0] == 200
        assert (await house.call("POST", "/api/kill", {**form, "Origin": site}))[0] == 403
        answer = await house.client.get("/api/strategies", headers={**admin, "Origin": site})
        assert answer.headers["access-control-allow-origin"] == site
        assert "access-control-allow-credentials" not in answer.headers
        answer = await house.client.get("/api/strategies", headers={**admin, "Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


async def test_a_session_needs_its_form_token_to_change_anything(house: House) -> None:
    cookie, form = await house.session()
    _, other = await house.session("bob")
    wrong = [
        {**cookie, **ORIGIN},
        {**cookie, **ORIGIN, "X-CSRF-Token": ""},
        {**cookie, **ORIGIN, "X-CSRF-Token": new_secret()},
        {**cookie, **ORIGIN, "X-CSRF-Token": other["X-CSRF-Token"]},
        {**cookie, "X-CSRF-Token": ""},
    ]
    for headers in wrong:
        for method, path in await guarded(house):
            if method != "GET":
                status, body = await house.call(method, path, headers)
                assert (path, status) == (path, 403)
                assert problem(403, body)
    assert {event.kind for event in await house.events()} == {"session.began"}
    assert (await house.call("GET", "/api/strategies", cookie))[0] == 200
    assert (await house.call("POST", "/api/kill", form))[0] == 200


async def test_every_refusal_is_in_the_log_under_the_trace_of_its_answer(
    capsys: pytest.CaptureFixture[str], house: House
) -> None:
    traces = []
    for headers in ({}, {"Host": "evil.example"}, await house.token("view")):
        answer = await house.client.post("/api/kill", headers=headers)
        assert answer.headers["x-trace"] == answer.json()["trace"]
        traces.append((answer.status_code, answer.json()["trace"]))
    assert [status for status, _ in traces] == [401, 421, 403]
    log = capsys.readouterr().err
    for status, trace in traces:
        assert any(trace in line and f'"status": {status}' in line for line in log.splitlines())


async def test_every_answer_carries_the_security_headers(house: House) -> None:
    for path in ("/health/live", "/api/strategies", "/nothing", "/", "/schema"):
        headers = (await house.client.get(path)).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-trace"].startswith("trc_")


@pytest.mark.parametrize("path", ["/api/strategies/%00", "/api/strategies?cursor=%00", "/api/strategies/%ff%fe"])
async def test_an_address_that_is_no_text_is_a_bad_request(house: House, path: str) -> None:
    status, body = await house.call("GET", path, await house.token("view"))
    assert status in {400, 404}
    assert problem(status, body)


async def test_what_no_route_takes_is_a_problem_too(house: House) -> None:
    view = await house.token("view")
    assert [(await house.call(*call, view))[0] for call in (("GET", "/nothing"), ("DELETE", "/api/strategies"))] == [
        404,
        405,
    ]


async def test_a_request_under_two_hosts_is_refused(house: House) -> None:
    twice = [("Host", "127.0.0.1"), ("Host", "evil.example")]
    for hosts in (twice, twice[::-1]):
        answer = await house.client.get("/health/live", headers=hosts)
        assert answer.status_code == 421
