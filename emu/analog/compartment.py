"""Membranes that are connected, directly or by a conductance: after each step their charges flow together.

A group of n circuits has a matrix [n, n] that gives the potentials behind the step from those before: charge is kept
where membranes are one node, and between nodes it flows as the exponential of the conductances says, exactly and stably
for any step. Each circuit integrates its own currents into its own capacitance; the two parts alternate (Strang's
splitting, whose half steps merge).
"""

from __future__ import annotations

from hicannx.emu.analog.state import CLUSTERS, NeuronState, V, pitch
from hicannx.emu.kernelcache import inner


@inner
def couple(state: NeuronState) -> None:
    """Let the charges of all groups flow for a step."""
    for which in range(state.counts[CLUSTERS]):
        first, size, place = state.cluster[which, 0], state.cluster[which, 1], state.cluster[which, 2]
        for target in range(size):
            v = 0.0
            for source in range(size):
                share = state.matrix[place + target * size + source]
                v += float(share) * float(state.values[V * pitch + state.member[first + source]])
            state.moved[target] = v
        for target in range(size):
            state.values[V * pitch + state.member[first + target]] = state.moved[target]
