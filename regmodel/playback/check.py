"""What is wrong with the words of a program, and with their order."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostics
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.source import Span

Words = NDArray[np.uint64]
Bits = NDArray[np.bool_]
Describe = Callable[[int], str]


@attrs.frozen
class Place:
    """How the words of a program are named in messages; `span`, where known, tells the statement behind a word."""

    name: str
    span: Callable[[int], Span | None] = lambda _: None

    def describe(self, words: Words, index: int) -> str:
        """A word with its number, offset and content."""
        return f"word {index} (byte offset {index * load_instructions().packing.word_bytes}, {words[index]:016x})"


def check_words(words: Words, describe: Describe, diagnostics: Diagnostics) -> None:
    """Report words that are no instruction (B113), or have bits that it does not have (B114)."""
    codes = codes_of(words)
    known = load_instructions().instruction_by_code
    unknown = codes > max(known)
    reserved = (words & _unused_bits()[codes]) != 0

    def no_instruction(index: int) -> str:
        return f"{describe(index)} is no instruction: there is none with the code 0x{codes[index]:02x}"

    def set_bits(index: int) -> str:
        row, bits = known[int(codes[index])], int(words[index] & _unused_bits()[codes[index]])
        return f"{describe(index)} sets bits that `{row.name}` does not have: {bits:#x}"

    report = _Report(Place(""), diagnostics)
    report.first("B113", unknown, no_instruction, f"codes are 0x00 to 0x{max(known):02x}, in the first byte of a word")
    report.first("B114", reserved & ~unknown, set_bits, "bits outside of an instruction's fields are zero")


def check_order(words: Words, place: Place, diagnostics: Diagnostics) -> None:
    """Report writes without data (B115), data without address (B116), and halts missing or inside (B117, B118)."""
    report = _Report(place, diagnostics)
    _check_pairs(words, place, report)
    _check_end(words, place, report)


@cache
def halt_word() -> int:
    """The word that ends a program."""
    loopback = load_instructions().instructions["loopback"]
    marker = loopback.field("marker")
    return loopback.code << load_instructions().packing.code_shift | marker.values["halt"] << marker.lsb


def codes_of(words: Words) -> NDArray[np.uint8]:
    """The code of each word."""
    return (words >> np.uint64(load_instructions().packing.code_shift)).astype(np.uint8)


@cache
def _unused_bits() -> Words:
    """By header value: the payload bits that must be zero; all of them where there is no instruction."""
    table = load_instructions()
    everything = (1 << table.packing.code_shift) - 1
    unused = np.full(1 << table.packing.header_bits, everything, np.uint64)
    for row in table.to_fpga:
        unused[row.code] = everything & ~row.payload_mask
    return unused


@attrs.frozen
class _Report:
    place: Place
    diagnostics: Diagnostics

    def first(self, code: str, wrong: Bits, title: Describe, help_text: str) -> None:
        """Report the first word that is wrong, and how many more are."""
        places = np.flatnonzero(wrong)
        if len(places):
            index = int(places[0])
            notes = [f"{len(places) - 1} more such word{'s' * (len(places) > 2)}"] if len(places) > 1 else []
            self.diagnostics.error(code, title(index), self.place.span(index), notes=notes, help=help_text)


def _check_pairs(words: Words, place: Place, report: _Report) -> None:
    """Every Omnibus write address is followed by one data word, and data follows nothing else."""
    table = load_instructions()
    codes = codes_of(words)
    address, data = table.instructions["omnibus_address"], table.instructions["omnibus_data"]
    writes = (codes == address.code) & ((words & np.uint64(address.field("is_read").mask)) == 0)
    is_data = codes == data.code

    def no_data(index: int) -> str:
        target = address.field("address").extract(int(words[index]))
        behind = table.instruction_by_code[int(codes[index + 1])].name if index + 1 < len(words) else ""
        follows = f"`{behind}`" if behind else "the end of the program"
        where = place.describe(words, index)
        return f"`{place.name}`: the Omnibus write to 0x{target:08x} in {where} is followed by {follows}"

    def no_address(index: int) -> str:
        where = place.describe(words, index)
        return f"`{place.name}`: the Omnibus data in {where} has no write address before it"

    report.first("B115", writes & ~np.append(is_data[1:], False), no_data, "put `omnibus_data` right behind it")
    follows_write = np.append(False, writes[:-1])
    report.first("B116", is_data & ~follows_write, no_address, "put `omnibus_address` right before it")


def _check_end(words: Words, place: Place, report: _Report) -> None:
    """A program has one halt, at its end."""
    halts = np.flatnonzero(words == np.uint64(halt_word()))
    size = len(words) * load_instructions().packing.word_bytes
    if not len(halts):
        title = f"`{place.name}` does not halt: it ends after {_words(len(words))} ({size} bytes)"
        help_text = f"append the halt word {halt_word():016x}, or complete the file if it was cut off"
        report.diagnostics.error("B117", title, place.span(len(words) - 1), help=help_text)
    elif halts[0] != len(words) - 1:
        rest = len(words) - 1 - int(halts[0])
        title = f"`{place.name}`: {place.describe(words, int(halts[0]))} halts, but {rest} more follow"
        help_text = "a program halts once; split the file behind the halt"
        report.diagnostics.error("B118", title, place.span(int(halts[0])), help=help_text)


def _words(count: int) -> str:
    return f"{count} word{'s' * (count != 1)}"
