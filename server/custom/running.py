"""Running: what stands behind the port for code, a box for each custom node of a strategy while it is evaluated."""

from __future__ import annotations

import struct
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from server.custom.box import TO_ANSWER, TO_START, Boxed, why_not
from server.custom.reading import BadNodeFile, read_node
from spec.canonical import canonical
from spec.custom import Custom, CustomFailed
from spec.equipped import code_of, custom_nodes, equip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from spec.custom import Answers, Ask
    from spec.strategy import Strategy

AT_ONCE = 1_024  # bars of a question
MOST = 8  # custom nodes of a strategy
SETTING = "DRAWBRIDGE_CUSTOM_NODES"


class CustomOff(CustomFailed):
    """A strategy holds code, and the settings allow none."""


@contextmanager
def equipped(strategy: Strategy, *, allowed: bool) -> Iterator[Strategy]:
    """A strategy as it can be evaluated, until the end of the block; one without code as it is.

    Raises CustomOff where code is not allowed.
    """
    check_allowed(strategy, allowed=allowed)
    if not custom_nodes(strategy.nodes):
        yield strategy
        return
    boxes = Boxes()
    try:
        yield equip(strategy, boxes.begin)
    finally:
        boxes.close()


def check_allowed(strategy: Strategy, *, allowed: bool) -> None:
    """Raise CustomOff where the strategy holds code that may not run here."""
    names = sorted(custom_nodes(strategy.nodes))
    if names and not allowed:
        msg = f"custom node {names[0]}: it is code, and {SETTING} is off; set it to true to let such strategies run"
        raise CustomOff(msg)
    if len(names) > MOST:
        msg = f"custom node {names[MOST]}: a strategy may have at most {MOST} of them, and this one has {len(names)}"
        raise CustomFailed(msg)


def try_out(strategy: Strategy, *, allowed: bool) -> None:
    """See that every custom node is what its source declares, and loads in its box; raises CustomOff, CustomFailed."""
    with equipped(strategy, allowed=allowed) as able:
        for name, node in custom_nodes(strategy.nodes).items():
            _check_declared(name, node)
            code_of(able)(name, node)


def _check_declared(name: str, node: Custom) -> None:
    """Raise CustomFailed where the node is asked otherwise than its source says: people approve what they read."""
    try:
        declared = {"timeframe": node.timeframe, **read_node(node.source.encode())}
        same = canonical(msgspec.convert(declared, Custom)) == canonical(node)
    except (BadNodeFile, msgspec.ValidationError):
        same = False
    if not same:
        msg = f"custom node {name}: it is not what its source declares; freeze it with --custom {name}=FILE"
        raise CustomFailed(msg)


class Boxes:
    """The boxes of a strategy's nodes."""

    def __init__(self) -> None:
        self._boxes: list[Boxed] = []

    @property
    def pids(self) -> list[int]:
        """The numbers of their processes."""
        return [box.pid for box in self._boxes]

    def begin(self, name: str, node: Custom) -> Ask:
        """Start a node's process; raises CustomFailed with the reason where it does not load."""
        box = Boxed(name)
        self._boxes.append(box)
        about = {"source": node.source, "params": node.params, "lookback": node.lookback, "inputs": list(node.inputs)}
        try:
            box.exchange([msgspec.json.encode(about)], 0, TO_START)
        except CustomFailed:
            reason = why_not()
            if reason is not None:
                raise box.failed(f"it cannot run here: {reason}") from None
            raise

        def ask(time: NDArray[np.int64], table: NDArray[np.float64], rows: NDArray[np.int64]) -> Answers:
            pieces = [rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE)]
            answers = [_asked(box, node, (time, table), piece) for piece in pieces]
            truth, values = zip(*answers, strict=True)
            return np.concatenate(truth), np.concatenate(values)

        return ask

    def close(self) -> None:
        """End every process."""
        for box in self._boxes:
            with suppress(OSError):
                box.close()


def _asked(
    box: Boxed, node: Custom, bars: tuple[NDArray[np.int64], NDArray[np.float64]], rows: NDArray[np.int64]
) -> Answers:
    """The answers for some rows, of which only the bars that their windows hold are told."""
    first, last = int(rows[0]) + 1 - node.lookback, int(rows[-1]) + 1
    time, table = bars[0][first:last], bars[1][:, first:last]
    head = struct.pack(">II", last - first, len(rows))
    frame = [head, time.tobytes(), table.tobytes(), (rows - first).tobytes()]
    answer = box.exchange(frame, 9 * len(rows), TO_ANSWER)
    truth = np.frombuffer(answer, np.uint8, len(rows))
    values = np.frombuffer(answer, np.float64, len(rows), len(rows))
    if (truth > 1).any() or np.isinf(values).any():
        raise box.failed("it wrote something that is no answer")
    return truth.astype(np.bool_), values
