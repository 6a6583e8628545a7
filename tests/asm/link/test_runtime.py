"""The runtime library on the emulated processor, against Python's arithmetic."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from hicannx.asm.assemble import assemble
from hicannx.asm.link.link import Linked, link
from hicannx.asm.link.options import LinkOptions
from hicannx.emu.ppu import PPUResult, run_image
from hicannx.source import SourceFile

edges = [
    0, 1, 2, 3, 5, 7, 10, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0x100000000, 0x100000001, 0x1FFFFFFFF,
    (1 << 63) - 1, 1 << 63, (1 << 63) + 1, (1 << 64) - 2, (1 << 64) - 1,
]  # fmt: skip
mask = (1 << 64) - 1


def signed(value: int, bits: int = 64) -> int:
    return (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


def quotient(a: int, b: int) -> int:
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def remainder(a: int, b: int) -> int:
    return a - quotient(a, b) * b


def operands() -> list[tuple[int, int]]:
    draw = random.Random(1)
    pairs = [(a, b) for a in edges for b in edges]
    return pairs + [(draw.getrandbits(draw.randint(1, 64)), draw.getrandbits(draw.randint(1, 64))) for _ in range(150)]


# Calls the function with each pair of the table and stores what it returns.
caller = """
    .globl main
main:
    stwu 1, -32(1)
    mflr 0
    stw 0, 36(1)
    stmw 28, 8(1)
    lis 31, table@ha
    addi 31, 31, table@l
    lis 30, found@ha
    addi 30, 30, found@l
    lis 29, {count}@ha
    addi 29, 29, {count}@l
1:  lwz 3, 0(31)
    lwz 4, 4(31)
    lwz 5, 8(31)
    lwz 6, 12(31)
    {before}
    bl {function}
    stw 3, 0(30)
    stw 4, 4(30)
    addi 31, 31, 16
    addi 30, 30, 8
    addic. 29, 29, -1
    bne 1b
    lmw 28, 8(1)
    lwz 0, 36(1)
    mtlr 0
    addi 1, 1, 32
    li 3, 0
    blr
    .data
    .balign 4
    .globl table
table: .long {table}
    .bss
    .balign 4
