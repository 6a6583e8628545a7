"""Programs by the builder: accesses by container, and sections whose instructions run at given cycles."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.known import KnownWords
from hicannx.regmodel.playback.schedule import TimedRead, TimedWrite
from hicannx.regmodel.playback.timed import TimedSection
from hicannx.regmodel.playback.words import Program, decode_program
from hicannx.render import render_text

registers = load_registers()


def built(builder: ProgramBuilder) -> Program:
    builder.halt()
    return decode_program(builder.to_bytes())


def listing(builder: ProgramBuilder) -> list[tuple[str, ...]]:
    program = built(builder)
    return [
        (program.name(index), *(f"{value:x}" for value in program.fields(index).values()))
        for index in range(len(program) - 1)
    ]


def executed(program: Program) -> Iterator[tuple[int, str, dict[str, int]]]:
    """Cycles since the last set-up at which instructions run: one a cycle, and v + 1 behind a wait for v."""
    cycle = 0
    for index in range(len(program)):
        name, fields = program.name(index), program.fields(index)
        if name == "timer_setup":
            cycle = 0
        elif name == "wait_until":
            assert fields["value"] > cycle - 1, "a wait that does not wait delays what follows"
            cycle = max(cycle, fields["value"])
        yield cycle, name, fields
        cycle += 1


def spikes_of(program: Program) -> list[tuple[int, int]]:
    return [
        (cycle, label)
        for cycle, name, fields in executed(program)
        if name.startswith("spike")
        for label in fields.values()
    ]


def test_container_access() -> None:
    builder = ProgramBuilder()
    builder.write(registers.containers["PollingOmnibusBlockConfig"], 0, {"address": 1, "target": 2, "mask": 3})
    assert builder.read(registers.containers["EventRecordingConfig"]) == range(1)
    assert builder.read(registers.containers["PollingOmnibusBlockConfig"], 0) == range(1, 4)
    assert listing(builder) == [
        ("omnibus_address", "88000006", "f", "0"),
        ("omnibus_data", "1"),
        ("omnibus_address", "88000007", "f", "0"),
        ("omnibus_data", "2"),
        ("omnibus_address", "88000008", "f", "0"),
        ("omnibus_data", "3"),
        ("omnibus_address", "88000005", "f", "1"),
        ("omnibus_address", "88000006", "f", "1"),
        ("omnibus_address", "88000007", "f", "1"),
        ("omnibus_address", "88000008", "f", "1"),
    ]


def test_poll_sets_its_parameters_first() -> None:
    builder = ProgramBuilder()
    builder.poll(0x02020000, 1, 3, equal=False)
    program = built(builder)
    written = [program.fields(index) for index in range(6)]
    assert [one["address"] for one in written[::2]] == [0x88000006, 0x88000007, 0x88000008]
    assert [one["data"] for one in written[1::2]] == [0x02020000, 1, 3]
    assert (program.name(6), program.fields(6)) == ("poll_omnibus", {"expect_equality": 0})


def test_simple_instructions() -> None:
    builder = ProgramBuilder()
    builder.setup_timer()
    builder.wait_until(10)
    builder.barrier()
    builder.barrier(omnibus=False, jtag=True)
    builder.spikes([1, 2, 3, 4, 5])
    builder.tick()
    builder.instruction("reset", value=1)
    assert listing(builder) == [
        ("timer_setup",),
        ("wait_until", "a"),
        ("barrier", "1", "0", "0", "0", "0"),
        ("barrier", "0", "1", "0", "0", "0"),
        ("spike_pack_3", "1", "2", "3"),
        ("spike_pack_2", "4", "5"),
        ("loopback", "1"),
        ("reset", "1"),
    ]


def test_words_of_an_empty_builder() -> None:
    assert ProgramBuilder().to_bytes() == b""
    builder = ProgramBuilder()
    assert builder.schedule([], []) == []
    assert listing(builder) == [("timer_setup",)]


def test_section_with_accesses() -> None:
    builder = ProgramBuilder()
    assert builder.read_words([1]) == range(1)
    accesses = [TimedRead(20, [8, 9]), TimedWrite(10, [5], [6]), TimedRead(10, 7)]
    assert builder.schedule([21, 10, 10], [0xA, 0xB, 0xC], accesses) == [range(2, 4), range(0), range(1, 2)]
    assert builder.read_words([1]) == range(4, 5)
    assert listing(builder)[1:-1] == [
        ("timer_setup",),
        ("wait_until", "9"),
        ("spike_pack_2", "b", "c"),
        ("omnibus_address", "5", "f", "0"),
        ("omnibus_data", "6"),
        ("omnibus_address", "7", "f", "1"),
        ("wait_until", "13"),
        ("omnibus_address", "8", "f", "1"),
        ("omnibus_address", "9", "f", "1"),
        ("spike_pack_1", "a"),
    ]


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(0, 65535)), max_size=40))
def test_spikes_run_in_their_cycle_when_it_is_free(spikes: list[tuple[int, int]]) -> None:
    builder = ProgramBuilder()
    builder.schedule([cycle for cycle, _ in spikes], [label for _, label in spikes])
    run = spikes_of(built(builder))
    ordered = sorted(spikes, key=lambda spike: spike[0])
    assert [label for _, label in run] == [label for _, label in ordered]
    expected, free = [], 1
    while ordered:
        cycle = ordered[0][0]
        pack = [label for other, label in ordered[:3] if other == cycle]
        ordered = ordered[len(pack) :]
        free = max(free, cycle)
        expected += [(free, label) for label in pack]
        free += 1
    assert run == expected


@given(
    st.lists(st.integers(0, 60), max_size=20),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 3), st.booleans()), max_size=8),
)
def test_sections_never_run_early_and_keep_order(cycles: list[int], wanted: list[tuple[int, int, bool]]) -> None:
    accesses: list[TimedWrite | TimedRead] = [
        TimedWrite(cycle, np.arange(count), 0) if writes else TimedRead(cycle, np.arange(count))
        for cycle, count, writes in wanted
    ]
    builder = ProgramBuilder()
    ranges = builder.schedule(cycles, np.arange(len(cycles)), accesses)
    program = built(builder)
    for cycle, label in spikes_of(program):
        assert cycle >= cycles[label]
    reads = [cycle for cycle, name, fields in executed(program) if name == "omnibus_address" and fields["is_read"]]
    for access, answers in zip(accesses, ranges):
        assert len(answers) == (np.size(access.addresses) if isinstance(access, TimedRead) else 0)
        assert all(reads[index] >= access.cycle for index in answers)
    assert len(reads) == sum(map(len, ranges))


def test_many_spikes() -> None:
    generator = np.random.default_rng(5)
    cycles, labels = generator.integers(1, 400_000, 100_000), generator.integers(0, 1 << 16, 100_000)
    builder = ProgramBuilder()
    builder.schedule(cycles, labels)
    program = built(builder)
    packs = program.codes >= 13
    assert (program.codes[packs] - 12).sum() == len(labels)
    assert program.codes[0] == 4
    assert len(spikes_of(program)) == len(labels)


@pytest.mark.parametrize(
    ("cycles", "labels", "message"),
    [
        ([1.5], [2], "[B301] the cycles of a spike are of type float64"),
        ([3, -1, -2], [2, 2, 2], "[B301] a spike is wanted at cycle -1"),
        ([1 << 32], [2], "[B301] a spike is wanted at cycle 4294967296"),
        ([1, 2], [2], "[B302] 2 cycles are given for 1 labels"),
        ([1], [65536], "[B103] 65536 does not fit in `label0` of `spike_pack_1`"),
    ],
)
def test_what_cannot_be_scheduled(cycles: list[float], labels: list[int], message: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        ProgramBuilder().schedule(cycles, labels)
    assert str(caught.value) == message


def test_accesses_that_do_not_fit() -> None:
    with pytest.raises(DiagnosticError) as caught:
        ProgramBuilder().schedule([], [], [TimedRead(-5, 1)])
    assert str(caught.value) == "[B301] a register access is wanted at cycle -5"
    with pytest.raises(DiagnosticError) as caught:
        ProgramBuilder().write_words([0, 1 << 32], [0, 0])
    assert str(caught.value) == "[B103] 4294967296 does not fit in `address` of `omnibus_address`"


def test_byte_enables_of_containers_are_used() -> None:
    container = registers.containers["PPUMemoryWord"]
    builder = ProgramBuilder()
    builder.write(container, 3, {"value": 7})
    assert built(builder).fields(0)["byte_enables"] == 15
    for container in registers.containers.values():
        if container.byte_enables is not None:
            builder = ProgramBuilder()
            builder.write(container, 0, {container.byte_enables: [True, False, False, False]})
            assert built(builder).fields(0)["byte_enables"] == 8


def test_clocks_resets_and_jtag() -> None:
    builder = ProgramBuilder()
    builder.reset(True)
    builder.reset(False)
    builder.jtag_scaler(6)
    builder.jtag_init()
    assert builder.jtag_shift("idcode", 0, 32, keep_response=True) == range(1)
    assert builder.jtag_shift("link_config_7", 0x204000, 22) == range(1, 1)
    assert builder.jtag_shift(127, 5, 33, keep_response=True) == range(1, 2)
    builder.systime()
    builder.systime(synchronise=False)
    assert len(builder) == 12
    assert listing(builder) == [
        ("reset", "1"),
        ("reset", "0"),
        ("jtag_scaler", "6"),
        ("jtag_init",),
        ("jtag_ins", "1"),
        ("jtag_data", "0", "20", "1"),
        ("jtag_ins", "7c"),
        ("jtag_data", "204000", "16", "0"),
        ("jtag_ins", "7f"),
        ("jtag_data", "5", "21", "1"),
        ("systime_init", "1"),
        ("systime_init", "0"),
    ]


def test_many_instances_at_once() -> None:
    container = registers.containers["CrossbarNode"]
    together, apart = ProgramBuilder(), ProgramBuilder()
    together.write_instances(container, [3, 5, 4], {"mask": np.array([1, 2, 3]), "target": 9})
    for e, mask in ((3, 1), (5, 2), (4, 3)):
        apart.write(container, e, {"mask": mask, "target": 9})
    assert together.to_bytes() == apart.to_bytes()


def written(builder: ProgramBuilder) -> list[tuple[int, int]]:
    """Addresses and data of all writes."""
    program = built(builder)
    rows = [program.fields(index) for index in range(len(program) - 1)]
    return [(one["address"], two["data"]) for one, two in pairwise(rows) if "address" in one and "data" in two]


def test_only_words_that_differ_are_sent() -> None:
    container = registers.containers["NeuronConfig"]
    first, *others = container.addresses(7)
    builder = ProgramBuilder(KnownWords(dict(zip([first, *others], container.default_words))))
    builder.write(container, 7, {})
    assert written(builder) == []
    builder = ProgramBuilder(KnownWords.of([first, *others], container.default_words))
    builder.write(container, 7, {"enable_fire": True})
    (changed,) = written(builder)
    assert changed[0] in (first, *others)
    builder = ProgramBuilder(builder.known)
    builder.write(container, 7, {"enable_fire": True})
    builder.write(container, 8, {"enable_fire": True})
    assert [address for address, _ in written(builder)] == container.addresses(8)
    builder = ProgramBuilder(builder.known)
    builder.write_words(np.array([first, first, first]), np.array([1, 1, 2]))
    assert written(builder) == [(first, 1), (first, 2)]


def test_bytes_of_known_words() -> None:
    known = KnownWords({5: 0x11223344})
    builder = ProgramBuilder(known)
    builder.write_words(5, 0xAABB3344, 0b0011)
    builder.write_words(6, 0x1, 0b0001)
    builder.write_words(5, 0x00AA0000, 0b0100)
    builder.write_words(5, 0x11AA3344)
    assert written(builder) == [(6, 1), (5, 0x00AA0000)]
    assert known.words == {5: 0x11AA3344}


def test_registers_that_do_something_are_always_written() -> None:
    reset, memory = registers.containers["NeuronReset"], registers.containers["PPUMemoryWord"]
    builder = ProgramBuilder(KnownWords())
    for _ in range(2):
        builder.write(reset, 3, {})
        builder.write(memory, 3, {"value": 7})
    assert [address for address, _ in written(builder)] == 2 * [*reset.addresses(3), *memory.addresses(3)]


def test_timed_writes_of_known_words() -> None:
    builder = ProgramBuilder(KnownWords({1: 10, 2: 20}))
    accesses = [
        TimedWrite(100, [1, 2], [10, 30]),
        TimedWrite(50, [1], [11]),
        TimedWrite(40, [2], [20]),
        TimedRead(60, 1),
    ]
    assert builder.schedule([], [], accesses) == [range(0), range(0), range(0), range(1)]
    assert listing(builder) == [
        ("timer_setup",),
        ("wait_until", "31"),
        ("omnibus_address", "1", "f", "0"),
        ("omnibus_data", "b"),
        ("wait_until", "3b"),
        ("omnibus_address", "1", "f", "1"),
        ("wait_until", "63"),
        ("omnibus_address", "1", "f", "0"),
        ("omnibus_data", "a"),
        ("omnibus_address", "2", "f", "0"),
        ("omnibus_data", "1e"),
    ]


def test_sections_are_moved_and_merged() -> None:
    container = registers.containers["EventRecordingConfig"]
    first, second = TimedSection(), TimedSection()
    first.write(50, container, 0, {"enable_event_recording": True})
    first.spikes([10, 20], [1, 2])
    assert second.read(5, container) == 0
    second.write_words(6, [1], [2])
    second.spikes(7, 3)
    first.merge(second.shifted(100))
    builder = ProgramBuilder()
    assert builder.play(first) == [range(0), range(1), range(0)]
    assert [(cycle, name) for cycle, name, _ in executed(built(builder)) if name != "wait_until"] == [
        (0, "timer_setup"), (10, "spike_pack_1"), (20, "spike_pack_1"), (50, "omnibus_address"), (51, "omnibus_data"),
        (105, "omnibus_address"), (106, "omnibus_address"), (107, "omnibus_data"), (108, "spike_pack_1"), (109, "loopback"),
    ]  # fmt: skip
    assert builder.warnings == []


def test_what_runs_much_later_is_told() -> None:
    builder = ProgramBuilder()
    builder.schedule([], [], [TimedRead(10, np.zeros(1250, np.int64)), TimedRead(10, [1])])
    assert builder.warnings == []
    builder.schedule([], [], [TimedRead(10, np.zeros(1251, np.int64)), TimedRead(10, [1])])
    assert render_text(builder.warnings) == (
        "warning[B140]: what is wanted at cycle 10 runs 1251 cycles (10.008 us) later\n"
        "  = help: each cycle takes one access or three spikes, a write two cycles a word: spread them in time"
    )
