"""`hicannx asm`: what it writes, and its options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from hicannx.tools.cli import main

program = """\
 .include "c.inc"
 .globl _start
_start: li 3, SIZE
 two 4
 lis 5, table@ha
 lwz 6, table@l(5)
 wait
 .data
table: .long 1, 2, 3, 4, 5, 6
"""
included = """\
 .set SIZE, 10
 .macro two r
 addi \\r,\\r,1
 addi \\r,\\r,2
 .endm
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.s").write_text(program)
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "c.inc").write_text(included)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asm(*words: str) -> int:
    return main(["asm", "a.s", "-Iinc", *words])


def test_the_ending_chooses_the_format(folder: Path) -> None:
    assert asm() == asm("-o", "a.o") == asm("-o", "a.elf") == asm("-o", "b.o", "--format", "image") == 0
    kinds = {}
    for name in ("a.o", "a.elf"):
        with (folder / name).open("rb") as file:
            kinds[name] = ELFFile(file)["e_type"]
    assert kinds == {"a.o": "ET_REL", "a.elf": "ET_EXEC"}
    assert (folder / "a.bin").read_bytes() == (folder / "b.o").read_bytes()
    assert (folder / "a.bin").read_bytes()[:4].hex() == "3860000a"


def test_listing_map_reference_and_rule(folder: Path) -> None:
    files = ["--listing", "a.lst", "--map", "a.map", "--xref", "a.xref", "-MD", "a.d"]
    assert asm("-o", "a.bin", *files) == 0
    assert (
        (folder / "a.lst").read_text()
        == """\
    1                       .include "c.inc"
    2                       .globl _start
    3  00000000  3860000a  _start: li 3, SIZE
    4                       two 4
       00000004  38840001  + addi 4,4,1
       00000008  38840002  + addi 4,4,2
    5  0000000c  3ca00000   lis 5, table@ha
    6  00000010  80c50018   lwz 6, table@l(5)
    7  00000014  7c00007c   wait
    8                       .data
    9  00000018  00000001  table: .long 1, 2, 3, 4, 5, 6
       0000001c  00000002
       00000020  00000003
       00000024  00000004
       00000028  ...
"""
    )
    assert (
        (folder / "a.map").read_text()
        == """\
0x00000000     24 global .text            _start
0x0000000a      0 local  value            SIZE
0x00000018     24 local  .data            table
"""
    )
    assert (
        (folder / "a.xref").read_text()
        == """\
SIZE                     0xa                      inc/c.inc:1
    a.s:3
_start                   .text+0x0                a.s:3
    a.s:2
table                    .data+0x0                a.s:9
    a.s:5 a.s:6
"""
    )
    assert (folder / "a.d").read_text() == "a.bin: a.s \\\n inc/c.inc\n"


def test_a_listing_shows_mistakes_and_nothing_else_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.s").write_text(" li 3, 100000\n nop\n frob\n")
    assert asm("-o", "a.o", "-al=a.lst", "--map", "a.map") == 1
    assert (
        (folder / "a.lst").read_text()
        == """\
    1  00000000  00000000   li 3, 100000
    *  error[A204]: immediate 100000 does not fit in the signed 16-bit field SI of li
    2  00000004  60000000   nop
    3                       frob
    *  error[A201]: unknown mnemonic `frob`
"""
    )
    assert sorted(path.name for path in folder.iterdir()) == ["a.lst", "a.s", "inc"]
    assert "error[A201]" in capsys.readouterr().err


def test_listing_and_symbols_on_standard_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asm("-o", "a.bin", "-als") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "    3  00000000  3860000a  _start: li 3, SIZE"
    assert lines[-1] == "0x00000018     24 local  .data            table"


def test_an_executable_for_a_debugger(folder: Path) -> None:
    assert asm("-g", "-o", "a.elf") == 0
    with (folder / "a.elf").open("rb") as file:
        elf = ELFFile(file)
        dwarf = elf.get_dwarf_info()
        (unit,) = dwarf.iter_CUs()
        states = [one.state for one in dwarf.line_program_for_CU(unit).get_entries() if one.state]
        assert [(one.address, one.line) for one in states] == [
            (0, 3), (4, 4), (8, 4), (12, 5), (16, 6), (20, 7), (24, 7),
        ]  # fmt: skip
        assert elf.num_segments() == 1


def test_facts_for_machines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asm("-o", "a.bin", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["format"], facts["bytes"], facts["files"]) == ("image", 48, ["a.s", "inc/c.inc"])
    (table,) = [one for one in facts["symbols"] if one["name"] == "table"]
    assert table == {
        "name": "table", "what": ".data+0x0", "defined": "a.s:9", "used": ["a.s:5", "a.s:6"], "value": 24,
        "binding": "local",
    }  # fmt: skip


def test_symbols_from_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.s").write_text(" .if FAST\n li 3, COUNT\n .endif\n")
    assert asm("-o", "a.bin", "-DFAST", "--defsym", "COUNT=0x11") == 0
    assert (folder / "a.bin").read_bytes().hex() == "38600011"
    assert asm("-D", "COUNT=many") == 1
    assert capsys.readouterr().err == (
        "error[T502]: `COUNT=many` defines no symbol\n"
        "  = help: write `-D name` or `-D name=value` with a number such as 10 or 0x1f\n"
    )


def test_dialects_and_register_names(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.s").write_text(" isync\n")
    assert asm("--dialect", "gas", "-o", "a.bin") == 0
    assert (folder / "a.bin").read_bytes().hex() == "4c00012c"
    assert asm("-o", "a.bin") == 1
    assert capsys.readouterr().err.startswith("error[A210]: the processor has no `isync`")
    (folder / "a.s").write_text(" addi r3, r4, 1\n")
    assert asm("-mnux", "--dialect", "gas", "-o", "a.bin") == 1
    assert asm("-mnux", "-mregnames", "--dialect", "gas", "-o", "a.bin") == 0


def test_warnings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.s").write_text(" .byte 1000\n .balign 4\n nop\n")
    assert asm("-o", "a.bin") == 0
    assert capsys.readouterr().err.startswith("warning[A309]: 1000 does not fit in 1 byte")
    assert asm("-W", "-o", "a.bin") == asm("-Wno-A309", "-o", "a.bin") == 0
    assert capsys.readouterr().err == ""
    (folder / "a.bin").unlink()
    assert asm("--fatal-warnings", "-o", "a.bin") == 1
    assert not (folder / "a.bin").exists()
    assert asm("-Wno-A999") == 1
    assert "error[T103]: there is no diagnostic `A999`" in capsys.readouterr().err
