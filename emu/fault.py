"""What went wrong inside the emulated chip, told to the user."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError, Severity
from hicannx.emu import state as st
from hicannx.emu.machine import tick_us
from hicannx.isa.codec import decode
from hicannx.isa.effect import effects_of
from hicannx.isa.load import load_foreign, load_isa
from hicannx.regmodel.addressmap import describe, nearest
from hicannx.source import Span


@attrs.frozen
class Place:
    """Where a processor's program counter stands in its source: `name` like `loop+0x8`, and the source line."""

    name: str = ""
    span: Span | None = None


Locate = Callable[[int, int], Place]
_ppu_names = ("top", "bottom")


def nowhere(ppu: int, pc: int) -> Place:
    """The place of a program whose source is not known."""
    del ppu, pc
    return Place()


def raise_fault(chip: st.ChipState, locate: Locate = nowhere) -> None:
    """Raise the DiagnosticError (E101 to E109) of the recorded fault."""
    raise DiagnosticError([describe_fault(chip, locate), *unknown_words(chip, locate)])


def bear_fault(chip: st.ChipState, locate: Locate = nowhere) -> Diagnostic:
    """Go on after the recorded fault, of which the warning tells: a processor that has met it stays where it is."""
    warning = attrs.evolve(describe_fault(chip, locate), severity=Severity.WARNING)
    ppu = int(chip.fault[st.FAULT_PPU])
    if ppu >= 0:
        chip.core[ppu, st.RUNNING] = 0
    chip.fault[st.FAULT_CODE] = st.NO_FAULT
    return warning


def describe_fault(chip: st.ChipState, locate: Locate = nowhere) -> Diagnostic:
    """The error of the recorded fault."""
    code, address, ppu, tick = (int(value) for value in chip.fault[:4])
    title = _titles[code](address)
    notes = [f"at {tick * tick_us:.3f} us of chip time"]
    place = Place()
    if ppu >= 0:
        pc = int(chip.core[ppu, st.PC])
        place = locate(ppu, pc)
        notes.insert(0, who(ppu, pc, place))
    else:
        notes.insert(0, "accessed by the playback program" + (" over JTAG" if ppu == st.JTAG_MASTER else ""))
    return Diagnostic(_codes[code], title, place.span, notes=tuple(notes), help=_help(code, address))


def who(ppu: int, pc: int, place: Place) -> str:
    """A sentence that says where a processor stands."""
    return f"the {_ppu_names[ppu]} PPU stands at {pc:#06x}" + (f" ({place.name})" if place.name else "")


def unknown_words(chip: st.ChipState, locate: Locate = nowhere) -> list[Diagnostic]:
    """A warning (E104) for each processor that has met words that are no instruction."""
    found = []
    for ppu, core in enumerate(chip.core):
        count, pc, word = (int(core[column]) for column in (st.UNKNOWN_WORDS, st.UNKNOWN_PC, st.UNKNOWN_WORD))
        if not count:
            continue
        place = locate(ppu, pc)
        foreign = decode(load_foreign(), word)
        name = f" (`{foreign.name}`)" if foreign else ""
        title = f"the word {word:#010x}{name} is no instruction of the PPU"
        effects = " and ".join(effects_of(word)) or "it does nothing"
        met = who(ppu, pc, place).replace("stands", "met it first")
        notes = [met, f"on silicon {effects}, and no error tells of it"]
        notes += [f"{count - 1} more such words were executed"] if count > 1 else []
        help_text = "see `hicannx lint`, and whether the program runs past its end or into its data"
        warning = Diagnostic("E104", title, place.span, severity=Severity.WARNING, notes=tuple(notes), help=help_text)
        found.append(warning)
    return found


def _named(word: int) -> str:
    row = decode(load_isa(), word)
    return f" (`{row.name}`)" if row else ""


def _register(address: int) -> str:
    return f"Omnibus address {address:#010x}"


_codes = {
    st.UNMAPPED: "E101",
    st.NOT_READABLE: "E102",
    st.NOT_WRITABLE: "E103",
    st.NO_SEMANTICS: "E105",
    st.BAD_PBUS: "E106",
    st.BAD_DATA: "E107",
    st.BAD_FETCH: "E108",
    st.NOT_EMULATED: "E109",
}
_titles: dict[int, Callable[[int], str]] = {
    st.UNMAPPED: lambda address: f"there is no register at {_register(address)}",
    st.NOT_READABLE: lambda address: f"the register at {_register(address)} cannot be read",
    st.NOT_WRITABLE: lambda address: f"the register at {_register(address)} cannot be written",
    st.NO_SEMANTICS: lambda word: f"the instruction {word:#010x}{_named(word)} never ends",
    st.BAD_PBUS: lambda address: f"nothing answers at parallel-bus address {address:#010x}",
    st.BAD_DATA: lambda address: f"no memory and no bus is mapped at data address {address:#010x}",
    st.BAD_FETCH: lambda address: f"no instructions can be fetched from address {address:#010x}",
    st.NOT_EMULATED: lambda address: f"what stands at {address:#x} is not emulated yet",
}


def _help(code: int, address: int) -> str:
    if code == st.UNMAPPED:
        return f"the nearest register is {nearest(address)}"
    if code in (st.NOT_READABLE, st.NOT_WRITABLE):
        return f"this is {describe(address)}"
    if code == st.NO_SEMANTICS:
        row = decode(load_isa(), address)
        return row.deviation if row and row.deviation else "its row has no semantics"
    return _repairs.get(code, "")


_repairs = {
    st.BAD_PBUS: "vector addresses are a window of the synapse array + 2 * row + parity",
    st.BAD_FETCH: "code stands in the processor's SRAM, or behind 0x80000000 or 0x90000000",
}
