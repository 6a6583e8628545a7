"""Every semantics text against golden vectors, in the reference executor and as lowered code."""

from __future__ import annotations

import csv
import io
import json
import lzma
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hicannx.isa.codec import decode
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.bits import sign_extend
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.load import load_programs
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.program import Program
from hicannx.isa.semantics.reference import execute
from hicannx.isa.semantics.standalone import interpreted_step, state_names
from hicannx.tools.conform.read import read_content

_vectors = Path(__file__).parents[1] / "vectors" / "ppu"
_alignment, _trap = 1, 2


@cache
def programs() -> dict[str, Program]:
    return load_programs(load_isa().instructions)


@attrs.define(slots=False)
class World:
    """Memory of bytes, a parallel bus of rows, and what was written to them."""

    memory: dict[int, int] = attrs.field(factory=dict)
    filler: int = 0
    rows: dict[int, bytes] = attrs.field(factory=dict)
    bus_log: list[tuple[int, bytes]] = attrs.field(factory=list)

    def load(self, address: int, size: int) -> int:
        filler = self.filler.to_bytes(4, "big")
        return int.from_bytes(
            bytes(self.memory.get(address + at, filler[(address + at) & 3]) for at in range(size)), "big"
        )

    def store(self, address: int, size: int, value: int) -> None:
        assert 0 <= value < 1 << 8 * size
        self.memory.update({address + at: byte for at, byte in enumerate(int(value).to_bytes(size, "big"))})

    def bus_read(self, address: int) -> bytes:
        self.bus_log.append((address, b""))
        return self.rows[address]

    def bus_write(self, address: int, row: bytes, enable: bytes) -> None:
        self.bus_log.append((address, enable))
        old = self.rows.get(address, bytes(len(row)))
        self.rows[address] = bytes(new if on else was for new, on, was in zip(row, enable, old, strict=True))


def machine_in(world: World) -> Machine:
    return Machine(load=world.load, store=world.store, bus_read=world.bus_read, bus_write=world.bus_write)


Run = Callable[[str, int, Machine, World], None]


def run_reference(name: str, word: int, machine: Machine, world: World) -> None:
    """By the reference executor."""
    execute(programs()[name], word, machine)


def run_lowered(name: str, word: int, machine: Machine, world: World) -> None:
    """By lowered source text, run as plain Python on the same arrays that the kernel uses."""
    names = state_names()
    by_variable = {variable: register for register, variable in _variables().items()}
    state = np.array([machine.registers.get(by_variable.get(name, ""), 0) for name in names], np.int64)
    gpr, spr = np.array(machine.gpr, object), np.zeros(1024, np.int64)
    for number, value in machine.spr.items():
        spr[number] = value
    vr = np.array([list(row) for row in machine.vr], np.uint8)
    acc = np.array([sign_extend(value, 32) for value in machine.acc], object)  # objects: integers that never wrap
    vcr = np.array(list(machine.vcr), object)
    row, enable = np.zeros(128, np.uint8), np.zeros(128, object)
    world_spr = (world, spr)
    _step()(_ops()[name], word, state, gpr, spr, vr, acc, vcr, row, enable, world_spr)
    after = {name: int(value) for name, value in zip(names, state, strict=True)}
    machine.exception, machine.sleeping = after["exception"], bool(after["sleeping"])
    machine.registers.update({register: after[variable] for register, variable in _variables().items()})
    if machine.exception == 0:
        machine.pc = after["nia"]
    machine.gpr, machine.acc = [int(x) for x in gpr], [int(x) & 0xFFFFFFFF for x in acc]
    machine.spr = {number: int(spr[number]) for number in {*machine.spr, *np.flatnonzero(spr).tolist()}}
    machine.vr, machine.vcr = [bytearray(x.tolist()) for x in vr], bytearray(vcr.tolist())


@cache
def _ops() -> dict[str, int]:
    return {name: op for op, name in enumerate(programs())}


@cache
def _variables() -> dict[str, str]:
    from hicannx.isa.semantics.state import load_state

    return {name: one.variable for name, one in load_state().registers.items() if not one.scratch}


def _check_access(address: int, size: int) -> int:
    return _alignment if size <= 4 and address % 4 + size > 4 else 0


def _read_spr(chip: Any, ppu: int, number: int, tick: int) -> int:
    return Machine(spr={number: int(chip[1][number])}).read_spr(number)


