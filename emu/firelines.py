"""Which neurons' fire lines each neuron drives, and whose backends are more than plain ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.backendstate import LINKED, LOCAL, PENDING
from hicannx.emu.machine import NEVER
from hicannx.emu.state import ChipState
from hicannx.emu.wiring import columns, columns_per_quadrant, neurons

_Fields = Mapping[str, Any]

line_inputs = frozenset({"connect_fire_to_right", "connect_fire_bottom"})
line_quantities = frozenset({"fire_operation", "follows_line", "drives_line", "post_pulse_by_line"})


def set_backends(chip: ChipState, fields: _Fields, quantities: _Fields) -> None:
    """Take over the backends of all neurons: fields of NeuronBackendConfig and quantities of the model, length 512."""
    state = chip.backend
    state.operation[:] = quantities["fire_operation"]
    state.follows[:] = quantities["follows_line"]
    state.drives[:] = quantities["drives_line"]
    state.pulses_by_line[:] = quantities["post_pulse_by_line"]
    to_right, to_bottom = (np.asarray(fields[name]) != 0 for name in ("connect_fire_to_right", "connect_fire_bottom"))
    reached = [_reached(n, to_right, to_bottom) if state.drives[n] else [] for n in range(neurons)]
    state.count[:] = [len(one) for one in reached]
    state.first[:] = np.cumsum(state.count) - state.count
    flat = [n for one in reached for n in one]
    state.reached[: len(flat)] = flat
    hears = np.isin(np.arange(neurons), [other for n, one in enumerate(reached) for other in one if other != n])
    speaks = np.array([any(other != n for other in one) for n, one in enumerate(reached)])
    by_itself = (state.pulses_by_line == 0) | (state.drives != 0)
    plain = (state.operation == LOCAL) & by_itself & ~hears & ~speaks & (state.follows == 0)
    state.plain[:] = plain
    state.pending[plain] = NEVER
    state.counts[[LINKED, PENDING]] = (~plain).sum(), (state.pending != NEVER).sum()


def needs_lines(chip: ChipState, fields: _Fields, quantities: _Fields) -> bool:
    """Whether fields of some neurons, or what is there already, ask for more than plain backends."""
    asked = quantities["fire_operation"].any() or quantities["follows_line"].any()
    asked = asked or bool((quantities["post_pulse_by_line"] != 0).any())
    asked = asked or any(np.any(fields[name]) for name in line_inputs)
    return bool(asked or chip.backend.counts[LINKED])


def _reached(n: int, to_right: NDArray[np.bool_], to_bottom: NDArray[np.bool_]) -> list[int]:
    """The neurons whose line a neuron drives, itself first: to the right, and both ways between the hemispheres."""
    found, known = [n], {n}
    for one in found:
        opposite = (one + columns) % neurons
        ways = [opposite] if to_bottom[one] or to_bottom[opposite] else []
        if to_right[one] and (one + 1) % columns_per_quadrant:
            ways.append(one + 1)
        found += [way for way in ways if way not in known]
        known.update(ways)
    return found
