"""The playback executor: order and time of instructions, answers, and what is refused."""

import numpy as np
import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.machine import fpga_cycle_ticks, link_from_chip_ticks, link_to_chip_ticks
from hicannx.emu.wiring import crossbar_ticks, fpga_to_crossbar_ticks
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.messages import decode_messages
from hicannx.render import render_text

_maps = load_registers().containers
_timer = _maps["Timer"].addresses(0, _maps["Timer"].place_in("fpga"))[0]


def _run(builder, chip=None):
    builder.halt()
    return run_playback(chip or Chip(), builder.to_bytes(), "test.bits")


def _complaint(builder, chip=None):
    with pytest.raises(DiagnosticError) as caught:
        _run(builder, chip)
    return render_text(caught.value.diagnostics)


def test_a_written_word_is_read_back_after_the_way_there_and_back():
    builder = ProgramBuilder()
    builder.setup_timer()
    builder.write(_maps["PPUMemoryWord"], 0x123, {"value": 0x12345678})
    builder.barrier()
    builder.read(_maps["PPUMemoryWord"], 0x123)
    result = _run(builder)
    assert result.reads.tolist() == [0x12345678]
    barrier_cycle = 2 + link_to_chip_ticks // fpga_cycle_ticks  # the write leaves in cycle 2
    read_tick = (barrier_cycle + 1) * fpga_cycle_ticks
    assert result.read_ticks.tolist() == [read_tick + link_to_chip_ticks + link_from_chip_ticks]


def test_an_instruction_behind_a_wait_runs_one_cycle_later():
    builder = ProgramBuilder()
    builder.setup_timer()
    builder.read_words([_timer])  # one cycle after the set-up
    builder.wait_until(1000)
    builder.read_words([_timer])
    builder.wait_until(10)  # long past: costs its own cycle only
    builder.read_words([_timer])
    assert _run(builder).reads.tolist() == [1, 1001, 1003]


def test_a_spike_loops_back_through_the_open_crossbar_with_its_time():
    """The default nodes let everything pass, so a spike for input 8 leaves at output 8."""
    builder = ProgramBuilder()
    builder.setup_timer()
    builder.wait_until(499)
    builder.spikes([0x1234, 0x0005])
    builder.wait_until(2000)
    result = _run(builder)
    stamp = 500 * fpga_cycle_ticks + fpga_to_crossbar_ticks + crossbar_ticks
    assert result.spike_labels.tolist() == [0x1234, 0x0005]
    assert result.spike_ticks.tolist() == [stamp, stamp + fpga_cycle_ticks]  # an output takes one event in 8 ns


def test_event_recording_can_be_switched():
    builder = ProgramBuilder()
    builder.setup_timer()
    for label, enable in ((1, 1), (2, 0), (3, 1)):
        builder.write(_maps["EventRecordingConfig"], 0, {"enable_event_recording": enable})
        builder.spikes([label])
        builder.wait_until(1000 * label)
    assert _run(builder).spike_labels.tolist() == [1, 3]