found: .space {count} * 8
"""
no_mailbox = LinkOptions(defines={"mailbox_size": 0})


def linked_and_run(text: str, options: LinkOptions = no_mailbox) -> tuple[Linked, PPUResult]:
    linked = link([("test.o", assemble(SourceFile("test.s", text)).object())], options)
    result = run_image(linked.image())
    assert result.stop == "sleep"
    return linked, result


def at(linked: Linked, name: str) -> int:
    return next(one.address for one in linked.symbols if one.name == name)


def results(function: str, pairs: list[tuple[int, int]], before: str = "") -> list[int]:
    found = []
    for start in range(0, len(pairs), 400):
        some = pairs[start : start + 400]
        words = [word for a, b in some for word in (a >> 32, a & 0xFFFFFFFF, b >> 32, b & 0xFFFFFFFF)]
        table = ", ".join(map(str, words))
        text = caller.format(function=function, count=len(some), table=table, before=before)
        linked, result = linked_and_run(text)
        place = at(linked, "found")
        found += [int.from_bytes(result.memory[place + 8 * i : place + 8 * i + 8], "big") for i in range(len(some))]
    return found


two_operands: dict[str, Callable[[int, int], int]] = {
    "__udivdi3": lambda a, b: a // b if b else mask,
    "__umoddi3": lambda a, b: a % b if b else a,
    "__divdi3": lambda a, b: quotient(signed(a), signed(b)) if b else (-1 if signed(a) >= 0 else 1),
    "__moddi3": lambda a, b: remainder(signed(a), signed(b)) if b else signed(a),
    "__muldi3": lambda a, b: a * b,
}


@pytest.mark.parametrize("function", two_operands)
def test_two_operands(function: str) -> None:
    pairs = operands()
    expected = [two_operands[function](a, b) & mask for a, b in pairs]
    assert results(function, pairs) == expected


@pytest.mark.parametrize("function", ["__cmpdi2", "__ucmpdi2"])
def test_comparison(function: str) -> None:
    pairs = operands()
    both = [(signed(a), signed(b)) if function == "__cmpdi2" else (a, b) for a, b in pairs]
    assert [one >> 32 for one in results(function, pairs)] == [(a > b) - (a < b) + 1 for a, b in both]


shifts: dict[str, Callable[[int, int], int]] = {
    "__ashldi3": lambda a, n: a << n,
    "__lshrdi3": lambda a, n: a >> n,
    "__ashrdi3": lambda a, n: signed(a) >> n,
}


@pytest.mark.parametrize("function", shifts)
def test_shifts(function: str) -> None:
    pairs = [(a, n) for a in (*edges, 0x0123456789ABCDEF, 0xFEDCBA9876543210) for n in range(64)]
    found = results(function, pairs, before="mr 5, 6")
    assert found == [shifts[function](a, n) & mask for a, n in pairs]


def lowest(value: int) -> int:
    return (value & -value).bit_length()


one_word: dict[str, Callable[[int], int]] = {
    "__clzsi2": lambda a: 32 - a.bit_length(),
    "__ctzsi2": lambda a: lowest(a) - 1,
    "__ffssi2": lowest,
    "__popcountsi2": int.bit_count,
    "__paritysi2": lambda a: a.bit_count() & 1,
    "__bswapsi2": lambda a: int.from_bytes(a.to_bytes(4, "big"), "little"),
}
two_words: dict[str, Callable[[int], int]] = {
    "__clzdi2": lambda a: 64 - a.bit_length(),
    "__ctzdi2": lambda a: lowest(a) - 1,
    "__ffsdi2": lowest,
    "__popcountdi2": int.bit_count,
    "__paritydi2": lambda a: a.bit_count() & 1,
}


@pytest.mark.parametrize("function", one_word)
def test_bits_of_a_word(function: str) -> None:
    values = [a for a in dict.fromkeys(pair[0] & 0xFFFFFFFF for pair in operands()) if a or "ctz" not in function]
    found = results(function, [(a << 32, 0) for a in values])
    assert [one >> 32 for one in found] == [one_word[function](a) for a in values]


@pytest.mark.parametrize("function", two_words)
def test_bits_of_two_words(function: str) -> None:
    values = [a for a in dict.fromkeys(pair[0] for pair in operands()) if a or "ctz" not in function]
    found = results(function, [(a, 0) for a in values])
    assert [one >> 32 for one in found] == [two_words[function](a) for a in values]


def test_swapping_and_negating_two_words() -> None:
    values = [(a, 0) for a, _ in operands()]
    assert results("__bswapdi2", values) == [int.from_bytes(a.to_bytes(8, "big"), "little") for a, _ in values]
    assert results("__negdi2", values) == [-a & mask for a, _ in values]


def test_quotient_and_remainder_at_once() -> None:
    text = caller.format(
        function="__udivmoddi4", count=3, table="0,100,0,7, 5,1,1,0, 0,5,0,0", before="mr 7, 30"
    ).replace("stw 3, 0(30)", "lwz 3, 4(30)\n stw 3, 0(30)")
    linked, result = linked_and_run(text)
    place = at(linked, "found")
    assert [result.word(place + 4 * i) for i in range(6)] == [2, 14, 1, 5, 5, mask & 0xFFFFFFFF]


memory_program = """
    .globl main
main:
    stwu 1, -16(1)
    mflr 0
    stw 0, 20(1)
    lis 3, target@ha
    addi 3, 3, target@l + {to}
    {source}
    li 5, {count}
    bl {function}
    lis 9, value@ha
    stw 3, value@l(9)
    lwz 0, 20(1)
    mtlr 0
    addi 1, 1, 16
    li 3, 0
    blr
    .data
    .balign 4
value: .long 0
    .balign 8
