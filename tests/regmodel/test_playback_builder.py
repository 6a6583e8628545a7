"""Programs by the builder: accesses by container, and sections whose instructions run at given cycles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.container import Container, Place
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.schedule import TimedRead, TimedWrite
from hicannx.regmodel.playback.show import show
from hicannx.regmodel.playback.words import Program, decode_program

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


def test_show_with_registers() -> None:
    builder = ProgramBuilder()
    builder.write(registers.containers["EventRecordingConfig"], 0, {"enable_event_recording": True})
    builder.write(registers.containers["PollingOmnibusBlockConfig"], 0, {"address": 1, "target": 2, "mask": 3})
    builder.schedule([100], [0x1234], [TimedRead(200, [0x02800123])])
    builder.instruction("omnibus_address", address=0x7FFFFFFF, byte_enables=1)
    builder.instruction("omnibus_data", data=1)
    program = built(builder)
    assert list(show(program, registers)) == [
        "      0  0b00000f88000005  omnibus_address  write EventRecordingConfig at 0x88000005",
        "      1  0c00000000000001  omnibus_data     data=0x00000001 enable_event_recording=1",
        "      2  0b00000f88000006  omnibus_address  write PollingOmnibusBlockConfig word 0 at 0x88000006",
        "      3  0c00000000000001  omnibus_data     data=0x00000001 address=1",
        "      4  0b00000f88000007  omnibus_address  write PollingOmnibusBlockConfig word 1 at 0x88000007",
        "      5  0c00000000000002  omnibus_data     data=0x00000002 target=2",
        "      6  0b00000f88000008  omnibus_address  write PollingOmnibusBlockConfig word 2 at 0x88000008",
        "      7  0c00000000000003  omnibus_data     data=0x00000003 mask=3",
        "      8  0400000000000000  timer_setup",
        "      9  0500000000000063  wait_until       value=99",
        "     10  0d00000000001234  spike_pack_1     label0=0x1234",
        "     11  05000000000000c7  wait_until       value=199",
        "     12  0b00001f02800123  omnibus_address  read PPUMemoryWord[291] at 0x02800123",
        "     13  0b0000017fffffff  omnibus_address  write 0x7fffffff byte_enables=0x1",
        "     14  0c00000000000001  omnibus_data     data=0x00000001",
        "     15  0a00000000000000  loopback         marker=halt",
    ]


def test_show_without_registers() -> None:
    builder = ProgramBuilder()
    builder.write_words([0x88000005], [1])
    assert list(show(built(builder)))[:2] == [
        "      0  0b00000f88000005  omnibus_address  write 0x88000005",
        "      1  0c00000000000001  omnibus_data     data=0x00000001",
    ]


on_omnibus = [
    (container, place)
    for container in registers.containers.values()
    for place in container.places
    if place.bus == omnibus
]


@given(st.sampled_from(on_omnibus), st.data())
def test_show_reads_any_data_of_any_register(where: tuple[Container, Place], data: st.DataObject) -> None:
    container, place = where
    addresses = container.addresses(data.draw(st.integers(0, container.instances - 1)), place)
    builder = ProgramBuilder()
    words = st.lists(st.integers(0, (1 << 32) - 1), min_size=len(addresses), max_size=len(addresses))
    builder.write_words(addresses, data.draw(words))
    assert len(list(show(built(builder), registers))) == 2 * len(addresses) + 1


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
