"""The text of a bitstream to a program, and the text of answers to messages: what `show` prints, or people write."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cache

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError, Diagnostics, did_you_mean
from hicannx.regmodel.addressmap import on_omnibus
from hicannx.regmodel.codec import encode
from hicannx.regmodel.playback.access import container_enables
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.check import Place
from hicannx.regmodel.playback.form import number, read_payload
from hicannx.regmodel.playback.instruction import Instruction, load_instructions
from hicannx.regmodel.playback.parse import lines, parse_line
from hicannx.regmodel.playback.statement import Plain, Read, Register, Spikes, Statement, Word, Write
from hicannx.regmodel.playback.stream import join, messages_of
from hicannx.regmodel.playback.target import find_container, find_enables, find_instance, find_values, find_words
from hicannx.regmodel.playback.words import Program, as_program
from hicannx.source import SourceFile, Span

_most_told = 20
_shown_write = re.compile(r"write (\w+)(?:\[(\d+)\])? at (0x[0-9a-f]+)(?:: ([^#]*?))?\s*(?:#.*)?", re.ASCII)
_own_verbs = ("write", "read", "spikes")


def assemble(source: SourceFile) -> Program:
    """The program that a text means; a DiagnosticError tells the first mistakes, each with its place."""
    work = _Program(ProgramBuilder())
    sizes, places = _each_line(source, work.line, lambda: len(work.builder))
    if not sizes:
        raise DiagnosticError([Diagnostic("B111", f"`{source.name}` is empty", help="a program ends with `halt`")])

    def span(index: int) -> Span:
        return _statement_span(source, *places[bisect_right(sizes, index) - 1])

    return as_program(work.builder.words(), Place(source.name, span))


def assemble_answers(source: SourceFile) -> NDArray[np.uint64]:
    """The words of the messages that a text lists; a DiagnosticError as for `assemble`."""
    codes: list[int] = []
    payloads: list[int] = []

    def message(file: SourceFile, start: int, line: str) -> None:
        statement = parse_line(file, start, line)
        if not isinstance(statement, Plain):
            span = file.span(start, start + len(line))
            title, help_text = "this is an instruction, not a message from the FPGA", "assemble it as a program"
            raise DiagnosticError([Diagnostic("B121", title, span, help=help_text)])
        row = _find(load_instructions().messages, statement.name, "message from the FPGA", ())
        payloads.append(read_payload(row, statement.arguments, statement.name.span))
        codes.append(row.code)

    _each_line(source, message, lambda: len(codes))
    return join(messages_of(codes, payloads))


def _each_line(
    source: SourceFile, act: Callable[[SourceFile, int, str], None], size: Callable[[], int]
) -> tuple[list[int], list[tuple[int, str]]]:
    """Act on every line; the sizes before each, its offset and text. A DiagnosticError tells the first mistakes."""
    diagnostics = Diagnostics()
    sizes, places = [], []
    for start, line in lines(source):
        sizes.append(size())
        places.append((start, line))
        try:
            act(source, start, line)
        except DiagnosticError as error:
            span = _statement_span(source, start, line)
            diagnostics.collected += [one if one.span else attrs.evolve(one, span=span) for one in error.diagnostics]
            if len(diagnostics.collected) >= _most_told:
                break
    diagnostics.raise_if_errors()
    return sizes, places


def _statement_span(source: SourceFile, start: int, line: str) -> Span:
    """A line without what surrounds its statement."""
    text = line.partition("#")[0].rstrip()
    return source.span(start + len(text) - len(text.lstrip()), start + len(text))


def _find(table: dict[str, Instruction], name: Word, kind: str, others: tuple[str, ...]) -> Instruction:
    row = table.get(name.text)
    if row is None:
        title = f"there is no {kind} `{name.text}`"
        help_text = did_you_mean(name.text, [*table, *others])
        raise DiagnosticError([Diagnostic("B121", title, name.span, help=help_text)])
    return row


@cache
def _markers() -> dict[str, int]:
    return load_instructions().instructions["loopback"].field("marker").values


@attrs.frozen
class _Program:
    """Statements into a builder.

    What a text of fields means for a register is kept, since texts repeat; not of bytes, where that is the instance's.
    """

    builder: ProgramBuilder
    _kept: dict[tuple[str, str], tuple[list[int], int | None]] = attrs.field(factory=dict)

    def line(self, source: SourceFile, start: int, line: str) -> None:
        shown = _shown_write.fullmatch(line)
        if shown and self._again(shown):
            return
        self._statement(parse_line(source, start, line), shown)

    def _again(self, shown: re.Match[str]) -> bool:
        """Write a whole register with fields that were seen before; whether that was possible."""
        name, index, at, text = shown.groups()
        kept = self._kept.get((name, text or ""))
        if kept is None:
            return False
        container, e = on_omnibus()[name], int(index or 0)
        if e >= container.instances or (index is None) != (container.instances == 1):
            return False
        addresses = container.addresses(e)
        if addresses[0] != int(at, 0):
            return False
        self.builder.write_words(addresses, *kept)
        return True

    def _statement(self, statement: Statement, shown: re.Match[str] | None) -> None:
        match statement:
            case Write(Register() as register):
                self._write(register, statement, shown)
            case Write(Word() as address, data=Word() as data):
                enables = find_enables(statement.enables)
                self.builder.write_words([number(address)], [number(data)], enables)
            case Read(Register() as register):
                self._read(register)
            case Read(Word() as address):
                self.builder.read_words([number(address)], find_enables(statement.enables))
            case Spikes(labels):
                self.builder.spikes([number(one) for one in labels])
            case Plain():
                self._plain(statement)

    def _write(self, register: Register, statement: Write, shown: re.Match[str] | None) -> None:
        container = find_container(register.name, "w")
        e, chosen = find_instance(container, register), find_words(container, register)
        values, enables = find_values(container, statement.fields), find_enables(register.enables)
        words = encode(container, values, e)
        if enables is None and (register.word is None or container.byte):
            enables = container_enables(container, values, e)
        self.builder.write_words(container.addresses(e)[chosen], words[chosen], enables)
        if shown and not container.byte:
            self._kept[container.name, shown[4] or ""] = words, enables

    def _read(self, register: Register) -> None:
        container = find_container(register.name, "r")
        e, chosen = find_instance(container, register), find_words(container, register)
        self.builder.read_words(container.addresses(e)[chosen], find_enables(register.enables))

    def _plain(self, statement: Plain) -> None:
        name, arguments = statement.name, statement.arguments
        if name.text in _markers():
            if arguments:
                title, span = f"`{name.text}` stands alone", arguments[0].span.to(arguments[-1].span)
                raise DiagnosticError([Diagnostic("B128", title, span, help="remove what follows")])
            self.builder.instruction("loopback", marker=_markers()[name.text])
            return
        row = _find(load_instructions().instructions, name, "instruction", (*_own_verbs, *_markers()))
        payload = read_payload(row, arguments, name.span)
        self.builder.word(row.code << load_instructions().packing.code_shift | payload)
