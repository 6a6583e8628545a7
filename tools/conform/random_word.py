"""The text of any word: that of the other disassembler where the processor has the instruction, else `.long`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.asm.options import Options
from hicannx.isa.disassemble import disassemble
from hicannx.isa.load import load_isa
from hicannx.tools.conform.attempt import shown, word_of
from hicannx.tools.conform.encoding import compact
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context

_no_instruction = ".long"


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Disassemble, and assemble that with names of registers."""
    del context
    word, expected = int(record["word"], 16), record["disasm"]
    text = disassemble(load_isa(), word)
    if record["rtl"] is None:
        found = text.startswith(_no_instruction)
        return passed if found else failed("the processor has no such instruction", f"{_no_instruction} ...", text)
    if not expected.startswith(_no_instruction) and compact(text) != compact(expected):
        return failed("the disassembler's text differs", expected, text)
    if record["reasm"] is None:
        return passed
    again = word_of(text, Options("gas", register_names=True))
    same = again == int(record["reasm"], 16)
    return passed if same else failed(f"`{text}` gives another word", record["reasm"], shown(again))
