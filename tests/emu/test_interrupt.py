"""Interrupts, timers, sleep and the views of memory, as programs see them."""

from __future__ import annotations

import numpy as np
import pytest

from hicannx.asm.assemble import assemble
from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.machine import ppu_cycle_ticks
from hicannx.emu.ppu import load_image
from hicannx.isa.processor import Processor, step
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.timing import load_model
from hicannx.source import SourceFile

_head = """
    b start
    .org 0x14
    li 20, 0x14
    b back
    .org 0x24
    li 20, 0x24
    b back
    .org 0x2c
    b fit
    li 20, 0x30
    mfdec 21
    b back
fit:
    li 20, 0x2c
back:
    mfsrr0 22
    mfsrr1 23
    mfmsr 24
    addi 25, 25, 1
    lis 19, 0xffff
    mtspr 336, 19
    rfi
start:
"""


def _image(text: str) -> bytes:
    return assemble(SourceFile("test.s", text)).image()


def _started(text: str) -> Chip:
    chip = Chip()
    load_image(chip, _image(_head + text))
    chip.release_ppu(0)
    return chip


def _gpr(chip: Chip, number: int) -> int:
    return int(chip.world.chip.gpr[0, number])


def _core(chip: Chip, column: int) -> int:
    return int(chip.world.chip.core[0, column])


def test_the_decrementer_interrupts_between_instructions() -> None:
    chip = _started("""
    lis 3, 0x0400
    mtspr 340, 3
    li 4, 20
    mtdec 4
    li 5, -0x8000
    mtmsr 5
1:  addi 6, 6, 1
    cmpwi 20, 0
    beq 1b
    li 7, 0
    mtmsr 7
    wait
""")
    chip.advance(2000)
    assert (_gpr(chip, 20), _gpr(chip, 21), _gpr(chip, 25)) == (0x30, 0, 1)
    assert (_gpr(chip, 23), _gpr(chip, 24)) == (0x28000, 0x20000)  # `li` sets CE, too, which stays
    assert _core(chip, st.SLEEPING)


def test_the_reloading_decrementer_interrupts_again_and_again() -> None:
    chip = _started("""
    lis 3, 0x0440
    mtspr 340, 3
    li 4, 100
    mtspr 54, 4
    mtdec 4
    li 5, -0x8000
    mtmsr 5
1:  wait
    b 1b
""")
    chip.advance(ppu_cycle_ticks * 1050)
    assert _gpr(chip, 25) == 10
    assert _gpr(chip, 20) == 0x30


def test_a_timer_wakes_with_external_interrupts_masked_and_the_program_goes_on() -> None:
    chip = _started("""
    lis 3, 0x0400
    mtspr 340, 3
    li 4, 500
    mfspr 5, 284
    mtdec 4
    wait
    mfspr 6, 284
    li 7, 0
    mtspr 340, 7
    wait
""")
    chip.advance(ppu_cycle_ticks * 300)
    assert _core(chip, st.SLEEPING) == 1
    chip.advance(ppu_cycle_ticks * 1000)
    counted = 1 + 500 + load_model().interrupts["wake"]  # from the first read to the second
    assert (_gpr(chip, 25), _gpr(chip, 6) - _gpr(chip, 5)) == (0, counted)
    assert _core(chip, st.WAKE_TICK) == st.NEVER


@pytest.mark.parametrize(("period", "bit"), [(0, 8), (1, 12)])
def test_the_fixed_interval_ends_where_a_bit_of_the_time_base_rises(period: int, bit: int) -> None:
    chip = _started(f"""
    lis 3, {0x0080 | period << 8}
    mtspr 340, 3
    li 5, -0x8000
    mtmsr 5
1:  wait
    b 1b
""")
    chip.advance(ppu_cycle_ticks * ((1 << bit) - 5))
    assert _gpr(chip, 25) == 0
    chip.advance(ppu_cycle_ticks * ((1 << bit) + 100))
    assert (_gpr(chip, 25), _gpr(chip, 20)) == (1, 0x2C)
    chip.advance(ppu_cycle_ticks * (3 * (1 << bit) + 100))
    assert _gpr(chip, 25) == 2


