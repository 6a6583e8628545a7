"""Lowered code through numba: a sample of every kind of instruction agrees with the reference executor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hicannx.isa.load import load_isa
from hicannx.isa.semantics.bits import sign_extend
from hicannx.isa.semantics.load import load_programs
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.program import Program
from hicannx.isa.semantics.reference import execute
from hicannx.isa.semantics.standalone import compiled_step, state_names
from hicannx.isa.semantics.state import load_state

_sample = (
    "adde", "divw", "mulhwu", "rlwimi", "sraw", "cmp", "bc", "mtcrf", "mfspr", "lhau", "stmw", "tw",
    "fxvaddhfs", "fxvmatacbfs", "fxvmahm", "fxvcmpb", "fxvsel", "fxvshb", "fxvupckbr", "fxvstax", "fxvlax",
)  # fmt: skip
_size = 1 << 12


def _environment() -> dict[str, Any]:
    from numba import njit

    @njit
    def check_access(address: int, size: int) -> int:
        return 1 if size <= 4 and (address & 3) + size > 4 else 0

    @njit
    def load(chip: Any, ppu: int, address: int, size: int, tick: int) -> int:
        value = 0
        for at in range(size):
            value = value * 256 + chip[(address + at) & (_size - 1)]
        return value

    @njit
    def store(chip: Any, ppu: int, address: int, size: int, value: int, tick: int) -> None:
        for at in range(size):
            chip[(address + at) & (_size - 1)] = (value >> (8 * (size - 1 - at))) & 255

    @njit
    def read_spr(chip: Any, ppu: int, number: int, tick: int) -> int:
        return 0

    @njit
    def write_spr(chip: Any, ppu: int, number: int, value: int, tick: int) -> None:
        pass

    @njit
    def pbus(chip: Any, ppu: int, address: int, row: Any, tick: int) -> int:
        return 0

    accesses = {"check_access": check_access, "load": load, "store": store, "pbus_read": pbus, "pbus_write": pbus}
    return {**accesses, "read_spr": read_spr, "write_spr": write_spr}


@pytest.fixture(scope="module")
def programs() -> dict[str, Program]:
    rows = load_isa().instructions
    return load_programs({name: rows[name] for name in _sample})


def _random_machine(random: np.random.Generator, memory: Any) -> Machine:
    def load(address: int, size: int) -> int:
        return int.from_bytes(bytes(int(memory[(address + at) % _size]) for at in range(size)), "big")

    def store(address: int, size: int, value: int) -> None:
        for at, byte in enumerate(value.to_bytes(size, "big")):
            memory[(address + at) % _size] = byte

    machine = Machine(load=load, store=store)
    machine.gpr = [int(x) for x in random.integers(0, 2**32, 32)]
    machine.registers.update({name: int(random.integers(0, 2**32)) for name in ("CR", "LR", "CTR")})
    machine.registers["XER.CA"] = int(random.integers(0, 2))
    machine.vr = [bytearray(random.integers(0, 256, 128, np.uint8).tobytes()) for _ in range(32)]
    machine.acc = [int(x) for x in random.integers(0, 2**32, 64)]
    machine.vcr = bytearray(random.choice([1, 2, 4], 128).astype(np.uint8).tobytes())
    return machine


def test_compiled_code_agrees_with_the_reference(programs: dict[str, Program]) -> None:
    step, random, names = compiled_step(programs, _environment()), np.random.default_rng(5), state_names()
    variables = {one.variable: name for name, one in load_state().registers.items() if not one.scratch}
    for op, name in enumerate(programs):
        row = load_isa().instructions[name]
        for _ in range(40):
            word = row.match | int(random.integers(0, 2**32)) & ~row.mask
            memory = random.integers(0, 256, _size, np.uint8)
            copy = memory.copy()
            machine = _random_machine(random, copy)
            state = np.array([machine.registers.get(variables.get(one, ""), 0) for one in names], np.int64)
            arrays = (
                np.array(machine.gpr, np.int64), np.zeros(1024, np.int64),
                np.frombuffer(b"".join(machine.vr), np.uint8).reshape(32, 128).copy(),
                np.array([sign_extend(one, 32) for one in machine.acc], np.int32),
                np.frombuffer(machine.vcr, np.uint8).copy(),
            )  # fmt: skip
            step(op, word, state, *arrays, np.zeros(128, np.uint8), np.zeros(128, np.uint8), memory)
            execute(programs[name], word, machine)
            after = {variables.get(one, one): int(value) for one, value in zip(names, state, strict=True)}
            expected = {one: machine.registers[one] for one in after if one in machine.registers}
            expected |= {"exception": machine.exception, "sleeping": int(machine.sleeping)}
            assert (name, word, after | {"CIA": 0}) == (name, word, expected | {"CIA": 0})
            assert arrays[0].tolist() == machine.gpr
            assert arrays[2].tobytes() == b"".join(machine.vr)
            assert [int(one) & 0xFFFFFFFF for one in arrays[3]] == machine.acc
            assert arrays[4].tobytes() == machine.vcr
            assert memory.tobytes() == copy.tobytes()
