"""The instructions that fill gaps between instructions."""

from __future__ import annotations

from functools import cache

import attrs

from hicannx.asm.parse import make_statement
from hicannx.asm.table import load_table
from hicannx.isa.codec import encode
from hicannx.source import SourceFile


@attrs.frozen
class _Padding:
    fill: str
    last: str
    jump: str
    jump_above: int


@attrs.frozen
class _Table:
    padding: _Padding


@cache
def _padding() -> _Padding:
    return load_table("padding", _Table).padding


@cache
def code_padding(size: int, *, ends_groups: bool) -> bytes:
    """Instructions of `size` bytes that do nothing; zeros when that is not a whole number of words."""
    if size & 3 or not size:
        return bytes(size)
    words = size // 4
    rule = _padding()
    first = [rule.jump.format(size=size)] if words > rule.jump_above else []
    texts = first + [rule.fill] * (words - len(first) - 1) + [rule.last if ends_groups else rule.fill]
    return b"".join(_assemble_word(text) for text in texts)


@cache
def _assemble_word(text: str) -> bytes:
    from hicannx.asm.dialect import make_dialect
    from hicannx.asm.match import match  # late: it uses the directives, and these the padding
    from hicannx.isa.load import load_isa

    statement = make_statement(SourceFile("padding", text), 0, text)
    matched = match(load_isa(), statement, make_dialect("ppu"), {})
    assert matched.constant is not None, "padding is made of plain numbers"
    values = [value for value in matched.constant if isinstance(value, int)]
    return encode(matched.syntax, values).to_bytes(4, "big")
