"""Which membranes are connected, and how strongly: from the switches of the neurons to the matrices of compartment.py.

Nodes are membranes and segments of the somatic line; switches make nodes one, or put a conductance between a membrane
and its segment. The line's own capacitance (about 0.1 pF) is left out: what flows into a segment flows out of it at
once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.parameters import set_kinds
from hicannx.emu.analog.state import CLUSTERS, COUPLED, STEP_TICKS, TOUCHED, NeuronState
from hicannx.emu.machine import tick_us
from hicannx.emu.wiring import columns, columns_per_quadrant, neurons

_Numbers = NDArray[np.float64]
_Integers = NDArray[np.int64]
_nobody = np.zeros(0, np.int64)
# Switches of NeuronConfig that connect membranes; without any of them all circuits are alone.
switches: tuple[str, ...] = (
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
    capacitance, conductance = quantities["capacitance_pf"], _conductance(fields, quantities)
    keys = [(node[:, group] - group[0], capacitance[group], conductance[group]) for group in groups]
    matrices = [_matrix(*(part.tobytes() for part in key), dt_us) for key in keys]
    members, sizes = np.concatenate([_nobody, *groups]), np.array([len(group) for group in groups], np.int64)
    state.counts[CLUSTERS] = len(groups)
    state.member[: len(members)] = members
    state.cluster[: len(groups)] = np.stack([np.cumsum(sizes) - sizes, sizes, np.cumsum(sizes**2) - sizes**2], axis=1)
    for (_, size, place), matrix in zip(state.cluster[: len(groups)].tolist(), matrices):
        state.matrix[place : place + size**2] = matrix
    state.flag[COUPLED] = 0
    state.flag[COUPLED, members] = 1
    set_kinds(state)
    state.counts[TOUCHED] = 1


def _nodes(fields: Mapping[str, Any]) -> _Integers:
    """The node of each membrane [0, n] and of each segment [1, n]: the smallest number of those that are one."""
    n = np.arange(neurons)
    has_right = (n + 1) % columns_per_quadrant != 0
    joined = [
        (n, n + 1, (fields["connect_membrane_right"] != 0) & has_right),
        (n, (n + columns) % neurons, fields["connect_bottom"] != 0),
        (n, neurons + n, fields["connect_soma"] != 0),
        (neurons + n, neurons + n + 1, (fields["connect_soma_right"] != 0) & has_right),
    ]
    one, other = (np.concatenate([pair[side][pair[2]] for pair in joined]) for side in (0, 1))
    return _least(one, other).reshape(2, neurons)


def _groups(node: _Integers, fields: Mapping[str, Any]) -> list[_Integers]:
    """Neurons whose membranes are connected, each group in order."""
    over = fields["enable_multicomp_conductance"] != 0
    group = _least(node[0, over], node[1, over])[node[0]]
    order = np.argsort(group, kind="stable")
    _, starts, counts = np.unique(group[order], return_index=True, return_counts=True)
    return [order[start : start + count] for start, count in zip(starts, counts) if count > 1]


def _least(one: _Integers, other: _Integers) -> _Integers:
    """The smallest number of all that are connected with each, directly or not, by pairs of numbers of nodes."""
    least = np.arange(2 * neurons)
    while (least[one] != least[other]).any():
        smaller = np.minimum(least[one], least[other])
        np.minimum.at(least, least[one], smaller)
        np.minimum.at(least, least[other], smaller)
        least = least[least]
    return least


def _conductance(fields: Mapping[str, Any], quantities: Mapping[str, _Numbers]) -> _Numbers:
    """Between each membrane and its segment, in uS."""
    return np.where(fields["enable_multicomp_conductance"], quantities["icc_conductance_us"], 0.0)


@lru_cache(2 * neurons)
def _matrix(node_bytes: bytes, capacitance_bytes: bytes, conductance_bytes: bytes, dt_us: float) -> NDArray[np.float32]:
    """What a step makes of the potentials of a group, flat: from its nodes (int64 [2, size]) and float64 quantities.

    Nodes count from the first neuron of the group on: groups that are alike are so for the cache.
    """
    node = np.unique(np.frombuffer(node_bytes, np.int64), return_inverse=True)[1].reshape(2, -1)
    capacitance, conductance = np.frombuffer(capacitance_bytes), np.frombuffer(conductance_bytes)
    numbers, own = np.unique(node[0], return_inverse=True)
    total = np.bincount(own, capacitance)
    root = np.sqrt(total)
    rates, modes = np.linalg.eigh(_flow(node, numbers, conductance) / np.outer(root, root))
    moved = (modes * np.exp(-np.maximum(rates, 0) * dt_us)) @ modes.T * np.outer(1 / root, root)
    gather = np.zeros((len(numbers), len(own)))
    gather[own, np.arange(len(own))] = capacitance / total[own]
    return np.asarray((moved @ gather)[own], np.float32).ravel()


def _flow(node: _Integers, numbers: _Integers, conductance: _Numbers) -> _Numbers:
    """The Laplacian of the conductances between nodes with membranes, in uS (pF / us)."""
    every = np.concatenate([numbers, np.setdiff1d(node, numbers)])
    place = np.argsort(every)  # nodes are numbered from 0 on
    one, other = place[node]
    laplacian = np.zeros((len(every), len(every)))
    for k, g in enumerate(conductance):
        if one[k] != other[k]:
            laplacian[[one[k], other[k]], [one[k], other[k]]] += g
            laplacian[[one[k], other[k]], [other[k], one[k]]] -= g
    inside, outside = slice(0, len(numbers)), slice(len(numbers), None)
    if len(every) == len(numbers):
        return laplacian
    link = laplacian[inside, outside]
    rest = np.linalg.pinv(laplacian[outside, outside])
    return np.asarray(laplacian[inside, inside] - link @ rest @ link.T)
