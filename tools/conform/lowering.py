"""A call of the lowest layer of the usual software: the instructions that it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import attrs

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.bus import Backend
from hicannx.regmodel.formula import evaluate
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.lowering import find_backend, lower_register
from hicannx.structure import structure
from hicannx.tools.conform.outcome import Outcome, failed, passed, skipped
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.registerview import refused
from hicannx.yamlsource import load_resource

_most_addresses = 64  # of the registers of any kind of serial device


@attrs.frozen
class Call:
    """A row of calls.yaml; its comments say what the columns are."""

    access: str
    args: list[str]
    backend: str = ""
    bus: str = ""
    address: str = "address"


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Lower the call, and compare the words."""
    del context
    call = _calls().get(record["call"])
    if call is None:
        return skipped(f"no call `{record['call']}` is known")
    if len(record["args"]) > len(call.args):
        return failed(f"`{record['call']}` has other arguments", ", ".join(call.args), record["args"])
    values = {"address": 0, "word": 0, **dict(zip(call.args, record["args"]))}
    expected = [int(word, 16) for word in record["words"]]
    try:
        found = list(_programs(call, values))
    except DiagnosticError as error:
        return refused(error)
    if expected in found:
        return passed
    got = _shown(found[0]) if len(found) == 1 else f"none of {len(found)} registers"
    return failed("the instructions differ", _shown(expected), got)


@cache
def _calls() -> dict[str, Call]:
    return structure(load_resource(files("hicannx.tools.conform") / "calls.yaml"), dict[str, Call])


def _programs(call: Call, values: Mapping[str, Any]) -> Iterator[list[int]]:
    """What the call becomes; where it names no register but its device, what each register there becomes."""
    if call.backend:
        address = int(evaluate(call.address, values))
        yield _lowered(find_backend(call.backend), call.access, address, values)
        return
    for backend in load_registers().buses.backends.values():
        if backend.spaces[0].startswith(call.bus) and backend.steps(call.access):
            word = _joined(values.get("bytes", ()), backend)
            for address in range(_most_addresses):
                yield lower_register(backend, call.access, address, word).tolist()


def _lowered(backend: Backend, access: str, address: int, values: Mapping[str, Any]) -> list[int]:
    enables = values.get("byte_enables")
    bits = None if enables is None else sum(1 << bit for bit, enable in enumerate(enables) if enable)
    words: list[int] = lower_register(backend, access, address, int(values["word"]), bits).tolist()
    return words


def _joined(several: int | Sequence[int], backend: Backend) -> int:
    word = 0
    for one in several if isinstance(several, list) else ():
        word = word << backend.answer_bits | one
    return word >> backend.shift


def _shown(words: Sequence[int]) -> str:
    return " ".join(f"{word:016x}" for word in words)
