"""The DWARF line table, read back by pyelftools."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st

from hicannx.asm.assemble import assemble
from hicannx.asm.debug import debug_sections
from hicannx.asm.elf import write_object
from hicannx.asm.linetable import Row, line_table
from hicannx.asm.options import Options
from hicannx.asm.section import Attributes, Section
from hicannx.diagnostic import DiagnosticError
from hicannx.source import SourceFile

program = """\
 .include "two.inc"
 .macro twice r
 addi \\r,\\r,1
 addi \\r,\\r,2
 .endm
_start:
 li 3,0

 twice 4
 .section .text.far,"ax"
far: .space 4000
 blr
 .data
 .long 1
"""


def rows_of(content: bytes) -> list[tuple[int, str, int, bool]]:
    """(address, file, line, end of sequence) of every row of the line table."""
    elf = ELFFile(io.BytesIO(content))
    dwarf = elf.get_dwarf_info(relocate_dwarf_sections=False)
    (unit,) = dwarf.iter_CUs()
    table = dwarf.line_program_for_CU(unit)
    files = [one.name.decode() for one in table.header.file_entry]
    states = [one.state for one in table.get_entries() if one.state is not None]
    return [(one.address, Path(files[one.file - 1]).name, one.line, one.end_sequence) for one in states]


def test_lines_of_a_program(tmp_path: Path) -> None:
    (tmp_path / "two.inc").write_text("\n sync\n")
    (tmp_path / "one.s").write_text(program)
    rows = rows_of(assemble(tmp_path / "one.s", Options(debug=True)).object())
    assert rows == [
        (0, "two.inc", 2, False),
        (4, "one.s", 7, False),
        (8, "one.s", 9, False),
        (12, "one.s", 9, False),
        (16, "one.s", 9, True),
        (0, "one.s", 11, False),
        (4000, "one.s", 12, False),
        (4004, "one.s", 12, True),
    ]


def test_a_debugger_finds_source_and_folder(tmp_path: Path) -> None:
    (tmp_path / "one.s").write_text(" nop\n blr\n")
    content = assemble(tmp_path / "one.s", Options(debug=True)).object()
    (unit,) = ELFFile(io.BytesIO(content)).get_dwarf_info(relocate_dwarf_sections=False).iter_CUs()
    top = unit.get_top_DIE().attributes
    assert top["DW_AT_name"].value == str(tmp_path / "one.s").encode()
    assert top["DW_AT_comp_dir"].value == str(Path.cwd()).encode()
    assert [top[f"DW_AT_{name}_pc"].offset for name in ("low", "high")] == [0x10, 0x14]
    relocations = ELFFile(io.BytesIO(content)).get_section_by_name(".rela.debug_info").iter_relocations()
    assert [(one["r_offset"], one["r_addend"]) for one in relocations][-2:] == [(0x10, 0), (0x14, 8)]


def test_no_code_no_table() -> None:
    names = assemble(SourceFile("data.s", " .data\n .long 1\n"), Options(debug=True)).sections
    assert not [name for name in names if name.startswith(".debug")]


compiled = """\
 .file "g.c"
 .file 1 "src" "g.c"
 .file 2 "/usr/h.h"
 .text
.Ltext0:
 .loc 1 2 1 view -0
 .balign 8
 nop
 .loc 2 30 5 is_stmt 0 view .LVU1
 nop
 .loc 1 4 view .LVU2
 nop
 .section .debug_info,"",@progbits
 .4byte .Ldebug_line0, .LVU1, .LVU2
 .section .debug_line,"",@progbits
.Ldebug_line0:
"""


def test_lines_that_a_compiler_names() -> None:
    """They are told, with or without a request; the compiler describes the rest itself."""
    assembly = assemble(SourceFile("g.s", compiled))
    table, holes = line_table(
        [Row(assembly.sections[".text"], *row) for row in ((0, 1, 2, 1), (4, 2, 30, 5), (8, 1, 4, 0))],
        ["src/g.c", "/usr/h.h"],
    )
    assert assembly.sections[".debug_line"].data == table
    assert [one.offset for one in assembly.relocations if one.section.name == ".debug_line"] == [holes[0].offset]
    assert assembly.sections[".debug_info"].data[4:].hex() == "0000000000000000"
    assert ".debug_abbrev" not in assembly.sections


def test_mistakes_of_line_directives() -> None:
    with pytest.raises(DiagnosticError) as caught:
        assemble(SourceFile("g.s", ' .file 1 "g.c"\n .loc 2 1\n .loc one\n .file here\n'))
    assert [(one.title, one.help) for one in caught.value.diagnostics] == [
        ("no `.file 2` stands before this line", "numbers of files that are known: 1"),
        ("`one` is no file number, line and column", "write `.loc file line [column]`"),
        ("`here` is not a string", 'write `.file "name"`'),
    ]


steps = st.tuples(st.integers(1, 3000), st.integers(1, 3), st.integers(1, 100_000))


@given(st.lists(steps, min_size=1, max_size=20))
def test_any_rows_come_back(moves: list[tuple[int, int, int]]) -> None:
    """Far moves in either direction, between files: the table says what it was given."""
    section = Section(".text", Attributes("ax"))
    rows, offset = [], 0
    for words, file, line in moves:
        rows.append(Row(section, offset, file, line))
        offset += 4 * words
    chunk = section.chunk()
    chunk.size, chunk.data = offset, bytearray(offset)
    section.arrange()
    section.close()
    made, relocations = debug_sections(rows, ["a", "b", "c"], "a", "/", SourceFile("a", "").span(0, 0))
    found = rows_of(write_object([section, *made], [], relocations))
    expected = [(row.offset, "abc"[row.file - 1], row.line, False) for row in rows]
    assert found[:-1] == expected
    assert found[-1] == (offset, expected[-1][1], expected[-1][2], True)
