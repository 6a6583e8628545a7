"""Playback programs as bytes: every instruction is one 64-bit big-endian word, its code on top of its payload."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError, Diagnostics
from hicannx.regmodel.playback.check import Place, check_order, check_words, codes_of, halt_word
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.payload import find, pack


@attrs.frozen(eq=False)
class Program:
    """A checked program: uint64 `words`, split into uint8 `codes` and int64 `payloads` (the low 56 bits)."""

    file_name: str
    words: NDArray[np.uint64] = attrs.field(repr=False)
    codes: NDArray[np.uint8] = attrs.field(repr=False)
    payloads: NDArray[np.int64] = attrs.field(repr=False)

    def __len__(self) -> int:
        """Number of instructions."""
        return len(self.codes)

    def name(self, index: int) -> str:
        """Name of the instruction in word `index`."""
        return load_instructions().instruction_by_code[int(self.codes[index])].name

    def fields(self, index: int) -> dict[str, int]:
        """Field values of the instruction in word `index`."""
        row = load_instructions().instruction_by_code[int(self.codes[index])]
        return row.extract(int(self.payloads[index]))


def encode_instruction(name: str, **fields: Any) -> int:
    """The word of an instruction; fields with a default may be absent. DiagnosticError B101 to B103."""
    table = load_instructions()
    row = find(table.instructions, name, "playback instruction")
    return row.code << table.packing.code_shift | pack(row, fields)


def encode_instructions(name: str, **fields: Any) -> NDArray[np.uint64]:
    """Words of many instructions of one kind: fields are integers or arrays [count]. DiagnosticError B101 to B103."""
    table = load_instructions()
    row = find(table.instructions, name, "playback instruction")
    rest = row.code << table.packing.code_shift | pack(row, dict.fromkeys(fields, 0))
    columns = dict(zip(fields, np.broadcast_arrays(*map(np.atleast_1d, fields.values()))))
    words = np.full(len(next(iter(columns.values()), [0])), rest, np.uint64)
    for field, values in ((row.field(key), values) for key, values in columns.items()):
        if values.dtype.kind not in "biu" or ((values < 0) | (values > field.highest)).any():
            for index in range(len(values)):  # names the first that does not fit
                pack(row, {key: column[index] for key, column in columns.items()})
        words |= values.astype(np.uint64) << np.uint64(field.lsb)
    return words


def decode_word(word: int) -> tuple[str, dict[str, int]]:
    """Instruction name and field values of a word. DiagnosticError B113, B114."""
    words = np.array([word], np.uint64)
    diagnostics = Diagnostics()
    check_words(words, lambda _: f"the word {word:016x}", diagnostics)
    diagnostics.raise_if_errors()
    row = load_instructions().instruction_by_code[int(codes_of(words)[0])]
    return row.name, row.extract(word)


def decode_program(data: bytes, name: str = "program") -> Program:
    """Split a program into instructions. DiagnosticError B111 to B118, which names the file, word and byte offset."""
    if not len(data):
        help_text = f"a program ends with the halt word {halt_word():016x}"
        raise DiagnosticError([Diagnostic("B111", f"`{name}` is empty", help=help_text)])
    return as_program(words_of(data, name, "B112", "a program"), Place(name))


def words_of(data: bytes, name: str, code: str, kind: str) -> NDArray[np.uint64]:
    """The words of a file; a DiagnosticError of this code where it ends inside one."""
    word_bytes = load_instructions().packing.word_bytes
    if len(data) % word_bytes:
        raise DiagnosticError([_cut(data, name, code, kind)])
    return np.frombuffer(data, f">u{word_bytes}").astype(np.uint64)


def bytes_of(words: NDArray[np.uint64]) -> bytes:
    """Words as a file holds them."""
    return words.astype(f">u{load_instructions().packing.word_bytes}").tobytes()


def as_program(words: NDArray[np.uint64], place: Place) -> Program:
    """Words as a checked program. DiagnosticError B113 to B118."""
    diagnostics = Diagnostics()
    check_words(words, lambda index: f"`{place.name}`: {place.describe(words, index)}", diagnostics)
    diagnostics.raise_if_errors()
    check_order(words, place, diagnostics)
    diagnostics.raise_if_errors()
    payloads = (words & np.uint64((1 << load_instructions().packing.code_shift) - 1)).astype(np.int64)
    return Program(place.name, words, codes_of(words), payloads)


def _cut(data: bytes, name: str, code: str, kind: str) -> Diagnostic:
    word_bytes = load_instructions().packing.word_bytes
    index, there = divmod(len(data), word_bytes)
    missing = word_bytes - there
    title = f"`{name}` ends inside word {index} (byte offset {index * word_bytes}): {_bytes(missing)} missing"
    help_text = f"{kind} is a multiple of {word_bytes} bytes; the file was cut off or is something else"
    return Diagnostic(code, title, help=help_text)


def _bytes(count: int) -> str:
    return f"{count} byte is" if count == 1 else f"{count} bytes are"
