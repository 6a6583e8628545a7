"""How much chips differ from the nominal one: the rows of `transfer_spread.yaml`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import attrs

from hicannx.cache import cached
from hicannx.structure import structure
from hicannx.yamlsource import load_resource


@attrs.frozen
class Spread:
    """Standard deviations of one row, see the head of the table for what the words mean."""

    of: str
    form: str
    source: str
    confidence: str
    within: float = 0.0
    quadrant: float = 0.0
    unit: str = ""
    calibrated: float = 1.0
    group: str | None = None
    correlation: float = 0.0
    guess: str | None = None

    @property
    def text(self) -> str:
        """The deviations as a table shows them."""
        factor, unit = (1.0, f" {self.unit}") if self.unit else (100.0, " %")
        return " / ".join(f"{factor * one:g}{unit}" if one else "-" for one in (self.within, self.quadrant))


@attrs.frozen
class _Table:
    spreads: dict[str, Spread]


@cache
def load_spreads() -> dict[str, Spread]:
    """The rows by name."""
    path = files("hicannx.regmodel") / "transfer_spread.yaml"
    spreads: dict[str, Spread] = cached(
        "spreads", [path.read_bytes()], lambda: structure(load_resource(path), _Table).spreads
    )
    return spreads