_waiting = """
    lis 3, {control}
    ori 3, 3, {low}
    mtspr 68, 3
    li 5, {enable}
    mtmsr 5
1:  wait
    b 1b
"""


@pytest.mark.parametrize(
    ("control", "pins", "count"),
    [
        (0x00100, (1, 0), 1),  # rising edge
        (0x00100, (2, 0), 0),  # another pin
        (0x01100, (1, 0), 2),  # falling edge; the first of them when the trigger is chosen is none
        (0x00000, (1, 0), 0),
    ],
)
def test_pins_interrupt_by_edges(control: int, pins: tuple[int, ...], count: int) -> None:
    chip = _started(_waiting.format(control=control >> 16, low=control & 0xFFFF, enable="-0x8000"))
    chip.advance(200)
    for value in (*pins, *pins):
        chip.set_pins(0, value)
        chip.advance(chip.now_tick + 200)
    assert _gpr(chip, 25) == (2 if count else 0)
    assert _gpr(chip, 20) == (0x14 if count else 0)


def test_a_level_asks_again_until_it_goes() -> None:
    chip = _started(_waiting.format(control=1, low=0x100, enable="-0x8000"))
    chip.advance(200)
    chip.set_pins(0, 1)
    chip.advance(chip.now_tick + 400)
    many = _gpr(chip, 25)
    assert many > 3
    chip.set_pins(0, 0)
    chip.advance(chip.now_tick + 100)
    some = _gpr(chip, 25)
    chip.advance(chip.now_tick + 400)
    assert _gpr(chip, 25) == some


def test_a_doorbell_wakes_and_one_that_finds_interrupts_masked_is_lost() -> None:
    for enable, count in (("-0x8000", 1), ("0", 0)):
        chip = _started(_waiting.format(control=0, low=0, enable=enable))
        chip.advance(200)
        chip.ring_doorbell(0)
        chip.advance(chip.now_tick + 200)
        assert (_gpr(chip, 25), _gpr(chip, 20)) == (count, 0x24 * count)
        assert _core(chip, st.SLEEPING)


def test_pins_are_read_and_driven() -> None:
    chip = _started("mfspr 6, 65\nli 7, 5\nmtspr 66, 7\nmtspr 67, 7\nmfspr 8, 66\nwait")
    chip.set_pins(0, 9)
    chip.advance(200)
    assert (_gpr(chip, 6), _gpr(chip, 8)) == (9, 5)


def test_a_run_in_pieces_is_the_same_run() -> None:
    text = """
    lis 3, 0x04c0
    mtspr 340, 3
    li 4, 37
    mtspr 54, 4
    mtdec 4
    li 5, -0x8000
    mtmsr 5
1:  addi 6, 6, 1
    divw 7, 6, 4
    mfspr 8, 284
    add 9, 9, 8
    b 1b
"""
    chips = [_started(text), _started(text)]
    chips[0].advance(5000)
    for until in range(7, 5001, 7):
        chips[1].advance(min(until, 5000))
    chips[1].advance(5000)
    first, second = (chip.world.chip for chip in chips)
    assert _gpr(chips[0], 25) > 20
    assert first.gpr[0].tolist() == second.gpr[0].tolist()
    assert first.spr[0].tolist() == second.spr[0].tolist()
    assert first.core[0, : st.DEC_ZERO].tolist() == second.core[0, : st.DEC_ZERO].tolist()


def test_the_kernel_and_the_reference_agree_about_timers() -> None:
    """Interrupts strike at the same instructions, and timer registers hold the same values, step by step."""
    text = (
        _head
        + """
    lis 3, 0x04c0
    mtspr 340, 3
    li 4, 29
    mtspr 54, 4
    mtdec 4
    li 5, -0x8000
    mtmsr 5
1:  mfdec 6
    mfspr 7, 284
    mfspr 8, 336
    mullw 9, 6, 7
    divw 9, 9, 4
    b 1b
"""
    )
    image = _image(text)
    chip = Chip()
    load_image(chip, image)
    chip.set_timed(0, False)
    chip.release_ppu(0)
    memory = bytearray(image.ljust(0x4000, b"\0"))
    processor = Processor(Machine(load=lambda address, size: int.from_bytes(memory[address : address + size], "big")))
    core = chip.world.chip.core[0]
    start = int(core[st.TICK])
    for _ in range(600):
        step(processor)
        chip.advance(start + processor.cycles * ppu_cycle_ticks)
        assert (_core(chip, st.INSTRUCTIONS), _core(chip, st.PC)) == (processor.instructions, processor.machine.pc)
        assert chip.world.chip.gpr[0].tolist() == processor.machine.gpr
    assert processor.machine.gpr[25] > 10


