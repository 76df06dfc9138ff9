"""Brackets: a stop and a target that lock what they would sell once, as Binance's order list (OCO). Pure.

The exchange takes both or none, and cancels one as soon as the other fills in part or triggers. Each has an id of its
own that follows from the bracket's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from execution.brokers.exchange.names import leg_id

if TYPE_CHECKING:
    from execution.brokers.exchange.translation import Row, Wanted

ENDS = ("closed", "rejected", "canceled", "expired")  # the first that one of both is, where none is open


def words_of(wanted: Wanted, version: str, market: str) -> dict[str, Any]:
    """The list in Binance's words (POST /api/v3/orderList/oco): what sells has its limit above, what buys below."""
    target = {"Type": "LIMIT_MAKER", "Price": wanted.price, "ClientOrderId": leg_id(version, "target")}
    stop = {"Type": "STOP_LOSS", "StopPrice": wanted.params["stopPrice"], "ClientOrderId": leg_id(version, "stop")}
    above, below = (target, stop) if wanted.side == "sell" else (stop, target)
    return {
        "symbol": market,
        "side": wanted.side.upper(),
        "quantity": wanted.amount,
        "listClientOrderId": version,
        **{f"above{name}": value for name, value in above.items()},
        **{f"below{name}": value for name, value in below.items()},
        "newOrderRespType": "FULL",
    }


def whole_of(rows: list[Row]) -> Row:
    """The orders of a list as one row; ``legs`` are they."""
    states = {row.get("status") for row in rows}
    status = "open" if "open" in states else next((one for one in ENDS if one in states), "open")
    return {"status": status, "legs": rows}