def test_answers_and_spikes_stand_in_the_response_stream():
    builder = ProgramBuilder()
    builder.setup_timer()
    builder.spikes([0x0042])
    builder.read(_maps["CrossbarNode"], 3)
    builder.tick()
    builder.wait_until(1000)
    result = _run(builder)
    messages = decode_messages(result.words())
    assert [one.name for one in messages if one.name not in ("systime", "sysdelta")] == [
        "omnibus_data",
        "loopback",
        "spike_pack_1",
        "loopback",
    ]
    spike = next(one for one in messages if one.name == "spike_pack_1")
    assert spike.fields["label0"] == 0x42
    assert spike.chip_times == (result.spike_ticks[0] // fpga_cycle_ticks,)


def test_byte_enables_gate_bytes():
    words = []
    chip = Chip()
    address = _maps["PPUMemoryWord"].addresses(7)[0]
    for enables in (0b1111, 0b0001, 0b0010, 0b0100, 0b1000):
        builder = ProgramBuilder()
        data = 0x12345678 if enables == 15 else 0x87654321
        builder.instruction("omnibus_address", address=address, byte_enables=enables, is_read=0)
        builder.instruction("omnibus_data", data=data)
        builder.read_words([address])
        words.append(int(_run(builder, chip).reads[0]))
    assert words == [0x12345678, 0x12345621, 0x12344321, 0x12654321, 0x87654321]


def test_the_chip_keeps_its_state_between_programs():
    chip = Chip()
    first = ProgramBuilder()
    first.write(_maps["CrossbarNode"], 24, {"mask": 0x3FFF, "target": 5})
    _run(first, chip)
    end = chip.now_tick
    second = ProgramBuilder()
    second.read(_maps["CrossbarNode"], 24)
    assert _run(second, chip).reads.tolist() == [0x00053FFF]
    assert chip.now_tick > end


def test_a_node_filters_from_the_moment_of_its_write():
    builder = ProgramBuilder()
    builder.setup_timer()
    node = next(e for e, pair in enumerate(zip(*_nodes(), strict=True)) if pair == (8, 8))
    for place, target in enumerate((0, 1, 0)):
        builder.write(_maps["CrossbarNode"], node, {"mask": 0, "target": target})
        builder.spikes([place])
        builder.wait_until(1000 * (place + 1))
    assert _run(builder).spike_labels.tolist() == [0, 2]


def _nodes():
    from hicannx.regmodel.geometry import node_inputs_outputs

    return (column.tolist() for column in node_inputs_outputs())


def test_a_polling_block_waits_for_a_value():
    """Background spikes are counted; the block waits until there were more than 15 of them."""
    builder = ProgramBuilder()
    builder.setup_timer()
    builder.write(_maps["CrossbarOutputConfig"], 0, {"enable_event_counter": [0] * 8 + [1] + [0] * 3})
    builder.write(_maps["BackgroundSpikeSource"], 0, {"enable": 1, "period": 1000, "neuron_label": 1})
    builder.poll(_maps["CrossbarOutputEventCounter"].addresses(8)[0], 16, 16)
    builder.read_words([_timer])
    (cycles,) = _run(builder).reads.tolist()
    assert 16 * 500 < cycles < 17 * 500  # a period is 1000 cycles of 250 MHz


def test_a_poll_that_takes_too_long_times_out():
    builder = ProgramBuilder()
    builder.write(_maps["InstructionTimeoutConfig"], 0, {"value": 1000})
    builder.poll(_maps["PPUStatusRegister"].addresses(0)[0], 1, 1)
    assert _complaint(builder) == (
        "error[E110]: the polling block (word 8) timed out after 8.2 us of chip time\n"
        "  = help: end the program with `wait`, or raise InstructionTimeoutConfig if it needs longer"
    )


def test_an_access_to_nothing_names_the_nearest_register():
    builder = ProgramBuilder()
    builder.read_words([0x00130200])
    assert _complaint(builder) == (
        "error[E101]: there is no register at Omnibus address 0x00130200\n"
        "  = note: accessed by the playback program\n"
        "  = note: at 0.000 us of chip time\n"
        "  = help: the nearest register is CrossbarOutputEventCounter[11] at 0x00130084"
    )


def test_a_trigger_cannot_be_read():
    builder = ProgramBuilder()
    builder.read_words([_maps["NeuronReset"].addresses(3)[0]])
    assert _complaint(builder).startswith("error[E102]: the register at Omnibus address 0x0012200c cannot be read\n")


def test_many_spikes_in_a_row_are_all_recorded():
    """More events than the queue and the record hold at first."""
    builder = ProgramBuilder()
    count = 150_000
    builder.schedule(np.arange(1, count + 1), np.arange(count) % 0x4000)
    builder.wait_until(count + 1000)
    result = _run(builder)
    assert len(result.spike_labels) == count
    assert result.spike_labels.tolist() == (np.arange(count) % 0x4000).tolist()
    assert np.all(np.diff(result.spike_ticks) == fpga_cycle_ticks)
