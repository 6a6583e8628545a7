"""configs/kernels/library/timer.s: the clock, and alarms that are waited for or interrupt."""

import pytest

from hicannx.emu.ppu import run_image

prologue = ".globl main\nmain: mflr 31\n"
epilogue = "\n mtlr 31\n blr\n .bss\n .balign 4\nkept: .space 256\n .globl kept\n"


def run_main(program, place, body, **options):
    linked = program(prologue + body + epilogue, ["timer"])
    result = run_image(linked.image(), 1_000_000, **options)
    assert result.stop == "sleep" and result.warnings == ()
    start = place(linked, "kept")
    return result, [result.word(start + 4 * one) for one in range(32)]


@pytest.mark.parametrize(("upper", "lower"), [(0, 1000), (7, 0xFFFFFFF8), (0xFFFFFFFF, 0xFFFFFFFD)])
def test_the_clock(program, place, upper, lower):
    """Read so that an overflow of the lower word does no harm: all numbers of cycles until it are tried."""
    for delay in range(12):
        body = f"""
        lis 5, {upper >> 16}
        ori 5, 5, {upper & 0xFFFF}
        lis 6, {lower >> 16}
        ori 6, 6, {lower & 0xFFFF}
        mtspr 285, 5
        mtspr 284, 6
        .rept {delay}
        nop
        .endr
        bl timer_now
        mr 29, 3
        mr 30, 4
        """
        result, _ = run_main(program, place, body)
        elapsed = (int(result.gpr[29]) << 32 | int(result.gpr[30])) - (upper << 32 | lower) & (1 << 64) - 1
        assert delay <= elapsed < delay + 40


@pytest.mark.parametrize("now", [0, 0x7FFFFF00, 0xFFFFFF80])
def test_waiting_for_a_time(program, place, now):
    body = f"""
        lis 5, {now >> 16}
        ori 5, 5, {now & 0xFFFF}
        mtspr 284, 5
        addi 30, 5, 500
        mr 3, 30
        bl timer_wait_until
        mfspr 29, 284
        mr 3, 30
        bl timer_wait_until     # the time has passed
        mfspr 28, 284
    """
    result, _ = run_main(program, place, body)
    assert 0 <= int(result.gpr[29]) - int(result.gpr[30]) & 0xFFFFFFFF < 30
    assert int(result.gpr[28]) - int(result.gpr[29]) & 0xFFFFFFFF < 40


alarms = """
        lis 30, kept@ha
        addi 30, 30, kept@l
        li 3, 1000
        bl timer_start
        mfspr 28, 284
        li 29, 5
1:      bl timer_wait
        mfspr 4, 284
        subf 4, 28, 4
        stw 4, 0(30)
        addi 30, 30, 4
        addic. 29, 29, -1
        bne 1b
        bl timer_stop
"""


def test_alarms_come_in_time(program, place):
    result, kept = run_main(program, place, alarms, check_races=True)
    assert all(0 <= time - 1000 * (index + 1) + 10 < 40 for index, time in enumerate(kept[:5])), kept[:5]
    assert result.registers["TSR"] & 0x08000000 == 0 and result.registers["TCR"] & 0x04400000 == 0


def test_an_alarm_that_went_off_counts(program, place):
    body = """
        li 3, 400
        bl timer_start
        mfspr 28, 284
        addi 3, 28, 600
        bl timer_wait_until
        bl timer_wait           # at 400: returns at once
        mfspr 29, 284
        bl timer_wait           # at 800
        mfspr 30, 284
        bl timer_stop
    """
    result, _ = run_main(program, place, body)
    assert 600 <= int(result.gpr[29] - result.gpr[28]) < 640
    assert 780 <= int(result.gpr[30] - result.gpr[28]) < 840


interrupts = """
        lis 3, service@ha
        addi 3, 3, service@l
        bl timer_interrupt
        li 3, 500
        bl timer_start
        mfspr 28, 284
1:      bl timer_wait
        lis 4, kept@ha
        lwz 5, kept@l(4)
        cmpwi 5, 4
        blt 1b
        bl timer_stop
        li 3, 0
        bl timer_interrupt
        mfmsr 27
        mfspr 26, 284
        subf 26, 28, 26
        b 2f
service:
        lis 4, kept@ha
        lwz 5, kept@l(4)
        addi 5, 5, 1
        stw 5, kept@l(4)
        blr
2:
"""


def test_interrupts_while_the_program_sleeps(program, place):
    result, kept = run_main(program, place, interrupts, check_races=True)
    assert kept[0] == 4 and result.gpr[27] == 0
    assert 2000 <= int(result.gpr[26]) < 2250


def test_interrupts_without_a_function(program, place):
    body = """
        mfmsr 4
        ori 4, 4, 0x8000
        mtmsr 4
        li 3, 500
        bl timer_start
        mfspr 28, 284
        bl timer_wait
        bl timer_wait
        mfspr 29, 284
        bl timer_stop
    """
    result, _ = run_main(program, place, body)
    assert 990 <= int(result.gpr[29] - result.gpr[28]) < 1200


def test_an_interrupt_changes_no_register(program, place):
    """The service changes all that a function may change; the program in the middle of a computation sees nothing."""
    volatile = [0, *range(3, 13)]
    body = """
        lis 3, service@ha
        addi 3, 3, service@l
        bl timer_interrupt
        li 3, 700
        bl timer_start
        .irp register, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
        li \\register, 0x100 + \\register
        .endr
        mtxer 31                # whatever there is
        lis 30, 0x1234
        mtctr 30
        mtlr 30
        mtcrf 0xff, 30
        .rept 900
        nop
        .endr
        b 2f
service:
        .irp register, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
        li \\register, -1
        .endr
        mtctr 3
        mtcrf 0xff, 3
        mtxer 3
        li 3, 77
        lis 4, kept@ha
        stw 3, kept@l(4)
        blr
2:      mfcr 20
        mfctr 21
        mflr 22
        mfxer 23
        li 24, 0
        mtspr 340, 24           # no more alarms
1:      wait
        b 1b
    """
    result, kept = run_main(program, place, body)
    assert kept[0] == 77
    assert [int(result.gpr[one]) for one in volatile] == [0x100 + one for one in volatile]
    assert [int(result.gpr[one]) for one in (20, 21, 22)] == [0x12340000] * 3
    assert int(result.gpr[23]) == int(result.gpr[31]) & 0xE0000000
    assert int(result.gpr[1]) == 0x2FF0
