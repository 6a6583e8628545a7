"""A line of source as the processor's own assembler takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.asm.options import Options
from hicannx.tools.conform.attempt import attempt, shown, word_of
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """The same word, or rejected as well."""
    del context
    options = Options("gas")
    if record["encoding"]:
        word, found = int(record["encoding"], 16), word_of(record["source"], options)
        return passed if found == word else failed("it gives another word", shown(word), shown(found))
    tried = attempt(record["source"] + "\n", options)
    return failed("it is accepted", record["diagnostic"], "no error") if tried.assembly else passed
