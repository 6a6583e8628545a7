"""Coverage of C and assembly: lines that are known to be executed, and branches both ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hicannx.tools.cli import main
from hicannx.tools.trace.branches import branch_of
from hicannx.tools.trace.counts import Counts
from hicannx.tools.trace.coverage import as_lcov, make_coverage

Read = Callable[[str], dict[str, dict[str, Any]]]

c_source = """volatile int wanted = 7, result;              //
                                              //
int odd(int x)                                //
{                                             // 5
	return x & 1;                             // 5
}                                             // 5
                                              //
int forgotten(int x)                          //
{                                             // 0
	return x + 1;                             // 0
}                                             // 0
                                              //
static int choose(int x)                      //
{                                             // 6
	if (x == 100)                             // 6
		return forgotten(x);                  // 0
	else if (x == wanted)                     // 6
		return 3;                             // 1
	return odd(x);                            // 5
}                                             // 6
                                              //
int main(void)                                //
{                                             // 1
	int i, sum = 0;                           // 1
	for (i = 2; i < 8; i++)                   // 7
		sum += choose(i);                     // 6
	while (sum > 100)                         // 1
		sum--;                                // 0
	result = sum;                             // 1
	return 0;                                 // 1
}                                             // 1
"""


def wanted_lines() -> dict[int, int]:
    rows = ((number, line.rpartition("// ")[2]) for number, line in enumerate(c_source.splitlines(), 1))
    return {number: int(count) for number, count in rows if count.strip().isdigit()}


def test_lines_of_c_are_executed_as_often_as_they_say(compile_c: Any, tmp_path: Path, read_lcov: Read) -> None:
    compiled = compile_c(c_source)
    assert main(["ppu", str(compiled.program), "--coverage", str(tmp_path / "all.info")]) == 0
    found = read_lcov((tmp_path / "all.info").read_text())
    assert list(found) == [str(compiled.source)]
    one = found[str(compiled.source)]
    assert one["lines"] == wanted_lines()
    assert one["entries"] == {"odd": 5, "forgotten": 0, "choose": 6, "main": 1}
    assert one["functions"] == {"odd": 4, "forgotten": 9, "choose": 14, "main": 23}
    ways = {line: sorted(one["branches"][line, 0, way] for way in (0, 1)) for line in (15, 17, 25, 27)}
    assert ways == {15: [0, 6], 17: [1, 5], 25: [1, 6], 27: [0, 1]}


@pytest.mark.parametrize("flags", [("-O2",), ("-Os",)])
def test_optimised_code_has_the_same_executed_lines(
    compile_c: Any, tmp_path: Path, read_lcov: Read, flags: Any
) -> None:
    compiled = compile_c(c_source, [*flags, "-fno-inline"])
    assert main(["ppu", str(compiled.program), "--coverage", str(tmp_path / "all.info")]) == 0
    (one,) = read_lcov((tmp_path / "all.info").read_text()).values()
    assert {number: count > 0 for number, count in one["lines"].items()}.items() <= {
        number: count > 0 for number, count in wanted_lines().items()
    }.items()
    assert one["entries"] == {"odd": 5, "forgotten": 0, "choose": 6, "main": 1}


assembly_source = """        li      3, 5
        mtctr   3
loop:   cmpwi   3, 3
        beq     equal
        b       next
equal:  addi    4, 4, 1
next:   addi    3, 3, -1
        bdnz    loop
        cmpwi   4, 0
        bgt     cr1, never
        .long   0x7c00007c      # wait
never:  beq     loop
        bdz     loop
"""


def test_lines_of_assembly(write: Any, watch: Any, read_lcov: Read) -> None:
    counts = Counts()
    path = write(assembly_source)
    ran = watch(path, lambda _: counts)
    one = read_lcov(as_lcov(make_coverage(counts, ran.code)))[str(path)]
    assert one["lines"] == {1: 1, 2: 1, 3: 5, 4: 5, 5: 4, 6: 1, 7: 5, 8: 5, 9: 1, 10: 1, 11: 1, 12: 0, 13: 0}
    assert one["branches"] == {
        (4, 0, 0): 1,
        (4, 0, 1): 4,
        (8, 0, 0): 4,
        (8, 0, 1): 1,
        (10, 0, 0): 0,
        (10, 0, 1): 1,
        (12, 0, 0): None,
        (12, 0, 1): None,
        (13, 0, 0): None,
        (13, 0, 1): None,
    }


interrupted_source = """
        b       start
        .org    0x30
        addi    21, 21, 1       # the decrementer
        mfspr   20, 336
        mtspr   336, 20
        rfi
start:  li      3, 61
        mtspr   22, 3
        mtspr   54, 3
        lis     3, 0x0440
        mtspr   340, 3
        li      3, 0
        ori     3, 3, 0x8000
        mtmsr   3
        li      4, 30000
        mtctr   4
loop:   andi.   5, 6, 3
        addi    6, 6, 1
        beq     fourth
        bdnz    loop
        b       end
fourth: addi    7, 7, 1
        bdnz    loop
end:    li      3, 0
        mtmsr   3
        mtspr   340, 3
        wait
"""


def test_an_interrupt_behind_a_branch_leaves_its_way(write: Any, watch: Any) -> None:
    counts = Counts()
    path = write(interrupted_source)
    ran = watch(path, lambda _: counts)
    interrupts = int(ran.chip.world.chip.gpr[0, 21])
    assert interrupts > 1000
    (cover,) = make_coverage(counts, ran.code).values()
    branches = [one for _, line in sorted(cover.lines.items()) for one in line.branches]
    beq, bdnz, other = branches
    assert beq.ways == (str(int(ran.chip.world.chip.gpr[0, 7])), str(30000 - int(ran.chip.world.chip.gpr[0, 7])))
    assert [beq.executions, bdnz.executions + other.executions] == [30000, 30000]
    assert bdnz.straight + other.straight == 1


def test_which_branches_are_conditional() -> None:
    always, decrement, equal, link_register, count_register = 0x42800008, 0x42000008, 0x41820008, 0x4E800020, 0x4E800420
    assert [branch_of(one).is_conditional for one in (always, decrement, equal, link_register, count_register)] == [
        *(False, True, True, False, False)
    ]
    assert [branch_of(one).is_conditional for one in (0x48000008, 0x4D820020, 0x4D820420)] == [False, True, True]


def test_both_processors_count_together(write: Any, tmp_path: Path, read_lcov: Read) -> None:
    path = write(assembly_source)
    for choice, factor in (("top", 1), ("both", 2)):
        info = tmp_path / f"{choice}.info"
        assert main(["ppu", str(path), "--ppu", choice, "--coverage", str(info), "--max-cycles", "1000"]) in (0, 1)
        (one,) = read_lcov(info.read_text()).values()
        assert one["lines"][7] == 5 * factor and one["lines"][13] == 0
        assert one["branches"][8, 0, 0] == 4 * factor and one["branches"][13, 0, 0] is None
