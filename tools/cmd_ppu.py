"""`hicannx ppu PROGRAM`: run a program on one plasticity processor alone, or on both."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.isa.semantics.state import load_state
from hicannx.isa.timing import load_model
from hicannx.tools import chip_choice, stepping
from hicannx.tools.output import print_json, print_warnings
from hicannx.tools.ppu_program import breakpoints, run_all, start
from hicannx.tools.ppu_report import as_text, facts
from hicannx.tools.program import Program, load_program
from hicannx.tools.trace import wanted as seeing
from hicannx.tools.trace.watch import watched, with_last

if TYPE_CHECKING:
    from hicannx.emu.observer import Observer
    from hicannx.emu.ppu import PPUResult
    from hicannx.tools.trace.session import Session

_most_cycles = 10**18  # in ticks they have to fit into 64 bits
_places = {"top": (0,), "bottom": (1,), "both": (0, 1)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("program", help="flat image, ELF executable, or assembly source (.s)")
    parser.add_argument("--max-cycles", type=int, default=1_000_000_000, metavar="N", help="stop there (default 10**9)")
    parser.add_argument("--ppu", choices=list(_places), default="top", help="which processor runs it (default: top)")
    text = "stop in front of an instruction: a byte address or a symbol; may be repeated"
    parser.add_argument("--break", action="append", default=[], metavar="ADDRESS", dest="breaks", help=text)
    text = "print memory: a byte address or a symbol, and a number of bytes; may be repeated"
    parser.add_argument("--dump", action="append", default=[], metavar="ADDRESS:LENGTH", help=text)
    text = "let gdb control the (first) processor: `target remote :PORT`; 0 chooses a port"
    parser.add_argument("--gdb", type=int, metavar="PORT", help=text)
    choices = load_state().registers["POWER"].choices
    text = "take negative numbers in lha, lhau and twi as the RTL (default) or as the Power ISA does"
    parser.add_argument("--isa", choices=choices, default=choices[0], help=text)
    parser.add_argument("--untimed", action="store_true", help="let every instruction take one cycle")
    systems = [*load_model().systems]
    text = "whose memory and buses take their times (default: chip; bench: the simulation of the processor)"
    parser.add_argument("--surroundings", choices=systems, default="chip", help=text)
    text = "warn where silicon may do otherwise for want of `sync` or of time; slow"
    parser.add_argument("--check-races", action="store_true", help=text)
    chip_choice.add_arguments(parser)
    stepping.add_argument(parser)
    parser.add_argument("--vectors", action="store_true", help="print the vector registers, too")
    seeing.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run and print; a DiagnosticError (T205) follows when the program neither sleeps nor meets a breakpoint."""
    wanted = seeing.read_wanted(options)
    _check_cycles(options.max_cycles)
    program = load_program(options.program)
    ranges = {text: _range(text, program) for text in options.dump}
    stops_at = breakpoints(options.breaks, program)
    choice = chip_choice.read_choice(options)
    observers = start(program, _places[options.ppu], options.step or "default", choice)
    _check_ranges(_dumped(observers[0], ranges), ranges)
    observers[0].chip.set_surroundings(options.surroundings)
    for one in observers:
        one.breakpoints = set(stops_at)
        one.chip.set_isa(one.ppu, options.isa)
        one.chip.set_timed(one.ppu, not options.untimed)
    paths = {one.ppu: options.program for one in observers}
    with watched(observers[0].chip, paths, wanted, options.max_cycles, as_json=options.json) as session:
        stops, races = _executed(observers, program, options)
    from hicannx.emu.ppu import final_state

    results = [final_state(one.chip, one.ppu, stop, one.locate, races) for one, stop in zip(observers, stops)]
    found = [facts(result, program, _dumped(one, ranges)) for result, one in zip(results, observers)]
    _print(found, program, options, session)
    print_warnings(results[0].warnings, options.color)
    if late := [one for one in results if one.stop == "limit"]:
        unwritten = session.unwritten if session else []
        error = DiagnosticError([_never_sleeps(late[0], program, options.max_cycles), *unwritten])
        raise with_last(error, session, options.json)
    if session:
        session.check_written()
    return 0


