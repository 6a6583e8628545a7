"""A run does not depend on how it is cut, and what is skipped is skipped exactly."""

import itertools

import numpy as np
import pytest

from hicannx.asm.assemble import assemble
from hicannx.configs.chip import load_config
from hicannx.emu import state as st
from hicannx.emu.analog.neuron import is_settled
from hicannx.emu.chip import Chip
from hicannx.emu.omnibus import write
from hicannx.emu.ppu import load_image
from hicannx.source import SourceFile
from properties.contents import contents

_busy = """
# Counts in memory, writes weights, and puts its time base into the other processor's memory now and then.
        lis     6, 0x8e00               # Omnibus word 0x03800000: the SRAM of the bottom processor
        li      3, 0
        li      8, 40
loop:   addi    3, 3, 1
        stw     3, 0x400(0)
        lwz     4, 0x404(0)             # what the other processor has put here
        fxvsplatb 1, 8
        li      5, 0
        fxvoutx 1, 0, 5
        andi.   7, 3, 15
        bne     loop
        mfspr   9, 284
        stw     9, 0x404(6)
        b       loop
"""
_other = """
        lis     6, 0x8a00               # the SRAM of the top processor
loop:   lwz     3, 0x404(0)
        addi    3, 3, 7
        stw     3, 0x404(6)
        b       loop
"""


def _machine() -> Chip:
    """LIF neurons driven by a background source, and two processors that write into each other's memory."""
    chip = Chip()
    for address, word in load_config("picture_lif", seed=5).writes:
        write(chip.world.chip, address, word, 15, -1, 0)
    for ppu, text in enumerate((_busy, _other)):
        load_image(chip, assemble(SourceFile("busy.s", text)).image(), ppu)
        chip.release_ppu(ppu)
    return chip


def _contents(chip: Chip) -> dict[str, bytes]:
    return contents(chip) | {"dram": chip.world.chip.dram.tobytes()}


def _run(cuts: list[int]) -> Chip:
    chip = _machine()
    for until in cuts:
        chip.advance(until)
    return chip


_end = 1_000_003


@pytest.mark.parametrize("seed", range(4))
def test_a_cut_run_equals_the_whole_run_bit_for_bit(seed):
    whole = _run([_end])
    cuts = sorted(np.random.default_rng(seed).integers(0, _end, 200).tolist())
    assert _contents(_run([*cuts, _end])) == _contents(whole)
    assert whole.world.record.used[0] > 100
    assert whole.world.chip.sram[0, 0x404 // 4] > 0
    assert whole.world.chip.sram[1, 0x404 // 4] > 0


def test_cutting_at_every_tick_changes_nothing():
    assert _contents(_run(list(range(3000)))) == _contents(_run([2999]))


def test_silent_stretches_are_skipped_exactly():
    """One chip is asked for every analog step, the other for the end; settled neurons let the second one jump."""
    ends = []
    for cuts in (range(25, 400_025, 25), [400_000]):
        chip = Chip()
        for address, word in load_config("picture_lif", seed=5).writes:
            if address != _source_enable():
                write(chip.world.chip, address, word, 15, -1, 0)
        for until in cuts:
            chip.advance(until)
        assert is_settled(chip.world.neurons)
        ends.append(_contents(chip))
    assert ends[0] == ends[1]


def _source_enable() -> int:
    """The word that switches the background source on."""
    from hicannx.regmodel.load import load_registers

    return min(load_registers().containers["BackgroundSpikeSource"].addresses(0))


def test_a_sleeping_processor_costs_nothing_and_stays_as_it_is():
    chip = Chip()
    load_image(chip, assemble(SourceFile("sleep.s", "li 3, 5\nwait\n")).image())
    chip.release_ppu(0)
    chip.advance(1000)
    before = chip.world.chip.core[0].copy()
    chip.advance(500_000_000)  # one second of chip time
    assert chip.world.chip.core[0].tolist() == before.tolist()
    assert (before[st.SLEEPING], before[st.INSTRUCTIONS], chip.world.chip.gpr[0, 3]) == (1, 2, 5)
    assert chip.world.chip.clock[st.STEP_BEGIN] == 500_000_000


def test_the_processor_that_is_behind_goes_first():
    """Both increment one word of the top processor's memory through the Omnibus; no increment is lost or doubled."""
    top = "lis 6, 0x8a00\nli 9, 100\nmtctr 9\n1: lwz 3, 0x400(6)\naddi 3, 3, 1\nstw 3, 0x400(6)\nbdnz 1b\nwait\n"
    chips = []
    for cuts in ([10_000], range(1, 10_001, 7)):
        chip = Chip()
        for ppu in (0, 1):
            load_image(chip, assemble(SourceFile("add.s", top)).image(), ppu)
            chip.release_ppu(ppu)
        for until in itertools.chain(cuts, [10_000]):
            chip.advance(until)
        chips.append(chip)
    counts = [int(chip.world.chip.sram[0, 0x100]) for chip in chips]
    assert counts[0] == counts[1] == 100  # in step, both read the same number and both write its successor
