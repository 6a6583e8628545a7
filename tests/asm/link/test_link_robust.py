"""Bad input is told about: damaged scripts and objects give diagnostics, never a traceback."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from hicannx.asm.assemble import assemble
from hicannx.asm.link.link import link
from hicannx.asm.link.options import LinkOptions
from hicannx.asm.link.runtime import default_script
from hicannx.diagnostic import DiagnosticError
from hicannx.source import SourceFile

source = """
    .globl main
main: bl away
    lis 3, word@ha
    .section .rodata.str1.1, "aMS", @progbits, 1
text: .string "text"
    .data
    .globl word
word: .long text
    .comm shared, 16, 8
    .section ext.text, "ax"
away: blr
"""
script = default_script().text
words = [
    "{", "}", "(", ")", ";", ":", "=", "+=", "*", "+", "-", "/", "<<", ">", "?", ",", ".", "0x10", "1K", ".text", "*(.text)",
    "SECTIONS", "MEMORY", "ENTRY", "PROVIDE", "ASSERT", "ALIGN", "SIZEOF", "ADDR", "ORIGIN", "KEEP", "SORT", "LONG", "FILL",
    "AT", "INCLUDE", "/DISCARD/", '"x"', "/*", "*/", "\n", "@", "\0", "name",
]  # fmt: skip


@cache
def made() -> bytes:
    return assemble(SourceFile("x.s", source)).object()


def attempt(text: str, content: bytes) -> None:
    try:
        link([("x.o", content)], LinkOptions(script=SourceFile("x.x", text), runtime=True)).elf()
    except DiagnosticError as error:
        assert all(one.title and one.code[0] in "AH" for one in error.diagnostics)


@given(st.lists(st.sampled_from(words), max_size=30).map(" ".join))
def test_token_soup(text: str) -> None:
    attempt(text, made())


@given(st.integers(0, len(script)), st.integers(0, 30), st.lists(st.sampled_from(words), max_size=3).map(" ".join))
def test_edited_scripts(start: int, length: int, text: str) -> None:
    attempt(script[:start] + text + script[start + length :], made())


@given(st.data())
def test_damaged_objects(data: st.DataObject) -> None:
    content = bytearray(made())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    attempt(script, bytes(content))


def test_deep_nesting_and_large_sections() -> None:
    attempt("x = " + "(" * 500 + "1" + ")" * 500 + ";", made())
    attempt("x = " + "-" * 500 + "1;", made())
    attempt("x = " + "1+" * 5000 + "1;", made())
    attempt("SECTIONS { .text : { *(.text) . = 0xfffffffffff; } }", made())
    attempt("SECTIONS { . = 0xffffffffffffff; .text : { *(.text) } }", made())
    attempt("SECTIONS { .text : { . = ALIGN(0x40000000); *(.text) BYTE(1) . = ALIGN(0x40000000); } }", made())
    attempt("SECTIONS { .text 1 << 1 << 70 : { *(.text) } }", made())
