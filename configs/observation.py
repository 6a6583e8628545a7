"""What experiments record, which numbers they make of it, and how they show these."""

from __future__ import annotations

from typing import Any

import attrs

from hicannx.source import Span
from hicannx.yamlsource import Node

quantities = ("membrane", "excitatory_current", "inhibitory_current", "adaptation")
panel_kinds = ("traces", "curve", "raster", "matrix", "rates")


@attrs.frozen
class Record:
    """Samples of a quantity of neurons by an exact monitor, `every_us` (0: every analog step)."""

    of: str
    neurons: Node
    span: Span
    every_us: float = 0.0


@attrs.frozen
class Measure:
    """A function of `tools/experiments` by module and name, such as `spiking.periods`, and its arguments `with`."""

    by: str
    span: Span
    with_: dict[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Panel:
    """A part of the picture.

    `traces`: samples of the record `of`, of `runs` (all) and at most `most` neurons; `curve`: the measured `y`, one or
    several, over `x`, a name of the sweep or a measured quantity, or the number of the element; `raster`: spikes of all
    neurons; `rates`: spikes of each neuron in bins of `bin_us`; `matrix`: the measured quantity `of`. `from_us` and
    `until_us` are the window in time.
    """

    kind: str
    span: Span
    title: str = ""
    of: str = ""
    x: str = ""
    y: tuple[str, ...] = ()
    x_label: str = ""
    y_label: str = ""
    runs: tuple[int, ...] = ()
    most: int = 12
    bin_us: float = 1000.0
    from_us: float | None = None
    until_us: float | None = None
    log_x: bool = False
    log_y: bool = False
