"""Pairs of correlation sensors, 16 columns of a row at once: functions in LLVM's language, see lanes.py.

Columns are bits of masks, the first of 16 the lowest one. Ticks and numbers of pulses are int32 in arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hicannx.emu.analog.bits import mantissa_bits
from hicannx.emu.analog.lanes import Lanes, chosen, gathered, load, spread, whole
from hicannx.emu.facts import load_facts
from hicannx.emu.kernelcache import merged, written
from hicannx.emu.wiring import columns

LANES = 16
LAST, KEPT, NUMBER, BEFORE, FIRST, SETTLED = range(KINDS := 6)  # what is known of the pulses of columns, see sensor.py
FAR = (1 << 30) - 1  # ticks: what is longer ago adds nothing
NONE = -FAR - 1  # instead of a tick
saturation_v = np.float32(load_facts("cadc")["sensor"]["saturation_v"])
_least = np.float32(-115)  # of a power of two: what is less adds nothing
_round = np.float32(3 << 22)  # a sum with it is a whole number, in its lowest bits
# 2**x - 1 for |x| <= 1/2, the polynomial of degree 4 through 0 with the least relative error of 2**x.
_c1, _c2, _c3, _c4 = 0.693124175, 0.240240991, 0.0559064262, 0.00958285294
_Typed = tuple[Any, Callable[..., Any]]


class _Arguments:
    """Values of numba's types while code is made: arrays from a column on, and numbers."""

    def __init__(
        self, target: Any, builder: Any, kinds: Any, values: Any, column: Any = None, count: int = LANES
    ) -> None:
        self._target, self._builder, self._kinds, self._values = target, builder, kinds, values
        self._column, self._count = whole(64)(0) if column is None else column, count

    def place(self, argument: int, row: Any = 0) -> Any:
        """Where an array, or a row of one, has the first column."""
        given, column = self._kinds[argument], self._column
        array = self._target.make_array(given)(self._target, self._builder, self._values[argument])
        if given.ndim == 2:
            before = self._builder.mul(row if hasattr(row, "type") else column.type(row), self._row_length(array))
            column = self._builder.add(before, column)
        return self._builder.gep(array.data, [column])

    def lanes(self, argument: int, row: Any = 0) -> Lanes:
        """An array's numbers from the column on, or the number itself in all columns."""
        given = self._kinds[argument]
        if not hasattr(given, "dtype"):
            return self.number(argument)
        return load(self._builder, self.place(argument, row), self._target.get_data_type(given.dtype), self._count)

    def number(self, argument: int, bits: int = 32) -> Lanes:
        """A number in all columns."""
        return spread(self._builder, self._builder.trunc(self._values[argument], whole(bits)), self._count)

    def mask(self, argument: int) -> Lanes:
        """The columns whose bits are set."""
        return chosen(self._builder, self._values[argument], self._count)

    def _row_length(self, array: Any) -> Any:
        return self._builder.extract_value(array.shape, 1)


@written
def reached(context: Any, ticks: Any, bound: Any) -> _Typed:
    """Which of 16 ticks are not below a bound, as bits."""
    from hicannx.emu.part import types

    signature = types.int64(ticks, types.int64)

    def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
        given = _Arguments(target, builder, signature.args, values)
        return (given.lanes(0) >= given.lanes(1)).mask()

    return signature, generate


@written
def is_label_of(context: Any, labels: Any, label: Any) -> _Typed:
    """Whether any synapse of a row has a label."""
    from hicannx.emu.part import types

    signature = types.boolean(labels, types.int64)

    def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
        given = _Arguments(target, builder, signature.args, values, count=columns)
        return given.lanes(0).same_as(given.number(1, 8)).is_any()

    return signature, generate


@written
def concerned(context: Any, labels: Any, pulse: Any, column: Any, label: Any, since: Any) -> _Typed:
    """Those of 16 columns, as bits, whose synapses have a label and that had a pulse since its last event."""
    from hicannx.emu.part import types

    signature = types.int64(labels, pulse, *3 * (types.int64,))

    def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
        given = _Arguments(target, builder, signature.args, values, values[2])
        return (given.lanes(0).same_as(given.number(3, 8)) & (given.lanes(1, LAST) >= given.lanes(4))).mask()

    return signature, generate


@written
def gather(context: Any, since: Any, labels: Any, column: Any, ticks: Any, origin: Any) -> _Typed:
    """Put down when 16 columns had their last events, by their labels, as ticks from an origin on."""
    from hicannx.emu.part import types

    signature = types.void(since, labels, types.int64, ticks, types.int64)

    def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
        given = _Arguments(target, builder, signature.args, values, values[2])
        first = target.make_array(ticks)(target, builder, values[3]).data
        found = gathered(builder, first, given.lanes(1)) - spread(builder, values[4], LANES)
        found.at_most(FAR).at_least(-FAR).shortened().store(given.place(0))
        return target.get_dummy_value()

    return signature, generate


