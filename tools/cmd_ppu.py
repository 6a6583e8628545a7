"""`hicannx ppu PROGRAM`: run a program on one plasticity processor alone."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.isa.semantics.state import load_state
from hicannx.tools.output import print_json, print_warnings
from hicannx.tools.place import locator
from hicannx.tools.program import Program, load_program

if TYPE_CHECKING:
    from hicannx.emu.ppu import PPUResult

_word_mask = 0xFFFFFFFF
_registers_a_line = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("program", help="flat image, ELF executable, or assembly source (.s)")
    parser.add_argument("--max-cycles", type=int, default=1_000_000_000, metavar="N", help="stop there (default 10**9)")
    text = "print memory: a byte address or a symbol, and a number of bytes; may be repeated"
    parser.add_argument("--dump", action="append", default=[], metavar="ADDRESS:LENGTH", help=text)
    choices = load_state().registers["POWER"].choices
    text = "take negative numbers in lha, lhau and twi as the RTL (default) or as the Power ISA does"
    parser.add_argument("--isa", choices=choices, default=choices[0], help=text)
    text = "warn where silicon may do otherwise for want of `sync` or of time; slow"
    parser.add_argument("--check-races", action="store_true", help=text)
    parser.add_argument("--vectors", action="store_true", help="print the vector registers, too")


def run(options: argparse.Namespace) -> int:
    """Run and print; a DiagnosticError (T205) follows when the program does not go to sleep."""
    program = load_program(options.program)
    ranges = {text: _range(text, program) for text in options.dump}
    from hicannx.emu.ppu import run_image

    result = run_image(
        program.image,
        options.max_cycles,
        locate=locator({0: program}),
        isa=options.isa,
        check_races=options.check_races,
    )
    facts = _facts(result)
    facts["memory"] = {text: result.memory[start : start + length].hex() for text, (start, length) in ranges.items()}
    if options.vectors:
        facts["vr"] = [row.tobytes().hex() for row in result.vr]
    print_json(facts) if options.json else print(_as_text(facts))
    print_warnings(result.warnings, options.color)
    if result.stop != "sleep":
        raise DiagnosticError([_never_sleeps(result, program, options.max_cycles)])
    return 0


def _facts(result: PPUResult) -> dict[str, Any]:
    return {
        "stop": result.stop,
        "pc": result.pc,
        "cycles": result.cycles,
        "instructions": result.instructions,
        "gpr": [int(one) & _word_mask for one in result.gpr],
    }


def _as_text(facts: dict[str, Any]) -> str:
    lines = [f"{name:<13} {facts[name]:,}" for name in ("cycles", "instructions")]
    lines = [f"{'stop':<13} {facts['stop']} at {facts['pc']:#06x}", *lines]
    names = [f"r{number:<2} {value:08x}" for number, value in enumerate(facts["gpr"])]
    step = len(names) // _registers_a_line
    lines += ["  ".join(names[row::step]) for row in range(step)]
    lines += [f"v{number:<2} {value}" for number, value in enumerate(facts.get("vr", []))]
    return "\n".join([*lines, *(f"{text}: {value}" for text, value in facts["memory"].items())])


def _range(text: str, program: Program) -> tuple[int, int]:
    start, _, length = text.partition(":")
    symbol = program.symbols.get(start)
    try:
        first = symbol.address if symbol else int(start, 0)
        return first, int(length, 0) if length else (symbol.size if symbol else 4)
    except ValueError:
        title = f"`{text}` is neither an address nor a symbol with a number of bytes"
        raise DiagnosticError([Diagnostic("T206", title, help="write for example `--dump 0x3000:16`")]) from None


def _never_sleeps(result: PPUResult, program: Program, limit: int) -> Diagnostic:
    name = program.describe(result.pc)
    title = f"the program does not sleep within {limit} cycles"
    notes = [f"it stands at {result.pc:#06x}" + (f" ({name})" if name else "")]
    help_text = "end it with `wait`, or allow more with --max-cycles"
    return Diagnostic("T205", title, program.line_at(result.pc), notes=notes, help=help_text)
