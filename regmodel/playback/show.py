"""Playback programs as text, a line a word, with register and field names where the address is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from hicannx.regmodel.playback.instruction import Instruction, load_instructions
from hicannx.regmodel.playback.words import Program

if TYPE_CHECKING:
    from hicannx.regmodel.addressmap import MappedWord
    from hicannx.regmodel.load import RegisterModel


def show(program: Program, registers: RegisterModel | None = None) -> Iterator[str]:
    """Lines of index, word, instruction and fields; with `registers`, Omnibus accesses by container and field."""
    table = load_instructions()
    width = max(len(row.name) for row in table.to_fpga)
    mapped: MappedWord | None = None
    for index, (code, payload) in enumerate(zip(program.codes.tolist(), program.payloads.tolist())):
        row = table.instruction_by_code[code]
        fields = row.extract(payload)
        if row.name == "omnibus_address":
            mapped = _lookup(fields["address"]) if registers else None
            text = _access(row, fields, mapped)
        elif row.name == "omnibus_data":
            text = _text(row, fields) + _values(mapped, fields["data"])
        else:
            text = _text(row, fields)
        yield f"{index:7}  {program.words[index]:016x}  {row.name:{width}}  {text}".rstrip()


def _text(row: Instruction, fields: dict[str, int]) -> str:
    return " ".join(f"{field.name}={field.text(fields[field.name])}" for field in row.fields)


def _access(row: Instruction, fields: dict[str, int], mapped: MappedWord | None) -> str:
    text = "read " if fields["is_read"] else "write "
    text += str(mapped) if mapped else row.field("address").text(fields["address"])
    if fields["byte_enables"] != load_instructions().omnibus.full_byte_enables:
        text += f" byte_enables={row.field('byte_enables').text(fields['byte_enables'])}"
    return text


def _lookup(address: int) -> MappedWord | None:
    from hicannx.regmodel.addressmap import lookup

    return lookup(address)


def _values(mapped: MappedWord | None, data: int) -> str:
    """The fields that lie in this one word of a register, with their values."""
    if mapped is None:
        return ""
    from hicannx.regmodel.codec import decode

    words = [0] * mapped.container.words
    words[mapped.word] = data
    values = decode(mapped.container, words, mapped.instance)
    shown = [
        f"{field.name}={_value(values[field.name], field.enum)}"
        for field in mapped.container.fields
        if field.name in values and all(part.word == mapped.word for parts in field.elements for part in parts)
    ]
    return "".join(f" {one}" for one in shown)


def _value(value: Any, names: dict[str, int]) -> str:
    if isinstance(value, list):
        return "[" + " ".join(_value(one, names) for one in value) + "]"
    for name, number in names.items():
        if number == value and not isinstance(value, bool | np.bool_):
            return name
    return str(int(value))
