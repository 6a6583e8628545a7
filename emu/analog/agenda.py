"""When neurons change their phase: lists by the step in which that happens, so that a step sees only those."""

from __future__ import annotations

from hicannx.emu.analog.state import DUE, NeuronState, dues
from hicannx.emu.kernelcache import merged
from hicannx.emu.wiring import neurons

assert not neurons & neurons - 1 and not dues & dues - 1, "masks stand for remainders"


@merged
def known(neuron: int) -> int:
    """The same number, which the compiler then knows to be none below 0, for which it would look at each access."""
    return neuron & neurons - 1


@merged
def enter(state: NeuronState, neuron: int, step: int) -> None:
    """Let a neuron wait for the step of this number."""
    place = step & dues - 1
    state.next[neuron] = state.due[place]
    state.due[place] = neuron
    state.counts[DUE] += 1


@merged
def take(state: NeuronState, step: int) -> int:
    """The first neuron of those that wait for this step, or for one that many lists later; the list is empty then."""
    place = step & dues - 1
    first = int(state.due[place])
    state.due[place] = -1
    return first
