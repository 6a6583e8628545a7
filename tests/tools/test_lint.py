"""`hicannx lint` on compiled programs, images and sources."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from hicannx.tools.cli import main

debug = Path(__file__).parents[1] / "vectors" / "toolchain" / "debug"  # lines.c, compiled with Debian's gcc 12.2


def unpacked(name: str, folder: Path) -> str:
    path = folder / name
    path.write_bytes(lzma.decompress((debug / f"{name}.xz").read_bytes()))
    return str(path)


def test_an_executable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = unpacked("whole.elf", tmp_path)
    assert main(["lint", path]) == 1
    assert (
        capsys.readouterr().out
        == f"""\
{path}: 0x100 <before> lines.c:9: warning[I411]: the displacement -6 is taken as positive: the address is 65536 too high: lha r3,-6(r3)
  = help: add the displacement to the base first, or use `lhz` and `extsh`
{path}: 0x108 <reversed> lines.c:10: error[I401]: the processor has no `lwbrx`: lwbrx r3,0,r3
  = note: it still sets XER.OV and XER.SO from the sum of registers RA and RB
  = help: load with `lwzx` and turn the bytes: `rlwinm rD,rS,8,0,31; rlwimi rD,rS,24,0,7; rlwimi rD,rS,24,16,23`; with gcc, -fdisable-tree-bswap keeps it away
{path}: 0x110 <twice> lines.c:11: error[I401]: the processor has no `fadd`: fadd f1,f1,f1
  = help: there is no floating point unit: use fixed-point numbers, or software floating point (gcc -msoft-float)
2 instructions that the processor lacks, 1 warning, 0 unknown words
"""
    )


@pytest.mark.parametrize(("name", "section"), [("dwarf5.o", ".text"), ("dwarf3.o", ".text.reversed")])
def test_objects(name: str, section: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", unpacked(name, tmp_path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in found] == ["I411", "I401", "I401"]
    assert (found[1]["section"], found[1]["symbol"], found[1]["line"]) == (section, "reversed", "lines.c:10")
    assert (found[1]["text"], found[1]["severity"], found[1]["count"]) == ("lwbrx r3,0,r3", "error", 1)


def test_a_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.s"
    path.write_text("start: li 3, 5\n lha 4, -2(3)\n isync\n bl outside\ntable: .long 7, 8\n wait\n")
    assert main(["lint", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{path}: 0x4 <start+0x4> {path}:2: warning[I411]: ")
    assert lines[2] == f"{path}: 0x8 <start+0x8> {path}:3: error[I401]: the processor has no `isync`: isync"
    assert lines[-1] == "1 instruction that the processor lacks, 1 warning, 0 unknown words"


def test_an_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.bin"
    path.write_bytes(bytes.fromhex("38600005 00000000 00000001 60000000 00000002 4e8000"))
    assert main(["lint", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{path}: 0x4: warning[I402]: 2 words from 0x00000000 on are no instructions"
    assert lines[2] == f"{path}: 0x10: warning[I402]: 0x00000002 is no instruction"
    assert lines[-1] == "0 instructions that the processor lacks, 0 warnings, 3 unknown words"
    assert main(["lint", str(path), "--ignore", "I402"]) == 0
    assert capsys.readouterr().out == "nothing to report\n"


def test_data_between_instructions_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, built = tmp_path / "one.s", tmp_path / "one.elf"
    source.write_text(
        " .globl _start\n_start: b past\n .type table, @object\ntable: .long 1, 2, 3\n .size table, 12\npast: wait\n"
    )
    assert main(["asm", str(source), "--format", "elf", "-o", str(built)]) == 0
    capsys.readouterr()
    assert main(["lint", str(built)]) == 0
    assert capsys.readouterr().out == "nothing to report\n"


def test_files_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.elf"
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0\x3e\0\x01" + bytes(43))
    assert main(["lint", str(path)]) == 1
    assert capsys.readouterr().err == (
        f"error[T208]: `{path}` is no file for a big-endian 32-bit PowerPC\n"
        "  = help: compile or assemble it for `powerpc`, big-endian\n"
    )
    path.write_bytes(Path(unpacked("whole.elf", tmp_path)).read_bytes()[:1000])
    assert main(["lint", str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"error[T203]: `{path}` is a damaged ELF file: ")
