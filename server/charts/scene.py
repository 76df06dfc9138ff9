"""The scene of a strategy: its drawings placed on the bars, framed and labelled, with what happened on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from server.charts.elements import Label, Position, Scene, Stroke, Tag
from server.charts.framing import ahead, window
from server.charts.happenings import arrows_of, filled_at, firings_of, marks_of
from server.charts.layout import within_reach
from server.charts.overlay import NOTHING, Overlay
from server.charts.themes import THEMES, drawn_colour
from server.charts.tracing import Sheet, Spot, View, trace
from server.charts.trade import Opening, not_drawn, opening_of, position_of
from server.charts.wording import roles, words_of
from spec.bars import BadBars, Bars, check, resample
from spec.geometry import Level
from spec.graph import timeframes
from spec.signals import Compare, inputs_of
from spec.strategy import AtLine, AtPrice, Strategy, lines_of, shapes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.charts.elements import Area
    from server.charts.happenings import Firing
    from spec.signals import Node
    from spec.strategy import ExitRule


class Item(Struct, frozen=True):
    """A drawing to be traced: whose it is, where it stands, and how it is called and coloured."""

    name: str
    words: str
    colour: str
    spot: Spot


def scene_of(strategy: Strategy, name: str, bars: Bars, overlay: Overlay = NOTHING) -> Scene:
    """The picture of a strategy or watch on bars of its timeframe, or finer ones; ``name`` stands in the legend.

    Shows at most 300 bars: from a little before the earliest anchor to the last bar, or to a little after the last
    firing or fill where that lies farther back. Raises spec.bars.BadBars where the bars cannot tell where a drawing
    stands.
    """
    check(bars)
    series = resample(bars, strategy.timeframe)
    if len(series) == 0:
        msg = f"the candles hold no whole bar of {strategy.timeframe}; give more of them"
        raise BadBars(msg)
    sheet = Sheet(series, by_clock=strategy.market is not None and strategy.market.reports_every_interval)
    colours = node_colours(strategy, overlay)
    items = _node_items(strategy, sheet, colours, overlay)
    firings = firings_of(strategy, overlay, series)
    spots = _by_name(items)
    opening = opening_of(strategy, overlay, firings, spots, series)
    view = _view(strategy, items, firings, overlay, series)
    position = _position(strategy, opening, view, series)
    items += _exit_items(strategy, sheet, position, overlay)
    scene = _traced(items, view, _base(strategy, name, view, series, overlay))
    return structs.replace(
        scene,
        marks=marks_of(firings, colours, (view.first, view.last)),
        arrows=arrows_of(overlay, series, (view.first, view.last)),
        tags=(*_position_tags(position, overlay), *scene.tags),
        position=_moved(position, -view.first),
        note=" \u00b7 ".join(
            filter(None, [overlay.note, *_notes(strategy, sheet), *not_drawn(strategy, position), scene.note])
        ),
        ahead=max(scene.ahead, (position.last - view.last) if position else 0.0),
    )


def node_colours(strategy: Strategy, overlay: Overlay) -> dict[str, str]:
    """Each node's colour: its drawing's own where it can be seen, else the next of the palette."""
    theme = THEMES[overlay.theme]
    colours: dict[str, str] = {}
    drawn = [name for name, node in strategy.nodes.items() if shapes_of(node)]
    for number, name in enumerate(drawn):
        own = drawn_colour(overlay.colours.get(name, ""), theme)
        colours[name] = own or theme.palette[number % len(theme.palette)]
    for name in strategy.nodes:
        leaf = _first_drawn(name, strategy.nodes)
        colours.setdefault(name, colours.get(leaf, theme.text))
    return colours


def _first_drawn(name: str, nodes: Mapping[str, Node]) -> str:
    node = nodes[name]
    if shapes_of(node):
        return name
    return next((leaf for read in inputs_of(node) if (leaf := _first_drawn(read, nodes))), "")


def _node_items(strategy: Strategy, sheet: Sheet, colours: Mapping[str, str], overlay: Overlay) -> list[Item]:
    frames, role = timeframes(strategy.nodes), roles(strategy)
    read = {name for node in strategy.nodes.values() for name in inputs_of(node)}
    items = []
    for name, node in strategy.nodes.items():
        if isinstance(node, Compare) and name in read:
            continue  # it only helps another node, whose drawing is shown
        parts = [role.get(name, ""), overlay.texts.get(name, ""), words_of(node)]
        words = " \u00b7 ".join(filter(None, parts))
        items += [Item(name, words, colours[name], sheet.spot(shape, frames[name])) for shape in shapes_of(node)]
    return items


def _exit_items(strategy: Strategy, sheet: Sheet, position: Position | None, overlay: Overlay) -> list[Item]:
    """Stop and targets that are lines; fixed prices only where no position shows them."""
    theme = THEMES[overlay.theme]
    rules: list[tuple[str, ExitRule]] = [("stop", strategy.stop)] if strategy.stop else []
    rules += [("target", target.at) for target in strategy.targets]
    items = []
    for role, rule in rules:
        colour = theme.down if role == "stop" else theme.up
        if isinstance(rule, AtLine):
            items.append(Item(role, role, colour, sheet.spot(rule.line, strategy.timeframe)))
        elif isinstance(rule, AtPrice) and position is None:
            items.append(Item(role, role, colour, sheet.spot(Level(rule.price), strategy.timeframe)))
    return items


def _by_name(items: list[Item]) -> dict[str, tuple[Spot, ...]]:
    spots: dict[str, tuple[Spot, ...]] = {}
    for item in items:
        spots[item.name] = (*spots.get(item.name, ()), item.spot)
    return spots


def _view(strategy: Strategy, items: list[Item], firings: list[Firing], overlay: Overlay, bars: Bars) -> View:
    filled = [index for fill in overlay.fills if (index := filled_at(fill, bars)) is not None]
    anchors = [anchor for item in items for anchor in item.spot.anchors]
    first, last = window(len(bars), anchors, [*filled, *(firing.index for firing in firings)])
    lines = [line for node in strategy.nodes.values() for line in lines_of(node)]
    log = any(line.scale == "log" and not line.flat for line in lines) and bool((bars.low[first : last + 1] > 0).all())
    return View(first, last, log)


def _position(strategy: Strategy, opening: Opening | None, view: View, bars: Bars) -> Position | None:
    if opening is None or not view.first <= opening.index <= view.last:
        return None
    shown = bars[view.first : view.last + 1]
    if opening.planned and not within_reach(shown, opening.price):
        return None
    return position_of(strategy, opening, bars, view.last - view.first + 1)


def _moved(position: Position | None, by: int) -> Position | None:
    return position and structs.replace(position, first=position.first + by, last=position.last + by)


def _position_tags(position: Position | None, overlay: Overlay) -> tuple[Tag, ...]:
    if position is None:
        return ()
    theme = THEMES[overlay.theme]
    return (Tag(position.stop, theme.down), *(Tag(price, theme.up) for price, _ in position.targets))


def _base(strategy: Strategy, name: str, view: View, bars: Bars, overlay: Overlay) -> Scene:
    market = strategy.market
    titles = [market.symbol, bars.timeframe, market.exchange.upper()] if market else [name, bars.timeframe]
    return Scene(
        title=" \u00b7 ".join(titles),
        subtitle=name if market else "",
        bars=bars[view.first : view.last + 1],
        tick=market.tick_size if market else None,
        log=view.log,
        theme=overlay.theme,
    )


def _traced(items: list[Item], view: View, base: Scene) -> Scene:
    """The scene with the drawings in it, its note naming those outside."""
    strokes: list[Stroke] = []
    areas: list[Area] = []
    labels: list[Label] = []
    tags: list[Tag] = []
    outside: list[str] = []
    room = ahead(len(base.bars), view.last, [anchor for item in items for anchor in item.spot.anchors])
    edge = view.last - view.first + room
    for item in items:
        lines, filled, on = trace(item.spot, view, item.colour)
        if not on or on[-1][0] < 0 or on[0][0] > edge:
            outside.append(item.name)
            continue
        prices = item.spot.prices_at(min(view.last, on[-1][0] + view.first))
        strokes += lines
        areas += filled
        labels.append(Label(item.words, prices, on, item.colour))
        if len(prices) == 1 and on[-1][0] > edge:
            tags.append(Tag(prices[0], item.colour))
    note = f"outside the picture: {', '.join(outside)}" if outside else ""
    return structs.replace(
        base,
        strokes=tuple(strokes),
        areas=tuple(areas),
        labels=tuple(labels),
        tags=tuple(tags),
        note=note,
        ahead=room,
    )


def _notes(strategy: Strategy, sheet: Sheet) -> list[str]:
    counted = [name for name, node in strategy.nodes.items() if any(line.approximate for line in lines_of(node))]
    notes = [f"approximate: the bars of {', '.join(counted)} were counted by the clock"] if counted else []
    if strategy.market is None:
        notes.append("not evaluated: its market is not known")
    return [*notes, *sheet.notes]
