"""The processor's kernel inside the chip: time, interrupts, memory, buses, and what stops a run."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hicannx.asm.assemble import assemble
from hicannx.diagnostic import DiagnosticError
from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.ppu import run_image
from hicannx.emu.synram import permutation
from hicannx.isa.codec import encode
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.load import load_programs
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.reference import execute
from hicannx.render import render_text
from hicannx.source import SourceFile


def _run(text, chip=None, max_cycles=100_000):
    return run_image(assemble(SourceFile("test.s", text + "\n")).image(), max_cycles, chip=chip)


def _complaint(text):
    with pytest.raises(DiagnosticError) as caught:
        _run(text)
    return render_text(caught.value.diagnostics)


def test_the_time_base_counts_cycles_and_can_be_set():
    result = _run("mfspr 3, 284\nnop\nmfspr 4, 284\nli 5, 1000\nmtspr 284, 5\nmfspr 6, 284\nmfspr 7, 285\nwait")
    assert result.gpr[3:8].tolist() == [4, 6, 1000, 1002, 0]  # the first instruction issues in cycle 4
    assert (result.stop, result.instructions) == ("sleep", 8)


def test_a_misaligned_word_enters_the_alignment_handler():
    text = """
        b   start
        .org 0x18
        b   handler
        .org 0x40
start:  lis 9, 0x2
        ori 9, 9, 0x9000
        mtmsr 9
        li  3, 77
        li  4, 0x101
fault:  lwzu 3, 1(4)
        li  5, 1            # skipped: the handler returns behind it
        mfmsr 8
        wait
handler: mfspr 6, 26
        mfspr 7, 27
        addi 10, 6, 8
        mtspr 26, 10
        rfi
    """
    source = assemble(SourceFile("test.s", text + "\n"))
    result = run_image(source.image(), 1000)
    assert result.gpr[3:9].tolist() == [77, 0x101, 0, source.symbols["fault"].address, 0x29000, 0x29000]


def test_a_halfword_may_stand_at_offset_one():
    result = _run("lis 3, 0x1122\nori 3, 3, 0x3344\nstw 3, 0x200(0)\nlhz 4, 0x201(0)\nwait")
    assert result.gpr[4] == 0x2233


def test_a_trap_enters_the_program_handler_with_its_syndrome():
    result = _run(
        "b start\n.org 0x1c\nb 1f\n.org 0x40\nstart: li 3, 5\ntweqi 3, 5\nwait\n1: mfspr 4, 62\nmfspr 5, 26\nwait"
    )
    assert result.gpr[4:6].tolist() == [0x02000000, 0x44]


def test_vectors_reach_the_synapses_under_a_mask():
    """The parallel port carries logical weights; even and odd columns are rows 2 r and 2 r + 1 of its address space."""
    chip = Chip()
    _run(
        """
        lis 4, mask@ha
        addi 4, 4, mask@l
        fxvlax 1, 0, 4
        fxvcmpb 1
        li 5, 33
        fxvsplatb 2, 5
        li 6, 2 * 7 + 1
        fxvoutx 2, 0, 6, 1
        fxvinx 3, 0, 6
        li 7, 0x800
        fxvstax 3, 0, 7
        wait
        .data
        .balign 4
