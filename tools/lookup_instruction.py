"""What the instruction tables know of a mnemonic, a word or a special register, as entries to print."""

from __future__ import annotations

from typing import Any

import attrs

from hicannx.isa.codec import decode, extract
from hicannx.isa.disassemble import disassemble
from hicannx.isa.instruction import Instruction
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.load import load_foreign, load_isa
from hicannx.isa.picture import Box, picture
from hicannx.isa.syntax import Syntax

Entry = dict[str, Any]

lacking = "the processor lacks it: there it passes without doing anything, and no interrupt tells of it"


def mnemonic_entries(mnemonic: str) -> list[Entry]:
    """One entry for each row that has the mnemonic; those that the processor lacks come only where it has none."""
    for isa in (load_isa(), load_foreign()):
        found: dict[str, Syntax] = {}
        for one in isa.syntaxes.get(mnemonic.lower(), ()):
            found.setdefault(one.instruction.name, one)
        if found:
            return [_instruction(one, isa) for one in found.values()]
    return []


def word_entries(word: int) -> list[Entry]:
    """The instruction of a word."""
    if not 0 <= word < 1 << 32:
        return []
    for isa in (load_isa(), load_foreign()):
        row = decode(isa, word)
        if row is not None:
            entry: Entry = {"word": f"{word:#010x}", "means": disassemble(isa, word), "row": row.name}
            if isa is load_foreign():
                entry["lacking"] = lacking
            return [entry | {"fields": extract(row, word)} | _of_row(row, isa, picture(row, word))]
    return []


def special_entries(what: str | int) -> list[Entry]:
    """The special register of a name or a number."""
    known = load_isa().registers.special_registers
    named = str(what).upper()
    return [_special(name) for name, one in known.items() if named == name or what == one.number]


def names() -> list[str]:
    """Everything that can be looked up here by name."""
    isa = load_isa()
    return [*isa.syntaxes, *load_foreign().syntaxes, *isa.registers.special_registers]


def _instruction(one: Syntax, isa: InstructionSet) -> Entry:
    row = one.instruction
    entry: Entry = {"instruction": row.name, "syntax": f"{row.name} {row.asm}".strip()}
    if isa is load_foreign():
        entry["lacking"] = lacking
    if one.mnemonic != row.name:
        entry |= {"mnemonic": one.mnemonic, "written": one.text, "sets": {**one.fixed, **one.derived}}
    entry |= {"match": f"{row.match:#010x}", "mask": f"{row.mask:#010x}"}
    boxes = picture(row, fixed=one.fixed)
    fields = {box.name: f"bits {box.first} to {box.last}" for box in boxes if box.name and not box.is_opcode}
    return entry | {"fields": fields} | _of_row(row, isa, boxes)


def _of_row(row: Instruction, isa: InstructionSet, boxes: tuple[Box, ...]) -> Entry:
    syntaxes = isa.syntaxes_of[row.name]
    entry: Entry = {
        "picture": [attrs.asdict(box) | {"first": box.first, "last": box.last} for box in boxes],
        "operands": {one.name: f"{isa.kinds[one.kind].doc}, {one.low} to {one.high}" for one in syntaxes[0].operands},
        "family": row.family,
        "timing": row.timing,
        "cycles": isa.timing[row.timing],
        "examples": {text: f"{word:#010x}" for text, word in row.examples.items()},
        "spellings": sorted({one.mnemonic for one in syntaxes}),
        "source": row.source,
    }
    if row.deviation:
        entry["deviation"] = row.deviation
    if row.instead:
        entry["instead"] = row.instead
    if row.semantics:
        entry["semantics"] = row.semantics.text.rstrip()
    return entry


def _special(name: str) -> Entry:
    isa = load_isa()
    one = isa.registers.special_registers[name]
    entry: Entry = {
        "special register": name,
        "number": one.number,
        "access": {"r": "read only", "w": "write only", "rw": "read and write"}[one.access],
        "kept": f"{one.keep:#010x}",
        "moves": _moves(one.number, isa),
        "source": one.source,
    }
    if one.clear_on_write:
        entry["writing"] = "a written 1 clears the bit"
    if name in isa.registers.register_bits:
        places = isa.registers.register_bits[name].items()
        entry["bits, 0 the least significant"] = {bit: " to ".join(map(str, _ends(place))) for bit, place in places}
    return entry


def _moves(number: int, isa: InstructionSet) -> list[str]:
    """The instructions that name a special register, with register 0 in the other place."""
    places = [(row, field) for row in isa.instructions.values() for field in row.fields.values() if field.kind == "spr"]
    return [disassemble(isa, row.match | field.insert(number)) for row, field in places]


def _ends(place: int | tuple[int, ...]) -> tuple[int, ...]:
    return (place,) if isinstance(place, int) else tuple(place)
