"""Programs for processors: source, ELF file and flat image, their symbols and their data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.tools.cli import main
from hicannx.tools.program import load_program

source = """        .globl  _start
_start: lis     3, table@ha
        addi    3, 3, table@l
        lwz     4, 4(3)
        stw     4, 8(3)
        wait
        .data
        .balign 4
        .globl  table
table:  .long   1, 2, 0
end:
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "table.s").write_text(source)
    return tmp_path / "table.s"


def assemble(written: Path, form: str) -> Path:
    target = written.with_suffix(f".{form}")
    assert main(["asm", str(written), "-o", str(target), "--format", form]) == 0
    return target


def test_the_three_forms_hold_the_same(written: Path) -> None:
    from_source = load_program(written)
    from_elf = load_program(assemble(written, "elf"))
    from_image = load_program(assemble(written, "image"))
    assert from_source.image == from_elf.image == from_image.image
    for program in (from_source, from_elf):
        assert program.symbols["table"].address == 20
        assert program.describe(24) == "table+0x4" and program.describe(0) == "_start"
    assert from_source.symbols["table"].size == 12
    line = from_source.line_at(8)
    assert line is not None and line.line == 4
    assert from_image.describe(0) == "" and from_image.line_at(0) is None


def test_data_at_a_symbol(written: Path) -> None:
    program = load_program(written).with_data("table", bytes(range(8)))
    assert program.image[20:32] == bytes(range(8)) + bytes(4)
    with pytest.raises(DiagnosticError) as caught:
        program.with_data("table", bytes(13))
    assert caught.value.diagnostics[0].code == "T202"


def test_an_object_is_no_program(written: Path) -> None:
    with pytest.raises(DiagnosticError) as caught:
        load_program(assemble(written, "object"))
    assert caught.value.diagnostics[0].code == "T204"


def test_a_damaged_elf_file(written: Path) -> None:
    target = assemble(written, "elf")
    for length in (10, 60):
        target.write_bytes(target.read_bytes()[:length])
        with pytest.raises(DiagnosticError) as caught:
            load_program(target)
        assert caught.value.diagnostics[0].code == "T203"


def test_the_processor_runs_each_form(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (written, assemble(written, "elf"), assemble(written, "image")):
        words = ["ppu", str(path), "--json", "--dump", "20:12"] + (
            [] if path.suffix == ".image" else ["--dump", "table"]
        )
        assert main(words) == 0
        result = json.loads(capsys.readouterr().out)
        assert result["stop"] == "sleep" and result["gpr"][3:5] == [20, 2] and result["instructions"] == 5
        assert result["memory"]["20:12"] == "000000010000000200000002"


def test_the_switch_and_the_checker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "both.s"
    path.write_text("li 3, 0x800\ntwlti 3, -1\nfxvstax 1, 0, 3\nlwz 4, 0(3)\nwait\n")
    assert main(["ppu", str(path), "--isa", "power", "--check-races", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["instructions"] == 5
    assert captured.err.startswith("warning[E113]: the load may read what was there before the vector was stored\n")
    assert main(["ppu", str(path), "--max-cycles", "100", "--isa", "rtl"]) == 1  # the trap enters the program itself
    assert "error[T205]: the program does not sleep within 100 cycles" in capsys.readouterr().err


def test_disassembly(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dis", str(written)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["_start:", "       0  3c600000  lis r3,0"]
    assert "table:" in lines
    assert main(["dis", "0x7c7c42a6", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"address": 0, "word": 0x7C7C42A6, "text": "mfspr r3,284", "symbol": ""}
    ]
    assert main(["dis", "0x123456789"]) == 1
    assert capsys.readouterr().err.startswith("error[T105]: `0x123456789` is neither a file nor a 32-bit word\n")


def test_lookup(capsys: pytest.CaptureFixture[str]) -> None:
    def found(what: str) -> list[dict[str, object]]:
        assert main(["lookup", what, "--json"]) == 0
        entries: list[dict[str, object]] = json.loads(capsys.readouterr().out)
        return entries

    assert found("fxvoutx")[0]["instruction"] == "fxvoutx"
    assert found("mtctr")[0]["instruction"] == "mtspr"
    assert found("0x7c7c42a6")[0]["means"] == "mfspr r3,284"
    assert found("crossbarnode")[0]["instances"] == 76
    assert found("0x130019")[-1]["means"] == "CrossbarNode[0] at 0x00130019"
    assert main(["lookup", "CrossbarNod"]) == 1
    assert capsys.readouterr().err == (
        "error[T104]: nothing is known of `CrossbarNod`\n  = help: did you mean `CrossbarNode`?\n"
    )
