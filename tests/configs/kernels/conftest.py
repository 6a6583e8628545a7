"""A program around a subroutine of the library: it calls it as often as asked, and holds it to the calling convention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import attrs
import pytest

from hicannx.asm.assemble import assemble
from hicannx.asm.link.link import Linked, link
from hicannx.asm.link.options import LinkOptions
from hicannx.emu.chip import Chip
from hicannx.emu.ppu import PPUResult, run_image
from hicannx.source import SourceFile

library = Path(__file__).resolve().parents[3] / "configs" / "kernels" / "library"
arguments = 5
kept_registers = range(14, 29)
kept_vectors = range(16)

# r31: the next arguments, r30: the next place for results, r29: how many calls are left.
caller = """
    .globl main
main:
    .irp register, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
    li \\register, 0x5a00 + \\register
    .endr
    .irp register, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    li 3, 0x60 + \\register
    fxvsplatb \\register, 3
    .endr
    .irp register, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    li 3, 0xa0 + \\register
    fxvsplatb \\register, 3
    .endr
    mtcrf 0x38, 28
    lis 31, table@ha
    addi 31, 31, table@l
    lis 30, found@ha
    addi 30, 30, found@l
    li 29, {count}
1:  lwz 3, 0(31)
    lwz 4, 4(31)
    lwz 5, 8(31)
    lwz 6, 12(31)
    lwz 7, 16(31)
    bl {function}
    stw 3, 0(30)
    stw 4, 4(30)
    addi 31, 31, 20
    addi 30, 30, 8
    addic. 29, 29, -1
    bne 1b
    mfcr 3
    sync
2:  wait
    b 2b
    .data
    .balign 4
    .globl data
data: .byte {data}
    .balign 4
table: .long {table}
    .bss
    .balign 4
    .globl found
found: .space {count} * 8
"""


@attrs.frozen
class At:
    """An address in the data of a program."""

    offset: int


@attrs.frozen
class Called:
    """What a program of calls leaves: r3 and r4 after each of them, the data, and everything else."""

    results: list[int]
    seconds: list[int]
    data: bytes
    result: PPUResult


@cache
def object_of(name: str) -> bytes:
    """A file of the library, assembled."""
    return assemble(library / f"{name}.s").object()


def linked(text: str, names: Sequence[str], options: LinkOptions = LinkOptions()) -> Linked:  # noqa: B008
    """A program with files of the library."""
    objects = [(f"{name}.o", object_of(name)) for name in names]
    return link([("test.o", assemble(SourceFile("test.s", text)).object()), *objects], options)


def address(program: Linked, name: str) -> int:
    """The value of a symbol."""
    return next(one.address for one in program.symbols if one.name == name)


def call(
    file: str,
    function: str,
    calls: Sequence[tuple[int | At, ...]],
    data: bytes = b"\0",
    chip: Chip | None = None,
    check_races: bool = False,
) -> Called:
    """Call a subroutine with each tuple of arguments, over the same data."""
    padded = [(*one, *[0] * (arguments - len(one))) for one in calls]
    words = [f"data + {one.offset}" if isinstance(one, At) else str(one & 0xFFFFFFFF) for row in padded for one in row]
    content = ", ".join(map(str, data))
    text = caller.format(function=function, count=len(calls), data=content, table=", ".join(words))
    program = linked(text, [file], LinkOptions(defines={"mailbox_size": 0}) if file != "mailbox" else LinkOptions())
    result = run_image(program.image(), 10_000_000, chip=chip, check_races=check_races)
    assert result.stop == "sleep" and result.warnings == ()
    _check_convention(result, address(program, "stack_ptr_init"))
    place, start = address(program, "found"), address(program, "data")
    pairs = [(result.word(place + 8 * i), result.word(place + 8 * i + 4)) for i in range(len(calls))]
    return Called(
        [one for one, _ in pairs], [one for _, one in pairs], result.memory[start : start + len(data)], result
    )


def _check_convention(result: PPUResult, stack: int) -> None:
    """The stack pointer, the saved registers, condition fields and vector registers are as before the calls."""
    assert result.gpr[1] == stack
    assert [int(result.gpr[one]) for one in kept_registers] == [0x5A00 + one for one in kept_registers]
    assert result.gpr[3] & 0x00FFF000 == 0x5A1C & 0x00FFF000
    assert all((result.vr[one] == 0x60 + one).all() for one in kept_vectors)


@pytest.fixture(scope="session")
def run() -> Callable[..., Called]:
    """`call`, for the tests of this folder."""
    return call


@pytest.fixture(scope="session")
def at() -> type[At]:
    """`At`, for the tests of this folder."""
    return At


@pytest.fixture(scope="session")
def program() -> Callable[..., Linked]:
    """`linked`, for the tests of this folder."""
    return linked


@pytest.fixture(scope="session")
def place() -> Callable[[Linked, str], int]:
    """`address`, for the tests of this folder."""
    return address
