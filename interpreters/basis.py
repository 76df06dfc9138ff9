"""The basis of a reading: all that plans, questions and strategies are built on, small enough to lie in a draft.

It holds the drawings that were taken up with the few properties that decide their shape, their charts, the caller's
wishes, and what the bars told. From it a draft is built again with every answer at once, without candles or export.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, structs

from interpreters.drawing import Chart, Drawing
from interpreters.properties import deciding
from interpreters.timeline import Counted, Last
from spec.canonical import canonical
from spec.geometry import Scale

if TYPE_CHECKING:
    from collections.abc import Iterable

Boundary = Literal["bars", "stated", "received"]


class Basis(Struct, frozen=True, forbid_unknown_fields=True):
    """Times are UNIX seconds UTC, ``tick`` is in price units.

    ``charted`` is the symbol that candles, bars and tick belong to (None: the one without a name). ``seen_until`` is
    when the export was made, ``boundary`` the last moment the trader could see and ``boundary_by`` how it is known.
    ``last_price`` is the last close of the charted symbol, ``candles_on`` the timeframe of the candles given.
    """

    export_digest: str
    format: str
    charts: tuple[Chart, ...]
    drawings: tuple[Drawing, ...]
    charted: str | None
    price_scale: Scale | None
    tick: float | None
    also: tuple[str, ...]
    hidden: bool
    risk_percent: float
    max_exposure: float
    seen_until: int | None
    boundary: int | None
    boundary_by: Boundary | None
    last: Last | None
    last_price: float | None
    candles_on: str | None
    counted: tuple[Counted, ...] = ()

    @property
    def read_back(self) -> bool:
        """Whether the drawings were read back from the page (times are absolute) rather than saved by it."""
        return self.format == "F1"


def carried(basis: Basis, drawings: Iterable[Drawing], counted: tuple[Counted, ...]) -> Basis:
    """The basis that a draft carries: these drawings, each of them taken up, and what the bars told of them."""
    slim = tuple(structs.replace(one, properties=deciding(one.properties)) for one in drawings)
    return structs.replace(basis, drawings=slim, counted=counted, also=("all",), hidden=True)


def fingerprint(basis: Basis) -> str:
    """sha256 over the basis, hexadecimal: nobody edits it."""
    return hashlib.sha256(b"drawbridge basis 1\n" + canonical(basis)).hexdigest()
