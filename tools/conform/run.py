"""A program executed on the processor leaves the words, registers and counts that are expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hicannx.diagnostic import DiagnosticError
from hicannx.tools.conform.folder import image_name
from hicannx.tools.conform.outcome import Outcome, failed, passed, skipped
from hicannx.tools.conform.read import read_content
from hicannx.tools.conform.record import Context

if TYPE_CHECKING:
    from hicannx.emu.ppu import PPUResult

_cycles_an_instruction = 200  # more than the slowest takes
_word_bytes = 4


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Run an image from its first instruction until it sleeps, and compare."""
    if record["run"] != image_name:
        return skipped("no linker")
    return run(read_content(context.folder / image_name), record)


def run(image: bytes, record: Mapping[str, Any]) -> Outcome:
    """Run this image and compare what it leaves with the record."""
    from hicannx.emu.ppu import run_image

    try:
        result = run_image(image, record["instructions"] * _cycles_an_instruction)
    except DiagnosticError as error:
        return failed("the processor stops", f"{record['instructions']} instructions", error)
    return compare(record, observed(record, result))


def observed(record: Mapping[str, Any], result: PPUResult) -> dict[str, Any]:
    """What the record tells, as the processor left it."""

    def words(address: int, count: int) -> list[str]:
        return [f"{result.word(address + _word_bytes * index):#010x}" for index in range(count)]

    found = {
        "stop": "wait" if result.stop == "sleep" else result.stop,
        "instructions": result.instructions,
        "result_words": words(record["result_addr"], len(record["result_words"])),
    }
    if "exit_code" in record:
        (found["exit_code"],) = words(record["exit_code_addr"], 1)
    if "gpr" in record:
        found["gpr"] = [f"{value & 0xFFFFFFFF:#010x}" for value in result.gpr.tolist()]
    return found


def compare(record: Mapping[str, Any], found: Mapping[str, Any]) -> Outcome:
    """Passed, or the first difference."""
    for key, value in found.items():
        if value != record[key]:
            return failed(f"`{key}` differs", record[key], value)
    return passed
