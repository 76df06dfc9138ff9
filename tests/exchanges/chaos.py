"""Chaos: what goes wrong at an exchange and on the way to it, from a seed."""

from __future__ import annotations

import random
from typing import Literal, TypeAlias, get_args

Fault: TypeAlias = Literal[
    "cut",  # every socket is dropped without a word
    "close",  # every socket is closed politely
    "refuse",  # sockets are dropped, and the next dials are refused
    "gap",  # messages are lost
    "twice",  # a message comes twice
    "swap",  # a message comes after the next one
    "wrong",  # a candle is told wrongly, at its end too, and corrected some messages later
    "stall",  # the sockets stay open and say nothing
    "429",  # REST refuses for the rate
    "500",  # REST fails
    "hang",  # REST does not answer in time
    "stale",  # REST does not know the newest candles yet
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
OF_REST: tuple[Fault, ...] = ("429", "500", "hang", "stale")
OF_TRADES: tuple[Fault, ...] = tuple(fault for fault in FAULTS if fault != "wrong")  # no candle is told


def plan(seed: int, count: int, steps: int, faults: tuple[Fault, ...] = FAULTS) -> dict[int, Fault]:
    """So many faults at random steps, every kind in turn."""
    dice = random.Random(seed)
    kinds = [faults[at % len(faults)] for at in range(count)]
    dice.shuffle(kinds)
    return dict(zip(sorted(dice.sample(range(4, steps - 4), count)), kinds, strict=True))
