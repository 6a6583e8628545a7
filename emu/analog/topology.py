"""Which membranes are connected, and how strongly: from the switches of the neurons to the matrices of compartment.py.

Nodes are membranes and segments of the somatic line; switches make nodes one, or put a conductance between a membrane
and its segment. The line's own capacitance (about 0.1 pF) is left out: what flows into a segment flows out of it at
once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.parameters import set_kinds
from hicannx.emu.analog.state import CLUSTERS, COUPLED, STEP_TICKS, TOUCHED, NeuronState
from hicannx.emu.machine import tick_us
from hicannx.emu.wiring import columns, columns_per_quadrant, neurons

_Numbers = NDArray[np.float64]
# Switches of NeuronConfig that connect membranes; without any of them all circuits are alone.
switches = (
    "connect_membrane_right",
    "connect_bottom",
    "connect_soma",
    "connect_soma_right",
    "enable_multicomp_conductance",
)


def connect(state: NeuronState, fields: Mapping[str, Any], quantities: Mapping[str, _Numbers]) -> None:
    """Take over the connections of all neurons: arrays of NeuronConfig's switches and of the quantities, length 512."""
    dt_us = float(state.counts[STEP_TICKS]) * tick_us
    node = _nodes(fields)
    groups = _groups(node, fields)
    state.flag[COUPLED] = 0
    state.counts[CLUSTERS] = state.counts[TOUCHED] = 0
    member, place = 0, 0
    for which, group in enumerate(groups):
        matrix = _matrix(group, node[:, group], fields, quantities, dt_us)
        size = len(group)
        state.cluster[which] = member, size, place
        state.member[member : member + size] = group
        state.matrix[place : place + size**2] = matrix.ravel()
        member, place = member + size, place + size**2
        state.flag[COUPLED, group] = 1
    state.counts[CLUSTERS] = len(groups)
    set_kinds(state)
    state.counts[TOUCHED] = 1


def _nodes(fields: Mapping[str, Any]) -> NDArray[np.int64]:
    """The node of each membrane [0, n] and of each segment [1, n]: the smallest number of those that are one."""
    node = np.arange(2 * neurons)
    pairs = list(_joined(fields))
    changed = True
    while changed:
        changed = False
        for one, other in pairs:
            if node[one] != node[other]:
                node[[one, other]] = min(node[one], node[other])
                changed = True
    return node.reshape(2, neurons)


def _joined(fields: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    for n in range(neurons):
        has_right = (n + 1) % columns_per_quadrant != 0
        if fields["connect_membrane_right"][n] and has_right:
            yield n, n + 1
        if fields["connect_bottom"][n]:
            yield n, (n + columns) % neurons
        if fields["connect_soma"][n]:
            yield n, neurons + n
        if fields["connect_soma_right"][n] and has_right:
            yield neurons + n, neurons + n + 1


def _groups(node: NDArray[np.int64], fields: Mapping[str, Any]) -> list[list[int]]:
    """Neurons whose membranes are connected, each group in order."""
    group = np.arange(2 * neurons)
    for n in np.flatnonzero(fields["enable_multicomp_conductance"]):
        first, second = sorted((group[node[0, n]], group[node[1, n]]))
        group[group == second] = first
    of_neuron = group[node[0]]
    numbers, counts = np.unique(of_neuron, return_counts=True)
    return [np.flatnonzero(of_neuron == number).tolist() for number in numbers[counts > 1]]


def _matrix(
    group: list[int],
    node: NDArray[np.int64],
    fields: Mapping[str, Any],
    quantities: Mapping[str, _Numbers],
    dt_us: float,
) -> NDArray[np.float32]:
    numbers = np.unique(node[0])
    own = np.searchsorted(numbers, node[0])
    capacitance = quantities["capacitance_pf"][group]
    total = np.bincount(own, capacitance)
    flow = _flow(node, numbers, fields, quantities, group)
    root = np.sqrt(total)
    rates, modes = np.linalg.eigh(flow / np.outer(root, root))
    moved = (modes * np.exp(-np.maximum(rates, 0) * dt_us)) @ modes.T * np.outer(1 / root, root)
    gather = np.zeros((len(numbers), len(group)))
    gather[own, np.arange(len(group))] = capacitance / total[own]
    return np.asarray((moved @ gather)[own], np.float32)


def _flow(
    node: NDArray[np.int64],
    numbers: NDArray[np.int64],
    fields: Mapping[str, Any],
    quantities: Mapping[str, _Numbers],
    group: list[int],
) -> _Numbers:
    """The Laplacian of the conductances between nodes with membranes, in uS (pF / us)."""
    every = np.unique(node)
    every = np.concatenate([numbers, np.setdiff1d(every, numbers)])
    place = {int(number): k for k, number in enumerate(every)}
    laplacian = np.zeros((len(every), len(every)))
    for k, n in enumerate(group):
        one, other, g = place[int(node[0, k])], place[int(node[1, k])], quantities["icc_conductance_us"][n]
        if fields["enable_multicomp_conductance"][n] and one != other:
            laplacian[[one, other], [one, other]] += g
            laplacian[[one, other], [other, one]] -= g
    inside, outside = slice(0, len(numbers)), slice(len(numbers), None)
    if len(every) == len(numbers):
        return laplacian
    link = laplacian[inside, outside]
    rest = np.linalg.pinv(laplacian[outside, outside])
    return np.asarray(laplacian[inside, inside] - link @ rest @ link.T)
