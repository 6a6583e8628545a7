"""What `monitor` tells and does: the things for which gdb itself has no command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from hicannx.emu import state as st
from hicannx.emu.machine import ppu_count
from hicannx.emu.registerfile import accumulator
from hicannx.isa.semantics.state import load_state
from hicannx.tools.gdb.target import Target

_lanes_a_line = 8


def answer(target: Target, line: str) -> str:
    """The text for a command line; `help` for all commands."""
    name, *rest = line.split() or ["help"]
    chosen = [one for one in _commands if one.startswith(name)]
    if name in _commands:
        chosen = [name]
    if len(chosen) != 1 or rest:
        return f"there is no command `{line}`; `monitor help` lists them\n"
    return _commands[chosen[0]](target)


def _help(_: Target) -> str:
    """List the commands."""
    width = max(map(len, _commands))
    return "".join(f"{name:<{width}}  {(one.__doc__ or '').splitlines()[0]}\n" for name, one in _commands.items())


def _reset(target: Target) -> str:
    """Put the program into memory again and release the processor."""
    target.reset()
    return "the processor stands in front of its first instruction; tell gdb: maintenance flush register-cache\n"


def _cycles(target: Target) -> str:
    """Show the cycles and instructions since the release of the processor."""
    core = target.observer.chip.world.chip.core[target.observer.ppu]
    return f"{int(core[st.CYCLES]):,} cycles, {int(core[st.INSTRUCTIONS]):,} instructions\n"


def _accumulator(target: Target) -> str:
    """Show the accumulator: a signed number for each half lane."""
    content = accumulator(target.observer.chip.world.chip, target.observer.ppu)
    size = load_state().lanes["half"].accumulator // 8
    numbers = [int.from_bytes(content[at : at + size], "big", signed=True) for at in range(0, len(content), size)]
    return "".join(_table([f"{one:>12}" for one in numbers]))


def _conditions(target: Target) -> str:
    """Show the condition register of the vector unit: which of gt, lt and eq hold in each byte lane."""
    names = {code: name for name, code in load_state().condition.items() if code}
    codes = target.observer.chip.world.chip.vcr[target.observer.ppu]
    texts = [",".join(name for code, name in names.items() if int(one) >> code - 1 & 1) or "-" for one in codes]
    return "".join(_table([f"{one:>12}" for one in texts]))


def _state(target: Target) -> str:
    """Show where each processor stands, and the time of the chip."""
    lines = [f"chip time {target.observer.chip.now_tick} ticks of 2 ns\n"]
    for ppu in range(ppu_count):
        core = target.observer.chip.world.chip.core[ppu]
        doing = "sleeps" if core[st.SLEEPING] else "runs" if core[st.RUNNING] else "is in reset"
        lines.append(f"processor {ppu} {doing} at {int(core[st.PC]):#06x}\n")
    return "".join(lines)


def _table(texts: list[str]) -> Iterator[str]:
    for first in range(0, len(texts), _lanes_a_line):
        yield f"{first:3}:" + "".join(texts[first : first + _lanes_a_line]) + "\n"


_commands: Mapping[str, Callable[[Target], str]] = {
    "help": _help,
    "accumulator": _accumulator,
    "vcr": _conditions,
    "cycles": _cycles,
    "state": _state,
    "reset": _reset,
}
