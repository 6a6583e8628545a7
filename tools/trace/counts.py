"""How often each instruction was executed, how long it took and where it led to: all that profile and coverage need."""

from __future__ import annotations

import attrs
import numpy as np

from hicannx.emu.machine import sram_bytes
from hicannx.isa.semantics.state import word_bytes
from hicannx.tools.trace.branches import branch_of, falls_through, interrupted
from hicannx.tools.trace.steps import Numbers, Steps

_near = sram_bytes // word_bytes()  # places of instructions in the processor's own memory


def _zeros() -> Numbers:
    return np.zeros(_near, np.int64)


def _own_addresses() -> Numbers:
    return np.arange(_near, dtype=np.int64) * word_bytes()


@attrs.define(eq=False)
class Counts:
    """Arrays with a place an address, first those of the processor's own memory, then others as they are met.

    `executions`; `cycles` from issue to issue; `straight`, how often it went on to the instruction behind (also where
    an interrupt came between); `words`, what stood there the last time.
    """

    addresses: Numbers = attrs.field(factory=_own_addresses)
    executions: Numbers = attrs.field(factory=_zeros)
    cycles: Numbers = attrs.field(factory=_zeros)
    straight: Numbers = attrs.field(factory=_zeros)
    words: Numbers = attrs.field(factory=_zeros)
    _places: dict[int, int] = attrs.field(factory=dict)

    def take(self, steps: Steps) -> None:
        """Count some instructions."""
        places = self._find(steps.pcs)
        size = len(self.addresses)
        self.executions += np.bincount(places, minlength=size)
        self.cycles += np.bincount(places, weights=steps.cycles, minlength=size).astype(np.int64)
        self.straight += np.bincount(places[~steps.jumps], minlength=size)
        self.words[places] = steps.records["word"]
        for index in interrupted(steps):
            self.straight[places[index]] += _was_straight(steps, int(index))

    @property
    def used(self) -> Numbers:
        """The places of what was executed, in order of addresses."""
        found = np.flatnonzero(self.executions)
        return found[np.argsort(self.addresses[found], kind="stable")]

    def _find(self, pcs: Numbers) -> Numbers:
        places = pcs // word_bytes()
        far = places >= _near
        if far.any():
            unique, inverse = np.unique(pcs[far], return_inverse=True)
            self._add([one for one in unique.tolist() if one not in self._places])
            places[far] = np.array([self._places[one] for one in unique.tolist()], np.int64)[inverse.reshape(-1)]
        return places

    def _add(self, addresses: list[int]) -> None:
        """Places for addresses outside that are met for the first time."""
        self._places |= {one: number for number, one in enumerate(addresses, len(self.addresses))}
        self.addresses = np.append(self.addresses, np.array(addresses, np.int64))
        for name in ("executions", "cycles", "straight", "words"):
            setattr(self, name, np.append(getattr(self, name), np.zeros(len(addresses), np.int64)))


def _was_straight(steps: Steps, index: int) -> bool:
    """Whether an instruction, behind which an interrupt came, would have gone on to the one behind it."""
    word, before = int(steps.records["word"][index]), steps.before[index]
    if not branch_of(word).is_conditional:
        return True
    return falls_through(word, int(steps.pcs[index]), *(int(before[name]) for name in ("cr", "lr", "ctr")))
