"""State of the readout: what each neuron would show, lines that several drive, and the fast converter (MADC)."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.machine import NEVER
from hicannx.emu.wiring import columns, hemispheres, neurons

# What a neuron can show, in the order of `readout_source` of NeuronConfig: rows of `ReadoutState.offset`, `.gain`.
MEMBRANE, EXC_LINE, INH_LINE, ADAPTATION = range(4)
SOURCES = 4

# Lines that several outputs can drive: the two inputs of the MADC, the debug lines of the CADC by branch.
MADC_LINES, CADC_LINES = 0, 2
LINES = 4
# A probe, which is what drives a line: `neurons` * source + neuron, or behind all of these a channel of the CADC.
first_channel_probe = SOURCES * neurons
_channels = hemispheres * 2 * columns

# Columns of `ReadoutState.madc`: when it is awake, or NEVER; its next sample, or NEVER; ticks of a sample; samples of a
# recording, taken, whether without end; whether it starts again, and sleeps, behind the last; when the recording began,
# and up to when the inputs were followed; the input that comes first, and samples until they change; whether samples
# are replaced by their numbers.
(
    READY_TICK, NEXT_TICK, PERIOD, COUNT, TAKEN, CONTINUOUS, HELD, SLEEPS, BEGIN_TICK, LEVEL_TICK, FIRST_INPUT,
    SWITCHING, DUMMY,
) = range(13)  # fmt: skip
MADC_COLUMNS = 13
# Samples wait as rows (tick, value and channel as in messages, and more) until Python takes them.
SAMPLE_CAPACITY = 1 << 15
# Columns of `ReadoutState.scale`: counts a volt, and the count of 0 V.
PER_V, ZERO = 0, 1


class ReadoutState(Protocol):
    """Arrays of the readout.

    `source` and `drives` [neuron]: what it shows, and whether on its readout line; what it shows is `offset` + `gain`
    times the model's number, [source, neuron]; `probe`: what drives a line, [line, place], the first `probes` [line];
    `constant`: the sum of potentials that are no probes, and `drivers` how many there are together; `level`: what the
    MADC's inputs showed at LEVEL_TICK; `sample` [row, column], of which `samples[0]` are in use.
    """

    source: NDArray[np.uint8]
    drives: NDArray[np.uint8]
    offset: NDArray[np.float32]
    gain: NDArray[np.float32]
    probe: NDArray[np.int64]
    probes: NDArray[np.int64]
    constant: NDArray[np.float64]
    drivers: NDArray[np.int64]
    level: NDArray[np.float64]
    scale: NDArray[np.float64]
    madc: NDArray[np.int64]
    sample: NDArray[np.int64]
    samples: NDArray[np.int64]


_layout: list[tuple[str, type[np.generic], tuple[int, ...]]] = [
    ("source", np.uint8, (neurons,)),
    ("drives", np.uint8, (neurons,)),
    ("offset", np.float32, (SOURCES, neurons)),
    ("gain", np.float32, (SOURCES, neurons)),
    ("probe", np.int64, (LINES, first_channel_probe + _channels)),
    ("probes", np.int64, (LINES,)),
    ("constant", np.float64, (LINES,)),
    ("drivers", np.int64, (LINES,)),
    ("level", np.float64, (2,)),
    ("scale", np.float64, (2,)),
    ("madc", np.int64, (MADC_COLUMNS,)),
    ("sample", np.int64, (SAMPLE_CAPACITY, 2)),
    ("samples", np.int64, (1,)),
]
readout_kind = np.dtype((np.record, np.dtype(_layout, align=True)))


def power_up(state: ReadoutState) -> None:
    """The MADC sleeps; nobody drives a line."""
    state.madc[[READY_TICK, NEXT_TICK]] = NEVER
    state.madc[PERIOD] = 1