def _write_spr(chip: Any, ppu: int, number: int, value: int, tick: int) -> None:
    machine = Machine(spr={number: int(chip[1][number])})
    machine.write_spr(number, int(value))
    chip[1][number] = machine.spr[number]


def _bus_read(chip: Any, ppu: int, address: int, row: Any, tick: int) -> int:
    row[:] = list(chip[0].bus_read(int(address)))
    return 0


def _bus_write(chip: Any, ppu: int, address: int, row: Any, enable: Any, tick: int) -> int:
    chip[0].bus_write(int(address), bytes(row.tolist()), bytes(enable.tolist()))
    return 0


@cache
def _step() -> Callable[..., None]:
    environment = {
        "check_access": _check_access,
        "load": lambda chip, ppu, address, size, tick: chip[0].load(int(address), size),
        "store": lambda chip, ppu, address, size, value, tick: chip[0].store(int(address), size, int(value)),
        "read_spr": _read_spr,
        "write_spr": _write_spr,
        "pbus_read": _bus_read,
        "pbus_write": _bus_write,
    }
    return interpreted_step(programs(), environment)


both = pytest.mark.parametrize("run", [run_reference, run_lowered], ids=["reference", "lowered"])


def _lines(name: str) -> Iterator[dict[str, Any]]:
    with lzma.open(_vectors / name, "rt") as stream:
        yield from map(json.loads, stream)


def _executions() -> Iterator[dict[str, Any]]:
    for path in sorted((_vectors.parent / "toolchain" / "exec").iterdir()):
        yield from map(json.loads, read_content(path).splitlines())


def _number(text: str) -> int:
    return int(text, 16)


_special = {"cr": "CR", "ctr": "CTR", "lr": "LR", "msr": "MSR"}


def _prepare(pre: dict[str, Any], world: World) -> Machine:
    machine = machine_in(world)
    machine.pc = _number(pre.get("pc", "0x1000"))
    for key, value in pre.items():
        if key in _special:
            machine.registers[_special[key]] = _number(value)
        elif key.upper() in load_facts().sprs:
            spr = load_facts().sprs[key.upper()]
            if key == "xer":
                machine.write_spr(spr.number, _number(value))
            else:
                machine.spr[spr.number] = _number(value) & (0xFFFFFFFF if spr.keep is None else spr.keep)
    for number, value in pre["gpr"].items():
        machine.gpr[int(number)] = _number(value)
    for address, content in pre.get("mem", {}).items():
        world.memory.update({_number(address) + at: byte for at, byte in enumerate(bytes.fromhex(content))})
    return machine


def _observed(machine: Machine, world: World) -> dict[str, Any]:
    seen: dict[str, Any] = {key: machine.registers[name] for key, name in _special.items()}
    sprs = load_facts().sprs
    seen |= {name.lower(): machine.spr.get(spr.number, 0) for name, spr in sprs.items() if name not in ("LR", "CTR")}
    seen["xer"] = machine.read_spr(sprs["XER"].number)
    return seen | {f"gpr{number}": value for number, value in enumerate(machine.gpr)}


_by_interrupt = ("srr0", "srr1", "esr", "tbl", "tbu", "dec", "tsr", "gin")


def _difference(record: dict[str, Any], before: dict[str, Any], machine: Machine, world: World) -> dict[str, Any]:
    """What differs from the record's `post`; interrupt entry and free-running registers are not the instruction's."""
    post = record["post"]
    expected = before | {key: _number(value) for key, value in post.items() if key in before}
    expected |= {f"gpr{number}": _number(value) for number, value in post["gpr"].items()}
    left_out = set(record.get("undefined_in_rtl", ())) | ({"msr", *_by_interrupt} if machine.exception else set())
    left_out |= set() if record.get("spr") else set(_by_interrupt)
    seen = _observed(machine, world)
    return {key: (value, seen[key]) for key, value in expected.items() if key not in left_out and seen[key] != value}


