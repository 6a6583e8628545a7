"""The trace of a processor, against the reference executor and against the same run without one."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hicannx.asm.assemble import assemble
from hicannx.emu import state as st
from hicannx.emu import tracering as tr
from hicannx.emu.analog.state import RESTLESS
from hicannx.emu.chip import Chip
from hicannx.emu.machine import ppu_cycle_ticks
from hicannx.emu.ppu import load_image
from hicannx.emu.snapshot import restore_snapshot, take_snapshot
from hicannx.emu.stepped import step_through
from hicannx.emu.trace import (
    CA,
    OV,
    SO,
    Chunk,
    drain,
    last_records,
    present,
    record_last,
    start_trace,
    stop_trace,
    traced,
)
from hicannx.isa.codec import decode
from hicannx.isa.load import load_isa
from hicannx.isa.processor import programs
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.reference import execute
from hicannx.source import SourceFile

c_programs = Path(__file__).resolve().parent.parent / "vectors" / "toolchain" / "c_programs"
enough = 10**9


def image_of(text: str) -> bytes:
    return assemble(SourceFile("test.s", text)).image()


def started(*images: bytes) -> Chip:
    chip = Chip()
    for ppu, image in enumerate(images):
        load_image(chip, image, ppu)
        chip.release_ppu(ppu)
    return chip


def run(chip: Chip) -> None:
    for ppu in range(len(chip.world.chip.core)):
        if chip.world.chip.core[ppu, st.RUNNING]:
            chip.advance_until_asleep(ppu, chip.now_tick + enough)


def trace_of(image: bytes) -> tuple[Chip, list[Chunk]]:
    chip = started(image)
    with traced(chip, 0) as chunks:
        run(chip)
    return chip, chunks


def column(chunks: list[Chunk], name: str) -> np.ndarray:
    return np.concatenate([one.records[name] for one in chunks])


class Replay:
    """A machine of the reference executor that repeats a trace and says what the record should hold."""

    def __init__(self, image: bytes, chip: Chip) -> None:
        self.memory = bytearray(image.ljust(16384, b"\0"))
        self.addresses: list[int] = []
        self.rows: dict[int, bytes] = {}
        self.machine = Machine(load=self.load, store=self.store, bus_read=self.bus_read, bus_write=self.bus_write)
        self.machine.vr = [bytearray(row.tobytes()) for row in chip.world.chip.vr[0]]

    def load(self, address: int, size: int) -> int:
        return int.from_bytes(self.memory[address : address + size], "big")

    def store(self, address: int, size: int, value: int) -> None:
        self.memory[address : address + size] = value.to_bytes(size, "big")

    def bus_read(self, address: int) -> bytes:
        return self.rows.get(address, bytes(128))

    def bus_write(self, address: int, row: bytes, enable: bytes) -> None:
        old = self.bus_read(address)  # weights have 6 bits
        self.rows[address] = bytes(new & 63 if on else was for new, on, was in zip(row, enable, old))

    def check(self, record: np.void, rows: np.ndarray) -> None:
        machine, word = self.machine, int(record["word"])
        assert machine.pc == record["pc"]
        assert self.load(machine.pc, 4) == word
        row = decode(load_isa(), word)
        assert row is not None
        execute(programs()[row.name], word, machine)
        assert machine.exception == 0
        assert machine.gpr[word >> 21 & 31] == record["rt"]
        assert machine.gpr[word >> 16 & 31] == record["ra"]
        names = {"cr": "CR", "lr": "LR", "ctr": "CTR"}
        assert {name: int(record[name]) for name in names} == {
            name: machine.registers[one] for name, one in names.items()
        }
        for name, bit in {"SO": SO, "OV": OV, "CA": CA}.items():
            assert record["flags"] >> bit & 1 == machine.registers[f"XER.{name}"]
        if "EA = " in row.semantics.text:  # type: ignore[union-attr]
            assert machine.registers["EA"] == record["address"]
        self.check_rows(row.semantics.text, word, rows)  # type: ignore[union-attr]

    def check_rows(self, text: str, word: int, rows: np.ndarray) -> None:
        """A row that is written is in the trace; which registers a text writes is read in the text itself."""
        written = set(re.findall(r"^ *(?:if .*: )?(VRT|ACC|VCR)\b[^=\n]*=(?!=)", text, re.MULTILINE))
        wanted = []
        if "VRT" in written:
            wanted.append(bytes(self.machine.vr[word >> 21 & 31]))
        if "ACC" in written:
            whole = b"".join(one.to_bytes(4, "big") for one in self.machine.acc)
            wanted += [whole[:128], whole[128:]]
        if "VCR" in written:
            wanted.append(bytes(self.machine.vcr))
        assert [one.tobytes() for one in rows] == wanted, text


def replay(image: bytes, chunks: list[Chunk], most: int) -> int:
    reference, count = Replay(image, Chip()), 0
    for chunk in chunks:
        ends = [*chunk.records["row"][1:], len(chunk.rows)]
        for record, end in itertools.islice(zip(chunk.records, ends), most - count):
            reference.check(record, chunk.rows[record["row"] : end])
            count += 1
    return count


@pytest.mark.parametrize("name", ["c01_sort.O2", "c05_strings.O0", "c06_bitfields.Os", "c08_recursion.O2", "c09_vm.Os"])
def test_a_compiled_program_is_replayed_register_by_register(name: str) -> None:
    image = (c_programs / name / "image.bin").read_bytes()
    chip, chunks = trace_of(image)
    assert sum(len(one.records) for one in chunks) == chip.world.chip.core[0, st.INSTRUCTIONS]
    assert replay(image, chunks, 6000) == min(6000, int(chip.world.chip.core[0, st.INSTRUCTIONS]))


def vector_program() -> bytes:
    """All instructions of the vector unit on registers with different contents, twice."""
    rows = [row for row in load_isa().instructions.values() if any(one.kind == "vr" for one in row.fields.values())]
    lines = [".set row, 0", "li 30, 0x1000", "li 31, 0x20", "li 0, 4", "mtctr 0", "li 3, 77", "li 29, 6"]
    lines += [f"li {number}, {37 * number}\nfxvsplath {number}, {number}" for number in range(1, 29)]
    lines += [f"fxvsplatb {number}, 3" for number in (0, 29, 30, 31)] + ["loop:"]
    for row in rows:
        if row.family != "memory":
            lines += list(row.examples)
    lines += [
        "fxvstax 5, 30, 31",
        "sync",
        "fxvlax 6, 30, 31",
        "fxvoutx 6, 0, 29",
        "fxvinx 7, 0, 29",
        "bdnz loop",
        "wait",
    ]
    return image_of("\n".join(lines))


def test_every_vector_instruction_is_replayed_byte_by_byte() -> None:
    image = vector_program()
    chip, chunks = trace_of(image)
    count = int(chip.world.chip.core[0, st.INSTRUCTIONS])
    assert replay(image, chunks, count) == count > 4 * 55


def test_more_instructions_than_the_ring_holds() -> None:
    image = (c_programs / "c12_lif.O0" / "image.bin").read_bytes()
    _, chunks = trace_of(image)
    pcs, words = step_through(started(image).world.chip)
    assert len(pcs) > 3 * tr.CAPACITY
    assert [len(one.records) for one in chunks[:-1]] == [tr.CAPACITY] * (len(pcs) // tr.CAPACITY)
    assert np.array_equal(column(chunks, "pc"), pcs) and np.array_equal(column(chunks, "word"), words)
    cycles = column(chunks, "cycle")
    assert (np.diff(cycles) > 0).all()


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_program_as_long_as_the_ring(more: int) -> None:
    body = (tr.CAPACITY + more - 4) // 2  # lis, ori, mtctr, wait
    odd = (tr.CAPACITY + more - 4) % 2
    text = (
        f"lis 3, {body >> 16}\nori 3, 3, {body & 65535}\nmtctr 3\n" + "nop\n" * odd + "1: addi 4, 4, 1\nbdnz 1b\nwait"
    )
    chip, chunks = trace_of(image_of(text))
    sizes = [len(one.records) for one in chunks]
    assert sum(sizes) == chip.world.chip.core[0, st.INSTRUCTIONS] == tr.CAPACITY + more
    assert sizes == ([tr.CAPACITY, 1] if more == 1 else [tr.CAPACITY + more])
    adds = np.concatenate([one.records[one.records["word"] == 0x38840001]["rt"] for one in chunks])
    assert np.array_equal(adds, np.arange(1, body + 1))


def test_more_vector_results_than_their_ring_holds() -> None:
    rounds = 7000
    text = f"li 3, {rounds}\nmtctr 3\nli 4, 1\nfxvsplatb 1, 4\nfxvsplatb 2, 0\n"
    text += "1: fxvaddbm 2, 2, 1\nfxvmtacb 2\nbdnz 1b\nwait"
    _, chunks = trace_of(image_of(text))
    assert len(chunks) > 2 and all(len(one.rows) <= tr.ROW_CAPACITY for one in chunks)
    sums, accumulators = [], []
    for chunk in chunks:
        rows = chunk.records["row"]
        family = chunk.records["word"] >> 26 == 4
        written = np.diff(np.append(rows, len(chunk.rows)))
        assert set(written[~family]) <= {0}
        first = chunk.rows[rows[family & (written == 1)]]
        sums.append(first[(first == first[:, :1]).all(axis=1), 0])
        accumulators.append(chunk.rows[rows[family & (written == 2)]])
    assert np.array_equal(np.concatenate(sums)[2:], np.arange(1, rounds + 1) % 256)
    assert np.concatenate(accumulators).shape == (rounds, 128)


def contents(chip: Chip) -> dict[str, bytes]:
    """All state but the trace."""
    world = chip.world
    found = {name: world.chip[name].copy() for name in world.chip.dtype.names}  # type: ignore[index,attr-defined]
    for name in ("trace_ring", "trace_row", "dram"):
        del found[name]
    found["core"][:, [st.TRACING, st.TRACED, st.TRACED_ROWS, st.EFFECTIVE]] = 0
    found["neurons"]["counts"][RESTLESS] = 0  # where the search for unrest begins
    return {name: _bytes(one) for name, one in found.items()}


def _bytes(value: Any) -> bytes:
    """Without those between the arrays of a record, which a copy does not have."""
    names = value.dtype.names
    return b"".join(_bytes(value[name]) for name in names) if names else value.tobytes()


interrupted_program = """
        b       start
        .org    0x30
        b       tick