@written
def unseen(context: Any, pulse: Any, column: Any, since: Any, seen: Any) -> _Typed:
    """Those of 16 columns, as bits, that may have had a pulse since an event which is new to the row."""
    from hicannx.emu.part import types

    signature = types.int64(pulse, types.int64, since, types.int64)

    def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
        given = _Arguments(target, builder, signature.args, values, values[1])
        since = given.lanes(2)
        is_new = (given.lanes(0, KEPT) >= since) & (given.lanes(0, NUMBER) > given.lanes(3))
        return (is_new & (since > given.lanes(0, SETTLED).at_least(-FAR))).mask()

    return signature, generate


@written
def crowded(context: Any, pulse: Any, column: Any, mask: Any, since: Any) -> _Typed:
    """Those of 16 columns, as bits, that had more than one pulse since an event."""
    from hicannx.emu.part import types

    signature = types.int64(pulse, types.int64, types.int64, _ticks(since))

    def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
        given = _Arguments(target, builder, signature.args, values, values[1])
        since = given.lanes(3)
        return (given.mask(2) & (given.lanes(0, KEPT) >= since) & (given.lanes(0, BEFORE) >= since)).mask()

    return signature, generate


@written
def take(context: Any, pulse: Any, column: Any, waiting: Any, before: Any, order: Any, since: Any, seen: Any) -> _Typed:
    """Of 16 columns, take pulses that wait if they are the first ones since an event and new to the row."""
    from hicannx.emu.part import types

    signature = types.void(pulse, types.int64, waiting, before, order, _ticks(since), types.int64)

    def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
        given = _Arguments(target, builder, signature.args, values, values[1])
        waiting, since = given.lanes(2), given.lanes(5)
        are = (waiting >= since) & (since > given.lanes(3)) & (given.lanes(4) > given.lanes(6))
        waiting.where(are, given.lanes(0, FIRST)).store(given.place(0, FIRST))
        return target.get_dummy_value()

    return signature, generate


@written
def grow(
    context: Any,
    stored: Any,
    speed: Any,
    worth: Any,
    pulse: Any,
    first: Any,
    column: Any,
    mask: Any,
    since: Any,
    now: Any,
) -> _Typed:
    """Sensors of 16 columns grow where the mask has bits.

    The causal ones by the time since an event until the first pulse, of this kind, and the acausal ones by that from
    the last pulse until now, unless `now` is None.
    """
    from hicannx.emu.part import types

    is_event = now != types.none
    ends = _ticks(since), types.int64 if is_event else now
    signature = types.void(stored, speed, worth, pulse, *3 * (types.int64,), *ends)

    def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
        given = _Arguments(target, builder, signature.args, values, values[5])
        mask, since = given.mask(6), given.lanes(7)
        first, last = given.lanes(3, values[4]), given.lanes(3, LAST)
        pairs = [(first - since, mask & (first >= since))]
        if is_event:
            pairs.append(((given.lanes(8) - last).at_least(0), mask & (last > since)))
        for branch, (age, are) in enumerate(pairs):
            share, is_some = _power_of_two(age.fractions() * given.lanes(1, branch))
            added = share.where(are & is_some, 0) * given.lanes(2, branch)
            (given.lanes(0, branch) + added).at_most(saturation_v).store(given.place(0, branch))
        return target.get_dummy_value()

    return signature, generate


@merged
def grow_at(
    chip: Any, hemisphere: int, row: int, table: np.uint64, column: int, mask: int, since: Any, now: Any
) -> None:
    """Pairs of 16 columns of a row, as far as they are in the mask; see `grow`."""
    state, pulse, first = chip.sensors, chip.sensors.pulse[hemisphere], KEPT
    if state.seen[hemisphere, row] or crowded(pulse, column, mask, since):
        first = FIRST
        _find(state, hemisphere, row, column, since)
    stored, speed, worth = state.stored[hemisphere, row], state.speed[hemisphere, table], state.worth[hemisphere, table]
    grow(stored, speed, worth, pulse, first, column, mask, since, now)


@merged
def _find(state: Any, hemisphere: int, row: int, column: int, since: Any) -> None:
    """The first pulses of 16 columns since an event, as far as they are new to the row."""
    pulse, seen = state.pulse[hemisphere], state.seen[hemisphere, row]
    pulse[FIRST] = NONE
    for place in range(state.used[hemisphere]):
        waiting, before = state.waiting[hemisphere, place], state.before[hemisphere, place]
        take(pulse, column, waiting, before, state.order[hemisphere, place], since, seen)


def _ticks(kind: Any) -> Any:
    from hicannx.emu.part import types

    return kind if hasattr(kind, "dtype") else types.int64


def _power_of_two(power: Lanes) -> tuple[Lanes, Lanes]:
    """2**power for powers up to 0, relative error below 3e-6 and that of the power; which of them are worth adding."""
    rounded = power + _round
    rest = power - (rounded - _round)
    value = rest * (rest * (rest * (rest * _c4 + _c3) + _c2) + _c1) + 1
    return (value.bits() + (rounded.bits() << mantissa_bits)).numbers(), rounded > _round + _least
