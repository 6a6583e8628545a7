"""Random programs, well formed or not, end in a result or in diagnostics, in bounded time and memory."""

from __future__ import annotations

import resource
from itertools import chain
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from hicannx.diagnostic import DiagnosticError
from hicannx.emu.chip import Chip
from hicannx.emu.executor import Result, run_playback
from hicannx.emu.omnibustable import omnibus_table
from hicannx.emu.snapshot import restore_snapshot, take_snapshot
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.messages import decode_messages
from hicannx.regmodel.playback.words import encode_instruction, halt_word
from properties.budget import budget

_addresses = omnibus_table().address
_table = load_instructions()
_names = [one.name for one in _table.to_fpga if one.name not in ("omnibus_data", "loopback")]
_limit_s, _grown_kib = 5.0, 700_000
_allowed = {"E101", "E102", "E103", "E105", "E106", "E107", "E108", "E109", "E110", "E120", "E121", "E122"}
_chip: list[Any] = []


def chip() -> Chip:
    """One chip, which each program finds as after power-up."""
    if not _chip:
        _chip[:] = [Chip(), None]
        _chip[1] = take_snapshot(_chip[0])
    restore_snapshot(_chip[0], _chip[1])
    one: Chip = _chip[0]
    return one


@some.composite
def instruction(draw: Any) -> list[int]:
    """The words of one instruction; addresses mostly are those of registers, waits mostly short."""
    name = draw(some.sampled_from(_names))
    row = _table.instructions[name]
    fields = {one.name: draw(some.integers(0, one.highest)) for one in row.fields}
    if name == "wait_until":
        fields["value"] >>= draw(some.integers(0, 24))
    if name != "omnibus_address":
        return [encode_instruction(name, **fields)]
    if draw(some.integers(0, 15)):
        fields["address"] = int(_addresses[draw(some.integers(0, len(_addresses) - 1))])
    words = [encode_instruction(name, **fields)]
    if not fields["is_read"]:
        data = draw(some.one_of(some.integers(0, 0xFFFFFFFF), some.integers(0, 3)))
        words.append(encode_instruction("omnibus_data", data=data))
    return words


programs = some.lists(instruction(), max_size=40).map(lambda parts: [*chain(*parts), halt_word()])


def run(data: bytes, **options: Any) -> Result | None:
    """Run it; None where it was refused or stopped."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        return run_playback(chip(), data, limit_s=_limit_s, limit_messages=1 << 20, **options)
    except DiagnosticError as error:
        codes = {one.code for one in error.diagnostics}
        assert all(code.startswith("B1") or code in _allowed | {"E104"} for code in codes), codes
        return None
    finally:
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < _grown_kib


@budget(1)
@given(words=programs, as_silicon=some.booleans())
def test_a_random_program_ends(words: list[int], as_silicon: bool) -> None:
    result = run(np.array(words, ">u8").tobytes(), as_silicon=as_silicon)
    if result is None:
        return
    messages = decode_messages(result.words())
    assert messages[-1].name == "loopback" and messages[-1].fields == {"marker": 0}
    stops = [one for one in messages if one.name == "timeout_notification"]
    assert len(stops) == (result.timed_out is not None)
    asked = sum(word >> 56 == 0x0B and word >> 36 & 1 for word in words)
    assert len(result.reads) <= asked
    if not stops and not result.warnings:
        kept = sum(word >> 56 == 0x03 and word >> 48 & 1 for word in words)
        assert len(result.jtag) == kept


@budget(0.5)
@given(words=programs, changes=some.lists(some.tuples(some.integers(0, 10_000), some.integers(0, 63)), max_size=8))
def test_a_mutated_program_is_refused_or_ends(words: list[int], changes: list[tuple[int, int]]) -> None:
    for place, bit in changes:
        words[place % len(words)] ^= 1 << bit
    run(np.array(words, ">u8").tobytes(), as_silicon=True)


@budget(0.5)
@given(data=some.binary(max_size=200))
def test_random_bytes_are_refused_or_end(data: bytes) -> None:
    run(data)
    run(data + halt_word().to_bytes(8, "big"), as_silicon=True)


@budget(0.3)
@given(words=programs)
def test_a_program_gives_the_same_again(words: list[int]) -> None:
    data = np.array(words, ">u8").tobytes()
    first, second = run(data, as_silicon=True), run(data, as_silicon=True)
    if first is not None and second is not None:
        assert first.words().tolist() == second.words().tolist()
