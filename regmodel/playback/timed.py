"""A part of a program whose accesses and spikes have absolute times, to be moved, merged and put into a program.

Source: stadls:include/stadls/vx/absolute_time_playback_program_builder.h.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hicannx.regmodel.bus import usual_backend
from hicannx.regmodel.codec import encode
from hicannx.regmodel.container import Container
from hicannx.regmodel.playback.access import container_enables
from hicannx.regmodel.playback.lowering import route
from hicannx.regmodel.playback.schedule import TimedRead, TimedWrite

Integers = NDArray[np.int64]


@attrs.define(eq=False)
class TimedSection:
    """Accesses and spikes by FPGA cycle, in any order; `ProgramBuilder.play` puts them into a program.

    The methods raise the DiagnosticErrors of the register codec; cycles are looked at when the section is played.
    """

    accesses: list[TimedWrite | TimedRead] = attrs.field(factory=list)
    _cycles: list[Integers] = attrs.field(factory=list)
    _labels: list[Integers] = attrs.field(factory=list)

    def write(self, cycle: int, container: Container, e: int, values: Mapping[str, Any]) -> None:
        """Write instance `e` of a container at a cycle; fields that are not given have their default."""
        place = route(container, "write", usual_backend).place
        words, enables = encode(container, values, e), container_enables(container, values, e)
        self.accesses.append(TimedWrite(cycle, container.addresses(e, place), words, enables))

    def write_words(self, cycle: int, addresses: ArrayLike, words: ArrayLike) -> None:
        """Write whole words to Omnibus addresses from a cycle on."""
        self.accesses.append(TimedWrite(cycle, addresses, words))

    def read(self, cycle: int, container: Container, e: int = 0) -> int:
        """Read all words of instance `e` from a cycle on; where in the result of `play` its answers are told."""
        place = route(container, "read", usual_backend).place
        return self.read_words(cycle, container.addresses(e, place))

    def read_words(self, cycle: int, addresses: ArrayLike) -> int:
        """Read Omnibus addresses from a cycle on; where in the result of `play` its answers are told."""
        self.accesses.append(TimedRead(cycle, addresses))
        return len(self.accesses) - 1

    def spikes(self, cycles: ArrayLike, labels: ArrayLike) -> None:
        """Send spikes with these labels at these cycles."""
        self._cycles.append(np.atleast_1d(cycles))
        self._labels.append(np.atleast_1d(labels))

    def shifted(self, cycles: int) -> TimedSection:
        """The same section, all of it so many cycles later."""
        moved = [attrs.evolve(one, cycle=one.cycle + cycles) for one in self.accesses]
        return TimedSection(moved, [one + cycles for one in self._cycles], list(self._labels))

    def merge(self, other: TimedSection) -> None:
        """Put in all of another section; its accesses follow those that are here already."""
        self.accesses += other.accesses
        self._cycles += other._cycles
        self._labels += other._labels

    @property
    def spike_cycles(self) -> Integers:
        """Cycles of all spikes, as given."""
        return np.concatenate([np.zeros(0, np.int64), *self._cycles])

    @property
    def spike_labels(self) -> Integers:
        """Labels of all spikes."""
        return np.concatenate([np.zeros(0, np.int64), *self._labels])
