"""What is wrong with instruction words: the processor lacks the instruction, or does something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from hicannx.diagnostic import Diagnostic, Severity
from hicannx.isa.codec import decode, extract
from hicannx.isa.disassemble import disassemble
from hicannx.isa.effect import effects_of
from hicannx.isa.formula import evaluate
from hicannx.isa.instruction import Instruction, access_names
from hicannx.isa.instructionset import InstructionSet


@attrs.frozen
class Finding:
    """A word at an address with its text, and what is to say of it: an error for what the processor lacks."""

    address: int
    word: int
    text: str
    diagnostic: Diagnostic

    @property
    def is_lacking(self) -> bool:
        """Whether the word is an instruction that the processor lacks."""
        return self.diagnostic.severity is Severity.ERROR


def lint_words(isa: InstructionSet, foreign: InstructionSet, words: Iterable[tuple[int, int]]) -> list[Finding]:
    """The findings for pairs of address and word, in their order."""
    return [one for address, word in words for one in _of_word(isa, foreign, address, word)]


def _of_word(isa: InstructionSet, foreign: InstructionSet, address: int, word: int) -> Iterator[Finding]:
    row = decode(isa, word)
    if row is not None:
        if row.lint:
            for one in warnings_of(row, word, isa):
                yield Finding(address, word, disassemble(isa, word, address), one)
        return
    lacking = decode(foreign, word)
    text = disassemble(foreign, word, address)
    if lacking is None or text.startswith("."):  # with bits that no assembler sets it is rather data
        yield Finding(address, word, text, _unknown(word))
    else:
        yield Finding(address, word, text, _lacking(lacking, text, word))


def warnings_of(row: Instruction, word: int, isa: InstructionSet) -> list[Diagnostic]:
    """The warnings about a word of a row of the processor (I411 to I421)."""
    values = extract(row, word)
    names = values | _access(row, values, isa)
    found = [one for one in row.lint if evaluate(one.when, names)]
    return [
        Diagnostic(one.code, one.text.format(**values), help=one.help.format(**values), severity=Severity.WARNING)
        for one in found
    ]


def _access(row: Instruction, values: dict[str, int], isa: InstructionSet) -> dict[str, int]:
    known = {one.number: one.access for one in isa.registers.special_registers.values()}
    return {name: int(letter in known.get(values[field], "")) for name, (field, letter) in access_names(row).items()}


def _lacking(row: Instruction, text: str, word: int) -> Diagnostic:
    title = f"the processor has no `{text.partition(' ')[0]}`"
    return Diagnostic("I401", title, notes=effects_of(word), help=row.instead or "")


def _unknown(word: int) -> Diagnostic:
    title = f"{word:#010x} is no instruction"
    help_text = "if it is data, give it a symbol of type object and a size, or a section of its own"
    return Diagnostic("I402", title, notes=effects_of(word), help=help_text, severity=Severity.WARNING)
