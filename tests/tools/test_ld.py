"""`hicannx ld`: spellings of options, outputs, and what is said when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hicannx.tools.cli import main
from hicannx.tools.cmd_ld import respell
from hicannx.tools.program import load_program

program = ".globl main\nmain: lis 3, value@ha\n lwz 3, value@l(3)\n blr\n"
data = '.data\n.globl value\nvalue: .long 42\n.section .text.lost, "ax"\n nop\n'
script = "ENTRY(main) SECTIONS { .text base : { *(.text*) } .data : { *(.data) } end = .; }"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.s").write_text(program)
    (tmp_path / "data.s").write_text(data)
    (tmp_path / "flat.x").write_text(script)
    for name in ("main", "data"):
        assert main(["asm", str(tmp_path / f"{name}.s"), "-o", str(tmp_path / f"{name}.o"), "--format", "object"]) == 0
    return tmp_path


def test_a_program_for_the_processor(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(folder / "out.elf")
    assert main(["ld", str(folder / "main.o"), str(folder / "data.o"), "-o", out, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["entry"], facts["format"], facts["memories"][0]["name"]) == (0, "elf", "sram")
    assert {one["name"] for one in facts["sections"]} == {".text", ".data"}
    assert main(["ppu", out, "--dump", "0x2ffc:4"]) == 0
    assert "0x2ffc:4: 0000002a" in capsys.readouterr().out
    assert main(["dis", out]) == 0
    assert "main:" in capsys.readouterr().out


def test_options_of_other_linkers(folder: Path) -> None:
    inputs = [str(folder / "main.o"), str(folder / "data.o")]
    spellings = [
        ["-T", str(folder / "flat.x"), "--defsym", "base=0x40", "-Map", str(folder / "map"), "--gc-sections"],
        [f"-T{folder / 'flat.x'}", "--defsym=base=0x40", f"-Map={folder / 'map'}", "-gc-sections", "-static", "-("],
    ]
    contents = []
    for options in spellings:
        assert main(["ld", *inputs, *options, "-o", str(folder / "out.bin"), "--format", "image"]) == 0
        contents.append((folder / "out.bin").read_bytes())
        text = (folder / "map").read_text()
        assert "0x0000004c        4 .data" in text
        assert "data.o: .text.lost" in text.partition("left out")[2]
    assert contents[0] == contents[1]
    assert contents[0][0x40:].hex() == "3c6000008063004c4e800020" + "0000002a"


def test_words_are_respelled_in_order() -> None:
    assert respell(["a.o", "-lfoo", "b.o", "-l", "bar", "-Ldir", "-e", "go", "--entry=x", "-nostdlib", "-u", "s"]) == [
        "--input", "a.o", "--input=-lfoo", "--input", "b.o", "--input=-lbar", "-Ldir", "-ego", "--entry=x", "--no-runtime",
        "-us",
    ]  # fmt: skip
    assert respell(["-o"]) == ["-o"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "error[T501]: there is nothing to link"),
        (["main.o", "--defsym", "1a=2"], "error[T502]: `1a=2` defines no symbol"),
        (["main.o", "--defsym", "a=1+"], "error[A510]: malformed linker script: `;` cannot stand here"),
        (["main.o", "-T", "flat.x"], "error[A511]: symbol `base` is not defined"),
        (["main.o", "-T", "nowhere.x"], "error[H101]: cannot read `nowhere.x`: no such file or directory"),
        (["main.o"], "error[A501]: symbol `value` is not defined"),
        (["main.s"], "error[A507]: `main.s` is not an object file"),
    ],
)
def test_mistakes(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(folder)
    assert main(["ld", *arguments, "-o", "out.elf"]) == 1
    assert message in capsys.readouterr().err
    assert not (folder / "out.elf").exists()


def test_code_for_external_memory_is_left_to_its_loader(folder: Path) -> None:
    (folder / "far.s").write_text('.section ext.text, "ax"\n.globl value\nvalue: blr\n')
    assert main(["asm", str(folder / "far.s"), "-o", str(folder / "far.o"), "--format", "object"]) == 0
    out = folder / "out.elf"
    assert main(["ld", str(folder / "main.o"), str(folder / "far.o"), "-o", str(out)]) == 0
    loaded = load_program(out)
    assert len(loaded.image) < 0x4000
    assert loaded.symbols["value"].address == 0x80000000
