"""Registers that do more than to keep their words, and that all others keep them."""

import numpy as np
import pytest

from hicannx.emu import behaviour as bh
from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.machine import link_from_chip_ticks, link_to_chip_ticks
from hicannx.emu.omnibus import merge
from hicannx.emu.omnibustable import omnibus_table
from hicannx.regmodel.codec import decode
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder

_maps = load_registers().containers


@pytest.fixture(scope="module")
def chip():
    return Chip()


def _reads(chip, builder):
    builder.barrier()
    builder.halt()
    return run_playback(chip, builder.to_bytes(), "test.bits").reads.tolist()


def _status(chip, name, e=0):
    builder = ProgramBuilder()
    builder.read(_maps[name], e)
    return decode(_maps[name], _reads(chip, builder))


def test_every_register_that_only_stores_keeps_each_byte():
    """All words, each with byte enables of its own; a word that others share or that does something is left out."""
    table = omnibus_table()
    rows = np.flatnonzero((table.access == 3) & (table.behaviour == bh.NONE))
    assert len(rows) > 150_000
    rows = np.unique(np.append(rows[::37], rows[table.address[rows] < 1 << 31]))
    generator = np.random.default_rng(0)
    words = generator.integers(0, 1 << 32, (2, len(rows)))
    enables = generator.integers(0, 16, len(rows))
    builder = ProgramBuilder()
    keep = ~np.isin(table.address[rows], [0x88000000, 0x88000009, 0x8800000B])  # those change how the program runs
    rows, words, enables = rows[keep], words[:, keep], enables[keep]
    addresses = table.address[rows]
    builder.write_words(addresses, words[0])
    for address, word, enable in zip(addresses.tolist(), words[1].tolist(), enables.tolist(), strict=True):
        builder.instruction("omnibus_address", address=address, byte_enables=enable, is_read=0)
        builder.instruction("omnibus_data", data=word)
    builder.read_words(addresses)
    expected = [merge(int(a), int(b), int(e)) for a, b, e in zip(*words, enables, strict=True)]
    assert _reads(Chip(), builder) == expected


def test_the_link_counts_accesses(chip):
    """haldls:tests/hw/stadls/vx/v3/common/test-hicann_arq_status.cpp:26."""
    before = _status(chip, "HicannARQStatus")
    builder = ProgramBuilder()
    builder.read_words([0x02800000, 0x02800001])
    _reads(chip, builder)
    after = _status(chip, "HicannARQStatus")
    assert {name: after[name] - before[name] for name in ("read_count", "write_count")} == {
        "read_count": 2,
        "write_count": 2,
    }
    assert after["rx_count"] >= after["read_count"] and after["tx_count"] >= after["write_count"]


def test_the_words_are_shared_among_the_links(chip):
    links = [_status(chip, "PhyStatus", link) for link in range(8)]
    arq = _status(chip, "HicannARQStatus")
    assert sum(one["tx_count"] for one in links) == arq["tx_count"] + int(chip.world.chip.fpga[st.SPIKES_TO_CHIP])
    assert sum(one["rx_count"] for one in links) == arq["rx_count"]
    assert all(one["crc_error_count"] == one["rx_dropped_count"] == 0 for one in links)
    assert links[0]["online_time"] > 0


def test_the_time_of_the_links_begins_when_they_are_enabled(chip):
    builder = ProgramBuilder()
    for word in (0, 0xFF):
        builder.write_words(_maps["CommonPhyConfigFPGA"].addresses(0), [word])
    builder.setup_timer()
    builder.wait_until(999)
    builder.read(_maps["PhyStatus"], 0)
    assert _reads(chip, builder)[1] == 1002  # the second word of the register


def test_an_access_finds_no_chip_while_the_links_are_off(chip):
    builder = ProgramBuilder()
    builder.write_words(_maps["CommonPhyConfigFPGA"].addresses(0), [0])
    builder.read_words([0x02800000])
    builder.write_words(_maps["CommonPhyConfigFPGA"].addresses(0), [0x80])
    builder.write_words([0x02800000], [77])
    builder.read_words([0x02800000])
    builder.halt()
    assert run_playback(chip, builder.to_bytes()).reads.tolist() == [77]


