"""`hicannx ppu`: programs as users have them, to their end or to a breakpoint, with everything that they leave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hicannx.isa.load import load_isa
from hicannx.isa.timing import load_model
from hicannx.tools.cli import main

source = """
        .globl  _start
_start: lis     3, text@ha
        addi    3, 3, text@l
        li      4, 0x3000
        li      5, 3
        mtctr   5
next:   lbz     6, 0(3)
        stb     6, 0(4)
        addi    3, 3, 1
        addi    4, 4, 1
        bdnz    next
        li      7, 100
        mtspr   22, 7           # the decrementer
        li      8, 7
        fxvsplatb 2, 8
        fxvmtacb 2
        fxvcmpb 2
        stw     8, 0x2ffc(0)
done:   wait
        b       done
text:   .ascii  "ok\\n"
        .set    stack_ptr_init, 0x2ff0
        .globl  stack_ptr_init
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "text.s").write_text(source)
    assert main(["asm", str(tmp_path / "text.s"), "-o", str(tmp_path / "text.elf"), "--format", "elf"]) == 0
    return tmp_path / "text.elf"


def found(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    assert main(["ppu", *map(str, words), "--json"]) == 0, capsys.readouterr().err
    result: dict[str, object] = json.loads(capsys.readouterr().out)
    return result


def test_the_final_state(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, written, "--dump", "text:3", "--dump", "0x3000:4")
    assert list(result) == [
        *("stop", "pc", "cycles", "instructions", "return_code", "mailbox", "gpr", "cr", "xer", "lr", "ctr", "msr"),
        *("spr", "vr", "acc", "vcr", "memory"),
    ]
    assert (result["stop"], result["return_code"], result["mailbox"]) == ("sleep", 7, "ok\n")
    assert result["memory"] == {"text:3": b"ok\n".hex(), "0x3000:4": b"ok\n\0".hex()}
    special = result["spr"]
    assert isinstance(special, dict) and set(special) == set(load_isa().registers.special_registers)
    assert 0 < special["DEC"] < 100 and special["CTR"] == result["ctr"] == 0
    vectors = result["vr"]
    assert isinstance(vectors, list) and len(vectors) == 32 and vectors[2] == "07" * 128
    assert result["acc"] == "00070007" * 64
    assert result["vcr"] == f"{int(result['vcr'][:2], 16):02x}" * 128  # type: ignore[index]


def test_a_breakpoint(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_name = found(capsys, written, "--break", "next")
    assert (by_name["stop"], by_name["pc"], by_name["instructions"], by_name["ctr"]) == ("breakpoint", 20, 5, 3)
    assert by_name["return_code"] is None and by_name["mailbox"] is None
    by_number = found(capsys, written, "--break", "0x18")
    assert (by_number["stop"], by_number["pc"], by_number["instructions"]) == ("breakpoint", 0x18, 6)
    never = found(capsys, written, "--break", "text")
    plain = found(capsys, written)
    assert never == plain  # watching from instruction to instruction changes nothing


def test_text(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ppu", str(written), "--dump", "text:3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("stop          sleep at 0x00") and lines[0].endswith("(done+0x4)")
    assert lines[3:5] == ["return code   7", "mailbox       ok"]
    assert lines[5].startswith("r0  00000000  r8  00000007  r16 ")
    assert lines[13].startswith("cr ") and "  xer 00000000  lr 00000000  ctr 00000000  msr 00000000" in lines[13]
    assert lines[-1] == "text:3: 6f6b0a"


def test_both_processors(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = found(capsys, written)
    both = found(capsys, written, "--ppu", "both")["ppu"]
    assert both == [alone, alone]
    assert found(capsys, written, "--ppu", "bottom") == alone


def test_what_is_no_breakpoint(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ppu", str(written), "--break", "nex"]) == 1
    assert capsys.readouterr().err == (
        "error[T210]: `nex` is neither an address nor a symbol of the program\n  = help: did you mean `next`?\n"
    )
    assert main(["ppu", str(written), "--break", "0x16"]) == 1
    assert capsys.readouterr().err == (
        "error[T210]: no instruction stands at 0x16, which is no multiple of 4\n"
        "  = help: see the addresses with `hicannx dis`\n"
    )
    for text in ("-4", "0x100000000"):
        assert main(["ppu", str(written), f"--break={text}"]) == 1
        assert capsys.readouterr().err == (
            f"error[T210]: `{text}` is neither an address nor a symbol of the program\n"
            "  = help: known here: `_start`, `done`, `next`, `stack_ptr_init`, `text`\n"
        )


@pytest.mark.parametrize("text", ["0x3000:-5", "text:-1"])
def test_a_range_has_no_negative_numbers(written: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ppu", str(written), "--dump", text]) == 1
    assert capsys.readouterr().err == (
        f"error[T206]: `{text}` is neither an address nor a symbol with a number of bytes\n"
        "  = help: write for example `--dump 0x3000:16`\n"
    )


@pytest.mark.parametrize(("text", "length", "count"), [("0x3ff0:64", 64, 16), ("0x5000:4", 4, 0)])
def test_a_range_lies_in_memory(
    written: Path, text: str, length: int, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ppu", str(written), "--dump", text]) == 1
    assert capsys.readouterr() == (
        "",
        f"error[T206]: `{text}` asks for {length} bytes, of which {count} can be read\n"
        "  = help: ask for bytes of a memory or of registers\n",
    )


@pytest.mark.parametrize("count", [-5, 10**18 + 1, 10**30])
def test_cycles_that_no_run_can_have(written: Path, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ppu", str(written), "--max-cycles", str(count)]) == 1
    assert capsys.readouterr().err == (
        f"error[T212]: a program cannot run for {count} cycles\n  = help: ask for 0 to 10**18 with --max-cycles\n"
    )


def test_as_many_cycles_as_a_run_can_have(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found(capsys, written, "--max-cycles", 10**18) == found(capsys, written)


def test_memory_outside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A program in the memory of the FPGA, which instructions and data see at different addresses."""
    (tmp_path / "far.s").write_text("""
        .section int.text, "ax"
        lis     12, far@ha
        addi    12, 12, far@l
        mtctr   12
        bctr
        .section ext.text, "ax"
far:    lis     4, number@ha
        lwz     3, number@l(4)
        wait
        .section ext.data, "aw"
number: .long   0x12345678
""")
    (tmp_path / "far.x").write_text("""
MEMORY { sram : ORIGIN = 0, LENGTH = 16K  code : ORIGIN = 0x80000000, LENGTH = 64K  data : ORIGIN = 0x40010000, LENGTH = 64K }
SECTIONS { int.text : { *(int.text) } > sram  ext.text : { *(ext.text) } > code  ext.data : { *(ext.data) } > data }
""")
    assert main(["asm", str(tmp_path / "far.s"), "-o", str(tmp_path / "far.o"), "--format", "object"]) == 0
    script = ["-T", str(tmp_path / "far.x"), "-o", str(tmp_path / "far.elf")]
    assert main(["ld", str(tmp_path / "far.o"), *script]) == 0, capsys.readouterr().err
    result = found(capsys, tmp_path / "far.elf", "--dump", "0x40010000:4", "--dump", "0x80000000:4")
    gpr = result["gpr"]
    assert isinstance(gpr, list) and gpr[3] == 0x12345678 and result["pc"] == 0x8000000C
    assert result["memory"] == {"0x40010000:4": "12345678", "0x80000000:4": "3c804001"}


def test_time_by_the_model_or_a_cycle_an_instruction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source_text = "li 3, 0x400\nfxvstax 1, 0, 3\nsync\nmullw 4, 3, 3\nadd 5, 4, 4\nwait\n"
    (tmp_path / "times.s").write_text(source_text)
    name = tmp_path / "times.s"
    chip, bench, untimed = (
        found(capsys, name, *words)["cycles"] for words in ((), ("--surroundings", "bench"), ("--untimed",))
    )
    write_setup = load_model().systems["chip"].write_setup - load_model().systems["bench"].write_setup
    assert (chip, untimed) == (bench + write_setup, 6)  # type: ignore[operator]


def test_a_number_with_a_name_is_no_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main.s").write_text(".globl main\n.globl reading\n.set reading, 257\nmain: li 3, 0\nblr\n")
    assert main(["asm", str(tmp_path / "main.s"), "-o", str(tmp_path / "main.o")]) == 0
    assert main(["ld", str(tmp_path / "main.o"), "-o", str(tmp_path / "main.elf")]) == 0
    assert main(["ppu", str(tmp_path / "main.elf")]) == 0
    assert "(exit+0x14)" in capsys.readouterr().out.splitlines()[0]