@both
def test_scalar_instructions_do_what_the_simulated_rtl_does(run: Run) -> None:
    checked, wrong = set(), []
    for record in _lines("scalar_ops.jsonl.xz"):
        word = _number(record["word"])
        instruction = decode(load_isa(), word)
        timer = record.get("spr") in ("dec", "tbl", "tbu")  # these count on between the instruction and its observation
        if record["kind"] == "unimpl" or timer or instruction is None or instruction.name not in programs():
            continue
        world = World(filler=0x7C00007C)
        if "bus_outside_memory" in record["post"]:
            world.filler = 0
        machine = _prepare(record["pre"], world)
        before = _observed(machine, world)
        run(instruction.name, word, machine, world)
        difference = _difference(record, before, machine, world)
        vector = {_alignment: 0x18, _trap: 0x1C}.get(machine.exception, machine.pc)
        if vector != _number(record["post"]["pc"]):
            difference["pc"] = (record["post"]["pc"], hex(vector))
        for address, content in record["post"].get("mem", {}).items():
            if world.load(_number(address), 4) != _number(content):
                difference[address] = (content, world.load(_number(address), 4))
        checked.add(instruction.name)
        if difference:
            wrong.append((record["insn"], record["word"], difference))
    assert not wrong, (len(wrong), wrong[:8])
    assert len(checked) >= 100


def _gnu(record: dict[str, Any]) -> bool:
    return "nux_differs" not in record and not record.get("undef")


