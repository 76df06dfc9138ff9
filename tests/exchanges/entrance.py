"""How a loopback exchange is entered: its key, and ccxt's options; apart, so that a process begins quickly."""

from __future__ import annotations

from typing import Any

KEY, SECRET = "cAnArYaPiKeY0123456789", "cAnArYsEcReTkEy0123456789abcdef"
OPTIONS: dict[str, dict[str, Any]] = {  # so that ccxt asks for nothing that is not there
    "binance": {"fetchMarkets": {"types": ["spot"]}},
    "bybit": {"fetchMarkets": {"types": ["spot", "linear"]}},
}
