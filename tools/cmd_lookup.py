"""`hicannx lookup WHAT`: what the description knows of a mnemonic, a word, a register, an address or a coordinate."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.tools.output import print_json

if TYPE_CHECKING:
    from hicannx.regmodel.container import Container

Entry = dict[str, Any]
_width, _short, _many = 110, 20, 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("what", help="such as fxvoutx, 0x7c7c42a6, TSR, 284, CrossbarNode, 0x130019 or PPUOnDLS=1")


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
    from hicannx.regmodel.load import load_registers
    from hicannx.tools.lookup_composite import composite_entries, composite_names
    from hicannx.tools.lookup_coordinate import number_entry, type_entries, type_names
    from hicannx.tools.lookup_instruction import mnemonic_entries, names, special_entries

    if "=" in what:
        return [number_entry(what)]
    containers = load_registers().containers
    try:
        entries = _number(int(what, 0))
    except ValueError:
        entries = mnemonic_entries(what) + special_entries(what)
        entries += [_register(one) for name, one in containers.items() if name.lower() == what.lower()]
        entries += type_entries(what) + composite_entries(what)
    if not entries:
        known = [*names(), *containers, *type_names(), *composite_names()]
        title = f"nothing is known of `{what}`"
        raise DiagnosticError([Diagnostic("T104", title, help=did_you_mean(what, known))])
    return entries


def _number(number: int) -> list[Entry]:
    from hicannx.regmodel.addressmap import lookup
    from hicannx.tools.lookup_instruction import special_entries, word_entries

    entries = word_entries(number) + special_entries(number)
    mapped = lookup(number)
    if mapped is not None:
        entries.append({"address": f"{number:#010x}", "means": str(mapped), **_register(mapped.container)})
    return entries


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
        if key == "picture":
            lines += _picture(value)
        elif key == "counterparts":
            lines += _counterparts(value)
        elif isinstance(value, dict):
            lines += [f"{key}:", *(f"  {name:<24} {text}" for name, text in value.items())]
        elif isinstance(value, list):
            lines += _listed(key, value)
        elif "\n" in str(value):
            lines += [f"{key}:", *(f"  {line}" for line in str(value).splitlines())]
        else:
            lines.append(f"{key:<12} {value}")
    return "\n".join(lines)


def _listed(key: str, values: list[str]) -> list[str]:
    """A line each, or short ones together."""
    if sum(map(len, values)) > _width and all(len(text) < _short for text in values):
        shown = values if len(values) <= _many else [*values[:_many], f"... ({len(values)}, all with --json)"]
        return textwrap.wrap(f"{key:<12} {', '.join(shown)}", _width, subsequent_indent=" " * 13)
    return [f"{key[:-1]:<12} {text}" for text in values]


def _picture(boxes: list[dict[str, Any]]) -> list[str]:
    from hicannx.isa.picture import Box, picture_lines

    made = [Box(one["name"], one["msb"], one["lsb"], one["value"], one["is_opcode"]) for one in boxes]
    return ["", *(f"  {line}" for line in picture_lines(made)), ""]


def _counterparts(groups: list[dict[str, Any]]) -> list[str]:
    from hicannx.tools.lookup_coordinate import counterpart_lines

    return ["counterparts:", *counterpart_lines(groups)] if groups else []
