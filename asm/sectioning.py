"""Directives that choose a section."""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs

from hicannx.asm.evaluate import constant, operands_of
from hicannx.asm.mistake import mistake
from hicannx.asm.operand import split_operands
from hicannx.asm.program import Program
from hicannx.asm.row import Row
from hicannx.asm.section import Attributes, Chunk, Section, default_attributes, section_types
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import did_you_mean

_number = re.compile(r"0|[1-9][0-9]{0,8}|0[xX][0-9a-fA-F]{1,8}")
_letters = "awxMSGTeo"


def _named_section(program: Program, statement: Statement, row: Row) -> None:
    operands = operands_of(statement, (0, row.size), row.usage)
    number = constant(statement, operands[0], program.scope) if operands else 0
    program.enter(program.section(row.name).chunk(number))


def _section(program: Program, statement: Statement, row: Row) -> None:
    words = [text for _, text in split_operands(statement.body)]
    number = int(words.pop(1)) if row.name == "push" and len(words) > 1 and words[1].isdecimal() else 0
    section = _described_section(program, statement, row, words)
    if row.name == "push":
        program.stack.append((program.chunk, program.previous))
    program.enter(section.chunk(number))


def _described_section(program: Program, statement: Statement, row: Row, words: list[str]) -> Section:
    name = words[0].strip('"') if words else ""
    if not name or (" " in name and words[0][0] != '"'):
        title = f"`{statement.mnemonic}` has no section name" if not name else f"`{name}` is not a section name"
        raise mistake("A111", title, statement.span, help=f"write `{row.usage}`")
    known = program.sections.get(name)
    if len(words) == 1:
        return known or program.section(name)
    default = known.attributes if known else default_attributes(name)
    wanted = _attributes(program, statement, words[1:], default)
    if known:
        _compare(program, statement, known, wanted)
        return known
    return program.section(name, wanted)


def _attributes(program: Program, statement: Statement, words: list[str], default: Attributes) -> Attributes:
    letters = words.pop(0).strip('"')
    if wrong := [one for one in letters if one not in _letters + "?"]:
        title = f"unknown section flag `{wrong[0]}`"
        help_text = "flags are a (loaded), w (written), x (code), M (merged), S (strings), G (group), T (of threads)"
        raise mistake("A112", title, statement.body_span, help=help_text)
    kind = (
        _type(program, statement, words.pop(0), default.type)
        if words and words[0][:1] in {"@", "%", '"'}
        else default.type
    )
    flags = "".join(one for one in _letters if one in letters or one in default.flags)
    found = Attributes(flags, kind, default.entry_size)
    if "M" in letters:
        found = _merged(program, statement, words, found)
    if "o" in letters and words:
        found = attrs.evolve(found, linked=words.pop(0).strip('"'))
    if "?" in letters and program.chunk.section.attributes.group:
        here = program.chunk.section.attributes
        return attrs.evolve(found, flags=f"{flags}G", group=here.group, once=here.once)
    if "G" in letters:
        if not words:
            title = "the flag `G` needs the name of a group"
            help_text = 'write `.section name, "aG", @progbits, group, comdat`'
            program.report.complain("A126", title, statement.body_span, help=help_text)
            return attrs.evolve(found, flags=found.flags.replace("G", ""))
        found = attrs.evolve(found, group=words[0].strip('"'), once="comdat" in words[1:])
    return found


def _merged(program: Program, statement: Statement, words: list[str], found: Attributes) -> Attributes:
    """With the size of the entries that a linker may merge, or without the flag when there is none."""
    word = words.pop(0) if words else ""
    if _number.fullmatch(word):
        return attrs.evolve(found, entry_size=int(word, 0))
    title = f"`{word}` is not the size of an entry" if word else "the flag `M` needs the size of an entry"
    help_text = 'write `.section name, "aM", @progbits, 4`'
    program.report.complain("A126", title, statement.body_span, help=help_text)
    return attrs.evolve(found, flags=found.flags.replace("M", ""))


def _type(program: Program, statement: Statement, word: str, default: str) -> str:
    kind = word.strip('"').lstrip("@%")
    if kind in section_types():
        return kind
    help_text = did_you_mean(kind, section_types())
    program.report.complain("A126", f"unknown section type `{kind}`", statement.body_span, help=help_text)
    return default


def _compare(program: Program, statement: Statement, known: Section, wanted: Attributes) -> None:
    """Complain (A312) when a section is described differently from before; what it was counts."""
    old = known.attributes
    if set(wanted.flags) - {"G"} != set(old.flags) - {"G"} or wanted.type != old.type:
        title = f'section `{known.name}` was described as `"{old.flags}", @{old.type}` before'
        help_text = f"write `.section {known.name}`, or the same flags and type as before"
        program.report.complain("A312", title, statement.body_span, help=help_text)


def _pop_section(program: Program, statement: Statement, row: Row) -> None:
    if program.stack:
        program.scope.chunk, program.previous = program.stack.pop()
        return
    title = "`.popsection` without `.pushsection`"
    program.report.complain("A123", title, statement.mnemonic_span, help="remove it, or write `.pushsection` before")


def _previous(program: Program, statement: Statement, row: Row) -> None:
    if program.previous is not None:
        program.enter(program.previous)
        return
    title = "`.previous` without a section before"
    program.report.complain("A123", title, statement.mnemonic_span, help="remove it, or name the section")


def _subsection(program: Program, statement: Statement, row: Row) -> None:
    (operand,) = operands_of(statement, (1, 1), row.usage)
    program.enter(program.chunk.section.chunk(constant(statement, operand, program.scope)))


def _absolute(program: Program, statement: Statement, row: Row) -> None:
    """Go on outside all sections, with numbers as addresses."""
    operands = operands_of(statement, (0, 1), row.usage)
    start = constant(statement, operands[0], program.scope) if operands else 0
    section = Section("*ABS*", Attributes("", "nobits"), is_absolute=True)
    program.enter(Chunk(section, 0, size=start))


actions: dict[str, Callable[[Program, Statement, Row], None]] = {
    "named_section": _named_section,
    "section": _section,
    "pop_section": _pop_section,
    "previous": _previous,
    "subsection": _subsection,
    "absolute": _absolute,
}
