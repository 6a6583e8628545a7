"""The final state of a program on a processor, as JSON and as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hicannx.isa.load import load_isa
from hicannx.tools.program import Program
from hicannx.tools.runtime import exit_code, mailbox_text

if TYPE_CHECKING:
    from hicannx.emu.ppu import PPUResult

_word_mask = 0xFFFFFFFF
_columns = 4
_scalars = ("CR", "XER", "LR", "CTR", "MSR")


def facts(result: PPUResult, program: Program, memory: Mapping[str, bytes]) -> dict[str, Any]:
    """Everything, ready for JSON: numbers, and bytes as hexadecimal digits; the accumulator has 32 bits a lane."""
    has_ended = result.stop == "sleep"
    return {
        "stop": result.stop,
        "pc": result.pc,
        "cycles": result.cycles,
        "instructions": result.instructions,
        "return_code": exit_code(result.memory, program) if has_ended else None,
        "mailbox": mailbox_text(result.memory, program),
        "gpr": [int(one) & _word_mask for one in result.gpr],
        **{name.lower(): result.registers[name] for name in _scalars},
        "spr": {name: result.registers[name] for name in load_isa().registers.special_registers},
        "vr": [row.tobytes().hex() for row in result.vr],
        "acc": result.acc.hex(),
        "vcr": result.vcr.hex(),
        "memory": {text: content.hex() for text, content in memory.items()},
    }


def as_text(found: Mapping[str, Any], program: Program, vectors: bool) -> str:
    """The same for people; the special registers that hold something, and the vector registers if asked for."""
    place = program.describe(found["pc"])
    lines = [_line("stop", f"{found['stop']} at {found['pc']:#06x}" + (f" ({place})" if place else ""))]
    lines += [_line(name, f"{found[name]:,}") for name in ("cycles", "instructions")]
    if found["return_code"] is not None:
        lines.append(_line("return code", str(found["return_code"])))
    if found["mailbox"] is not None:
        lines.append(_line("mailbox", found["mailbox"].rstrip("\n").replace("\n", "\n" + " " * 14)))
    names = [f"r{number:<2} {value:08x}" for number, value in enumerate(found["gpr"])]
    step = len(names) // _columns
    lines += ["  ".join(names[row::step]) for row in range(step)]
    lines.append("  ".join(f"{name.lower()} {found[name.lower()]:08x}" for name in _scalars))
    others = {name: value for name, value in found["spr"].items() if value and name not in _scalars}
    held = [f"{name.lower()} {value:08x}" for name, value in others.items()]
    lines += ["  ".join(held[first : first + _columns]) for first in range(0, len(held), _columns)]
    if vectors:
        lines += [f"v{number:<2} {value}" for number, value in enumerate(found["vr"])]
        lines += [f"acc {found['acc']}", f"vcr {found['vcr']}"]
    return "\n".join([*lines, *(f"{text}: {value}" for text, value in found["memory"].items())])


def _line(name: str, value: str) -> str:
    return f"{name:<13} {value}"
