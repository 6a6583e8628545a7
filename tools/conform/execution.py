"""One instruction executed by the description's own semantics leaves registers and memory as expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hicannx.isa.codec import decode
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.reference import execute
from hicannx.isa.semantics.state import load_state
from hicannx.tools.conform.memory import Memory
from hicannx.tools.conform.outcome import Outcome, failed, passed, skipped
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.stepping import semantics

# What records leave out: where the instruction stands, and that registers hold their own number.
_start, _word_bytes, _filler = 0x1000, 4, 0xA5000000
_plain = {"cr": "CR", "lr": "LR", "ctr": "CTR"}
_bit_names = ("lt", "gt", "eq", "so")
_all_ones = 0xFFFFFFFF


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Execute, and compare everything that the record does not call undefined."""
    del context
    if record.get("nux_differs"):
        return skipped(f"the processor is not like the oracle: {record['nux_differs']}")
    word = int(record["word"], 16)
    instruction = decode(load_isa(), word)
    if instruction is None:
        return failed("the processor has no such instruction", record["asm"], "nothing")
    memory = Memory()
    machine = prepared(record["pre"], memory)
    before = _state(machine)
    execute(semantics()[instruction.name], word, machine)
    trapped = machine.exception == load_state().exceptions["program"]
    if trapped or record["post"].get("trap"):
        same = trapped == bool(record["post"].get("trap"))
        return passed if same else failed("it traps only on one side", record["post"], f"exception {machine.exception}")
    return _compare(record, before, machine, memory)


def prepared(pre: Mapping[str, Any], memory: Memory) -> Machine:
    """A machine and its memory as the record has them before the instruction."""
    machine = Machine(load=memory.load, store=memory.store)
    machine.pc = _start
    machine.gpr = [_filler | number << 16 | number for number in range(len(machine.gpr))]
    for number, value in pre["gpr"].items():
        machine.gpr[int(number)] = int(value, 16)
    for key, name in _plain.items():
        machine.registers[name] = int(pre.get(key, "0"), 16)
    machine.write_spr(load_facts().sprs["XER"].number, int(pre.get("xer", "0"), 16))
    for address, content in pre.get("mem", {}).items():
        memory.put(int(address, 16), bytes.fromhex(content))
    return machine


def _state(machine: Machine) -> dict[str, int]:
    plain = {key: machine.registers[name] for key, name in _plain.items()}
    numbered = {f"gpr{number}": value for number, value in enumerate(machine.gpr)}
    xer = machine.read_spr(load_facts().sprs["XER"].number)
    return {**plain, **numbered, "xer": xer, "pc": machine.pc, "exception": machine.exception}


def _compare(record: Mapping[str, Any], before: dict[str, int], machine: Machine, memory: Memory) -> Outcome:
    post = record["post"]
    wanted = {**before, "pc": _start + _word_bytes}
    wanted |= {key: int(value, 16) for key, value in post.items() if key in wanted}
    wanted |= {f"gpr{number}": int(value, 16) for number, value in post.get("gpr", {}).items()}
    found, masks = _state(machine), dict(_masks(record.get("undef", ())))
    for key, value in wanted.items():
        mask = masks.get(key, _all_ones)
        if value & mask != found[key] & mask:
            return failed(f"`{key}` differs", f"{value & mask:#010x}", f"{found[key] & mask:#010x}")
    expected = Memory()
    for address, content in (*record["pre"].get("mem", {}).items(), *post.get("mem", {}).items()):
        expected.put(int(address, 16), bytes.fromhex(content))
    for place in sorted(expected.content.keys() | memory.content.keys()):
        if expected.load(place, 1) != memory.load(place, 1):
            reason = f"the byte at {place:#010x} differs"
            return failed(reason, f"{expected.load(place, 1):#04x}", f"{memory.load(place, 1):#04x}")
    return passed


def _masks(undefined: list[str]) -> Iterator[tuple[str, int]]:
    """The bits that are compared nevertheless, by register."""
    cr = _all_ones
    for name in undefined:
        register, _, mask = name.partition("&")
        field, _, bit = name.partition(".")
        if bit:
            place = len(_bit_names) * int(field.removeprefix("cr")) + _bit_names.index(bit)
            cr &= ~(1 << 31 - place)
        else:
            yield register, int(mask, 16) ^ _all_ones if mask else 0
    yield "cr", cr
