"""`hicannx lookup WHAT`: what the description knows of a mnemonic, an instruction word, a register or an address."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.tools.output import print_json

if TYPE_CHECKING:
    from hicannx.isa.instruction import Instruction
    from hicannx.isa.instructionset import InstructionSet
    from hicannx.regmodel.container import Container

Entry = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("what", help="such as fxvoutx, 0x7c7c42a6, CrossbarNode or 0x130019")


def run(options: argparse.Namespace) -> int:
    """Print every meaning that is known; a DiagnosticError (T104) where there is none."""
    entries = find(options.what)
    if options.json:
        print_json(entries)
    else:
        print("\n\n".join(_as_text(entry) for entry in entries))
    return 0


def find(what: str) -> list[Entry]:
    """What a name or a number stands for: the first key of an entry says what kind of thing it is."""
    from hicannx.isa.load import load_isa
    from hicannx.regmodel.load import load_registers

    isa, containers = load_isa(), load_registers().containers
    try:
        entries = _number(int(what, 0), isa)
    except ValueError:
        entries = [_instruction(row, isa) for row in _rows(what, isa)]
        entries += [_register(one) for name, one in containers.items() if name.lower() == what.lower()]
    if not entries:
        known = [*isa.syntaxes, *containers]
        title = f"nothing is known of `{what}`"
        raise DiagnosticError([Diagnostic("T104", title, help=did_you_mean(what, known))])
    return entries


def _rows(mnemonic: str, isa: InstructionSet) -> list[Instruction]:
    found = {one.instruction.name: one.instruction for one in isa.syntaxes.get(mnemonic, ())}
    return list(found.values())


def _number(number: int, isa: InstructionSet) -> list[Entry]:
    from hicannx.isa.codec import decode, extract
    from hicannx.isa.disassemble import disassemble
    from hicannx.regmodel.addressmap import lookup

    entries: list[Entry] = []
    row = decode(isa, number) if 0 <= number < 1 << 32 else None
    if row is not None:
        text = disassemble(isa, number)
        entries.append({"word": f"{number:#010x}", "means": text, "fields": extract(row, number), "row": row.name})
    mapped = lookup(number)
    if mapped is not None:
        entries.append({"address": f"{number:#010x}", "means": str(mapped), **_register(mapped.container)})
    return entries


def _instruction(row: Instruction, isa: InstructionSet) -> Entry:
    entry: Entry = {
        "instruction": row.name,
        "syntax": f"{row.name} {row.asm}".strip(),
        "match": f"{row.match:#010x}",
        "mask": f"{row.mask:#010x}",
        "fields": {field.name: f"bits {field.msb} to {field.lsb}" for field in row.fields.values()},
        "cycles": isa.timing[row.timing],
        "examples": {text: f"{word:#010x}" for text, word in row.examples.items()},
        "source": row.source,
    }
    if row.deviation:
        entry["deviation"] = row.deviation
    if row.semantics:
        entry["semantics"] = row.semantics.text.rstrip()
    return entry


def _register(container: Container) -> Entry:
    addresses = container.all_addresses()
    return {
        "register": container.name,
        "doc": container.doc,
        "instances": container.instances,
        "coordinate": ", ".join(container.numbering.views()) or container.coordinate,
        "access": container.access,
        "addresses": f"{int(addresses.min()):#010x} to {int(addresses.max()):#010x}",
        "fields": {field.name: f"{field.allowed}: {field.doc}" for field in container.fields},
        "notes": list(container.notes),
        "source": container.source,
    }


def _as_text(entry: Entry) -> str:
    lines = []
    for key, value in entry.items():
        if isinstance(value, dict):
            lines += [f"{key}:", *(f"  {name:<24} {text}" for name, text in value.items())]
        elif isinstance(value, list):
            lines += [f"{key[:-1]:<12} {text}" for text in value]
        elif "\n" in str(value):
            lines += [f"{key}:", *(f"  {line}" for line in str(value).splitlines())]
        else:
            lines.append(f"{key:<12} {value}")
    return "\n".join(lines)