@both
def test_scalar_instructions_do_what_other_emulators_do(run: Run) -> None:
    wrong, count = [], 0
    for record in _executions():
        word = _number(record["word"])
        instruction = decode(load_isa(), word)
        if not _gnu(record) or instruction is None or instruction.name not in programs():
            continue
        world = World()
        pre = record["pre"]
        pre["gpr"] = {str(i): f"{0xA5000000 | i << 16 | i:x}" for i in range(32)} | pre["gpr"]
        machine = _prepare(pre, world)
        before = _observed(machine, world)
        run(instruction.name, word, machine, world)
        count += 1
        trapped = bool(record["post"].get("trap"))
        difference = {} if trapped else _difference({"post": {"gpr": {}} | record["post"]}, before, machine, world)
        if (machine.exception == _trap) != trapped:
            difference["trap"] = (trapped, machine.exception)
        if not trapped and machine.pc != _number(record["post"].get("pc", "0x1004")):
            difference["pc"] = (record["post"].get("pc", "0x1004"), hex(machine.pc))
        for address, content in record["post"].get("mem", {}).items():
            seen = bytes(world.load(_number(address) + at, 1) for at in range(len(content) // 2)).hex()
            if seen != content:
                difference[address] = (content, seen)
        if difference:
            wrong.append((record["asm"], record["word"], difference))
    assert not wrong, (len(wrong), wrong[:8])
    assert count > 7000


@both
def test_arithmetic_with_all_flag_combinations(run: Run) -> None:
    text = lzma.decompress((_vectors / "scalar_golden.csv.xz").read_bytes()).decode()
    wrong, count = [], 0
    for record in csv.DictReader(io.StringIO(text)):
        word = _number(record["insn"])
        instruction = decode(load_isa(), word)
        if instruction is None or instruction.name not in programs():
            continue
        world = World()
        machine = _prepare({"gpr": {}, "cr": record["cr_in"], "xer": record["xer_in"]}, world)
        machine.gpr[3:6] = [_number(record[f"r{i}_in"]) for i in (3, 4, 5)]
        run(instruction.name, word, machine, world)
        count += 1
        xer = machine.read_spr(load_facts().sprs["XER"].number)
        seen = (machine.gpr[5], machine.registers["CR"], xer)
        if seen != tuple(_number(record[f"{name}_out"]) for name in ("r5", "cr", "xer")):
            wrong.append((record, [f"{one:08x}" for one in seen]))
    assert not wrong, (len(wrong), wrong[:8])
    assert count >= 3000


def _vcr(digits: str) -> bytes:
    """Codes of the 128 bytes from the RTL's eq, gt, lt nibbles of every half lane."""
    codes = bytearray()
    for at in range(0, len(digits), 3):
        eq, gt, lt = (int(digit, 16) for digit in digits[at : at + 3])
        codes += bytes((gt >> 2 * half & 1) | (lt >> 2 * half & 1) << 1 | (eq >> 2 * half & 1) << 2 for half in (1, 0))
    return bytes(codes)


def _prepare_vector(record: dict[str, Any], world: World) -> Machine:
    pre = record["pre"]
    machine = _prepare({"gpr": pre.get("gpr", {}), "mem": pre.get("mem", {})}, world)
    for number, row in pre["vr"].items():
        machine.vr[int(number)][:] = bytes.fromhex(row)
    machine.acc = [int(pre["acc"][at : at + 8], 16) for at in range(0, 512, 8)]
    world.rows = {_number(address): bytes.fromhex(row) for address, row in pre.get("pbus", {}).items()}
    if pre["vcr_set_by"]:
        compare = pre["vcr_set_by"]
        spare = machine.vr[0][:]
        machine.vr[0][:] = bytes.fromhex(compare["src"])
        run_reference(compare["op"], 0, machine, world)
        machine.vr[0][:] = spare
    return machine


@both
def test_vector_instructions_do_what_the_simulated_rtl_does(run: Run) -> None:
    checked, wrong = set(), []
    for index, record in enumerate(_lines("vector_ops.jsonl.xz")):
        word = _number(record["word"])
        instruction = decode(load_isa(), word)
        if instruction is None or instruction.name not in programs() or (run is run_lowered and index % 5):
            continue
        world = World()
        machine = _prepare_vector(record, world)
        rows, acc = [bytes(row) for row in machine.vr], list(machine.acc)
        run(instruction.name, word, machine, world)
        post = record["post"]
        for number, row in post["vr"].items():
            rows[int(number)] = bytes.fromhex(row)
        acc = [int(post["acc"][at : at + 8], 16) for at in range(0, 512, 8)] if "acc" in post else acc
        good = rows == [bytes(row) for row in machine.vr] and acc == machine.acc
        good &= "vcr" not in post or _vcr(post["vcr"]) == bytes(machine.vcr)
        good &= all(world.rows[_number(address)] == bytes.fromhex(row) for address, row in post.get("pbus", {}).items())
        for address, content in post.get("mem", {}).items():
            good &= bytes(world.load(_number(address) + at, 1) for at in range(len(content) // 2)).hex() == content
        checked.add(instruction.name)
        if not good:
            wrong.append((index, record["insn"], record["word"]))
    assert not wrong, (len(wrong), wrong[:8])
    assert len(checked) == 53


@st.composite
def _cases(draw: st.DrawFn) -> tuple[str, int, int]:
    name = draw(st.sampled_from(sorted(programs())))
    instruction = load_isa().instructions[name]
    free = draw(st.integers(0, 0xFFFFFFFF))
    return name, instruction.match | free & ~instruction.mask & 0xFFFFFFFF, draw(st.integers(0, 2**63))


def _random_machine(seed: int, world: World) -> Machine:
    random = np.random.default_rng(seed)
    corners = np.array([0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x1000, 0x1003, 31, 32])
    machine = machine_in(world)
    machine.gpr = [
        int(x) for x in np.where(random.random(32) < 0.5, random.choice(corners, 32), random.integers(0, 2**32, 32))
    ]
    for name in ("CR", "LR", "CTR"):
        machine.registers[name] = int(random.integers(0, 2**32))
    for name in ("XER.SO", "XER.OV", "XER.CA"):
        machine.registers[name] = int(random.integers(0, 2))
    machine.pc = 4 * int(random.integers(0, 2**30))
    machine.vr = [
        bytearray(random.choice([0, 1, 0x7F, 0x80, 0xFF, 0x35], 128).astype(np.uint8).tobytes()) for _ in range(32)
    ]
    machine.acc = [int(x) for x in random.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFF8000], 64)]
    machine.vcr = bytearray(random.choice([1, 2, 4], 128).astype(np.uint8).tobytes())
    return machine


@settings(max_examples=600, deadline=None)
@given(_cases())
def test_reference_and_lowered_code_agree(case: tuple[str, int, int]) -> None:
    name, word, seed = case
    results = []
    for run in (run_reference, run_lowered):
        world = World(filler=0x12345678)
        world.bus_read = lambda address: bytes(range(128))  # type: ignore[method-assign]
        machine = _random_machine(seed, world)
        run(name, word, machine, world)
        machine.registers["NIA"] = machine.registers["EA"] = 0
        spr = {number: value for number, value in machine.spr.items() if value}
        state = attrs.asdict(
            machine, filter=lambda field, _: field.name not in ("load", "store", "bus_read", "bus_write", "spr")
        )
        results.append((state, spr, world.memory, world.rows, world.bus_log))
    assert results[0] == results[1]