def _check_cycles(count: int) -> None:
    if not 0 <= count <= _most_cycles:
        title = f"a program cannot run for {count} cycles"
        raise DiagnosticError([Diagnostic("T212", title, help="ask for 0 to 10**18 with --max-cycles")])


def _executed(
    observers: list[Observer], program: Program, options: argparse.Namespace
) -> tuple[list[str], list[Diagnostic]]:
    """Why each processor stopped, and races that were found."""
    races = _races(observers, options.max_cycles) if options.check_races else []
    if options.gdb is not None:
        return _debugged(observers, program, options.gdb), races
    return [one.reason for one in run_all(observers, options.max_cycles)], races


def _print(found: list[dict[str, Any]], program: Program, options: argparse.Namespace, session: Session | None) -> None:
    is_profiled = session is not None and options.profile == seeing.stdout
    if options.json:
        if session and is_profiled:
            from hicannx.tools.trace.reports import profile_json

            for one, profile in zip(found, profile_json(session).values()):
                one["profile"] = profile
        print_json(found[0] if len(found) == 1 else {"ppu": found})
        return
    print("\n\n".join(as_text(one, program, options.vectors) for one in found))
    if session and is_profiled:
        from hicannx.tools.trace.reports import profile_text

        print(f"\n{profile_text(session)}", end="")


def _races(observers: Sequence[Observer], max_cycles: int) -> list[Diagnostic]:
    """Run the first processor instruction by instruction, and look for what silicon may do otherwise."""
    from hicannx.emu.machine import ppu_cycle_ticks
    from hicannx.emu.races import run_checking

    first = observers[0]
    return run_checking(first.chip, first.ppu, first.chip.now_tick + max_cycles * ppu_cycle_ticks, first.locate)


def _debugged(observers: list[Observer], program: Program, port: int) -> list[str]:
    """Serve gdb; what each processor does when it leaves."""
    from hicannx.tools.gdb.server import serve
    from hicannx.tools.gdb.target import Target

    def announce(chosen: int) -> None:
        print(f"gdb may connect: target remote :{chosen}", file=sys.stderr, flush=True)

    serve(Target(observers[0], program), port, announce)
    return ["sleep" if one.is_asleep else "left" for one in observers]


def _dumped(observer: Observer, ranges: dict[str, tuple[int, int]]) -> dict[str, bytes]:
    from hicannx.emu.addressspace import read_bytes

    state = observer.chip.world.chip
    return {text: read_bytes(state, observer.ppu, start, length) for text, (start, length) in ranges.items()}


def _range(text: str, program: Program) -> tuple[int, int]:
    start, _, length = text.partition(":")
    symbol = program.symbols.get(start)
    try:
        first = symbol.address if symbol else int(start, 0)
        size = int(length, 0) if length else (symbol.size if symbol else 4)
        if min(first, size) < 0:
            raise ValueError
        return first, size
    except ValueError:
        title = f"`{text}` is neither an address nor a symbol with a number of bytes"
        raise DiagnosticError([Diagnostic("T206", title, help="write for example `--dump 0x3000:16`")]) from None


def _check_ranges(found: dict[str, bytes], ranges: dict[str, tuple[int, int]]) -> None:
    """A DiagnosticError (T206) where fewer bytes are found than are to be printed."""
    for text, content in found.items():
        if len(content) < ranges[text][1]:
            title = f"`{text}` asks for {ranges[text][1]} bytes, of which {len(content)} can be read"
            raise DiagnosticError([Diagnostic("T206", title, help="ask for bytes of a memory or of registers")])


def _never_sleeps(result: PPUResult, program: Program, limit: int) -> Diagnostic:
    name = program.describe(result.pc)
    title = f"the program does not sleep within {limit} cycles"
    notes = [f"it stands at {result.pc:#06x}" + (f" ({name})" if name else "")]
    help_text = "end it with `wait`, or allow more with --max-cycles"
    return Diagnostic("T205", title, program.line_at(result.pc), notes=notes, help=help_text)
