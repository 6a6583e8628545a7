"""The objects of a program, linked, give the file and the memory image that are expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.diagnostic import DiagnosticError
from hicannx.tools.conform.difference import difference
from hicannx.tools.conform.linking import link_program
from hicannx.tools.conform.objectview import view
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Link; compare sections, symbols and segments, and the bytes of the processor's own memory."""
    try:
        program = link_program(record, context)
    except DiagnosticError as error:
        return failed("it cannot be linked", record["linker_script"], error)
    outcome = difference(record["linked"], view(program.elf()))
    if outcome is not passed or "flat_hex" not in record:
        return outcome
    image = program.image().hex()
    return passed if image == record["flat_hex"] else failed("the memory image differs", record["flat_hex"], image)
