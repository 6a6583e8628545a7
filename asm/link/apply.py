"""Relocation: the addresses go into the code and data that ask for them."""

from __future__ import annotations

import difflib

import attrs

from hicannx.asm.link.inputs import InputRelocation, InputSection
from hicannx.asm.link.kind import Kind
from hicannx.asm.link.load import Loaded
from hicannx.asm.link.place import describe
from hicannx.asm.relocation import load_relocations, overflow, patch
from hicannx.diagnostic import Diagnostics

_shown_places = 3


@attrs.define
class _Uses:
    """Where each symbol that is missing is used."""

    places: dict[str, list[str]] = attrs.field(factory=dict)
    discarded: dict[str, list[str]] = attrs.field(factory=dict)


def apply(loaded: Loaded, diagnostics: Diagnostics) -> None:
    """Carry out all relocations of the sections that are part of the program.

    Reported: undefined symbols (A501), values that do not fit (A503), unknown relocations (A504), symbols in sections
    that were left out (A515), branches to addresses where no instruction can stand (A518).
    """
    uses = _Uses()
    for file in loaded.files:
        for section in file.sections:
            if section.output is not None and section.output.is_stored:
                for one in section.relocations:
                    _apply(section, one, uses, diagnostics)
    _report_undefined(uses, loaded, diagnostics)


def _apply(section: InputSection, one: InputRelocation, uses: _Uses, diagnostics: Diagnostics) -> None:
    if one.kind.number < 0 or not one.kind.linked:
        _report_unknown(section, one, diagnostics)
        return
    if not load_relocations().fields[one.kind.field].bytes:
        return
    value = _value(section, one, uses)
    if value is None:
        return
    if one.kind.relative:
        value -= section.output_address(one.offset)
    value = (value + (1 << 31)) % (1 << 32) - (1 << 31)
    # code calls a missing weak function only where it has found it not to be 0; GNU ld says nothing, either
    if not _is_guarded_call(one) and (reason := overflow(one.kind, value)):
        _report_overflow(section, one, value, reason, diagnostics)
        return
    _warn_misaligned(section, one, value, diagnostics)
    _patch(section, one, value)


def _is_guarded_call(one: InputRelocation) -> bool:
    shared = one.symbol.shared
    return one.kind.relative and shared is not None and shared.is_weak and not shared.is_defined


def _value(section: InputSection, one: InputRelocation, uses: _Uses) -> int | None:
    """Symbol + addend; None when there is no such symbol in the program."""
    addend, symbol, shared = one.used_addend, one.symbol, one.symbol.shared
    if shared is not None:
        if not shared.is_defined and shared.is_strong_use and shared.name:
            uses.places.setdefault(shared.name, []).append(describe(section, one.offset))
            return None
        if shared.section is None or shared.section.output is not None:
            return shared.address + addend
        symbol = shared.definition or symbol
    if symbol.section is None:
        return symbol.value + addend
    if symbol.section.output is not None:
        if symbol.kind == "section":
            return symbol.section.output_address(symbol.value + addend)
        return symbol.section.output_address(symbol.value) + addend
    if Kind.ALLOC in section.kind:
        name = symbol.name or symbol.section.name
        uses.discarded.setdefault(f"{name}\0{symbol.section.name}", []).append(describe(section, one.offset))
        return None
    return 0  # what describes code that was left out describes nothing


def _patch(section: InputSection, one: InputRelocation, value: int) -> None:
    if one.offset < 0 or one.offset + load_relocations().fields[one.kind.field].bytes > len(section.data):
        return
    if one.kind.hint:
        mask = load_relocations().hint_mask
        word = int.from_bytes(section.data[one.offset : one.offset + 4], "big") & ~mask
        backwards = value < 0 if one.kind.relative else value < section.output_address(one.offset)
        word |= mask if (one.kind.hint == "taken") != backwards else 0
        section.data[one.offset : one.offset + 4] = word.to_bytes(4, "big")
    patch(section.data, one.offset, one.kind, value)


def _warn_misaligned(section: InputSection, one: InputRelocation, value: int, diagnostics: Diagnostics) -> None:
    field = load_relocations().fields[one.kind.field]
    if value % field.multiple:
        title = f"the branch to `{_name(one)}` leads to an address that is no multiple of {field.multiple}"
        diagnostics.warning("A518", title, notes=[f"at {describe(section, one.offset)}"],
                            help="is it data? code is aligned with `.balign 4`")  # fmt: skip


def _name(one: InputRelocation) -> str:
    return one.symbol.name or (one.symbol.section.name if one.symbol.section else "an address")


def _report_unknown(section: InputSection, one: InputRelocation, diagnostics: Diagnostics) -> None:
    title = f"relocation {one.name} cannot be carried out"
    help_text = "compile with `-fno-pic -G0 -msdata=none`: programs of the processor use no tables of addresses"
    diagnostics.error("A504", title, notes=[f"for `{_name(one)}` at {describe(section, one.offset)}"], help=help_text)


def _report_overflow(
    section: InputSection, one: InputRelocation, value: int, reason: str, diagnostics: Diagnostics
) -> None:
    kind = "distance to" if one.kind.relative else "address of"
    title = f"the {kind} `{_name(one)}`, {value:#x}, {reason}"
    notes = [f"{one.name} at {describe(section, one.offset)}"]
    shared = one.symbol.shared
    place = shared.section if shared is not None else one.symbol.section
    if place is not None and place.output is not None:
        notes.append(f"`{_name(one)}` is in section `{place.name}` of {place.file.shown}, at {place.address:#x}")
    diagnostics.error("A503", title, notes=notes, help=_repair(one))


def _repair(one: InputRelocation) -> str:
    name = _name(one)
    if load_relocations().fields[one.kind.field].absolute:
        return "put both into the same memory, or branch through the count register: `mtctr`, `bctr`"
    return f"take two halves: `lis r, {name}@ha` and `{name}@l(r)`"


def _report_undefined(uses: _Uses, loaded: Loaded, diagnostics: Diagnostics) -> None:
    for name, places in uses.places.items():
        help_text = _where_to_find(name, loaded)
        diagnostics.error("A501", f"symbol `{name}` is not defined", notes=_shown(places), help=help_text)
    for names, places in uses.discarded.items():
        name, section = names.split("\0")
        title = f"`{name}` is used, but its section `{section}` was left out"
        help_text = "keep the section with `KEEP(...)`, or take it out of `/DISCARD/`"
        diagnostics.error("A515", title, notes=_shown(places), help=help_text)


def _where_to_find(name: str, loaded: Loaded) -> str:
    """What may be meant by a name that nothing defines, or where to get it."""
    from hicannx.asm.link.runtime import runtime_members

    known = sorted(one.name for one in loaded.symbols if one.is_defined)
    if not loaded.has_runtime and any(name in one.defines() for one in runtime_members()):
        return "it is part of the runtime library: link with `--runtime`"
    local = [file.shown for file in loaded.files for one in file.symbols if one.is_local and one.name == name]
    if local:
        return f"{local[0]} has it, but for itself alone: write `.globl {name}` there, or leave out `static`"
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else "give the object that defines it, or its library with `-l`"


def _shown(places: list[str]) -> list[str]:
    more = len(places) - _shown_places
    return [f"used at {one}" for one in places[:_shown_places]] + (
        [f"and at {more} more place{'s'[: more != 1]}"] if more > 0 else []
    )