def test_spikes_of_neurons_are_counted_until_the_counter_is_reset(chip):
    neuron, backend = 300, 300 % 128 + 256 * (300 % 256 // 128) + 128
    chip.world.routing.spikes[:] = 0
    from hicannx.emu.analog.state import SPIKES
    from hicannx.emu.routing import emit_spikes

    for _ in range(300):
        chip.world.neurons.spike_neuron[0] = neuron
        chip.world.neurons.counts[SPIKES] = 1
        emit_spikes(chip.world.chip, chip.world.routing, chip.world.queue)
    assert _status(chip, "SpikeCounterRead", backend) == {"count": 300 % 256, "overflow": True}
    assert _status(chip, "SpikeCounterRead", backend + 1) == {"count": 0, "overflow": False}
    builder = ProgramBuilder()
    builder.write_words(_maps["SpikeCounterReset"].addresses(backend), [0])
    _reads(chip, builder)
    assert _status(chip, "SpikeCounterRead", backend) == {"count": 0, "overflow": False}


def test_the_performance_test_loses_nothing(chip):
    builder = ProgramBuilder()
    builder.write(_maps["PerfTest"], 0, {"enable": True})
    builder.setup_timer()
    builder.wait_until(1000)
    builder.read(_maps["PerfTestStatus"], 0)
    builder.write(_maps["PerfTest"], 0, {"enable": False})
    reads = _reads(chip, builder)
    way = (link_to_chip_ticks + link_from_chip_ticks) // 4
    assert reads[0] > 1000 and reads[1] == reads[0] + 1 - way
    assert _status(chip, "PerfTestStatus") == {
        "sent": reads[0] + 5,
        "received": reads[0] + 5,
        "in_order": reads[0] + 5,
        "error_word": 0,
    }


def test_the_dram_takes_words_and_bytes_and_processors_see_it(chip):
    builder = ProgramBuilder()
    builder.write_words([0x84000000, 0x87FFFFFF], [0x11223344, 5])
    builder.instruction("omnibus_address", address=0x84000000, byte_enables=4, is_read=0)
    builder.instruction("omnibus_data", data=0xAABBCCDD)
    builder.read_words([0x84000000, 0x87FFFFFF, 0x84000001])
    assert _reads(chip, builder) == [0x11BB3344, 5, 0]
    from hicannx.emu.addressspace import read_bytes

    assert read_bytes(chip.world.chip, 0, 0x50000000, 4) == bytes([0x11, 0xBB, 0x33, 0x44])


def test_write_responses_come_when_they_are_not_filtered(chip):
    builder = ProgramBuilder()
    builder.write_words([0x88000000], [0])
    builder.write_words([0x02800000, 0x88007C00], [1, 2])
    builder.write_words([0x88000000], [1])
    builder.write_words([0x02800000], [3])
    builder.halt()
    from hicannx.regmodel.playback.messages import decode_messages

    result = run_playback(chip, builder.to_bytes())
    data = [one for one in decode_messages(result.words()) if one.name == "omnibus_data"]
    assert [one.fields["data"] for one in data] == [0, 0, 0]  # of the filter itself, too
    assert result.reads.tolist() == []


def test_the_timer_goes_on_between_programs_and_processors_see_it(chip):
    builder = ProgramBuilder()
    builder.setup_timer()
    builder.wait_until(500)
    _reads(chip, builder)
    builder = ProgramBuilder()
    builder.read(_maps["Timer"], 0)
    assert _reads(chip, builder)[0] > 500


def test_triggers_take_any_word(chip):
    builder = ProgramBuilder()
    for name in ("NeuronReset", "BlockPostPulse", "CorrelationReset", "NeuronResetQuad", "SpikeCounterReset"):
        builder.write_words(_maps[name].addresses(1), [0xFFFFFFFF])
    assert _reads(chip, builder) == []