target: .byte {bytes}
source: .byte {others}
"""
area = list(range(1, 65))
others = [(7 * one + 3) % 256 for one in range(64)]


def run_memory(function: str, to: int, source: str, count: int) -> tuple[int, list[int]]:
    text = memory_program.format(
        function=function, to=to, source=source, count=count, bytes=", ".join(map(str, area)),
        others=", ".join(map(str, others)),
    )  # fmt: skip
    linked, result = linked_and_run(text)
    place = at(linked, "target")
    value = result.word(at(linked, "value"))
    return (value - place if function != "memcmp" else signed(value, 32)), list(result.memory[place : place + 64])


def address(symbol: str, offset: int) -> str:
    return f"lis 4, {symbol}@ha\n addi 4, 4, {symbol}@l + {offset}"


draw = random.Random(2)
copies = [(draw.randrange(9), draw.randrange(9), draw.randrange(40)) for _ in range(8)]
copies += [(0, 0, 32), (4, 0, 17), (0, 4, 3), (1, 0, 0)]


@pytest.mark.parametrize(("to", "start", "count"), copies)
def test_memcpy(to: int, start: int, count: int) -> None:
    expected = area.copy()
    expected[to : to + count] = others[start : start + count]
    assert run_memory("memcpy", to, address("source", start), count) == (to, expected)


@pytest.mark.parametrize(
    ("to", "start", "count"), [(0, 4, 32), (4, 0, 32), (1, 0, 9), (0, 1, 9), (8, 3, 20), (5, 5, 8)]
)
def test_memmove_of_overlapping_bytes(to: int, start: int, count: int) -> None:
    expected = area.copy()
    expected[to : to + count] = area[start : start + count]
    assert run_memory("memmove", to, address("target", start), count) == (to, expected)


@pytest.mark.parametrize(("to", "count"), [(0, 32), (0, 31), (1, 9), (4, 0), (3, 1)])
def test_memset(to: int, count: int) -> None:
    expected = area.copy()
    expected[to : to + count] = [0xA5] * count
    assert run_memory("memset", to, "li 4, 0x1a5", count) == (to, expected)


def test_memcmp() -> None:
    assert run_memory("memcmp", 0, address("target", 0), 40)[0] == 0
    assert run_memory("memcmp", 0, address("target", 1), 40)[0] < 0
    assert run_memory("memcmp", 1, address("target", 0), 40)[0] > 0
    assert run_memory("memcmp", 1, address("target", 0), 0)[0] == 0


def test_registers_are_saved_and_restored() -> None:
    lines = [".globl main", "main:", "stwu 1, -96(1)", "mflr 0", "stw 0, 100(1)", "addi 11, 1, 96"]
    lines += [f"li {n}, {n * 3}" for n in range(14, 32)] + ["bl _savegpr_14"]
    lines += [f"li {n}, 0" for n in range(14, 32)] + ["addi 11, 1, 96", "bl _restgpr_14", "li 3, 0"]
    lines += [f"add 3, 3, {n}" for n in range(14, 32)] + ["addi 11, 1, 96", "b _restgpr_14_x"]
    linked, result = linked_and_run("\n".join(lines) + "\n")
    assert result.word(at(linked, "stack_ptr_init") + 12) == 3 * sum(range(14, 32))


start_program = """
    .globl main
main:
    lis 9, counter@ha
    lwz 3, counter@l(9)
    lis 9, cleared@ha
    lwz 4, cleared@l(9)
    add 3, 3, 4
    blr
first:
    lis 9, counter@ha
    lwz 3, counter@l(9)
    slwi 3, 3, 4
    addi 3, 3, 1
    stw 3, counter@l(9)
    blr
second:
    lis 9, counter@ha
    lwz 3, counter@l(9)
    slwi 3, 3, 4
    addi 3, 3, 2
    stw 3, counter@l(9)
    blr
    .section .init_array.00200, "aw", @init_array
    .long second
    .section .init_array.00100, "aw", @init_array
    .long first
    .data
    .balign 4
counter: .long 0
    .bss
    .balign 4
cleared: .space 4
"""


def test_start_and_end() -> None:
    """Constructors run in the order of their priorities, zeroed storage is zero, the return code is where it belongs."""
    linked, result = linked_and_run(start_program, LinkOptions())
    top = at(linked, "stack_ptr_init")
    assert (top, at(linked, "mailbox_base"), linked.entry) == (0x2FF0, 0x3000, 0)
    assert (result.word(top), result.word(top + 12)) == (top, 0x12)
    assert linked.image()[:4].hex() == "48000034"


def test_an_interrupt_without_handler_ends_the_program() -> None:
    linked, result = linked_and_run(".globl main\nmain: li 3, 3\n lwz 4, 0(3)\n blr\n")
    assert result.word(at(linked, "stack_ptr_init") + 12) == 0xFFFFFFFF


def test_a_handler_of_the_program_is_used() -> None:
    text = ".globl main, isr_alignment\nmain: li 3, 3\n lwz 4, 0(3)\n blr\nisr_alignment: li 3, 77\n b exit\n"
    linked, result = linked_and_run(text)
    assert result.word(at(linked, "stack_ptr_init") + 12) == 77
