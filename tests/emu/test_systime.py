"""System time: its synchronisation, and the time of messages and spikes."""

import pytest

from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.machine import fpga_cycle_ticks, link_from_chip_ticks, link_to_chip_ticks
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.messages import decode_messages

_maps = load_registers().containers
_round_trip = (link_to_chip_ticks + link_from_chip_ticks) // fpga_cycle_ticks


@pytest.fixture
def chip():
    return Chip()


def _run(chip, builder):
    builder.halt()
    return decode_messages(run_playback(chip, builder.to_bytes(), "test.bits").words())


def _start(base):
    builder = ProgramBuilder()
    builder.write(_maps["SystimeSyncBase"], 0, {"value": base})
    builder.barrier()
    return builder


def _registers(builder):
    for name in ("FPGASystimeSyncActiveState", "FPGASystimeSyncLastRTT", "FPGASystimeSyncLastAsicSystime"):
        builder.read(_maps[name], 0)


def _data(messages):
    return [one.fields["data"] for one in messages if one.name == "omnibus_data"]


@pytest.mark.parametrize("base", [0, 1000, 2**32 + 5, 2**43 - 50])
def test_a_synchronisation_starts_the_system_time_at_its_base(chip, base):
    builder = _start(base)
    builder.instruction("systime_init", do_sync=1)
    builder.barrier(omnibus=False, systime=True)
    builder.tick()
    messages = _run(chip, builder)
    told = next(one for one in messages if one.name == "systime" and one.fpga_time >= 12)
    assert told.fields["value"] == (base + link_from_chip_ticks // fpga_cycle_ticks) % 2**43
    tick = next(one for one in messages if one.name == "loopback")
    assert tick.fpga_time == (told.fpga_time + 1) % 2**43


def test_the_synchronisation_takes_its_tries_and_does_not_block(chip):
    for tries in (1, 3, 15):
        builder = _start(0)
        builder.write(_maps["FPGASystimeSyncNumRetries"], 0, {"value": tries})
        builder.setup_timer()
        builder.instruction("systime_init", do_sync=1)
        builder.read_words([0x8800000C])
        builder.barrier(omnibus=False, systime=True)
        builder.read_words([0x8800000C])
        assert _data(_run(chip, builder)) == [2, 1 + tries * _round_trip + 1]


def test_the_registers_tell_of_it(chip):
    builder = _start(2**40 + 3)
    _registers(builder)
    builder.instruction("systime_init", do_sync=1)
    _registers(builder)
    builder.barrier(omnibus=False, systime=True)
    _registers(builder)
    data = _data(_run(chip, builder))
    assert data[:5] == [0, 0, 0, 0, 0]
    assert data[5] == 1
    assert data[10:] == [0, 0, _round_trip, 1 << 8, 3]


def test_without_synchronisation_the_present_time_is_told(chip):
    builder = ProgramBuilder()
    builder.setup_timer()
    builder.wait_until(999)
    builder.instruction("systime_init", do_sync=0)
    first = _run(chip, builder)[0]
    assert (first.name, first.fields) == ("systime", {"value": 1000})


def test_messages_and_spikes_have_the_system_time_also_in_the_next_program(chip):
    builder = _start(10_000)
    builder.instruction("systime_init", do_sync=1)
    builder.barrier(omnibus=False, systime=True)
    _run(chip, builder)
    after = ProgramBuilder()
    after.setup_timer()
    after.wait_until(500)
    after.spikes([0x42])
    after.wait_until(1000)
    messages = _run(chip, after)
    spike = next(one for one in messages if one.name == "spike_pack_1")
    assert 10_500 < spike.fpga_time < 10_800
    assert 0 < spike.fpga_time - spike.chip_times[0] < 100


def test_a_synchronisation_in_reset_never_ends():
    chip = Chip()
    builder = ProgramBuilder()
    builder.write(_maps["InstructionTimeoutConfig"], 0, {"value": 1000})
    builder.instruction("reset", value=1)
    builder.instruction("systime_init", do_sync=1)
    builder.barrier(omnibus=False, systime=True)
    builder.halt()
    result = run_playback(chip, builder.to_bytes(), as_silicon=True)
    assert result.timed_out == 4
    assert not [one for one in decode_messages(result.words()) if one.name == "systime" and one.fpga_time > 1010]
