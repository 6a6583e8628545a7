"""What an assembled file offers: image, executable, listing, symbols, lines."""

from __future__ import annotations

import io

from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st

from hicannx.asm.assemble import Assembly, assemble
from hicannx.diagnostic import DiagnosticError
from hicannx.source import SourceFile

program = """\
    .macro twice what
    \\what
    \\what
    .endm
    .data
table:
    .long start, table + 4, 7, 8, 9
    .globl result
result: .byte 1
    .section .text.vectors, "ax"
start:
    lis 3, table@ha        # comment
    lwz 4, table@l(3)
    b work
    .text
    .type work, @function
work:
    twice nop
    blr
    .size work, . - work
    .bss
    .balign 8
room: .space 16
    .comm shared, 8, 8
"""


def assembled(text: str = program) -> Assembly:
    return assemble(SourceFile("program.s", text))


def test_image_puts_vectors_first() -> None:
    image = assembled().image()
    assert image[:12].hex() == "3c600000808300184800" + "0004"
    assert image[12:24].hex() == "60000000" * 2 + "4e800020"
    assert image[24:].hex() == "00000000" + "0000001c" + "000000070000000800000009" + "01"


def test_symbols_have_addresses_and_sizes() -> None:
    symbols = assembled().symbols
    found = {name: (one.address, one.size) for name, one in symbols.items()}
    assert found == {
        "table": (0x18, 20), "result": (0x2C, 1), "start": (0, 12), "work": (0xC, 12), "room": (0x30, 16),
        "shared": (0x40, 8),
    }  # fmt: skip


def test_places_of_addresses() -> None:
    assembly = assembled()
    line = assembly.line_at(4)
    assert line is not None
    assert (line.line, line.text) == (13, "lwz 4, table@l(3)")
    expanded = assembly.line_at(0x10)
    assert expanded is not None
    assert (expanded.line, expanded.text) == (18, "twice nop")
    assert assembly.line_at(0x1000) is None
    assert assembly.symbol_at(0x14) == ("work", 8)
    assert assembly.symbol_at(0) == ("start", 0)
    assert assembly.symbol_at(0x1000) is None


def test_listing() -> None:
    text = """\
start:
    li 3, 5   # five
    .macro pair
    nop
    sync
    .endm
    pair
    .data
    .ascii "twenty characters :-"
"""
    assert (
        assembled(text).listing()
        == """\
    1                      start:
    2  00000000  38600005      li 3, 5   # five
    3                          .macro pair
    4                          nop
    5                          sync
    6                          .endm
    7                          pair
       00000004  60000000  + nop
       00000008  7c0004ac  + sync
    8                          .data
    9  0000000c  7477656e      .ascii "twenty characters :-"
       00000010  74792063
       00000014  68617261
       00000018  63746572
       0000001c  ...
"""
    )


def test_executable_is_the_image() -> None:
    assembly = assembled()
    elf = ELFFile(io.BytesIO(assembly.elf()))
    assert (elf.elfclass, elf.little_endian, elf["e_machine"], elf["e_type"]) == (32, False, "EM_PPC", "ET_EXEC")
    (segment,) = elf.iter_segments()
    assert segment["p_vaddr"] == 0
    assert segment["p_offset"] % segment["p_align"] == 0
    assert segment.data() == assembly.image()
    assert segment["p_memsz"] == 0x48
    symbols = {one.name: one["st_value"] for one in elf.get_section_by_name(".symtab").iter_symbols()}
    assert symbols["work"] == 0xC
    for section in elf.iter_sections():
        if section["sh_flags"] & 2 and section["sh_type"] != "SHT_NOBITS":
            offset = section["sh_addr"]
            assert section.data() == assembly.image()[offset : offset + section["sh_size"]]


def test_entry() -> None:
    assert ELFFile(io.BytesIO(assembled("nop\n_entry: nop\n").elf()))["e_entry"] == 4
    assert ELFFile(io.BytesIO(assembled("nop\n").elf()))["e_entry"] == 0


def test_empty_file() -> None:
    assembly = assembled("")
    assert assembly.image() == b""
    assert assembly.listing() == ""
    assert list(ELFFile(io.BytesIO(assembly.elf())).iter_segments()) is not None


def test_register_names() -> None:
    text = "add r3, %r4, 5\nfxvaddbm v1, 2, v3\nmtspr lr, r0\ncmpwi cr7, r1, 0\nlwz r3, 8(sp)\n"
    plain = "add 3, 4, 5\nfxvaddbm 1, 2, 3\nmtspr 8, 0\ncmpwi 7, 1, 0\nlwz 3, 8(1)\n"
    assert assembled(text).image() == assembled(plain).image()


def test_a_symbol_goes_before_a_register_of_its_name() -> None:
    assert assembled(".set v1, 7\nfxvlax v1, 0, 3\n").image() == assembled("fxvlax 7, 0, 3\n").image()


def test_machine_decides_about_hints() -> None:
    target = "beq+ .+8\nbeq- .-4\n"
    assert assembled(target).image().hex() == "41e2000841c2fffc"
    assert assembled(".machine ppc\n" + target).image().hex() == "41a2000841a2fffc"


@given(st.text(st.sampled_from(list("ab13 \t\n.,:;#\"'()\\@%+-*/=lirx")), max_size=60))
def test_any_text_is_assembled_or_rejected(text: str) -> None:
    try:
        assembled(text).listing()
    except DiagnosticError as error:
        assert error.diagnostics


def test_a_strict_alignment_does_not_make_the_object_large() -> None:
    content = assembled(".balign 0x10000000\nnop\n").object()
    assert len(content) < 0x20000
    (text,) = (one for one in ELFFile(io.BytesIO(content)).iter_sections() if one.name == ".text")
    assert (text["sh_addralign"], text.data().hex()) == (0x10000000, "60000000")


def test_a_size_before_its_symbol_wraps() -> None:
    content = assembled(".size late, . - late\nnop\nlate: nop\n").object()
    (late,) = (
        one for one in ELFFile(io.BytesIO(content)).get_section_by_name(".symtab").iter_symbols() if one.name == "late"
    )
    assert late["st_size"] == 0xFFFFFFFC
