"""A profile adds up to the run, and agrees with a plain count of what was executed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.ppu import load_image
from hicannx.emu.stepped import step_through
from hicannx.tools.cli import main
from hicannx.tools.trace.counts import Counts
from hicannx.tools.trace.profile import make_profile

c_programs = Path(__file__).resolve().parents[2] / "vectors" / "toolchain" / "c_programs"


def profiled(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert main(["ppu", *map(str, words), "--json", "--profile"]) == 0, capsys.readouterr().err
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.parametrize("name", ["c12_lif.O0", "c08_recursion.O2", "c10_fnptr.Os"])
def test_a_profile_adds_up(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = c_programs / name / "image.bin"
    result = profiled(capsys, path)
    profile = result["profile"]
    assert (profile["cycles"], profile["instructions"]) == (result["cycles"], result["instructions"])
    for part in ("functions", "each_instruction"):
        assert sum(one["cycles"] for one in profile[part]) + profile["startup_cycles"] == result["cycles"]
    assert sum(one["instructions"] for one in profile["functions"]) == result["instructions"]
    chip = Chip()
    load_image(chip, path.read_bytes())
    chip.release_ppu(0)
    pcs, _ = step_through(chip.world.chip)
    addresses, executions = np.unique(pcs, return_counts=True)
    assert [one["address"] for one in profile["each_instruction"]] == addresses.tolist()
    assert [one["executions"] for one in profile["each_instruction"]] == executions.tolist()


asleep_source = """
        b       start
        .org    0x30
        mfspr   20, 336         # the decrementer wakes the processor
        mtspr   336, 20
        addi    21, 21, 1
        rfi
start:  li      3, 500
        mtspr   22, 3
        lis     3, 0x0400
        mtspr   340, 3
        li      3, 0
        ori     3, 3, 0x8000
        mtmsr   3
        wait
        .size   start, . - start
"""


def test_sleep_in_between_belongs_to_the_wait(write: Any, watch: Any) -> None:
    counts = Counts()
    ran = watch(write(asleep_source), lambda _: counts)
    assert ran.chip.world.chip.gpr[0, 21] == 1
    (waits,) = np.flatnonzero(counts.words == 0x7C00007C)
    assert counts.executions[waits] == 2 and counts.cycles[waits] > 400
    begin = ran.core(st.RELEASE_TICK) // 2 + ran.core(st.CYCLES)
    assert counts.cycles.sum() + 4 <= begin


called_source = """
        li      3, 3
        mtctr   3
again:  bl      work
        bdnz    again
        wait
work:   mflr    5
        li      6, 2
inner:  addi    6, 6, -1
        cmpwi   6, 0
        bne     inner
        mtlr    5
        blr
"""


def test_functions_and_lines_of_assembly(write: Any, watch: Any) -> None:
    counts = Counts()
    path = write(called_source)
    ran = watch(path, lambda _: counts)
    profile = make_profile(counts, ran.code, 0)
    functions = {one.name: (one.entries, one.instructions) for one in profile.functions}
    assert functions == {"0x0000": (1, 2 + 2 * 3 + 1), "work": (3, 3 * (2 + 2 * 3 + 2))}
    lines = {one.line: one.instructions for one in profile.lines}
    assert {one.file for one in profile.lines} == {str(path)}
    assert lines == {2: 1, 3: 1, 4: 3, 5: 3, 6: 1, 7: 3, 8: 3, 9: 6, 10: 6, 11: 6, 12: 3, 13: 3}
    assert [one.cycles for one in profile.lines] == sorted((one.cycles for one in profile.lines), reverse=True)
    assert Counter({one.text: one.executions for one in profile.each_instruction})["cmpwi r6,0"] == 6


def test_code_outside_the_own_memory_is_counted(write: Any, watch: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside.s"
    outside.write_text(
        ".globl main\nmain: lis 3, far@ha\naddi 3, 3, far@l\nmtctr 3\nbctrl\nwait\n"
        '.section .ext.text, "ax"\n.globl far\nfar: li 3, 5\n1: addi 3, 3, -1\ncmpwi 3, 0\nbne 1b\nblr\n'
    )
    script = tmp_path / "two.x"
    script.write_text(
        "MEMORY { ram : ORIGIN = 0, LENGTH = 16K  ext : ORIGIN = 0x80000000, LENGTH = 64K }\n"
        "SECTIONS { .text : { *(.text.vectors) *(.text .text.*) } > ram .ext.text : { *(.ext.text) } > ext\n"
        " .data : { *(.data*) } > ram\n .bss : { __bss_start = .; *(.bss*) __bss_end = .; } > ram\n"
        " __init_array_start = .; __init_array_end = .; __fini_array_start = .; __fini_array_end = .;\n"
        " stack_ptr_init = 0x3ff0; }\n"
    )
    assert main(["asm", str(outside), "-o", str(tmp_path / "outside.o"), "-g"]) == 0
    linked = tmp_path / "outside.elf"
    assert main(["ld", "-T", str(script), str(tmp_path / "outside.o"), "-o", str(linked)]) == 0
    counts = Counts()
    ran = watch(linked, lambda _: counts)
    profile = make_profile(counts, ran.code, 0)
    (far,) = (one for one in profile.functions if one.name == "far")
    assert (far.address, far.entries, far.instructions) == (0x80000000, 1, 17)
    assert counts.executions.sum() == ran.core(st.INSTRUCTIONS)


def test_tables_and_code_for_people(compile_c: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "int twice(int x) { return x + x; }\nint main(void)\n{\n\treturn twice(21);\n}\n"
    compiled = compile_c(text, ["-O1", "-fno-inline"])
    capsys.readouterr()
    target = tmp_path / "profile.txt"
    assert main(["ppu", str(compiled.program), "--profile"]) == 0
    shown = capsys.readouterr().out
    assert main(["ppu", str(compiled.program), f"--profile={target}"]) == 0
    assert "cycles each" not in capsys.readouterr().out
    written = target.read_text()
    assert shown.split("return code")[1].endswith(written[: written.index("  executions ")].rstrip() + "\n")
    assert "return twice(21);" in shown and "program.c:4" in shown
    rows = [line.split() for line in written.splitlines()]
    (twice,) = (row for row in rows if row[:1] == ["twice"])
    assert twice[1:3] == ["1", "2"]
    assert any(row[:2] == [";", "program.c:1:"] for row in rows)
    assert any(row[0:1] == ["1"] and row[-2:] == ["rlwinm", "r3,r3,1,0,30"] for row in rows)
    assert main(["ppu", str(compiled.program), f"--profile={tmp_path}/profile.json"]) == 0
    found = json.loads((tmp_path / "profile.json").read_text())
    assert {one["name"] for one in found["top"]["functions"]} >= {"main", "twice"}


def test_each_processor_has_its_profile(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    found = profiled(capsys, write(called_source), "--ppu", "both")["ppu"]
    first, second = (one["profile"] for one in found)
    assert first["instructions"] == second["instructions"] == found[0]["instructions"]
    assert main(["ppu", str(write(called_source)), "--ppu", "both", "--profile"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.endswith(" PPU")] == ["top PPU", "bottom PPU"]
