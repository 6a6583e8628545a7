"""The trace as text: what is told of each instruction, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hicannx.emu.trace import present, record_last
from hicannx.tools.cli import main
from hicannx.tools.trace.tail import Tail, tail_of_ring
from hicannx.tools.trace.text import TextTrace, shorten

c_programs = Path(__file__).resolve().parents[2] / "vectors" / "toolchain" / "c_programs"


def told(watch: Any, path: Path, **options: bool) -> list[list[str]]:
    """The columns of each line, without the cycle."""
    parts: list[str] = []
    watch(path, lambda code: TextTrace(parts.append, code, **options))
    return [line.split(maxsplit=1)[1].split("  ") for line in "".join(parts).splitlines()]


source = """        .globl  _start
_start: lis     3, 0x1234
        ori     3, 3, 0x5678
        stw     3, 0x1000(0)
        lbz     4, 0x1001(0)
        li      1, 0x1010
        stwu    1, -16(1)
        stmw    29, 0x1020(0)
        lmw     30, 0x1020(0)
        addic.  5, 3, -1
        cmpwi   6, 5, 0
        crset   2
        mtcr    3
        mtctr   4
        bl      next
next:   mflr    6
        mtspr   26, 6
        mtspr   336, 6
        mtspr   65, 6
        mtmsr   4
        li      7, 1
        fxvsplatb 1, 7
        fxvmtacb 1
        fxvcmpb 1
        li      8, 0x2000
        fxvstax 1, 0, 8
        fxvoutx 1, 0, 7
        sync
        fxvinx  2, 0, 7
        .long   0x7c000401
        wait
"""
wanted = """
_start | lis r3,4660 | r3=12340000
_start+0x4 | ori r3,r3,22136 | r3=12345678
_start+0x8 | stw r3,4096(0) | [00001000] <- 12345678
_start+0xc | lbz r4,4097(0) | r4=00000034 <- [00001001]
_start+0x10 | li r1,4112 | r1=00001010
_start+0x14 | stwu r1,-16(r1) | r1=00001000 [00001000] <- 00001010
_start+0x18 | stmw r29,4128(0) | [00001020..00001028] <- r29..r31
_start+0x1c | lmw r30,4128(0) | r30=00000000 r31=? <- [00001020..00001024]
_start+0x20 | addic. r5,r3,-1 | r5=12345677 xer=20000000 cr0=gt
_start+0x24 | cmpwi cr6,r5,0 | cr6=gt
_start+0x28 | crset eq | cr0=gt,eq
_start+0x2c | mtcr r3 | cr=12345678
_start+0x30 | mtctr r4 | ctr=00000034
_start+0x34 | bl 0x38 | lr=00000038
next | mflr r6 | r6=00000038
next+0x4 | mtsrr0 r6 | srr0=00000038
next+0x8 | mtspr 336,r6 | tsr&=~00000038
next+0xc | mtspr 65,r6
next+0x10 | mtmsr r4 | msr=00000030
next+0x14 | li r7,1 | r7=00000001
next+0x18 | fxvsplatb 1,r7 | v1=01*128
next+0x1c | fxvmtacb 1 | acc=0001*128
next+0x20 | fxvcmpb 1 | vcr=01*128
next+0x24 | li r8,8192 | r8=00002000
next+0x28 | fxvstax 1,0,r8 | [00002000] <- v1
next+0x2c | fxvoutx 1,0,r7 | bus[00000001] <- v1
next+0x30 | hwsync
next+0x34 | fxvinx 2,0,r7 | v2=01*128 <- bus[00000001]
next+0x38 | .long 0x7c000401 | xer=20000000 cr0=eq
next+0x3c | wait
"""


def test_what_each_instruction_has_done(write: Any, watch: Any) -> None:
    path = write(source)
    lines = told(watch, path)
    shown = [[part.strip() for part in line if part.strip()] for line in lines]
    expected = [line.split(" | ") for line in wanted.strip().splitlines()]
    assert [line[1:-1] for line in shown] == expected
    assert [line[0] for line in shown] == [f"{4 * number:#06x}" for number in range(len(expected))]
    assert [line[-1] for line in shown] == [f"; {path}:{number + 2}" for number in range(len(expected))]


def test_vectors_in_short_and_in_full(write: Any, watch: Any) -> None:
    assert shorten(bytes(128)) == "00*128"
    assert shorten(bytes([1, 2] * 64)) == "0102*64"
    assert shorten(bytes([0, 0, 0, 9] * 64)) == "00000009*64"
    assert shorten(bytes(range(128))) == "0001020304050607..7c7d7e7f"
    path = write("li 3, 0x100\nfxvlax 1, 0, 3\nwait\n.org 0x100\n.byte 1, 2, 3\n.org 0x200")
    (line,) = (one for one in told(watch, path, whole=True) if "fxvlax" in " ".join(one))
    assert any(part.strip().startswith("v1=010203" + "00" * 125 + " <-") for part in line)


interrupts = """
        b       start
        .org    0x18
        b       skip
        .org    0x1c
