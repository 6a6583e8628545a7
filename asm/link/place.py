"""Where something stands in the input, told so that a programmer finds it."""

from __future__ import annotations

from hicannx.asm.link.inputs import InputSection, InputSymbol
from hicannx.asm.link.line import line_of


def describe(section: InputSection, offset: int) -> str:
    """File, section, offset, the symbol before it and the source line where they are known."""
    text = f"{section.file.shown}: {section.name}+{offset:#x}"
    symbol = section.file.nearest(section, offset)
    line = line_of(section, offset)
    return text + (f", in `{symbol}`" if symbol else "") + (f" ({line})" if line else "")


def describe_symbol(symbol: InputSymbol) -> str:
    """The place of a definition."""
    if symbol.section is None:
        return f"{symbol.file.shown}: {symbol.value:#x}" + ("" if symbol.special == "common" else ", an absolute value")
    line = line_of(symbol.section, symbol.value)
    place = f"{symbol.file.shown}: {symbol.section.name}+{symbol.value:#x}"
    return place + (f" ({line})" if line else "")