start:  li      3, 137
        mtspr   22, 3           # the decrementer, and what it begins with again
        mtspr   54, 3
        lis     3, 0x0440       # TCR: DIE and ARE
        mtspr   340, 3
        li      3, 0
        ori     3, 3, 0x8000
        mtmsr   3
        lis     4, 1
        ori     4, 4, 0x1000
        mtctr   4
loop:   mullw   5, 4, 3
        stw     5, 0x1000(0)
        lwz     6, 0x1000(0)
        add     4, 5, 6
        bdnz    loop
        li      3, 0
        mtmsr   3
        mtspr   340, 3
        wait
tick:   mfspr   20, 336
        mtspr   336, 20
        addi    21, 21, 1
        rfi
"""


def test_a_trace_changes_no_state_and_no_cycle() -> None:
    other = (c_programs / "c02_crc32.O2" / "image.bin").read_bytes()
    found = []
    for mode in (tr.OFF, tr.DRAINED, tr.ROUND):
        chip = started(image_of(interrupted_program), other)
        for ppu in (0, 1):
            if mode == tr.DRAINED:
                start_trace(chip, ppu, lambda _: None)
            elif mode == tr.ROUND:
                record_last(chip, ppu)
        run(chip)
        for ppu in (0, 1):
            stop_trace(chip, ppu)
        assert chip.world.chip.gpr[0, 21] > 1000  # interrupts
        assert chip.world.chip.core[0, st.INSTRUCTIONS] > 5 * tr.CAPACITY
        found.append(contents(chip))
    for one in found[1:]:
        assert [name for name in found[0] if one[name] != found[0][name]] == []


def test_both_processors_have_a_trace_of_their_own() -> None:
    images = [(c_programs / name / "image.bin").read_bytes() for name in ("c12_lif.O2", "c01_sort.O0")]
    chip = started(*images)
    with traced(chip, 0) as first, traced(chip, 1) as second:
        run(chip)
    for ppu, chunks in enumerate((first, second)):
        pcs, _ = step_through(started(images[ppu]).world.chip)
        assert {one.ppu for one in chunks} == {ppu}
        assert np.array_equal(column(chunks, "pc"), pcs)


def test_an_interrupt_is_in_its_place() -> None:
    chip, chunks = trace_of(image_of(interrupted_program))
    pcs, words = column(chunks, "pc"), column(chunks, "word")
    entries = np.flatnonzero(pcs == 0x30)
    assert len(entries) == chip.world.chip.gpr[0, 21]
    returns = np.flatnonzero(words == 0x4C000064)
    assert len(returns) == len(entries)
    straight = pcs[entries - 1] + 4 == pcs[returns + 1]
    looped = (words[entries - 1] >> 26 == 16) & (pcs[returns + 1] < pcs[entries - 1])
    assert (straight | looped).all()


def test_the_last_instructions() -> None:
    image = (c_programs / "c12_lif.O0" / "image.bin").read_bytes()
    chip = started(image)
    record_last(chip, 0)
    run(chip)
    pcs, words = step_through(started(image).world.chip)
    whole = last_records(chip, 0)
    assert len(whole.records) == tr.CAPACITY
    assert np.array_equal(whole.records["pc"], pcs[-tr.CAPACITY :])
    few = last_records(chip, 0, 3)
    assert few.records["word"].tolist() == words[-3:].tolist()
    assert chip.world.chip.core[0, st.PC] == present(chip, 0)["pc"][0] == pcs[-1] + 4
    stop_trace(chip, 0)
    assert len(last_records(chip, 0).records) == 0


def test_the_last_vector_results() -> None:
    rounds = 9000
    text = f"li 3, {rounds}\nmtctr 3\nli 4, 1\nfxvsplatb 1, 4\nfxvsplatb 2, 0\n1: fxvaddbm 2, 2, 1\nbdnz 1b\nwait"
    chip = started(image_of(text))
    record_last(chip, 0)
    run(chip)
    last = last_records(chip, 0)
    adds = last.records[last.records["word"] >> 26 == 4]
    kept = adds["row"] >= 0
    assert kept.sum() == tr.ROW_CAPACITY and not kept[: -tr.ROW_CAPACITY].any()
    wanted = np.arange(rounds - tr.ROW_CAPACITY + 1, rounds + 1) % 256
    assert np.array_equal(last.rows[adds["row"][kept]], np.repeat(wanted[:, None], 128, axis=1))


def test_a_trace_goes_on_behind_a_restored_snapshot() -> None:
    image = (c_programs / "c02_crc32.O2" / "image.bin").read_bytes()
    chip = started(image)
    with traced(chip, 0) as chunks:
        chip.advance(2000)
        drain(chip, 0)
        count = sum(len(one.records) for one in chunks)
        snapshot = take_snapshot(chip)
        chip.advance(4000)
        restore_snapshot(chip, snapshot)
        chip.advance(4000)
    pcs = column(chunks, "pc")
    again = (len(pcs) - count) // 2
    assert count > 0 and len(pcs) == count + 2 * again
    assert np.array_equal(pcs[count : count + again], pcs[count + again :])


def test_sinks_get_views_and_copies_last() -> None:
    chip = started(image_of("li 3, 1\nwait"))
    views: list[Chunk] = []
    start_trace(chip, 0, views.append)
    run(chip)
    drain(chip, 0)
    copy = views[0].copy()
    chip.release_ppu(0)
    chip.world.chip.sram[0, 0] = 0x38600002  # li 3, 2
    run(chip)
    stop_trace(chip, 0)
    assert views[0].records["rt"][0] == 2 and copy.records["rt"][0] == 1
    assert chip.sinks == {}


def test_cycles_are_those_of_the_clock() -> None:
    chip, chunks = trace_of(image_of("li 3, 1\nli 4, 2\nwait"))
    core = chip.world.chip.core[0]
    cycles = column(chunks, "cycle")
    release = core[st.RELEASE_TICK] // ppu_cycle_ticks
    assert release < cycles[0] < cycles[1] < cycles[2] <= core[st.SLEEP_TICK] // ppu_cycle_ticks
    assert present(chip, 0)["cycle"][0] - release == core[st.CYCLES]
