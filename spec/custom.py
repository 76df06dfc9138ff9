"""Custom nodes: a question that a piece of Python asks, frozen with its source; and the port that evaluates it.

Nothing here runs code. Where a strategy is evaluated it is given what does (``spec.equipped``), and without that a
strategy with a custom node is refused. docs/custom-nodes.md is the interface that the source is written to.
"""

from __future__ import annotations

import keyword
import math
import re
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from spec.operands import ObvOf, Operand
from spec.rules import BadStrategy
from spec.timeframe import Timeframe

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

# Two columns, one row for each bar that was asked about: whether the node is true, and a value or NaN.
Answers: TypeAlias = "tuple[NDArray[np.bool_], NDArray[np.float64]]"
# Asked with the opens of bars, a table of inputs x bars, and the rows of the table that are asked about; raises
# CustomFailed. The answer follows from these alone, and rows are asked in the order of time.
Ask: TypeAlias = "Callable[[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]], Answers]"

Word = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}(?!\n)$")]
Param = bool | int | float | str
LARGEST = 2**53  # of whole numbers: beyond it not every reader keeps each apart
LONGEST_TEXT = 200  # characters of a parameter
MOST_PARAMS = 32
# What a person who reads the source would not see, or would see elsewhere than Python does.
HIDDEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff"
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"  # names can be made of them
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


class BadCustom(ValueError):
    """A custom node that cannot mean anything: one sentence says why."""


class CustomFailed(BadStrategy):
    """A custom node did what it may not, or there is nothing that may run it: one sentence names the node."""


class Custom(Struct, frozen=True, tag="custom", tag_field="kind", forbid_unknown_fields=True):
    """True on bars on which the class ``SignalNode`` of ``source`` says so, a ``pulse`` or a ``state``.

    It is asked about each bar for which every input has a value on that bar and on the ``lookback`` - 1 bars before,
    and told those values and ``params``, nothing else. On other bars it is false.
    """

    timeframe: Timeframe
    inputs: Annotated[dict[Word, Operand], Meta(min_length=1, max_length=16)]
    output: Literal["pulse", "state"]
    lookback: Annotated[int, Meta(ge=1, le=1000, description="bars")]
    source: Annotated[str, Meta(min_length=1, max_length=65_536)]
    params: Annotated[dict[Word, Param], Meta(max_length=MOST_PARAMS)] = {}

    def __post_init__(self) -> None:
        for name, operand in self.inputs.items():
            _check_input(name, operand)
        for name, value in self.params.items():
            _check_param(name, value)
        hidden = HIDDEN.search(self.source)
        if hidden:
            line = self.source.count("\n", 0, hidden.start()) + 1
            msg = f"the source holds the character U+{ord(hidden[0]):04X} (line {line}), which no reader would see"
            raise BadCustom(msg)


# The port: given a node and its name it makes what answers for it; raises CustomFailed where that cannot begin.
Code: TypeAlias = "Callable[[str, Custom], Ask]"


def _check_input(name: str, operand: Operand) -> None:
    if name == "time" or keyword.iskeyword(name):
        msg = f"an input cannot be called {name}; give it another name"
        raise BadCustom(msg)
    if isinstance(operand, ObvOf):
        msg = "on-balance volume counts from the first candle, so its value alone says nothing; take volume instead"
        raise BadCustom(msg)


def _check_param(name: str, value: Param) -> None:
    match value:
        case float():
            fits = math.isfinite(value)
        case str():
            fits = len(value) <= LONGEST_TEXT and not HIDDEN.search(value)
        case _:
            fits = abs(value) <= LARGEST
    if not fits:
        msg = (
            f"the parameter {name} must be true, false, a finite number or a text of at most {LONGEST_TEXT} characters"
        )
        raise BadCustom(msg)
