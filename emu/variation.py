"""How the circuits of this chip differ from the nominal ones, as the state holds it: what kernels and refresh.py read.

The arrays of an `Instance`, of which instance.py tells; a nominal chip has gains of 1 and offsets of 0.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.charge import unity
from hicannx.emu.analog.sensor import BRANCHES, rows
from hicannx.emu.wiring import columns, drivers_per_hemisphere, hemispheres, neurons
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import load_transfer

cells = load_registers().containers["CapMemCell"].instances
_kinds: dict[str, tuple[type[np.generic], tuple[int, ...], float]] = {
    "cell_gain": (np.float32, (cells,), 1),
    "cell_offset": (np.float32, (cells,), 0),
    "cell_error": (np.float32, (cells,), 0),
    "capacitor": (np.float32, (neurons,), 1),
    "intrinsic": (np.float32, (neurons,), 1),
    "column_gain": (np.float32, (neurons,), 1),
    "event_delay_ns": (np.float32, (neurons,), 0),
    "channel_offset": (np.float32, (hemispheres, BRANCHES, columns), 0),
    "driver_pulse": (np.float32, (hemispheres, drivers_per_hemisphere), 0),
    "synapse_gain": (np.uint8, (hemispheres, rows, columns), unity),
    "sensor_amplitude": (np.float32, (hemispheres, BRANCHES, rows, columns), 1),
    "sensor_tau": (np.float32, (hemispheres, BRANCHES, rows, columns), 1),
}
nominal = {name: one for name, (_, _, one) in _kinds.items()}
variation_kind = np.dtype(
    (np.record, np.dtype([(name, kind, shape) for name, (kind, shape, _) in _kinds.items()], align=True))
)


class VariationState(Protocol):
    """`cell_` arrays over the instances of CapMemCell in codes, those of neurons over the neurons.

    `channel_offset` [hemisphere, branch, column] in counts, `driver_pulse` [hemisphere, driver] in full pulses,
    `synapse_gain` [hemisphere, row, column] in 128ths, those of sensors [hemisphere, branch, row, column].
    """

    cell_gain: NDArray[np.float32]
    cell_offset: NDArray[np.float32]
    cell_error: NDArray[np.float32]
    capacitor: NDArray[np.float32]
    intrinsic: NDArray[np.float32]
    column_gain: NDArray[np.float32]
    event_delay_ns: NDArray[np.float32]
    channel_offset: NDArray[np.float32]
    driver_pulse: NDArray[np.float32]
    synapse_gain: NDArray[np.uint8]
    sensor_amplitude: NDArray[np.float32]
    sensor_tau: NDArray[np.float32]


def power_up(state: VariationState) -> None:
    """A nominal chip."""
    for name, value in nominal.items():
        getattr(state, name)[...] = value


def effective_codes(state: VariationState, instances: NDArray[np.int64], codes: NDArray[Any]) -> NDArray[np.float64]:
    """What nominal cells would have to hold to do what these do with their codes, never below 0."""
    error = np.where(is_current()[instances] & (codes == 0), 0, state.cell_error[instances])
    found = codes * state.cell_gain[instances].astype(np.float64) + state.cell_offset[instances] + error
    return np.asarray(np.maximum(found, 0))


@cache
def is_current() -> NDArray[np.bool_]:
    """Whether cells give currents, an array over the instances of CapMemCell."""
    first, last = load_transfer().cells["current"].rows
    row = load_registers().containers["CapMemCell"].numbering.views()["capmem_row"]
    return np.asarray((row >= first) & (row <= last))


def neuron_constants(state: VariationState, index: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Constants of transfer.yaml that some neurons have their own of."""
    return {name: getattr(state, name)[index].astype(np.float64) for name in _of_neurons}


_of_neurons = ("capacitor", "intrinsic", "column_gain", "event_delay_ns")
