"""Words to text, in the manner of GNU objdump."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, reduce
from operator import or_

import attrs

from hicannx.isa.codec import decode
from hicannx.isa.instruction import Instruction
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.pattern import Pattern, compile_pattern, target_of

_remembered = 1 << 16  # texts, and choices of a row, that are kept
_many = 8  # patterns of a row from which on the choice is remembered
_Choice = tuple[Pattern, tuple[str, ...]] | None


def disassemble(isa: InstructionSet, word: int, address: int = 0) -> str:
    """The text of a word at an address; `.long` for what is no instruction.

    Assembled again it gives the same word, but for bits that the format marks with `*` and those that the mnemonic,
    as objdump chooses it, does not tell.
    """
    disassembler = _disassembler(isa)
    return disassembler.texts.get(word) or disassembler.text(word, address)


def disassemble_all(isa: InstructionSet, words: Mapping[int, int]) -> Iterator[tuple[int, int, str]]:
    """Address, word and text of each word of a mapping from address to word, in its order."""
    disassembler = _disassembler(isa)
    for address, word in words.items():
        yield address, word, disassembler.texts.get(word) or disassembler.text(word, address)


def disassemble_image(isa: InstructionSet, image: bytes, base: int = 0) -> Iterator[tuple[int, int, str]]:
    """Address, word and text of each word of an image; bytes behind the last whole word count as if zeros followed."""
    disassembler = _disassembler(isa)
    for offset in range(0, len(image), 4):
        word = int.from_bytes(image[offset : offset + 4].ljust(4, b"\0"), "big")
        yield base + offset, word, disassembler.texts.get(word) or disassembler.text(word, base + offset)


def branch_target(isa: InstructionSet, word: int, address: int) -> int | None:
    """The address that a word at an address branches to, None where it is no branch to a fixed place."""
    row = decode(isa, word)
    return None if row is None else target_of(row, isa.kinds, word, address)


@attrs.define(eq=False)
class _Disassembler:
    """Patterns of the rows met so far, and texts that do not depend on the address."""

    isa: InstructionSet
    texts: dict[int, str] = attrs.field(factory=dict)
    rows: dict[str, _RowPatterns] = attrs.field(factory=dict)

    def text(self, word: int, address: int) -> str:
        row = decode(self.isa, word)
        chosen = self.patterns(row).choose(word) if row else None
        if chosen is None:
            return f".long {word:#x}"
        pattern, texts = chosen
        text = pattern.write(word, address, texts)
        if not pattern.moves:
            if len(self.texts) >= _remembered:
                self.texts.clear()
            self.texts[word] = text
        return text

    def patterns(self, row: Instruction) -> _RowPatterns:
        found = self.rows.get(row.name)
        if found is None:
            found = self.rows[row.name] = _row_patterns(self.isa, row)
        return found


@cache
def _disassembler(isa: InstructionSet) -> _Disassembler:
    return _Disassembler(isa)


@attrs.define(eq=False)
class _RowPatterns:
    """The patterns of a row in the order in which they are tried, and choices by the bits that decide them."""

    patterns: tuple[Pattern, ...]
    select: int
    choices: dict[int, _Choice] = attrs.field(factory=dict)

    def choose(self, word: int) -> _Choice:
        if len(self.patterns) < _many:
            return self._first(word)
        key = word & self.select
        try:
            return self.choices[key]
        except KeyError:
            if len(self.choices) >= _remembered:
                self.choices.clear()
            chosen = self.choices[key] = self._first(word)
            return chosen

    def _first(self, word: int) -> _Choice:
        for pattern in self.patterns:
            texts = pattern.texts(word)
            if texts is not None:
                return pattern, texts
        return None


def _row_patterns(isa: InstructionSet, row: Instruction) -> _RowPatterns:
    patterns = tuple(compile_pattern(one, isa.kinds) for one in isa.preferred_syntaxes[row.name])
    return _RowPatterns(patterns, reduce(or_, (one.select for one in patterns), 0))
