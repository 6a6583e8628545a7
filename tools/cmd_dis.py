"""`hicannx dis FILE` or `hicannx dis WORD ...`: instruction words as text."""

from __future__ import annotations

import argparse
from pathlib import Path

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools.output import print_json
from hicannx.tools.program import Program, load_program

_word_bytes = 4


@attrs.frozen
class Line:
    """One word of a program, and the symbol that stands there."""

    address: int
    word: int
    text: str
    symbol: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("what", nargs="+", help="flat image, ELF executable, source (.s), or words such as 0x38600005")


def run(options: argparse.Namespace) -> int:
    """Print a line a word."""
    lines = [line for one in _programs(options.what) for line in disassembled(one)]
    if options.json:
        print_json([attrs.asdict(line) for line in lines])
        return 0
    for line in lines:
        if line.symbol:
            print(f"{line.symbol}:")
        print(f"{line.address:8x}  {line.word:08x}  {line.text}")
    return 0


def disassembled(program: Program) -> list[Line]:
    """The words of an image; bytes behind the last whole word count as if zeros followed."""
    from hicannx.isa.disassemble import disassemble
    from hicannx.isa.load import load_isa

    isa = load_isa()
    names = {symbol.address: name for name, symbol in program.symbols.items()}
    lines = []
    for address in range(0, len(program.image), _word_bytes):
        word = int.from_bytes(program.image[address : address + _word_bytes].ljust(_word_bytes, b"\0"), "big")
        lines.append(Line(address, word, disassemble(isa, word, address), names.get(address, "")))
    return lines


def _programs(given: list[str]) -> list[Program]:
    if any(Path(text).exists() for text in given):
        return [load_program(text) for text in given]
    return [Program(b"".join(_word(text) for text in given))]


def _word(text: str) -> bytes:
    try:
        return int(text, 0).to_bytes(_word_bytes, "big")
    except (ValueError, OverflowError):
        title = f"`{text}` is neither a file nor a 32-bit word"
        help_text = "write words as 0x and eight hexadecimal digits"
        raise DiagnosticError([Diagnostic("T105", title, help=help_text)]) from None
