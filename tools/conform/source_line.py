"""A line of source as the processor's own assembler takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.asm.options import Options
from hicannx.isa.codec import decode
from hicannx.isa.load import load_isa
from hicannx.tools.conform.attempt import attempt, shown, word_of
from hicannx.tools.conform.outcome import Outcome, failed, passed, skipped
from hicannx.tools.conform.record import Context

_tolerated = "the optional operand is accepted here, as by other versions of the assembler"


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """The same word; or rejected in the dialect of the processor, if not in the wider one of today's GNU as."""
    del context
    if record["encoding"]:
        word, found = int(record["encoding"], 16), word_of(record["source"], Options("gas"))
        return passed if found == word else failed("it gives another word", shown(word), shown(found))
    if any(attempt(record["source"] + "\n", Options(dialect)).assembly is None for dialect in ("gas", "ppu")):
        return passed
    accepted = word_of(record["source"], Options("ppu"))
    row = decode(load_isa(), accepted) if isinstance(accepted, int) else None
    if row and "[" in row.asm:
        return skipped(_tolerated)
    return failed("it is accepted", record["diagnostic"], shown(accepted))