skip:   mfspr   9, 26
        addi    9, 9, 4
        mtspr   26, 9
        rfi
start:  li      3, 0x1001
        lwz     4, 0(3)
        tw      31, 0, 0
        wait
"""


def test_what_raises_an_exception_has_done_nothing(write: Any, watch: Any) -> None:
    lines = [" ".join(part.strip() for part in line if part.strip()) for line in told(watch, write(interrupts))]
    first = next(index for index, line in enumerate(lines) if "lwz r4" in line)
    assert "r4=" not in lines[first]
    assert lines[first + 1] == "interrupt: alignment"
    second = next(index for index, line in enumerate(lines) if "trap" in line or "tw " in line)
    assert lines[second + 1] == "interrupt: program"


def test_the_tail_is_the_end_of_the_trace(watch: Any) -> None:
    path = c_programs / "c12_lif.O0" / "image.bin"
    parts: list[str] = []
    tails = [Tail(7), Tail(65536)]
    ran = watch(path, lambda code: TextTrace(parts.append, code), lambda _: tails[0], lambda _: tails[1])
    lines = "".join(parts).splitlines()
    assert tails[0].as_text(ran.code).splitlines() == lines[-7:]
    assert tails[1].as_text(ran.code).splitlines() == lines[-65536:]
    assert int(present(ran.chip, 0)["cycle"][0]) >= int(lines[-1].split()[0])


def test_the_tail_of_the_ring(watch: Any, write: Any) -> None:
    from hicannx.tools.ppu_program import run_all, start
    from hicannx.tools.program import load_program

    path = write("li 3, 3000\nmtctr 3\nli 4, 1\nfxvsplatb 1, 4\n1: fxvaddbm 2, 2, 1\nfxvmtacb 2\nbdnz 1b\nwait")
    parts: list[str] = []
    ran = watch(path, lambda code: TextTrace(parts.append, code))
    lines = "".join(parts).splitlines()
    (observer,) = start(load_program(path), (0,))
    record_last(observer.chip, 0)
    run_all([observer], 10**6)
    for count in (1, 2, 50, len(lines), 65536):
        kept = tail_of_ring(observer.chip, 0, count).as_text(ran.code).splitlines()
        assert len(kept) == min(count, len(lines))
        if count <= 50:
            assert kept == lines[-count:]
    assert "v2=?" in kept[4]  # of old vector results the ring has kept none


def test_lines_of_two_processors_have_their_names(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ppu", str(write("li 3, 1\nwait")), "--ppu", "both", "--trace", "-"]) == 0
    lines = capsys.readouterr().out.splitlines()[:4]
    assert [line.split()[0] for line in lines] == ["top", "top", "bottom", "bottom"]
    assert [line.split()[2] for line in lines] == ["0x0000", "0x0004"] * 2
