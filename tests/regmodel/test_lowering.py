"""Accesses over each bus: the instructions, the number of answers, and what these decode to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.container import Container
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.lowering import Answers, answers_of, decode_answers, find_backend, lower_read, route
from hicannx.regmodel.playback.words import decode_word

model = load_registers()
containers = model.containers
Listed = list[tuple[Any, ...]]


def listed(builder: ProgramBuilder) -> Listed:
    """The instructions without the names of their fields."""
    decoded = [decode_word(word) for word in builder.words().tolist()]
    return [(name, *fields.values()) for name, fields in decoded]


def test_every_access_that_a_container_offers_has_a_way() -> None:
    for container in containers.values():
        for access in ("write", "read"):
            offered = [backend.name for _, backend in model.buses.routes(container, access)]
            assert bool(offered) == (access[0] in container.access), container.name


def test_usual_ways() -> None:
    def way(name: str, access: str) -> tuple[str, str]:
        found = route(containers[name], access)
        return found.backend.name, found.place.space

    assert way("CapMemCell", "write") == way("CapMemCell", "read") == ("Omnibus", "chip")
    assert way("PhyStatus", "read") == ("Omnibus", "fpga")
    assert (way("ADPLL", "write"), way("ADPLL", "read")) == (
        ("JTAGPLLRegister", "jtag_pll"),
        ("OmnibusChipOverJTAG", "chip_jtag_only"),
    )
    assert (way("Timer", "write"), way("Timer", "read")) == (("Timer", "instruction:timer_setup"), ("Omnibus", "fpga"))
    assert route(containers["CommonPhyConfigChip"], "write").backend.name == "OmnibusChipOverJTAG"
    assert route(containers["CapMemCell"], "read", "OmnibusChipOverJTAG").place.space == "chip"


@pytest.mark.parametrize(
    ("name", "access", "backend", "expected"),
    [
        (
            "PhyConfigChip",
            "read",
            None,
            "R143: PhyConfigChip cannot be read | its `access` in the register maps tells what it offers",
        ),
        (
            "PhyStatus",
            "write",
            None,
            "R143: PhyStatus cannot be written | its `access` in the register maps tells what it offers",
        ),
        (
            "CADCSampleQuad",
            "read",
            "OmnibusChipOverJTAG",
            "R143: CADCSampleQuad cannot be read over OmnibusChipOverJTAG | use Omnibus",
        ),
        (
            "ADPLL",
            "read",
            "JTAGPLLRegister",
            "R143: ADPLL cannot be read over JTAGPLLRegister | use OmnibusChipOverJTAG",
        ),
        ("ADPLL", "write", "Omnibuss", "R142: there is no backend `Omnibuss` | did you mean `Omnibus`?"),
    ],
)
def test_ways_that_there_are_not(name: str, access: str, backend: str | None, expected: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        route(containers[name], access, backend)
    assert [f"{one.code}: {one.title} | {one.help}" for one in raised.value.diagnostics] == [expected]


def test_writes_over_each_bus() -> None:
    builder = ProgramBuilder()
    builder.write(containers["ExternalPPUMemoryByte"], 6, {"value": 0x55})
    builder.write(containers["PLLSelfTest"], 0, {"check_range": 1})
    builder.write(containers["PhyConfigChip"], 1, {})
    builder.write(containers["TCA9546ChannelConfig"], 0, {"enable_channels": [1, 1, 1, 0]})
    builder.write(containers["DAC6573ChannelConfig"], 2, {"value": 1018})
    builder.write(containers["CommonSynramConfig"], 1, {}, backend="OmnibusChipOverJTAG")
    assert listed(builder) == [
        ("omnibus_address", 0x80000001, 0b0010, 0),
        ("omnibus_data", 0x5500),
        ("jtag_ins", 3),
        ("jtag_data", 5, 4, 0),
        ("jtag_ins", 4),
        ("jtag_data", 0x100, 32, 0),
        ("jtag_ins", 64 | 6 << 3 | 4),
        ("jtag_data", 0x204000, 22, 0),
        ("omnibus_address", 0x880078F0, 15, 0),
        ("omnibus_data", 7),
        ("omnibus_address", 0x8800784C, 15, 0),
        ("omnibus_data", 20),
        ("omnibus_address", 0x8800784C, 15, 0),
        ("omnibus_data", 254),
        ("omnibus_address", 0x880078CC, 15, 0),
        ("omnibus_data", 128),
        *(
            one
            for address, word in ((0x3000000, 0x88), (0x3000001, 0x303), (0x3000002, 4))
            for one in (
                ("jtag_ins", 5),
                ("jtag_data", address, 33, 0),
                ("jtag_ins", 6),
                ("jtag_data", word, 32, 0),
                ("jtag_ins", 7),
                ("jtag_data", 0, 3, 0),
            )
        ),
    ]


def test_containers_that_are_instructions() -> None:
    builder = ProgramBuilder()
    for name, values in (
        ("ResetChip", {"value": True}),
        ("Timer", {}),
        ("WaitUntil", {"value": 10}),
        ("JTAGClockScaler", {}),
        ("ResetJTAGTap", {}),
        ("SystimeSync", {}),
        ("Barrier", {"enable_jtag": True, "enable_systime_correction": True}),
        ("PollingOmnibusBlock", {"enable_expects_equality": True}),
        ("SpikePack1ToChip", {"labels": [1]}),
        ("SpikePack2ToChip", {"labels": [1, 0xFFFF]}),
        ("SpikePack3ToChip", {"labels": [0xFFFF, 2, 3]}),
    ):
        builder.write(containers[name], 0, values)
    assert listed(builder) == [
        ("reset", 1),
        ("timer_setup",),
        ("wait_until", 10),
        ("jtag_scaler", 6),
        ("jtag_init",),
        ("systime_init", 1),
        ("barrier", 0, 1, 0, 0, 1),
        ("poll_omnibus", 1),
        ("spike_pack_1", 1),
        ("spike_pack_2", 1, 0xFFFF),
        ("spike_pack_3", 0xFFFF, 2, 3),
    ]


def test_answers_are_counted_by_the_message_that_brings_them() -> None:
    builder = ProgramBuilder()
    assert builder.read(containers["ADPLL"], 1) == range(2)
    assert builder.read(containers["INA219Status"], 2) == range(4)
    assert builder.read(containers["Timer"]) == range(4, 5)
    assert builder.read_words([1, 2]) == range(5, 7)
    assert builder.read(containers["JTAGIdCode"]) == range(2, 3)
    assert builder.read(containers["NullPayloadReadable"]) == range(1)
    assert builder.read(containers["SystimeSyncBase"], 0, "OmnibusChipOverJTAG") == range(3, 5)
    kept = [one for one in listed(builder) if one[0] == "jtag_data" and one[3]]
    read = [one for one in listed(builder) if one[0] == "omnibus_address" and one[3]]
    assert (len(kept), len(read)) == (5, 7)
    assert answers_of(find_backend("I2CIdRegister")) == Answers("omnibus_data", 4)
    assert answers_of(find_backend("OmnibusChipOverJTAG")) == Answers("jtag_data", 1)


def test_answers_become_values() -> None:
    status = containers["INA219Status"]
    assert decode_answers(status, 0, [0x1F, 0x40, 0xFF, 0xFF]) == {
        "bus_voltage_overflow": False,
        "bus_voltage": 1000,
        "shunt_voltage": -1,
    }
    assert decode_answers(containers["DAC6573ChannelConfig"], 0, [254, 128]) == {"value": 1018}
    assert decode_answers(containers["JTAGIdCode"], 0, [0x248580AF])["version"] == 2
    assert decode_answers(containers["NullPayloadReadable"], 0, [1]) == {}
    words = [0, 5]
    assert decode_answers(containers["SystimeSyncBase"], 0, words, "OmnibusChipOverJTAG") == {"value": 5 << 32}


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        ("TMP112Status", [1], "R144: a read of TMP112Status over I2CTempRegister has 2 answers, 1 are given"),
        ("TMP112Status", [1, 1 << 31], "R145: no device acknowledges the read of TMP112Status over I2CTempRegister"),
        ("JTAGIdCode", [0], "R141: the words are none of JTAGIdCode: w0.0 is not set"),
    ],
)
def test_answers_that_are_none(name: str, answers: list[int], expected: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        decode_answers(containers[name], 0, answers)
    assert [f"{one.code}: {one.title}" for one in raised.value.diagnostics] == [expected]


@pytest.mark.parametrize("backend", ["Omnibus", "OmnibusChipOverJTAG"])
def test_many_instances_as_single_ones(backend: str) -> None:
    cell, chosen = containers["CapMemCell"], np.array([7, 12479, 0])
    together, single = ProgramBuilder(), ProgramBuilder()
    together.write_instances(cell, chosen, {"value": chosen % 1023}, backend)
    assert together.read_instances(cell, chosen, backend) == range(3)
    for e in chosen.tolist():
        single.write(cell, e, {"value": e % 1023}, backend)
    for e in chosen.tolist():
        single.read(cell, e, backend)
    assert together.to_bytes() == single.to_bytes()


def test_many_bytes_leave_their_neighbours_alone() -> None:
    together, single = ProgramBuilder(), ProgramBuilder()
    byte = containers["ExternalPPUDRAMMemoryByte"]
    together.write_instances(byte, [5, 268435455], {"value": np.array([1, 2])})
    single.write(byte, 5, {"value": 1})
    single.write(byte, 268435455, {"value": 2})
    assert together.to_bytes() == single.to_bytes()
    assert listed(single)[0] == ("omnibus_address", 0x84000001, 0b0100, 0)


def test_a_block_is_a_range_of_instances() -> None:
    block, builder = model.blocks["PPUMemory"], ProgramBuilder()
    builder.write_instances(block.container, block.members(1), {"value": np.arange(4096)})
    assert (listed(builder)[0], listed(builder)[-1]) == (
        ("omnibus_address", 0x03800000, 15, 0),
        ("omnibus_data", 4095),
    )


def readable() -> list[Container]:
    return [one for one in containers.values() if "r" in one.access]


@given(st.data())
def test_a_read_has_as_many_answers_as_it_asks_for(data: st.DataObject) -> None:
    container = data.draw(st.sampled_from(readable()))
    ways = [backend.name for _, backend in model.buses.routes(container, "read")]
    way = route(container, "read", data.draw(st.sampled_from(ways)))
    e = data.draw(st.integers(0, container.instances - 1))
    asked = 0
    for name, fields in map(decode_word, lower_read(way, e).tolist()):
        asked += fields.get("is_read", 0) + fields.get("keep_response", 0) + (name == "loopback")
    assert asked == answers_of(way.backend).count * container.words
