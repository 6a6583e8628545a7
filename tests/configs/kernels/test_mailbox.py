"""configs/kernels/library/mailbox.s against Python's formatting."""

import numpy as np
import pytest

from hicannx.asm.link.options import LinkOptions
from hicannx.emu.ppu import run_image

draw = np.random.default_rng(6)
begin, end = 0x3000, 0x4000
numbers = [0, 1, -1, 9, 10, -10, 99, 100, 2**31 - 1, -(2**31), *draw.integers(-(2**31), 2**31, 30).tolist()]


def mailbox(called):
    content = called.result.memory[begin:end]
    return content[: content.index(0)].decode()


def test_decimal(run):
    assert mailbox(run("mailbox", "mailbox_decimal", [(one,) for one in numbers])) == "".join(map(str, numbers))


def test_hexadecimal(run):
    expected = "".join(f"{one & 0xFFFFFFFF:08x}" for one in numbers)
    assert mailbox(run("mailbox", "mailbox_hexadecimal", [(one,) for one in numbers])) == expected


def test_text(run, at):
    data = b"one\0 and \0\0two\n\0"
    called = run("mailbox", "mailbox_text", [(at(0),), (at(4),), (at(10),), (at(11),)], data)
    assert mailbox(called) == "one and two\n"


def test_character(run):
    assert mailbox(run("mailbox", "mailbox_character", [(ord(one),) for one in "a#\n"])) == "a#\n"


def test_vector(run, at):
    data = draw.bytes(256)
    expected = "".join(data[start : start + 16].hex() + "\n" for start in (*range(128, 256, 16), *range(0, 128, 16)))
    assert mailbox(run("mailbox", "mailbox_vector", [(at(128),), (at(0),)], data)) == expected


@pytest.mark.parametrize("size", [0, 4, 16, 32, 64])
def test_what_does_not_fit_is_dropped(program, size):
    """The last byte is the zero; nothing is written beside the mailbox."""
    text = """
        .globl main
main:   mflr 31
        li 30, 3
1:      lis 3, text@ha
        addi 3, 3, text@l
        bl mailbox_text
        addic. 30, 30, -1
        bne 1b
        mtlr 31
        li 3, 0x77              # goes to the word below the mailbox
        blr
text:   .asciz "abcdefghij, "
    """
    result = run_image(program(text, ["mailbox"], LinkOptions(defines={"mailbox_size": size})).image())
    place = end - size
    expected = (b"abcdefghij, " * 3)[: max(size - 1, 0)].ljust(size, b"\0")
    assert result.memory[place - 4 :] == b"\0\0\0\x77" + expected


def test_a_vector_that_was_just_stored(program):
    text = """
        .globl main
main:   mflr 31
        li 4, 0x5a
        fxvsplatb 1, 4
        li 3, 0x2800
        fxvstax 1, 0, 3
        bl mailbox_vector
        mtlr 31
        blr
    """
    result = run_image(program(text, ["mailbox"]).image(), check_races=True)
    assert result.warnings == ()
    assert result.memory[begin : begin + 8 * 33] == (b"5a" * 16 + b"\n") * 8
