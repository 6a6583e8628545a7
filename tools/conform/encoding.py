"""A line of source gives its word in every dialect that accepts it, and the word gives the text and itself again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.asm.options import Options
from hicannx.isa.disassemble import disassemble
from hicannx.isa.load import load_isa
from hicannx.tools.conform.attempt import shown, word_of
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context

_names_flag, _rejected_flag = "-mregnames", "rejected by the fork"


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Assemble under both dialects, disassemble, and assemble that."""
    del context
    flags = record.get("flags", "")
    native = _rejected_flag in flags
    word, text = int(record["word"], 16), record["asm"]
    named = _names_flag in flags.split()  # there a name is its number, whatever the operand
    gas = Options("gas", register_names=True if named else None)
    for dialect, options, must_accept, may_accept in (
        ("gas", gas, not native, not native),
        ("ppu", Options("ppu"), record["nux"] and not named, record["nux"]),
    ):
        found = word_of(text, options)
        accepted = found == word
        if isinstance(found, int) and not may_accept:
            return failed(f"dialect {dialect} accepts it", "rejected", shown(found))
        if not accepted and (must_accept or isinstance(found, int)):
            return failed(f"dialect {dialect} gives another word", shown(word), shown(found))
    return _check_text(word, record["disasm"], "ppu" if native else "gas") if record["nux"] else passed


def _check_text(word: int, expected: str, dialect: str) -> Outcome:
    text = disassemble(load_isa(), word)
    if compact(text) != compact(expected):
        return failed("the disassembler's text differs", expected, text)
    again = word_of(text, Options(dialect, register_names=True))
    return passed if again == word else failed(f"`{text}` gives another word", shown(word), shown(again))


def compact(text: str) -> str:
    """Text without blanks."""
    return "".join(text.split())
