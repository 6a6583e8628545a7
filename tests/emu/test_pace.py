"""The kernel keeps the time of the model, whatever it has learnt, forgotten or been interrupted by."""

import json
from pathlib import Path

import pytest

from hicannx.asm.assemble import assemble
from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.ppu import load_image, run_image
from hicannx.emu.score import system_row
from hicannx.emu.statetable import FIRST_STATE, STATE_CAPACITY, STATES_USED
from hicannx.emu.stepped import step_through
from hicannx.emu.timeline import issue_all, new_score
from hicannx.source import SourceFile
from hicannx.tools.conform.c_program import find_program
from hicannx.tools.conform.read import read_content

vectors = Path(__file__).resolve().parent.parent / "vectors"


def image_of(text):
    return assemble(SourceFile("test.s", text + "\n")).image()


def cycles_of(chip, image, limit=10**7):
    """Cycles and instructions of a program from its release to its sleep, by the kernel."""
    load_image(chip, image)
    chip.release_ppu(0)
    chip.advance_until_asleep(0, chip.now_tick + limit)
    core = chip.world.chip.core[0]
    assert core[st.SLEEPING]
    return int(core[st.CYCLES]), int(core[st.INSTRUCTIONS])


def model_cycles(system, image):
    """The same by the model, told what was executed."""
    chip = Chip()
    load_image(chip, image)
    chip.release_ppu(0)
    pcs, words = step_through(chip.world.chip)
    return int(issue_all(new_score(system), pcs, words)[-1]), len(pcs)


@pytest.fixture(scope="module")
def bench():
    """A chip in the surroundings of the simulation."""
    chip = Chip()
    st.set_system(chip.world.chip, system_row("bench"))
    return chip


programs = json.loads(read_content(vectors / "ppu/c_program_cycles.json"))["programs"]


@pytest.mark.parametrize("name", programs)
def test_compiled_programs_take_the_cycles_of_the_simulated_processor(bench, name):
    image = read_content(find_program(name, vectors / "ppu") / "image.bin")
    found = cycles_of(bench, image)
    assert found == model_cycles("bench", image)
    wanted = programs[name]
    assert found[1] == wanted["instructions"]
    assert abs(found[0] / wanted["rtl_cycles"] - 1) <= 0.15


kernel = """
        lis     4, 0x4000
        li      5, 0
        li      6, 40
        mtctr   6
1:      fxvinx  1, 0, 5
        fxvinx  2, 0, 5
        fxvaddbfs 3, 1, 2
        fxvcmpb 3
        fxvsel  4, 3, 1, 1
        fxvoutx 4, 0, 5
        addi    5, 5, 1
        lwz     7, 0x400(0)
        lwzu    8, 4(4)
        mullw   9, 7, 8
        fxvlax  6, 0, 10
        stw     9, 0x500(0)
        addic.  9, 9, 1
        bne     2f
        fxvstax 6, 0, 10
2:      divw    9, 9, 6
        stmw    26, 0x600(0)
        lmw     26, 0x600(0)
        bdnz    1b
        sync
        bl      3f
        wait
3:      blr
"""


@pytest.mark.parametrize("system", ["bench", "chip"])
def test_vectors_take_the_cycles_of_the_model(system):
    chip = Chip()
    st.set_system(chip.world.chip, system_row(system))
    image = image_of(kernel)
    assert cycles_of(chip, image) == model_cycles(system, image)


def test_what_is_forgotten_changes_no_time():
    """When there is no room for further states all are forgotten, those of the other processor as well."""
    image, ends = image_of(kernel), []
    for room in (STATE_CAPACITY, *range(1, 12)):
        chip = Chip()
        for ppu in (0, 1):
            load_image(chip, image, ppu)
            chip.release_ppu(ppu)
        count = chip.world.chip.state_count
        forgotten = 0
        for until in range(0, 40_000, 40):
            count[STATES_USED] = max(count[STATES_USED], STATE_CAPACITY - room)
            chip.advance(until)
            forgotten += count[STATES_USED] < STATE_CAPACITY - room
        ends.append(chip.world.chip.core[:, [st.CYCLES, st.INSTRUCTIONS, st.TICK, st.SLEEPING]].tolist())
        assert forgotten or room == STATE_CAPACITY
    assert all(one == ends[0] for one in ends)
    assert [one[3] for one in ends[0]] == [1, 1]
    assert ends[0][0][0] == model_cycles("chip", image)[0]


