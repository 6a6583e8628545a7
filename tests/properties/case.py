"""A random program with the state that it begins in, and what comes from outside while it runs."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import cache

import attrs
import numpy as np
from hypothesis import strategies as some

from hicannx.emu.machine import sram_bytes
from hicannx.isa.disassemble import disassemble
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.state import load_state, word_bytes
from hicannx.tools.conform.memory import Memory
from hicannx.tools.conform.scalar_op import sleep_word
from hicannx.tools.conform.situation import Situation
from properties import layout
from properties.word import Words, words

Signal = tuple[int, str, int]
_corners = (0, 1, 2, 31, 32, 0x7F, 0x80, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_bytes = word_bytes()


@attrs.frozen
class Case:
    """`seed` makes the contents of registers and memory, 0 plain ones; `special` has what else is not 0.

    `signals` are a cycle, `gin` or `doorbell`, and the value; `power` as in the configuration `isa`.
    """

    words: tuple[int, ...]
    seed: int = 0
    special: Mapping[str, int] = attrs.field(factory=dict)
    signals: tuple[Signal, ...] = ()
    manner: str = layout.manners[0]
    power: bool = False

    def situation(self) -> Situation:
        """What it begins with; each call makes another copy."""
        memory = Memory(filler=sleep_word, filled=sram_bytes)
        memory.put(0, layout.handlers(self.manner))
        memory.put(layout.program, b"".join(word.to_bytes(_bytes, "big") for word in self.words))
        one = Situation(special={"pc": layout.program, **_pointers, **self.special}, memory=memory, power=self.power)
        _fill(one, self)
        return one

    def listing(self) -> str:
        """As a reader wants to see it."""
        lines = [f"{name} = {value:#x}" for name, value in self.special.items()]
        lines += [f"in cycle {cycle}: {name} = {value:#x}" for cycle, name, value in self.signals]
        lines.append(f"contents from seed {self.seed}, handlers that {self.manner}, isa {_isa_names[self.power]}")
        for place, word in enumerate(self.words):
            address = layout.program + _bytes * place
            lines.append(f"{address:#06x}  {word:08x}  {disassemble(load_isa(), word, address)}")
        return "\n".join(lines)


_isa_names = load_state().registers["POWER"].choices
_pointers = dict.fromkeys(("lr", "ctr", "srr0", "csrr0", "mcsrr0"), layout.program)


def _fill(one: Situation, case: Case) -> None:
    """Contents of general registers, vectors and the data area."""
    for place, number in enumerate(layout.bases):
        one.gpr[number] = layout.data + 16 * place
    for place, number in enumerate(layout.indices):
        one.gpr[number] = _bytes * place
    if case.seed == 0:
        return
    random = np.random.default_rng(case.seed)
    _fill_registers(one, case, random)
    size = len(one.vr[0])
    rows = random.choice([0, 1, 2, 3, 0x35, 0x7F, 0x80, 0xFF], (len(one.vr), size)).astype(np.uint8)
    loose = random.integers(0, 256, rows.shape, np.uint8)
    one.vr = [row.tobytes() for row in np.where(random.random((len(one.vr), 1)) < 0.5, rows, loose)]
    one.acc = _numbers(random, len(one.acc))
    one.vcr = random.choice([1, 2, 4], size).astype(np.uint8).tobytes()
    one.memory.put(layout.data, np.array(_numbers(random, layout.data_bytes // _bytes), ">u4").tobytes())


def _fill_registers(one: Situation, case: Case, random: np.random.Generator) -> None:
    """Numbers and words of the program; bases point to data, some to the program or to an end, some odd."""
    size = len(one.gpr)
    values = np.where(random.random(size) < 0.3, random.choice(np.array(case.words), size), _numbers(random, size))
    for number in layout.bases:
        kind = random.random()
        if kind < 0.7:
            values[number] = layout.data + _bytes * random.integers(0, layout.data_bytes // _bytes)
        elif kind < 0.85:
            values[number] = layout.program + _bytes * random.integers(0, len(case.words) + 1)
        elif kind < 0.95:
            values[number] = layout.data + random.integers(0, layout.data_bytes)
        else:
            values[number] = random.choice(layout.ends)
    for number in layout.indices:
        aligned = random.random() < 0.8
        values[number] = random.integers(-16, 16) * (_bytes if aligned else 1) & 0xFFFFFFFF
    one.gpr = values.tolist()


def _numbers(random: np.random.Generator, count: int) -> list[int]:
    corner = random.random(count) < 0.4
    numbers: list[int] = np.where(corner, random.choice(_corners, count), random.integers(0, 2**32, count)).tolist()
    return numbers


@cache
def _special() -> some.SearchStrategy[dict[str, int]]:
    """What else is not 0: flags, places to go on at, timers that soon ask, pins."""
    registers = load_isa().registers
    anything = some.integers(0, 2**32 - 1)
    places = some.integers(0, 20).map(lambda count: layout.program + _bytes * count) | anything
    machine = some.sampled_from([registers.machine_state.external_interrupts]) | anything.map(
        lambda value: value & registers.machine_state.keep
    )
    edge = some.tuples(some.sampled_from(registers.fixed_interval.time_base_bits), some.integers(0, 40))
    timers = [registers.mask("TCR", name) for name in ("DIE", "FIE", "ARE", "FP")]
    switches = some.sets(some.sampled_from([*timers, registers.mask("TCR", "FP") & -registers.mask("TCR", "FP")]))
    asking = some.sets(some.sampled_from([registers.mask("TSR", name) for name in ("DIS", "FIS")]))
    pins = some.integers(0, 15)
    known = {
        "cr": anything, "xer": some.integers(0, 7).map(lambda bits: bits << min(registers.xer.values())),
        "lr": places, "ctr": some.integers(0, 5) | places, "msr": machine,
        "srr0": places, "srr1": machine, "csrr0": places, "csrr1": machine, "mcsrr0": places, "mcsrr1": machine,
        "dec": some.integers(0, 40), "decar": some.integers(0, 20) | anything, "tcr": switches.map(_sum) | anything,
        "tsr": asking.map(_sum), "tbl": edge.map(lambda pair: (1 << pair[0]) - pair[1]) | anything, "tbu": anything,
        "gin": pins, "iccr": some.tuples(pins, pins, pins).map(_control) | anything,
        "esr": anything, "dear": anything, "gout": anything,
    }  # fmt: skip
    enable = {"msr": registers.machine_state.external_interrupts, "tcr": registers.mask("TCR", "DIE")}
    soon = some.integers(1, 20).map(lambda count: {**enable, "dec": count})
    some_of_them = some.lists(
        some.one_of([some.tuples(some.just(name), one) for name, one in known.items()]), max_size=12
    )
    return some.builds(operator.or_, some_of_them.map(dict), some.just({}) | some.just({}) | soon)


def _sum(bits: set[int]) -> int:
    return sum(bits)


def _control(fields: tuple[int, int, int]) -> int:
    registers = load_isa().registers
    names = ("sense_level", "trigger_low", "pin_enable")
    return sum(value << registers.last("ICCR", name) for name, value in zip(names, fields, strict=True))


_signal = some.tuples(some.integers(0, 40), some.just("gin"), some.integers(0, 15)) | some.tuples(
    some.integers(0, 40), some.just("doorbell"), some.just(1)
)


def cases(of: Words | None = None, most: int = 32) -> some.SearchStrategy[Case]:
    """Random cases of so many words at most; `shortest` takes away what long ones do not need."""
    of = words() if of is None else of
    short, long = (some.lists(of, min_size=size, max_size=most).map(tuple) for size in (1, most // 3 + 1))
    return some.builds(
        Case,
        short | long,
        some.integers(0, 2**32 - 1),
        _special(),
        some.lists(_signal, max_size=3).map(lambda some_signals: tuple(sorted(some_signals))),
        some.sampled_from(layout.manners),
        some.booleans(),
    )
