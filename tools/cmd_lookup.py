"""`hicannx lookup WHAT`: what the description knows of a mnemonic, a word, a register, an address or a coordinate."""

from __future__ import annotations

import argparse
import textwrap
from typing import Any

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.tools.output import print_json

Entry = dict[str, Any]
_width, _short, _many = 110, 20, 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument(
        "what",
        help="such as fxvoutx, 0x7c7c42a6, TSR, CrossbarNode, 0x2a00000, ppu:0x8a800000, jtag_pll:3 or PPUOnDLS=1",
    )


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
    from hicannx.tools.lookup_byte import byte_entries
    from hicannx.tools.lookup_composite import composite_entries, composite_names
    from hicannx.tools.lookup_coordinate import number_entry, type_entries, type_names
    from hicannx.tools.lookup_instruction import mnemonic_entries, names, special_entries
    from hicannx.tools.lookup_register import name_entries, register_names, space_entries

    if "=" in what:
        return [number_entry(what)]
    try:
        entries = _number(int(what, 0))
    except ValueError:
        entries = mnemonic_entries(what) + special_entries(what) + name_entries(what) + space_entries(what)
        entries = entries + byte_entries(what)
        entries = entries + type_entries(what) or composite_entries(what)
    if not entries:
        known = [*names(), *register_names(), *type_names(), *composite_names()]
        title = f"nothing is known of `{what}`"
        raise DiagnosticError([Diagnostic("T104", title, help=_nearest(what) or did_you_mean(what, known))])
    return entries


def _nearest(what: str) -> str:
    """The register that is nearest to a number; empty where it is none."""
    from hicannx.regmodel.addressmap import nearest

    try:
        return f"as an address it belongs to no register; the nearest is {nearest(int(what, 0))}"
    except ValueError:
        return ""


def _number(number: int) -> list[Entry]:
    from hicannx.tools.lookup_instruction import special_entries, word_entries
    from hicannx.tools.lookup_register import address_entries

    return word_entries(number) + special_entries(number) + address_entries(number)


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
