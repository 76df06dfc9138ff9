"""``/schema`` says what the doors answer: schemathesis sends what it allows and what it does not, to a real server.

The runs are seeded and bounded; `make soak` sends twenty times as much.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.server.house import asking
from tests.server.running import Running, command, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(sys.executable).parent / "schemathesis"
# An export's bytes and an edit's values are right or wrong in ways that no JSON Schema says: 422 is documented.
CHECKS = '[checks.positive_data_acceptance]\nexpected-statuses = ["2xx", 404, 409, 422]\n'
ALERT = b"ETHBTC crossed 0.0956"


class Target:
    """A server with something in it, and the names of it."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.admin = {"Authorization": f"Bearer {self.token('admin')}"}
        self.hook = self.token("hook")
        export = self.post("/api/exports", asking())
        self.names = {
            "export_id": export["id"],
            "strategy_id": next(one["id"] for one in export["strategies"] if one["state"] != "draft"),
            "alert_id": self.post(f"/hooks/tradingview/{self.hook}", ALERT)["id"],
            "token": self.hook,
        }

    def token(self, scope: str) -> str:
        return command(self.server.data, "token", "create", "--scope", scope).stdout.strip()

    def post(self, path: str, raw: bytes) -> Any:
        answer = httpx.post(self.server.base + path, content=raw, headers=self.admin)
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with running(tmp_path_factory.mktemp("schema")) as server:
        yield Target(server)


def sent(target: Target, folder: Path, names: dict[str, str], *more: str) -> str:
    """Run schemathesis against every door but the event stream, which never ends; its report."""
    parameters = "".join(f'{name} = "{value}"\n' for name, value in names.items())
    config = folder / "schemathesis.toml"
    config.write_text(f"seed = 1\n[parameters]\n{parameters}{CHECKS}")
    run = subprocess.run(
        [PROGRAM, "--config-file", config, "run", f"{target.server.base}/schema", "--no-color",
         "-H", f"Authorization: {target.admin['Authorization']}", "--exclude-path", "/api/events",
         "--request-timeout", "30", *more],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert '"status": 500' not in target.server.err
    return run.stdout


BOUNDED = ("--phases", "examples,coverage,fuzzing", "--max-examples", "10")


def test_no_undocumented_answer_about_what_there_is(target: Target, tmp_path: Path) -> None:
    assert " passed" in sent(target, tmp_path, target.names, *BOUNDED)


def test_no_undocumented_answer_about_what_there_is_not(target: Target, tmp_path: Path) -> None:
    assert " passed" in sent(target, tmp_path, {}, *BOUNDED)


@pytest.mark.soak
def test_no_undocumented_answer_to_twenty_times_as_many_requests(target: Target, tmp_path: Path) -> None:
    for names in (target.names, {}):
        assert " passed" in sent(target, tmp_path, names, "--max-examples", "200")


def test_every_door_documents_its_problems_as_problem_documents(target: Target) -> None:
    schema = httpx.get(f"{target.server.base}/schema").json()
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            for status, answer in operation["responses"].items():
                kinds = set(answer.get("content", {}))
                assert (path, method, status, int(status) >= 400) == (
                    path, method, status, kinds == {"application/problem+json"},
                )  # fmt: skip


def test_every_door_but_the_operators_wants_a_token(target: Target) -> None:
    schema = httpx.get(f"{target.server.base}/schema").json()
    free = {
        path
        for path, item in schema["paths"].items()
        for operation in item.values()
        if operation.get("security", schema["security"]) in ([], [{}])
    }
    assert free == {"/health/live", "/health/ready", "/metrics", "/hooks/tradingview/{token}"}


def test_the_document_stands_under_both_its_names(target: Target) -> None:
    first, second = (httpx.get(target.server.base + path) for path in ("/schema", "/schema/openapi.json"))
    assert first.json() == second.json()
    assert first.json()["openapi"].startswith("3.1")
