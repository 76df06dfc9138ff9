"""Promises about position tools: tick counts, the tick that their amounts imply, and the risk somebody set."""

from __future__ import annotations

from typing import Any

import pytest

from interpreters.sketch import Flat, Position, ticks_away
from tests.interpreters.test_sketching import FIRST, drawn


# Facts 5.6: sample 11 and sample 13
def test_stop_and_target_of_a_position_tool_are_tick_counts() -> None:
    assert (ticks_away(4624.21, 4010, 0.001), ticks_away(4624.21, -13512, 0.001)) == (4628.22, 4610.698)
    assert (ticks_away(23475.0, 3000, 0.1), ticks_away(23475.0, -7007, 0.1)) == (23775.0, 22774.3)
    tool = drawn("short_position", 4624.21, properties={"stopLevel": 4010, "profitLevel": 13512})
    assert tool == Position("short", Flat("entry", 4624.21, 4624.21, left=FIRST), 4010.0, 13512.0, None, None)


def test_a_position_tool_without_a_stop_or_target_has_none() -> None:
    tool = drawn("long_position", 10.0, properties={"stopLevel": 0, "profitLevel": -5})
    assert (tool.stop_ticks, tool.target_ticks) == (None, None)


@pytest.mark.parametrize(
    ("properties", "tick"),
    [
        ({"riskSize": 250, "qty": 37257, "stopLevel": 671}, 1e-05),  # sample 4, EURCAD
        ({"riskSize": 250, "qty": 7763, "stopLevel": 3220}, 1e-05),  # sample 4, XCUUSD
        ({"riskSize": 50, "qty": 12.4688, "stopLevel": 4010}, 0.001),  # sample 11
        ({"riskSize": 250, "qty": 100, "stopLevel": 10, "lotSize": 10}, 0.025),
        ({"amountTarget": 1611.11, "amountStop": 750, "qty": 138888.9, "stopLevel": 1800, "profitLevel": 4400}, 1e-06),
        ({"riskSize": 30, "qty": 1, "stopLevel": 10}, None),  # 3: not on the usual ladder
        ({"riskSize": 250, "qty": 0, "stopLevel": 10}, None),
        ({"riskSize": 250, "qty": -1, "stopLevel": 10}, None),
        ({"riskSize": 250, "qty": 1, "stopLevel": 0}, None),
        ({"riskSize": 1e300, "qty": 1e-300, "stopLevel": 1}, None),
        ({"amountTarget": 1000, "amountStop": 1000, "qty": 1, "stopLevel": 10}, None),
        ({"amountTarget": 1000, "qty": 1, "stopLevel": 10}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_amounts_of_a_position_tool_imply_its_tick(properties: dict[str, float], tick: float | None) -> None:
    assert drawn("long_position", 10.0, properties={"profitLevel": 5} | properties).tick == tick


@pytest.mark.parametrize(
    ("properties", "risk"),
    [
        ({"risk": 25, "accountSize": 1000}, None),
        ({"risk": 25}, None),
        ({"risk": 2, "accountSize": 1000}, 2.0),
        ({"risk": 25, "accountSize": 5000}, 25.0),
        ({"risk": 50, "accountSize": 5000, "riskDisplayMode": "money"}, 1.0),
        ({"risk": 50, "riskDisplayMode": "money"}, None),
        ({"risk": 50, "accountSize": 0, "riskDisplayMode": "money"}, None),
        ({"risk": 0}, None),
        ({"risk": 150}, None),
        ({}, None),
    ],
)
def test_a_position_tools_own_risk_is_what_somebody_set(properties: dict[str, Any], risk: float | None) -> None:
    assert drawn("long_position", 10.0, properties=properties).own_risk == risk
