"""Playback programs as bytes: every instruction is one 64-bit big-endian word, its code on top of its payload."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError, Diagnostics
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.payload import find, pack

Bits = NDArray[np.bool_]
Describe = Callable[[int], str]


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
    _check_words(words, lambda _: f"the word {word:016x}", diagnostics)
    diagnostics.raise_if_errors()
    row = load_instructions().instruction_by_code[int(_codes(words)[0])]
    return row.name, row.extract(word)


def decode_program(data: bytes, name: str = "program") -> Program:
    """Split a program into instructions. DiagnosticError B111 to B118, which names the file, word and byte offset."""
    word_bytes = load_instructions().packing.word_bytes
    if not len(data):
        raise DiagnosticError([Diagnostic("B111", f"`{name}` is empty", help=f"a program ends with {_halt_text()}")])
    if len(data) % word_bytes:
        raise DiagnosticError([_cut(data, name, word_bytes)])
    words = np.frombuffer(data, f">u{word_bytes}").astype(np.uint64)
    diagnostics = Diagnostics()
    _check_words(words, lambda index: f"`{name}`: {_place(words, index)}", diagnostics)
    diagnostics.raise_if_errors()
    codes = _codes(words)
    payloads = (words & np.uint64((1 << load_instructions().packing.code_shift) - 1)).astype(np.int64)
    program = Program(name, words, codes, payloads)
    _check_pairs(program, diagnostics)
    _check_end(program, diagnostics)
    diagnostics.raise_if_errors()
    return program


def _codes(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    return (words >> np.uint64(load_instructions().packing.code_shift)).astype(np.uint8)


def _halt_text() -> str:
    return f"the halt word {halt_word():016x}"


@cache
def halt_word() -> int:
    """The word that ends a program."""
    halt = load_instructions().instructions["loopback"].field("marker").values["halt"]
    return encode_instruction("loopback", marker=halt)


@cache
def _unused_bits() -> NDArray[np.uint64]:
    """By header value: the payload bits that must be zero; all of them where there is no instruction."""
    table = load_instructions()
    everything = (1 << table.packing.code_shift) - 1
    unused = np.full(1 << table.packing.header_bits, everything, np.uint64)
    for row in table.to_fpga:
        unused[row.code] = everything & ~row.payload_mask
    return unused


def _cut(data: bytes, name: str, word_bytes: int) -> Diagnostic:
    index, there = divmod(len(data), word_bytes)
    missing = word_bytes - there
    title = f"`{name}` ends inside word {index} (byte offset {index * word_bytes}): {_bytes(missing)} missing"
    help_text = f"a program is a multiple of {word_bytes} bytes; the file was cut off or is no playback program"
    return Diagnostic("B112", title, help=help_text)


def _bytes(count: int) -> str:
    return f"{count} byte is" if count == 1 else f"{count} bytes are"


def _check_words(words: NDArray[np.uint64], place: Describe, diagnostics: Diagnostics) -> None:
    codes = _codes(words)
    known = load_instructions().instruction_by_code
    unknown = codes > max(known)
    reserved = (words & _unused_bits()[codes]) != 0

    def no_instruction(index: int) -> str:
        return f"{place(index)} is no instruction: there is none with the code 0x{codes[index]:02x}"

    def set_bits(index: int) -> str:
        row, bits = known[int(codes[index])], int(words[index] & _unused_bits()[codes[index]])
        return f"{place(index)} sets bits that `{row.name}` does not have: {bits:#x}"

    help_text = f"codes are 0x00 to 0x{max(known):02x}, in the first byte of a word"
    _first("B113", unknown, no_instruction, help_text, diagnostics)
    _first("B114", reserved & ~unknown, set_bits, "bits outside of an instruction's fields are zero", diagnostics)


def _place(words: NDArray[np.uint64], index: int) -> str:
    return f"word {index} (byte offset {index * load_instructions().packing.word_bytes}, {words[index]:016x})"


def _first(code: str, wrong: Bits, title: Describe, help_text: str, diagnostics: Diagnostics) -> None:
    """Report the first word that is wrong, and how many more are."""
    places = np.flatnonzero(wrong)
    if len(places):
        notes = [f"{len(places) - 1} more such word{'s' * (len(places) > 2)}"] if len(places) > 1 else []
        diagnostics.error(code, title(int(places[0])), notes=notes, help=help_text)


def _check_pairs(program: Program, diagnostics: Diagnostics) -> None:
    """Every Omnibus write address is followed by one data word, and data follows nothing else."""
    table = load_instructions()
    address, data = table.instructions["omnibus_address"], table.instructions["omnibus_data"]
    is_read = (program.payloads & address.field("is_read").mask) != 0
    writes = (program.codes == address.code) & ~is_read
    is_data = program.codes == data.code
    what = f"`{program.file_name}`:"

    def no_data(index: int) -> str:
        target = address.field("address").extract(int(program.payloads[index]))
        follows = f"`{program.name(index + 1)}`" if index + 1 < len(program) else "the end of the program"
        return f"{what} the Omnibus write to 0x{target:08x} in {_place(program.words, index)} is followed by {follows}"

    def no_address(index: int) -> str:
        return f"{what} the Omnibus data in {_place(program.words, index)} has no write address before it"

    _first("B115", writes & ~np.append(is_data[1:], False), no_data, "put `omnibus_data` right behind it", diagnostics)
    follows_write = np.append(False, writes[:-1])
    _first("B116", is_data & ~follows_write, no_address, "put `omnibus_address` right before it", diagnostics)


def _check_end(program: Program, diagnostics: Diagnostics) -> None:
    """A program has one halt, at its end."""
    halts = np.flatnonzero(program.words == np.uint64(halt_word()))
    bytes_there = len(program) * load_instructions().packing.word_bytes
    if not len(halts):
        title = f"`{program.file_name}` does not halt: it ends after {len(program)} words ({bytes_there} bytes)"
        diagnostics.error("B117", title, help=f"append {_halt_text()}, or complete the file if it was cut off")
    elif halts[0] != len(program) - 1:
        rest = len(program) - 1 - int(halts[0])
        title = f"`{program.file_name}`: {_place(program.words, int(halts[0]))} halts, but {rest} more follow"
        diagnostics.error("B118", title, help="a program halts once; split the file behind the halt")
