"""What the wrappers around the drawings say of the chart: symbol, interval, axis, tick, bars, time of export.

A read-back, a drawings response and a clip carry none of it (facts: F1, F4, F5, F6), so an exporter writes it beside
them; a storage answer names the symbol and its other spellings.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from interpreters.drawing import Chart, ExportBars
from interpreters.reading.bars import read_bars
from interpreters.reading.intervals import normal_interval
from interpreters.reading.symbols import plain_symbol
from interpreters.reading.values import Notes, first, items, moment, number, positive, record, string

CHART_STATES = ("chart_state", "chartState", "chart", "context")
SYMBOL_INFOS = ("symbolInfo", "symbol_info", "symbolExt", "symbol_ext")
MODES = ("priceScaleMode", "price_scale_mode", "scaleMode", "mode", "priceScale", "price_scale")
NAMED_ONLY = ("scale", "axis")  # a number under these may be a zoom or a count
LOG_MODE = 1  # PriceScaleMode {Normal: 0, Log: 1, Percentage: 2, IndexedTo100: 3}
NO_TIME = "the time of export is no time and was left out"
DISAGREE = "several chart states disagree, so none of them was taken"


class Context(Struct, frozen=True):
    """One chart as its wrappers describe it, with the bars and the time that came along."""

    chart: Chart = Chart()
    bars: ExportBars | None = None
    exported_at: int | None = None


def within(outer: Context, wrapper: dict[str, Any], notes: Notes) -> Context:
    """The context inside a wrapper: what the wrapper says, and what ``outer`` says where the wrapper is silent."""
    chart = _chart_of(wrapper, _chart_state(outer.chart, wrapper, notes))
    bars = first(wrapper, "bars", "exportData", "export_data")
    exported_at = first(wrapper, "exported_at", "exportedAt")
    time = moment(exported_at, notes)
    notes[NO_TIME] += exported_at is not None and time is None
    return Context(
        chart=chart,
        bars=outer.bars if bars is None else read_bars(bars, chart.interval, notes) or outer.bars,
        exported_at=outer.exported_at if time is None else time,
    )


def _chart_state(outer: Chart, wrapper: dict[str, Any], notes: Notes) -> Chart:
    states = first(wrapper, *CHART_STATES)
    listed = states if isinstance(states, list) else [states]
    charts = {_chart_of(state, outer) for state in listed if isinstance(state, dict)}
    if len(charts) > 1:
        notes[DISAGREE] += 1
    return charts.pop() if len(charts) == 1 else outer


def _chart_of(wrapper: dict[str, Any], outer: Chart) -> Chart:
    given = first(wrapper, "symbol", "pro_symbol", "ticker")
    info = record(first(wrapper, *SYMBOL_INFOS) or given)
    symbol = info_symbol(info) if isinstance(given, dict) else plain_symbol(given) or info_symbol(info) or outer.symbol
    inherited = outer.aliases if symbol == outer.symbol else ()
    log = log_axis(wrapper)
    return Chart(
        symbol=symbol,
        aliases=distinct(symbol, *inherited, *_wrapper_names(wrapper), *info_names(info)),
        interval=normal_interval(first(wrapper, "resolution", "interval", "timeframe")) or outer.interval,
        log=outer.log if log is None else log,
        tick=tick_size(info) or tick_size(wrapper) or outer.tick,
    )


def info_symbol(info: dict[str, Any]) -> str | None:
    """The symbol of a symbolInfo, by its fullest name."""
    return plain_symbol(first(info, "full_name", "pro_name", "ticker", "symbol", "name"))


def info_names(info: dict[str, Any]) -> list[str | None]:
    """Every name a symbolInfo gives its symbol, ``exchange:name`` included."""
    names = [string(info.get(key)) for key in ("full_name", "pro_name", "ticker", "symbol", "name")]
    return [*names, _listed(info.get("exchange"), info.get("name"))]


def _wrapper_names(wrapper: dict[str, Any]) -> list[str | None]:
    """The other names in a storage answer: its legs, its short name, and that name with its exchange."""
    short = string(wrapper.get("short_name"))
    legs = [record(leg) for leg in items(_unpacked(wrapper.get("legs")))]
    # Two legs are two symbols of a spread: neither is another name of the whole.
    single = legs[0] if len(legs) == 1 else {}
    names = [string(single.get("pro_symbol")), string(single.get("symbol")), short]
    return [*names, _listed(wrapper.get("exchange"), short), string(wrapper.get("pro_symbol"))]


def _unpacked(value: object) -> object:
    try:
        return msgspec.json.decode(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None


def _listed(exchange: object, short: object) -> str | None:
    return f"{exchange}:{short}" if string(exchange) and string(short) and ":" not in str(short) else None


def distinct(symbol: str | None, *names: str | None) -> tuple[str, ...]:
    """The names in their order, each once, without ``symbol`` itself."""
    return tuple(dict.fromkeys(name for name in names if name and name != symbol))


def log_axis(wrapper: dict[str, Any]) -> bool | None:
    """Whether a price axis is logarithmic, from a flag or from a mode: ``log``, ``normal``, 0 … 3, ``{mode: 1}``."""
    for key in ("log", "isLog", "logarithmic"):
        if isinstance(wrapper.get(key), bool):
            return bool(wrapper[key])
    modes = [wrapper.get(key) for key in MODES] + [
        value for key in NAMED_ONLY if isinstance(value := wrapper.get(key), dict | str)
    ]
    logs = (_log_mode(mode.get("mode") if isinstance(mode, dict) else mode) for mode in modes)
    return next((log for log in logs if log is not None), None)


def _log_mode(mode: object) -> bool | None:
    if isinstance(mode, str) and not mode.isdecimal():
        known = {"log": True, "logarithmic": True, "normal": False, "linear": False, "regular": False}
        percent = mode.lower().startswith(("percent", "index"))  # linear in price for a single symbol
        return False if percent else known.get(mode.lower())
    value = number(mode)
    return value == LOG_MODE if value in {0, 1, 2, 3} else None


def tick_size(info: dict[str, Any]) -> float | None:
    """``tick`` as given, else minmov / pricescale; None for fractional and variable ticks."""
    given = positive(first(info, "tick", "tick_size", "tickSize", "mintick"))
    if given is not None:
        return given
    if info.get("fractional") or first(info, "variable_tick_size", "variableTickSize"):
        return None
    scale, steps = positive(info.get("pricescale")), positive(first(info, "minmov", "minmovement", "minmove") or 1)
    return steps / scale if scale and steps else None