def test_what_was_learnt_in_other_surroundings_is_forgotten():
    image, chip = image_of(kernel), Chip()
    for latency in (1, 3, 1, 2):
        st.set_system(chip.world.chip, system_row("bench", latency=latency))
        fresh = Chip()
        st.set_system(fresh.world.chip, system_row("bench", latency=latency))
        assert cycles_of(chip, image) == cycles_of(fresh, image)


def test_untimed_every_instruction_takes_a_cycle():
    chip = Chip()
    chip.set_timed(0, False)
    cycles, instructions = cycles_of(chip, image_of(kernel))
    assert cycles == instructions
    assert chip.world.chip.state_count[STATES_USED] == FIRST_STATE


def test_a_program_may_be_timed_and_untimed_in_turns():
    """It executes the same; behind an untimed stretch nothing is under way."""
    image, results = image_of(kernel), []
    for turns in ([True], [False], [True, False], [False, True]):
        chip = Chip()
        load_image(chip, image)
        chip.release_ppu(0)
        for turn in range(4000):
            chip.set_timed(0, turns[turn % len(turns)])
            chip.advance(chip.now_tick + 20)
        core = chip.world.chip.core[0]
        assert core[st.SLEEPING]
        results.append((core[st.INSTRUCTIONS], chip.world.chip.gpr[0].tolist(), chip.world.chip.vr[0].tobytes()))
    assert all(one == results[0] for one in results)


def test_code_that_changes_is_timed_as_what_it_is_now():
    text = """
        li 3, 100
        mtctr 3
        lis 4, 0x7c64
        ori 4, 4, 0x29d6    # mullw 3, 4, 5
        lwz 6, 1f(0)
    1:  add 3, 4, 5
        stw 4, 1b(0)
        mr 4, 6
        lwz 6, 1b(0)
        bdnz 1b
        wait
    """
    image = image_of(text)
    chip = Chip()
    assert cycles_of(chip, image) == model_cycles("chip", image)


def test_the_first_instruction_issues_some_cycles_behind_the_release():
    result = run_image(image_of("mfspr 3, 284\nwait"))
    assert (result.gpr[3], result.cycles) == (4, 5)


# "libnux:tests/hw/libnux/vx/test_speed_memory.cpp", measured on silicon: cycles from a read of the time base, over the
# instructions and `sync`, to another read, less that of the first one; and what the test there allows.
silicon = {
    "stax": ("fxvstax 1,0,5", 47, 5),
    "lax": ("fxvlax 1,0,5", 49, 5),
    "weights out": ("fxvoutx 1,0,6", 20, 2),
    "weights in": ("fxvinx 1,0,6", 20, 2),
    "external out": ("fxvoutx 1,0,7", 38, 4),
    "conversion": ("fxvinx 1,0,8\nfxvinx 1,0,9", 410, 41),
}


@pytest.mark.parametrize(("text", "wanted", "tolerance"), silicon.values(), ids=silicon)
def test_silicon_takes_as_long(board, text, wanted, tolerance):
    """As there, the second time counts."""
    board.set("CADCConfig", [0], enable=True)
    board.run(f"""
        li 5, 0x1000
        li 6, 0
        lis 7, 0x8000
        lis 8, 0x8
        lis 9, 0x2c
        li 10, 2
    1:  sync
        mfspr 3, 284
        {text}
        sync
        mfspr 4, 284
        addic. 10, 10, -1
        bne 1b
    """)
    first, second = board.state.gpr[0, [3, 4]].tolist()
    assert abs(second - first - 1 - wanted) <= tolerance
