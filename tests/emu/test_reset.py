"""The chip's reset line."""

import numpy as np

from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder

_maps = load_registers().containers
_own_time = {"chip.clock", "chip.fault", "chip.entry", "chip.fpga", "chip.score"}  # the last begins anew at a release


def _run(chip, builder, **options):
    builder.halt()
    return run_playback(chip, builder.to_bytes(), "test.bits", **options)


def _reset(builder, level):
    builder.instruction("reset", value=level)


def _disturb(chip):
    builder = ProgramBuilder()
    builder.write(_maps["CrossbarNode"], 3, {"mask": 1, "target": 1})
    builder.write(_maps["NeuronBackendConfig"], 5, {"enable_spike_out": True})
    builder.write_words([0x02800000, 0x02C00000, 0x80000000, 0x84000000], [1, 2, 3, 4])
    builder.write(_maps["BackgroundSpikeSource"], 0, {"enable": 1, "period": 100, "neuron_label": 1})
    builder.write_words(_maps["PPUControlRegister"].addresses(0), [1])
    builder.spikes([5, 6, 7])
    builder.setup_timer()
    builder.wait_until(1000)
    _run(chip, builder)


def test_after_a_reset_the_chip_is_as_after_power_up_but_the_fpga_goes_on():
    from hicannx.emu.snapshot import _arrays

    chip, fresh = Chip(), Chip()
    _disturb(chip)
    builder = ProgramBuilder()
    _reset(builder, 1)
    _reset(builder, 0)
    _run(chip, builder)
    other = dict(_arrays(fresh.world))
    fpga = fresh.world.chip.address >= 1 << 31
    for name, array in _arrays(chip.world):
        if name in _own_time or name.startswith(("queue.", "record.", "chip.fpga_memory")):
            continue
        if name == "chip.register":
            assert (array[~fpga] == other[name][~fpga]).all()
        elif name == "chip.core":
            kept = [column for column in range(st.CORE_COLUMNS) if column not in st.CHOSEN]
            assert (array[:, kept] == other[name][:, kept]).all()
        elif name != "chip.changed":
            assert np.array_equal(array, other[name]), name
    assert chip.world.chip.fpga_memory[0] == 3 and chip.world.chip.dram[0] == 4


def test_in_reset_the_chip_does_not_answer():
    builder = ProgramBuilder()
    _reset(builder, 1)
    builder.read_words([0x02800000])
    builder.read_words([0x88000005])
    builder.tick()
    builder.barrier()
    builder.read_words([0x88000005])
    chip = Chip()
    result = _run(chip, builder, as_silicon=True)
    assert result.reads.tolist() == [1]  # only the FPGA's own, and after the time-out nothing more
    assert result.timed_out == 4
    again = ProgramBuilder()
    _reset(again, 0)
    again.read_words([0x02800000])
    again.barrier()
    assert _run(chip, again).reads.tolist() == [0]


def test_spikes_into_reset_are_lost_and_a_program_under_way_is_over():
    chip = Chip()
    _disturb(chip)
    builder = ProgramBuilder()
    _reset(builder, 1)
    builder.spikes([1, 2])
    builder.setup_timer()
    builder.wait_until(1000)
    result = _run(chip, builder)
    assert len(result.spike_labels) == 0
    assert not chip.world.chip.core[0, st.RUNNING]


def test_a_level_that_is_there_already_changes_nothing():
    chip = Chip()
    _disturb(chip)
    builder = ProgramBuilder()
    _reset(builder, 0)
    builder.read_words([0x02800000])
    assert _run(chip, builder).reads.tolist() == [1]