mask:   .byte 0, 1, 1, -1
        .space 124
        """,
        chip,
    )
    state = chip.world.chip
    assert np.flatnonzero(state.weights[0]).tolist() == [7 * 256 + 3, 7 * 256 + 5]
    assert state.weights[0, 7, [3, 5]].tolist() == [33, 33]
    assert state.sram[0, 0x800 // 4] == 0x00212100
    assert permutation[33] == 0b110000


def test_the_other_memory_and_registers_are_reached_through_the_omnibus():
    chip = Chip()
    result = _run(
        """
        lis 4, 0x8e00           # 0x80000000 | 0x03800000 << 2
        li  5, 0x55
        stw 5, 8(4)
        stb 5, 13(4)
        lis 6, 0x804c
        ori 6, 6, 0x0064        # 0x00130019 << 2: the first crossbar node
        lis 7, 3
        stw 7, 0(6)
        lwz 8, 0(6)
        lhz 9, 0(6)
        wait
        """,
        chip,
    )
    assert chip.world.chip.sram[1, 2:4].tolist() == [0x55, 0x00550000]
    assert result.gpr[8:10].tolist() == [0x00030000, 3]
    chip.advance(chip.now_tick + 100)
    assert chip.world.routing.node_target[0, 0] == 3


def test_the_memory_of_the_fpga_is_shared_with_the_host():
    chip = Chip()
    _run("lis 4, 0x4000\nli 5, 0x1234\nsth 5, 6(4)\nwait", chip)
    assert chip.world.chip.fpga_memory[:3].tolist() == [0, 0x1234, 0]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("lwz 3, 0x4000(0)", "error[E107]: no memory and no bus is mapped at data address 0x00004000"),
        ("lis 4, 0x8200\nlwz 3, 0(4)", "error[E101]: there is no register at Omnibus address 0x00800000"),
        ("lis 4, 0x8a80\nstw 3, 4(4)", "error[E103]: the register at Omnibus address 0x02a00001 cannot be written"),
        ("eciwx 3, 0, 0", "error[E105]: the instruction 0x7c60026c (`eciwx`) never ends"),
        ("li 3, 0x1000\nfxvoutx 0, 0, 3", "error[E106]: nothing answers at parallel-bus address 0x00001000"),
        ("ba 0x4000", "error[E108]: no instructions can be fetched from address 0x00004000"),
    ],
)
def test_what_cannot_be_done_stops_the_run(text, first):
    lines = _complaint(text + "\nwait").splitlines()
    assert lines[0] == first
    assert lines[1].startswith("  = note: the top PPU stands at 0x")


def test_a_program_without_end_stops_at_its_limit():
    result = _run("1: addi 3, 3, 1\nb 1b", max_cycles=10_000)
    assert (result.stop, result.cycles) == ("limit", 10_000)
    assert result.gpr[3] == 1 + (10_000 - 10) // 2  # cycles 4 and 5, four of a branch not predicted, then two a turn


_isa = load_isa()
_programs = load_programs(_isa.instructions)
_families = ("arithmetic", "logical", "rotate_shift", "compare", "condition", "add", "multiply_add", "permute")
_rows = [row for row in _isa.instructions.values() if row.family in _families and row.name in _programs]


@settings(max_examples=60)
@given(some.data())
def test_the_kernel_and_the_reference_agree_on_random_programs(data):
    """Straight-line programs of everything that touches registers only, from random contents."""
    words = []
    for _ in range(data.draw(some.integers(1, 12))):
        syntax = _isa.syntaxes[data.draw(some.sampled_from(_rows)).name][0]
        values = [data.draw(some.integers(one.low, one.high)) // one.scale * one.scale for one in syntax.operands]
        words.append(encode(syntax, values))
    seed = np.random.default_rng(data.draw(some.integers(0, 2**32 - 1)))
    chip = Chip()
    wait = encode(_isa.syntaxes["wait"][0], [0])
    chip.world.chip.sram[0, : len(words) + 1] = [*words, wait]
    chip.release_ppu(0)
    chip.world.chip.gpr[0] = seed.integers(0, 2**32, 32)
    chip.world.chip.vr[0] = seed.integers(0, 256, (32, 128))
    chip.world.chip.acc[0] = seed.integers(-(2**31), 2**31, 64)
    machine = _reference_machine(chip)
    chip.advance_until_asleep(0, 100_000)
    for word in words:
        execute(_programs[_row_of(word).name], word, machine)
    core = chip.world.chip.core[0]
    assert chip.world.chip.gpr[0].tolist() == list(machine.gpr)
    flags = [machine.registers[name] for name in ("CR", "XER.SO", "XER.OV", "XER.CA")]
    assert core[[st.CR, st.SO, st.OV, st.CA]].tolist() == flags
    assert chip.world.chip.acc[0].view(np.uint32).tolist() == list(machine.acc)
    assert chip.world.chip.vr[0].tobytes() == b"".join(bytes(one) for one in machine.vr)


def _row_of(word):
    from hicannx.isa.codec import decode

    return decode(_isa, word)


def _reference_machine(chip):
    machine = Machine()
    state = chip.world.chip
    machine.gpr[:] = state.gpr[0].tolist()
    machine.acc[:] = state.acc[0].view(np.uint32).tolist()
    for number, content in enumerate(state.vr[0]):
        machine.vr[number][:] = content.tobytes()
    return machine


@pytest.mark.parametrize(
    ("word", "name", "cr", "xer"),
    [
        (0x00000000, "", 0, 0),
        (0x4C00012C, " (`isync`)", 0, 0),
        (0x7C000028, " (`lwarx`)", 0, 0),
        (0x7C00012D, " (`stwcx.`)", 0x8000_0000, 0),  # CR0 from r0 + r0
        (0x7C0006AC, " (`eieio`)", 0, 0xC000_0000),  # XER.OV and XER.SO from r0 + r0
    ],
)
def test_words_that_are_no_instruction_pass_with_a_warning(word, name, cr, xer):
    """Most do nothing; with opcode 31, bits of the word make it look at the sum of two registers."""
    result = _run(f"lis 0, 0x4000\n.long {word:#x}\nmfcr 4\nmfspr 5, 1\nwait")
    assert (result.stop, result.instructions) == ("sleep", 5)
    assert result.gpr[[4, 5]].tolist() == [cr, xer]
    (warning,) = result.warnings
    assert warning.title == f"the word {word:#010x}{name} is no instruction of the PPU"
    assert warning.notes[0] == "the top PPU met it first at 0x0004"


def test_a_program_that_runs_away_ends_where_the_memory_does():
    lines = _complaint("li 3, 1").splitlines()
    assert lines[0] == "error[E108]: no instructions can be fetched from address 0x00004000"
    assert "warning[E104]: the word 0x00000000 is no instruction of the PPU" in lines
    assert "  = note: 4094 more such words were executed" in lines
