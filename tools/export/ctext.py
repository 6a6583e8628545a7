"""Names, numbers and expressions as C writes them."""

from __future__ import annotations

import re

from hicannx.regmodel.field import Field, Parts

_word = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def macro_name(name: str) -> str:
    """`NEURON_CONFIG` of `NeuronConfig`, `MADC_CONFIG` of `MADCConfig`."""
    return _word.sub("_", name).upper()


def unsigned(value: int) -> str:
    """An unsigned number, in hexadecimal from 10 on."""
    suffix = "u" if value < 1 << 32 else "ull"
    return f"{value:#x}{suffix}" if value > 9 else f"{value}{suffix}"


def comment(text: str) -> str:
    """A text that does not end a comment."""
    return text.replace("*/", "* /").replace("/*", "/ *")


def value_in(field: Field, parts: Parts, word: int, bits: int) -> str:
    """The bits of a word that hold a value, as an expression of `value`."""
    kind = f"uint{bits}_t"
    width = sum(part.width for part in parts)
    plus = f" + {_number(field.offset, bits)}" if field.offset else ""
    given = f"(({kind}) (value){plus})"
    found, below = [], width
    for part in parts:
        below -= part.width
        if part.word == word:
            shown = _taken(given, below, part.width, bits)
            if part.thermometer:
                shown = f"((({kind}) 1 << {shown}) - 1u)"
            if part.inverted:
                shown = f"({shown} ^ {_mask(part.bits, bits)})"
            found.append(f"{shown} << {part.lsb}u" if part.lsb else shown)
    return found[0] if len(found) == 1 and found[0].endswith(")") else f"({' | '.join(found)})"


def value_from(field: Field, parts: Parts, bits: int) -> str:
    """The value that words `w0`, `w1` and so on hold, as an expression of them."""
    kind, width = f"uint{bits}_t", sum(part.width for part in parts)
    found, below = [], width
    for part in parts:
        below -= part.width
        shown = _taken(f"(({kind}) (w{part.word}))", part.lsb, part.bits, bits)
        if part.inverted:
            shown = f"({shown} ^ {_mask(part.bits, bits)})"
        if part.thermometer:
            shown = f"({' + '.join(f'({shown} >> {k}u & 1u)' for k in range(part.bits))})"
        found.append(f"{shown} << {below}u" if below else shown)
    raw = f"({' | '.join(found)})" if len(found) > 1 else found[0]
    if not field.signed:
        shown = f"(int32_t) {raw}" if field.low < 0 else raw
        return f"({shown} - {_offset(field, bits)})" if field.offset else raw
    return _signed(field, raw, width)


def _offset(field: Field, bits: int) -> str:
    """What is taken off, with the sign that the value has."""
    return f"({field.offset})" if field.low < 0 else _number(field.offset, bits)


def _taken(word: str, lsb: int, count: int, bits: int) -> str:
    """`count` bits from bit `lsb` on."""
    if lsb + count == bits:
        return f"({word} >> {lsb}u)" if lsb else word
    return f"({word} >> {lsb}u & {_mask(count, bits)})" if lsb else f"({word} & {_mask(count, bits)})"


def _signed(field: Field, raw: str, width: int) -> str:
    sign = 1 << width - 1
    if field.magnitude:
        low = f"(int32_t) ({raw} & {unsigned(sign - 1)})"
        shown = f"({low} - (({raw} & {unsigned(sign)}) && {low} ? {sign:#x} : 0))"
    else:
        shown = f"((int32_t) ({raw} ^ {unsigned(sign)}) - {sign:#x})"
    return f"({shown} - ({field.offset}))" if field.offset else shown


def _mask(count: int, bits: int) -> str:
    return unsigned((1 << count) - 1) if bits == 32 else f"{(1 << count) - 1:#x}ull"


def _number(value: int, bits: int) -> str:
    """A number modulo the size of a word, so that negative ones are added, too."""
    return unsigned(value % (1 << bits)) if bits == 32 else f"{value % (1 << bits):#x}ull"
