"""What must hold of the tables as a whole."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from hicannx.diagnostic import Diagnostics, Label, did_you_mean
from hicannx.isa.codec import decode
from hicannx.isa.example import encode_text
from hicannx.isa.formats import Formats
from hicannx.isa.instruction import Instruction
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.pattern import combinations, largest


def check_formats(known: Formats, rows: Mapping[str, Instruction], diagnostics: Diagnostics) -> None:
    """Collect formats and fields that nothing uses (I114)."""
    used = {row.format.name for row in rows.values()}
    for name, span in known.format_spans.items():
        if name not in used:
            diagnostics.error("I114", f"no row has the format {name}", span, help="remove it")
    placed = {field for name in used for field in known.formats[name].fields}
    for name, span in known.field_spans.items():
        if name not in placed:
            diagnostics.error("I114", f"no used format has the field {name}", span, help="remove it")


def check(isa: InstructionSet, diagnostics: Diagnostics) -> None:
    """Collect overlaps (I110), unknown timing (I111), unused fields (I112), wrong examples (I113) and texts (I116)."""
    for rows in isa.by_opcode.values():
        for one, two in itertools.combinations(rows, 2):
            _check_overlap(one, two, diagnostics)
    for row in isa.instructions.values():
        if row.timing not in isa.timing:
            which = f"the unknown timing class `{row.timing}`" if row.timing else "no timing class"
            title = f"`{row.name}` has {which}"
            diagnostics.error("I111", title, row.span, help=did_you_mean(row.timing, isa.timing))
        _check_fields(row, isa, diagnostics)
        _check_examples(row, isa, diagnostics)
        _check_texts(row, isa, diagnostics)


def check_apart(one: InstructionSet, two: InstructionSet) -> None:
    """Raise a DiagnosticError (I110) for rows of one set that match words of the other."""
    diagnostics = Diagnostics()
    for opcode, rows in one.by_opcode.items():
        for first, second in itertools.product(rows, two.by_opcode.get(opcode, ())):
            _check_overlap(first, second, diagnostics)
    diagnostics.raise_if_errors()


def _check_overlap(one: Instruction, two: Instruction, diagnostics: Diagnostics) -> None:
    shared = one.mask & two.mask
    if one.match & shared == two.match & shared:
        word = one.match | two.match
        title = f"`{one.name}` and `{two.name}` overlap: both match {word:#010x}"
        diagnostics.error("I110", title, two.span, labels=[Label(one.span, "the other row")])


def _check_fields(row: Instruction, isa: InstructionSet, diagnostics: Diagnostics) -> None:
    written = {operand.name for one in isa.syntaxes_of[row.name] for operand in one.operands}
    unused = [name for name in row.fields if name not in written and name not in row.suffixes | row.derived]
    if unused:
        title = f"no operand or suffix of `{row.name}` fills {', '.join(unused)}"
        diagnostics.error("I112", title, row.span, help="name it in `asm` or in `suffixes`")


def _check_texts(row: Instruction, isa: InstructionSet, diagnostics: Diagnostics) -> None:
    for one in isa.preferred_syntaxes[row.name]:
        count = combinations(one)
        if count > largest:
            title = f"`{one.mnemonic}` is shown, but has {count} combinations of operands to look through"
            help_text = f"at most {largest} are possible; leave `shown` away, or make operands fields of `{row.name}`"
            diagnostics.error("I116", title, row.span, help=help_text)


def _check_examples(row: Instruction, isa: InstructionSet, diagnostics: Diagnostics) -> None:
    if not row.examples:
        diagnostics.error("I113", f"`{row.name}` has no example", row.span, help='add `examples: {"text": word}`')
    for text, word in row.examples.items():
        problem = _problem(text, word, row, isa)
        if problem:
            diagnostics.error("I113", f"the example `{text}` of `{row.name}` {problem}", row.span)


def _problem(text: str, word: int, row: Instruction, isa: InstructionSet) -> str | None:
    found = decode(isa, word)
    if found is not row:
        return f"decodes to {f'`{found.name}`' if found else 'no instruction'}"
    try:
        encoded = encode_text(isa, text)
    except ValueError as error:
        return f"does not encode: {error}"
    return None if encoded == word else f"encodes to {encoded:#010x}, not {word:#010x}"
