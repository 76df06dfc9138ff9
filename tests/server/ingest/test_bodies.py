"""What bodies as they come in the wild are answered with: 200 always, with a state and a reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.server.house import House

pytestmark = pytest.mark.anyio

# (body, status, a part of the reason)
OWN: tuple[tuple[bytes, str, str], ...] = (
    (b'{"ticker": "ETHBTC", "action": "sell", "price": 0.07}', "accepted", "read as JSON"),
    (b'{"ticker": "ETHBTC", "action": "sell"}\n', "accepted", "read as JSON"),
    (b'{"ticker": "ETHBTC", "action": "sell",}', "accepted", "repair"),
    (b"{'ticker': 'ETHBTC', 'action': 'sell'}", "accepted", "repair"),
    (b"ETHBTC crossing 0.07", "accepted", "read as text"),
    (b"symbol=ETHBTC&side=sell", "accepted", "read as a web form"),
    (b"", "parked", "the body is empty"),
    (b'{"ticker": "{{ticker}}"}', "parked", "{{ticker}}"),
    (b'{"price": {{plot_0}}}', "parked", "{{plot_0}}"),
    (b'{"ticker": "ETHBTC", "price": NaN}', "parked", "the price is NaN"),
    (b"\xff\xfe\x00", "parked", "parked: "),
)
# The state of every sample whose name begins so; all others are accepted.
PARKED = ("010", "018", "030", "032", "033", "035", "040", "051", "066", "069")


def samples() -> list[Path]:
    """Bodies collected beside the repository, where they are."""
    for parent in Path(__file__).resolve().parents:
        if (found := parent / "shared" / "samples" / "alerts").is_dir():
            return sorted(path for path in found.iterdir() if path.is_file())
    return []


@pytest.mark.parametrize(("body", "status", "reason"), OWN)
async def test_a_body_of_our_own(house: House, hook: str, body: bytes, status: str, reason: str) -> None:
    code, receipt = await house.call("POST", hook, content=body)
    assert (code, receipt["status"]) == (200, status), receipt
    assert reason in receipt["reason"]


async def test_every_collected_body_gets_200_with_a_reason(house: House, hook: str) -> None:
    bodies = samples()
    if not bodies:
        pytest.skip("shared/samples/alerts is not beside this repository")
    answers = {path.name: await house.call("POST", hook, content=path.read_bytes()) for path in bodies}
    assert {name for name, (code, receipt) in answers.items() if code != 200 or not receipt["reason"]} == set()
    parked = {name for name, (_, receipt) in answers.items() if receipt["status"] == "parked"}
    assert parked == {path.name for path in bodies if path.name.startswith(PARKED)}
    again = {path.name: await house.call("POST", hook, content=path.read_bytes()) for path in bodies}
    assert {name for name, (code, _) in again.items() if code != 200} == set()
