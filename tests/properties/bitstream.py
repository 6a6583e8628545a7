"""Strategies for programs and answers: random ones, real ones, and those damaged."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from hicannx.regmodel.container import Container
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.instruction import Instruction, load_instructions

_vectors = Path(__file__).parents[1] / "vectors" / "playback"
_table = load_instructions()
_containers = sorted(load_registers().containers.values(), key=lambda one: one.name)
word32, byte_enables = st.integers(0, 0xFFFFFFFF), st.sampled_from([15, 15, 15, 0, 1, 6, 12])


def fields_of(row: Instruction) -> st.SearchStrategy[dict[str, int]]:
    """Any values of the fields of an instruction or message."""
    return st.fixed_dictionaries({field.name: st.integers(0, field.highest) for field in row.fields})


_free = [row for row in _table.to_fpga if row.name not in ("omnibus_address", "omnibus_data")]
_instructions = st.sampled_from(_free).flatmap(lambda row: st.tuples(st.just(row), fields_of(row)))
received = st.sampled_from(_table.from_fpga).flatmap(lambda row: st.tuples(st.just(row.name), fields_of(row)))


def _addresses(draw: st.DrawFn) -> tuple[Container, list[int]]:
    container = draw(st.sampled_from(_containers))
    return container, container.addresses(draw(st.integers(0, container.instances - 1)))


def _access(draw: st.DrawFn, builder: ProgramBuilder) -> None:
    """A read or write of all words of a register, or of some, in any order, or of any address."""
    container, addresses = _addresses(draw)
    kind = draw(st.sampled_from(["default", "all", "some", "any"]))
    if kind == "some":
        addresses = draw(st.lists(st.sampled_from(addresses), min_size=1, max_size=4))
    elif kind == "any":
        addresses = [draw(word32)]
    enables = draw(byte_enables)
    if draw(st.booleans()):
        builder.read_words(addresses, enables)
    elif kind == "default" and container.default_words:
        builder.write_words(addresses, list(container.default_words), enables)
    else:
        words = st.lists(st.one_of(st.integers(0, 3), word32), min_size=len(addresses), max_size=len(addresses))
        builder.write_words(addresses, draw(words), enables)


@st.composite
def programs(draw: st.DrawFn) -> bytes:
    """A program in which every write has its data, and which ends with its only halt."""
    builder = ProgramBuilder()
    for _ in range(draw(st.integers(0, 12))):
        if draw(st.booleans()):
            _access(draw, builder)
            continue
        row, fields = draw(_instructions)
        if row.name != "loopback":
            builder.instruction(row.name, **fields)
        else:
            builder.tick()
    builder.halt()
    return builder.to_bytes()


def _golden() -> list[dict[str, Any]]:
    with lzma.open(_vectors / "golden.jsonl.xz", "rt") as lines:
        return [json.loads(line) for line in lines]


def _bytes(record: dict[str, Any]) -> bytes:
    return b"".join(bytes.fromhex(word) for word in record["words"])


_halt = bytes.fromhex("0a00000000000000")
real_programs = [_bytes(one).removesuffix(_halt) + _halt for one in _golden() if one["kind"] in ("program", "init")]
real_answers = [_bytes(one) for one in _golden() if one.get("direction") == "from" and "words" in one]


@st.composite
def damaged(draw: st.DrawFn, streams: st.SearchStrategy[bytes]) -> bytes:
    """A stream with bytes changed, words removed, doubled or exchanged, and cut anywhere."""
    data = bytearray(draw(streams))
    for _ in range(draw(st.integers(0, 4))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        word = at // 8 * 8
        match draw(st.sampled_from(["byte", "bit", "remove", "double", "exchange"])):
            case "byte":
                data[at] = draw(st.integers(0, 255))
            case "bit":
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "remove":
                del data[word : word + 8]
            case "double":
                data[word:word] = data[word : word + 8]
            case "exchange":
                data[word : word + 16] = data[word + 8 : word + 16] + data[word : word + 8]
    return bytes(data[: draw(st.one_of(st.just(len(data)), st.integers(0, len(data))))])


def as_words(data: bytes) -> np.ndarray:
    """The whole words of a stream."""
    return np.frombuffer(data[: len(data) // 8 * 8], ">u8").astype(np.uint64)
