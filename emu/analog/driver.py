"""Synapse drivers: how long the pulse of an event along a row is, by short-term plasticity or by its activation.

    pulse(drivers, hemisphere, driver, label, tick)   # relative to the full one; the driver's state moves on

Short-term plasticity: a capacitor's potential, counted in codes of the cells that give its goals. An event takes it
towards `charge`, then its length follows from the potential; a clock takes it back towards `recover` (analog core of
haldls: include/haldls/vx/synapse_driver.h:222-235).

Activations: the lower bits of the label are an address, and small addresses make long pulses. The usual software sends
activation a, 1 to 31, as 32 - a (grenade:src/grenade/vx/signal_flow/transformation/mac_spiketrain_generator.cpp).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import inner
from hicannx.emu.random import DRIVER_UNIT, draw_nearly_normal
from hicannx.emu.wiring import drivers_per_hemisphere, hemispheres, synapse_label_mask
from hicannx.regmodel.transfer import load_transfer

# Rows of `DriverState.value`: charge, recovery goal, share of a charge, share of a recovery, ticks of its clock, pulse
# at 0, and what the pulse loses a code.
CHARGE, RECOVER, USE, RECOVERY, PERIOD, PULSE, PER_CODE = range(7)
VALUE_ROWS = 7
# Values of `DriverState.mode`.
CONSTANT, DYNAMIC, ACTIVATION = 0, 1, 2
_address_mask = synapse_label_mask >> 1  # the highest bit of a label chooses the row, the others carry the activation
_noise = load_transfer("transfer_driver").constants["pulse_noise"].value


class DriverState(Protocol):
    """`value` [row, hemisphere, driver]; `potential`, `tick` and `mode` [hemisphere, driver]."""

    value: NDArray[np.float64]
    potential: NDArray[np.float64]
    tick: NDArray[np.int64]
    mode: NDArray[np.uint8]


_each = (hemispheres, drivers_per_hemisphere)
driver_kind = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("value", np.float64, (VALUE_ROWS, *_each)),
                ("potential", np.float64, _each),
                ("tick", np.int64, _each),
                ("mode", np.uint8, _each),
            ],
            align=True,
        ),
    )
)


def power_up(state: DriverState) -> None:
    """Full pulses."""
    state.value[PULSE] = state.value[PERIOD] = 1


@inner
def pulse(state: DriverState, hemisphere: int, driver: int, label: int, tick: int) -> float:
    """The length of the pulse of an event; 1 is the full one."""
    mode = state.mode[hemisphere, driver]
    if mode == DYNAMIC:
        return _use(state, hemisphere, driver, tick)
    if mode == ACTIVATION:
        activation = _address_mask + 1 - (label & _address_mask)
        length = state.value[PULSE, hemisphere, driver] - 1 + activation / _address_mask
        return float(min(max(length, 0.0), 1.0))
    return 1.0


@inner
def pulse_noise(seed: int, hemisphere: int, driver: int, tick: int) -> float:
    """By what the pulse of an event differs from those of others."""
    return 1.0 + _noise * draw_nearly_normal(seed, DRIVER_UNIT + hemisphere * drivers_per_hemisphere + driver, tick)


@inner
def _use(state: DriverState, hemisphere: int, driver: int, tick: int) -> float:
    own = state.value[:, hemisphere, driver]
    period = int(own[PERIOD])
    v = state.potential[hemisphere, driver]
    clocks = tick // period - state.tick[hemisphere, driver] // period
    if clocks > 0 and own[RECOVERY] > 0:
        v = own[RECOVER] + (v - own[RECOVER]) * math.exp(clocks * math.log1p(-own[RECOVERY]))
    v += own[USE] * (own[CHARGE] - v)
    state.potential[hemisphere, driver], state.tick[hemisphere, driver] = v, tick
    return float(min(max(own[PULSE] - own[PER_CODE] * v, 0.0), 1.0))


def set_pulses(
    state: DriverState,
    hemisphere: Any,
    driver: Any,
    quantities: Mapping[str, NDArray[np.float64]],
    mismatch: Any = 0.0,
) -> None:
    """Take over the quantities of transfer_driver.yaml for some drivers; their capacitors keep what they hold.

    `mismatch` is by what the pulses of these drivers are longer than those of others.
    """
    q, place = quantities, (hemisphere, driver)
    rows = {
        CHARGE: q["stp_charge"],
        RECOVER: q["stp_recover"],
        USE: np.clip(q["stp_use"], 0, 1),
        RECOVERY: np.clip(q["stp_recovery"], 0, 1 - 1e-9),
        PERIOD: np.maximum(q["stp_period_ticks"], 1),
        PULSE: np.where(q["has_activation"] != 0, q["hagen_pulse"], q["stp_pulse"]) + mismatch,
        PER_CODE: q["stp_per_code"],
    }
    for row, values in rows.items():
        state.value[row][place] = values
    dynamic = np.where(q["is_dynamic"] != 0, DYNAMIC, CONSTANT)
    state.mode[place] = np.where(q["has_activation"] != 0, ACTIVATION, dynamic)