def test_code_in_external_memory_is_fetched_through_its_own_view() -> None:
    """Data at 0x40000000 and 0x50000000 are code at 0x80000000 and 0x90000000."""
    chip = _started("lis 3, 0x8000\nmtctr 3\nbctrl\nlis 3, 0x9000\nori 3, 3, 0x100\nmtctr 3\nbctrl\nwait")
    code = np.frombuffer(_image("addi 4, 4, 7\nblr"), ">u4")
    chip.world.chip.fpga_memory[:2] = code
    chip.world.chip.dram[0x40:0x42] = code
    chip.advance(500)
    assert (_gpr(chip, 4), _core(chip, st.SLEEPING)) == (14, 1)


def test_dram_keeps_bytes_and_words() -> None:
    chip = _started("lis 3, 0x5fff\nori 3, 3, 0xfffc\nli 4, 0x11\nstb 4, 1(3)\nlwz 5, 0(3)\nwait")
    chip.advance(500)
    assert _gpr(chip, 5) == 0x00110000
    assert chip.world.chip.dram[-1] == 0x00110000


@pytest.mark.parametrize(("power", "address", "trapped"), [(0, 0x11000, 1), (1, 0x1000, 0)])
def test_the_switch_for_what_silicon_has_not_decided(power: int, address: int, trapped: int) -> None:
    """`lhau` with a negative displacement, and `twi` with a negative immediate."""
    chip = Chip()
    chip.set_isa(0, "power" if power else "rtl")
    chip.world.chip.fpga_memory[: 0x12000 // 4] = 0
    load_image(
        chip,
        _image("""
    b start
    .org 0x1c
    li 20, 1
    wait
start:
    lis 3, 0x4000
    ori 3, 3, 0x1010
    lhau 4, -0x10(3)
    li 5, 3
    twlti 5, -1
    wait
"""),
    )
    chip.release_ppu(0)
    chip.advance(500)
    assert _gpr(chip, 3) == 0x40000000 + address
    assert _gpr(chip, 20) == trapped


@pytest.mark.parametrize("base", [0x8000, 0x8100])
def test_vectors_lie_with_reversed_words_in_the_memory_of_the_fpga(base: int) -> None:
    """Behind the parallel bus; fxvlax and fxvstax see the same memory in order."""
    chip = _started(f"""
    lis 3, vector@ha
    addi 3, 3, vector@l
    fxvlax 1, 0, 3
    lis 4, {base}
    ori 4, 4, 3
    fxvoutx 1, 0, 4
    fxvinx 2, 0, 4
    lis 5, {0x4000 if base == 0x8000 else 0x5000}
    ori 5, 5, 48
    fxvlax 3, 0, 5
    fxvcmpb 1
    fxvsplatb 4, 6
    fxvoutx 4, 0, 4, 1
    fxvinx 5, 0, 4
    wait
    .balign 4
vector:
    .byte 1, 2, 3, 4
    .space 120
    .byte 5, 6, 7, 8
""")
    chip.advance(1000)
    vectors = chip.world.chip.vr[0]
    assert vectors[2].tolist() == vectors[1].tolist() == [1, 2, 3, 4, *120 * [0], 5, 6, 7, 8]
    assert vectors[3].tolist() == [5, 6, 7, 8, *120 * [0], 1, 2, 3, 4]
    assert not vectors[5].any()
    memory = chip.world.chip.fpga_memory if base == 0x8000 else chip.world.chip.dram
    assert not memory[:64].any()
