"""A program executed on the processor leaves the words, registers and counts that are expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hicannx.asm.link.link import Linked
from hicannx.diagnostic import DiagnosticError
from hicannx.tools.conform.folder import image_name
from hicannx.tools.conform.linking import exit_code_symbol, link_compiled, link_program, result_symbol
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.read import read_content
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.stepping import Stopped, step_through

_cycles_an_instruction = 200  # more than the slowest takes
_own_memory = "internal"
_word_bytes = 4


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Run an image from its first instruction until it sleeps, and compare."""
    try:
        if record["run"] == image_name:
            return _compare(record, run(read_content(context.folder / image_name), record["instructions"]))
        if "link_order" in record:
            return _run_linked(record, link_program(record, context))
        return _run_compiled(record, link_compiled(record, context))
    except DiagnosticError as error:
        return failed("it cannot be executed", f"{record['instructions']} instructions", error)


def _run_compiled(record: Mapping[str, Any], program: Linked) -> Outcome:
    """Linked with a runtime library of our own, the program has other addresses, and its divisions take other times."""
    symbols = {one.name: one.address for one in program.symbols}
    addresses = {"result_addr": symbols[result_symbol], "exit_code_addr": symbols[exit_code_symbol]}
    moved = _without({**record, **addresses}, ("instructions", "stop_pc"))
    return _compare(moved, run(program.image(), record["instructions"]))


def _run_linked(record: Mapping[str, Any], program: Linked) -> Outcome:
    """What has code in other memories than the processor's own is stepped through."""
    instructions = record["instructions"]
    if not program.images.keys() <= {_own_memory}:
        return _compare(record, step_through(program, instructions + 1))
    # It begins at the reset vector, the oracle where the program says; a jump between them counts as well.
    left_out = ("instructions",) if program.entry else ()
    return _compare(_without(record, left_out), run(program.image(), instructions))


def _without(record: Mapping[str, Any], left_out: Iterable[str]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in left_out}


def run(image: bytes, instructions: int) -> Stopped:
    """Run an image that takes about so many instructions; a DiagnosticError where the processor stops it."""
    from hicannx.emu.ppu import run_image

    result = run_image(image, instructions * _cycles_an_instruction)
    return Stopped(result.stop, result.pc, result.instructions, result.gpr.tolist(), result.word)


def _compare(record: Mapping[str, Any], stopped: Stopped) -> Outcome:
    """Passed, or the first difference."""
    for key, value in _observed(record, stopped).items():
        if key not in record or value == record[key]:
            continue
        if isinstance(value, list):
            index = next(place for place, one in enumerate(value) if one != record[key][place])
            return failed(f"`{key}[{index}]` differs", record[key][index], value[index])
        return failed(f"`{key}` differs", record[key], value)
    return passed


def _observed(record: Mapping[str, Any], stopped: Stopped) -> dict[str, Any]:
    """What is left, as records tell it."""
    results = [record["result_addr"] + _word_bytes * index for index in range(len(record["result_words"]))]
    code = [record["exit_code_addr"]] if "exit_code" in record else []
    return {
        "stop": "wait" if stopped.stop == "sleep" else stopped.stop,
        "stop_pc": stopped.pc - _word_bytes,
        "instructions": stopped.instructions,
        "result_words": [_shown(stopped.word(address)) for address in results],
        "exit_code": "".join(_shown(stopped.word(address)) for address in code),
        "gpr": [_shown(value) for value in stopped.gpr],
    }


def _shown(word: int) -> str:
    return f"{word & 0xFFFFFFFF:#010x}"
