"""`hicannx dis` on compiled programs, images and words."""

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


def shown(words: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["dis", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_an_executable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = unpacked("whole.elf", tmp_path)
    lines = shown([path], capsys)
    assert lines[:5] == [
        "section .text:",
        "before:",
        "     100  a863fffa  lha r3,-6(r3)",
        "     104  4e800020  blr",
        "reversed:",
    ]
    assert "     108  7c601c2c  .long 0x7c601c2c  # lwbrx r3,0,r3, which the processor lacks" in lines
    assert "     130  40810088  ble 0x1b8 <sum+0x98>" in lines
    assert any(line.endswith("<other>") for line in lines)
    assert not any(line == "section .rodata:" for line in lines)
    assert "section .rodata:" in shown([path, "-D"], capsys)
    assert "     130  40810088  ble 0x1b8" in shown([path, "--no-targets"], capsys)


def test_a_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = unpacked("whole.elf", tmp_path)
    assert shown([path, "--start", "0x104", "--stop", "0x10c"], capsys) == [
        "section .text:",
        "     104  4e800020  blr",
        "reversed:",
        "     108  7c601c2c  .long 0x7c601c2c  # lwbrx r3,0,r3, which the processor lacks",
    ]
    assert shown([path, "-j", ".rodata"], capsys)[0] == "section .rodata:"
    assert main(["dis", path, "-j", ".texd"]) == 1
    assert capsys.readouterr().err == (
        f"error[T209]: `{path}` has no section `.texd` with contents\n  = help: did you mean `.text`?\n"
    )


def test_an_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown([unpacked("dwarf3.o", tmp_path), "-r"], capsys)
    assert [line for line in lines if line.startswith("section")] == [
        "section .text.sum:",
        "section .text.before:",
        "section .text.reversed:",
        "section .text.twice:",
    ]
    place = lines.index("      5c  48000001  bl 0x5c <other>")
    assert lines[place + 1] == "                    R_PPC_REL24 other"
    assert "                    R_PPC_ADDR16_HA .rodata" in lines


@pytest.mark.parametrize("name", ["whole.elf", "dwarf5.o", "dwarf3.o"])
def test_source_lines(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = unpacked(name, tmp_path)
    lines = shown([path, "-S"], capsys)
    assert "; lines.c:10" in lines  # the source is not there
    (tmp_path / "lines.c").write_text((debug / "lines.c").read_text())
    lines = shown([path, "-S"], capsys)
    place = lines.index("; lines.c:10: unsigned reversed(unsigned *word) { return __builtin_bswap32(*word); }")
    assert "which the processor lacks" in lines[place + 1]


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dis", unpacked("dwarf3.o", tmp_path), "--json"]) == 0
    entries = {(one["section"], one["address"]): one for one in json.loads(capsys.readouterr().out)}
    assert entries[".text.sum", 0x5C] == {
        "address": 0x5C,
        "word": 0x48000001,
        "text": "bl 0x5c",
        "symbol": "",
        "target": "other",
        "line": "lines.c:6",
        "relocations": [{"kind": "R_PPC_REL24", "name": "other"}],
        "section": ".text.sum",
    }
    assert entries[".text.reversed", 0]["lacking"] == "lwbrx r3,0,r3"


def test_images_and_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.bin"
    path.write_bytes(bytes.fromhex("48000008 60000000 4e80"))
    assert shown([str(path), "--base", "0x1000"], capsys) == [
        "    1000  48000008  b 0x1008",
        "    1004  60000000  nop",
        "    1008  4e800000  mcrf cr5,cr0",
    ]
    assert shown(["0x4bfffff1", "--base", "0x10"], capsys) == ["      10  4bfffff1  bl 0x0"]
    assert main(["dis", str(path), "--base", "2"]) == 1
    assert capsys.readouterr().err == (
        "error[T207]: an image of 10 bytes cannot stand at 0x2\n  = help: give a multiple of 4 with --base\n"
    )


def test_our_own_executable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, built = tmp_path / "one.s", tmp_path / "one.elf"
    source.write_text(" .globl _start\n_start: li 3, 1\nagain: b again\n")
    assert main(["asm", str(source), "--format", "elf", "-o", str(built)]) == 0
    capsys.readouterr()
    assert shown([str(built)], capsys) == [
        "section .text:",
        "_start:",
        "       0  38600001  li r3,1",
        "again:",
        "       4  48000000  b 0x4 <again>",
    ]


def test_an_elf_file_without_sections(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = bytearray(Path(unpacked("whole.elf", tmp_path)).read_bytes())
    content[0x20:0x24] = bytes(4)
    content[0x30:0x34] = bytes(4)
    path = tmp_path / "bare.elf"
    path.write_bytes(content)
    lines = shown([str(path)], capsys)
    assert lines[0].startswith("section segment ")
    assert "     100  a863fffa  lha r3,-6(r3)" in lines
