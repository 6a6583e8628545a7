"""configs/kernels/library/scheduler.s against a list of what is due when."""

import pytest

from hicannx.emu.ppu import run_image

services = """
        .globl main
main:   mflr 31
        lis 5, {now} >> 16
        ori 5, 5, {now} & 0xffff
        mtspr 284, 5
        lis 3, services@ha
        addi 3, 3, services@l
        li 4, {count}
        bl scheduler_start
        lis 3, services@ha
        addi 3, 3, services@l
        li 4, {count}
        lis 5, {cycles} >> 16
        ori 5, 5, {cycles} & 0xffff
        mfspr 30, 284
        bl scheduler_run
        mfspr 29, 284
        mr 28, 3
1:      wait
        b 1b
        .globl note
note:   lis 4, place@ha         # a letter for every run
        lwz 5, place@l(4)
        stb 3, 0(5)
        addi 5, 5, 1
        stw 5, place@l(4)
        blr
slow:   mfspr 5, 284
2:      mfspr 6, 284
        subf 6, 5, 6
        cmpwi 6, 3500
        blt 2b
        b note
ending: lis 4, services@ha
        addi 4, 4, services@l
        li 5, 0
        stw 5, 0(4)
        b note
        .data
        .balign 4
services:
        .long {table}
place:  .long notes
        .globl notes
notes:  .space 400
"""


def scheduled(program, place, table, cycles, now=0, **options):
    rows = ", ".join(f"{function}, {argument}, {period}, 0" for function, argument, period in table) or "0"
    text = services.format(table=rows, count=len(table), cycles=cycles, now=now)
    linked = program(text, ["scheduler"])
    result = run_image(linked.image(), 3_000_000, **options)
    assert result.stop == "sleep" and result.warnings == ()
    start = place(linked, "notes")
    noted = result.memory[start : start + 400].rstrip(b"\0").decode()
    assert int(result.gpr[28]) == len(noted)
    elapsed = int(result.gpr[29] - result.gpr[30]) & 0xFFFFFFFF
    return noted, elapsed


def expected(table, cycles):
    """Letters in the order of their times; of services due at the same time the first in the table goes first."""
    runs = [
        (period * number, index, argument)
        for index, (_, argument, period) in enumerate(table)
        for number in range(1, cycles // period + 2)
        if period * number < cycles
    ]
    return "".join(chr(argument) for _, _, argument in sorted(runs))


tables = {
    "one": [("note", ord("a"), 1000)],
    "three": [("note", ord("a"), 1000), ("note", ord("b"), 1500), ("note", ord("c"), 3700)],
    "same": [("note", ord("a"), 2000), ("note", ord("b"), 2000), ("note", ord("c"), 1000)],
    "long": [("note", ord("a"), 15000), ("note", ord("b"), 700)],
}


@pytest.mark.parametrize("now", [0, 0x7FFFF000, 0xFFFFE000])
@pytest.mark.parametrize("name", tables)
def test_services_run_in_time(program, place, name, now):
    noted, elapsed = scheduled(program, place, tables[name], 20_150, now)
    assert noted == expected(tables[name], 20_150)
    assert 20_150 - 10 <= elapsed < 20_150 + 400


def test_nothing_to_run(program, place):
    noted, elapsed = scheduled(program, place, [], 1000)
    assert noted == "" and 990 <= elapsed < 1100
    noted, elapsed = scheduled(program, place, [("note", ord("a"), 2000)], 1000)
    assert noted == "" and 990 <= elapsed < 1100
    assert scheduled(program, place, [("0", ord("a"), 200), ("note", ord("b"), 400)], 1000)[0] == "bb"


def test_a_service_runs_once_with_period_zero(program, place):
    table = [("note", ord("a"), 0), ("note", ord("b"), 400)]
    assert scheduled(program, place, table, 1000)[0] == "abb"


def test_a_service_may_end_itself(program, place):
    assert scheduled(program, place, [("ending", ord("a"), 300), ("note", ord("b"), 400)], 1000)[0] == "abb"


def test_what_is_late_follows_in_the_order_of_the_times(program, place):
    """The slow service takes 3500 cycles at 1000; what was due meanwhile follows, and the next times are as planned."""
    table = [("note", ord("a"), 1500), ("note", ord("b"), 1300), ("slow", ord("s"), 9000)]
    noted, _ = scheduled(program, place, table, 16_000)
    assert noted == expected(table, 16_000)


def test_without_races(program, place):
    assert scheduled(program, place, tables["three"], 3900, check_races=True)[0] == expected(tables["three"], 3900)
