"""The C header: what its macros become is what the assembler makes of the mnemonics, with a stock gcc and without one."""

from __future__ import annotations

import io
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from hicannx.asm.assemble import assemble
from hicannx.isa.example import encode_text
from hicannx.isa.load import load_isa
from hicannx.isa.syntax import Operand
from hicannx.source import SourceFile
from hicannx.tools.cli import main
from hicannx.tools.doc.header import c_header
from hicannx.tools.gccflags import gcc_flags

isa = load_isa()
header = c_header()
gcc = shutil.which("powerpc-linux-gnu-gcc")
kernels = Path(__file__).resolve().parent.parent.parent / "configs" / "kernels"
needs_gcc = pytest.mark.skipif(gcc is None, reason="powerpc-linux-gnu-gcc is not installed")
strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

# Name of a macro -> the text of its asm statement, and the names of the operands in the order of their places.
macros = {
    name: (code, re.findall(r'"\w+" \(\(\w+\) \((\w+)\)\)', inputs))
    for name, code, inputs in re.findall(
        r"#define (?:HICANNX_)?(fxv\w+)\([^\n]*\\\n {4}do \{ \\\n(?:[^\n]*IN_RANGE[^\n]*\n|[^\n]*NO_MORE[^\n]*\n)*"
        r'\s+__asm__ __volatile__\("([^"]*)" \\\n\s+: : ([^;]*)\);',
        header,
    )
}
vector_rows = [row for row in isa.instructions.values() if any(one.kind == "vr" for one in row.format.fields.values())]


def samples(operand: Operand, count: int) -> list[int]:
    """Values of an operand: both ends, and some between."""
    step = max(1, (operand.high - operand.low) // (count - 1))
    between = range(operand.low, operand.high, step)
    return [*list(between)[: count - 1], operand.high]


def word_of(code: str) -> int:
    """What an assembler makes of a statement."""
    source = SourceFile("macro.s", f" {code}\n".replace("\\t", "\t"))
    return int.from_bytes(assemble(source).image(), "big")


def test_every_vector_row_is_a_macro():
    assert len(vector_rows) == 53
    assert set(macros) == {row.name for row in vector_rows}
    for row in vector_rows:
        for one in isa.syntaxes_of[row.name]:
            assert f"#define {one.mnemonic}(" in header


@pytest.mark.parametrize("row", vector_rows, ids=lambda row: row.name)
def test_what_a_macro_becomes(row):
    operands = isa.syntaxes_of[row.name][0].operands
    code, names = macros[row.name]
    assert names == [one.name for one in operands]
    for index in range(5):
        values = [
            samples(one, 5)[(index + place) % 5 if one.high > 4 else index % 4] for place, one in enumerate(operands)
        ]
        text = re.sub(r"%(\d)", lambda place, given=values: str(given[int(place.group(1))]), code)
        mnemonic, _, comment = text.partition("# ")[2].partition(" ")
        assert (mnemonic, comment) == (row.name, ",".join(map(str, values)))
        assert word_of(text) == encode_text(isa, f"{mnemonic} {comment}")


def test_a_macro():
    assert (
        """/* fxvoutx VRT, RA|0, RB [, COND]
 *   EA = (RA|0) + RB
 *   PBUS(EA, COND) = VRT */
#define fxvoutx(VRT, RA, ...) HICANNX_fxvoutx(VRT, RA, __VA_ARGS__, 0, )
#define HICANNX_fxvoutx(VRT, RA, RB, COND, ...) \\
    do { \\
        HICANNX_IN_RANGE("fxvoutx: VRT is a constant from 0 to 31", VRT, 0, 31); \\
        HICANNX_IN_RANGE("fxvoutx: COND is a constant from 0 to 3", COND, 0, 3); \\
        HICANNX_NO_MORE("write fxvoutx VRT, RA|0, RB [, COND]", "0,", __VA_ARGS__); \\
        __asm__ __volatile__(".long 0x100003f0 + (%0 << 21) + (%1 << 16) + (%2 << 11) + %3\\t# fxvoutx %0,%1,%2,%3" \\
            : : "i" ((int) (VRT)), "bO" ((uintptr_t) (RA)), "b" ((uintptr_t) (RB)), "i" ((int) (COND)) : "memory"); \\
    } while (0)
"""
        in header
    )


def test_what_accesses_memory_says_so():
    clobbering = {name for name in macros if re.search(rf'# {name} [^\n]*\n[^\n]*: "memory"\)', header)}
    assert clobbering == {"fxvlax", "fxvstax", "fxvinx", "fxvoutx"}
    assert header.count("__asm__ __volatile__(") == header.count("__asm__")


def test_special_registers():
    for name, one in isa.registers.special_registers.items():
        reads, writes = f"hicannx_read_{name.lower()}(void)", f"hicannx_write_{name.lower()}(uint32_t value)"
        assert (reads in header) == ("r" in one.access)
        assert (writes in header) == ("w" in one.access and name not in ("XER", "LR", "CTR"))
        assert re.search(rf"#define HICANNX_SPR_{name} +{one.number}\n", header)
    functions = re.findall(r'"(\.long [^"]*# m[tf]spr [^"]*)"', header)
    assert len(functions) > 30
    for code in functions:
        assert word_of(code.replace("%0", "7")) == encode_text(isa, code.partition("# ")[2].replace("%0", "7"))


def test_constants():
    for line in ("COND_GT     1", "VECTOR_BYTES     128", "TCR_DIE              0x4000000u", "CYCLE_NS 4"):
        assert f"#define HICANNX_{line}\n" in header


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["doc", "header", "-o", str(tmp_path / "hicannx.h")]) == 0
    assert (tmp_path / "hicannx.h").read_text() == header
    assert main(["doc", "header"]) == 0
    assert capsys.readouterr().out == header
    assert main(["doc", "gcc-flags"]) == 0
    line = capsys.readouterr().out
    assert line == " ".join(gcc_flags()) + "\n" and line.startswith("-m32 -mcpu=powerpc ")


def compile_c(folder: Path, source: str, *flags: str, expect: int = 0) -> str:
    """What gcc says of a source that includes the header."""
    assert gcc is not None
    (folder / "hicannx.h").write_text(header)
    (folder / "main.c").write_text(source)
    command = [gcc, *gcc_flags(), *strict, *flags, "main.c"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stderr
    return done.stderr


def text_words(path: Path) -> list[int]:
    from elftools.elf.elffile import ELFFile

    code = b"".join(
        one.data() for one in ELFFile(io.BytesIO(path.read_bytes())).iter_sections() if one.name.startswith(".text")
    )
    return [int.from_bytes(code[place : place + 4], "big") for place in range(0, len(code), 4)]


def calls() -> list[tuple[str, dict[str, int]]]:
    """Every vector row with several operands; a general operand is the number of a variable."""
    found = []
    for row in vector_rows:
        operands = isa.syntaxes_of[row.name][0].operands
        for index in range(4):
            found.append(
                (
                    row.name,
                    {
                        one.name: samples(one, 4)[(index + place) % len(samples(one, 4))]
                        for place, one in enumerate(operands)
                    },
                )
            )
    return found


def c_call(name: str, values: Mapping[str, int]) -> str:
    shown = [f"x{value // 10}" if operand in ("RA", "RB") else str(value) for operand, value in values.items()]
    return f"    {name}({', '.join(shown)});"


@needs_gcc
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
def test_gcc_makes_the_words_of_the_encoder(tmp_path: Path, level: str):
    wanted = calls()
    lines = "\n".join(c_call(name, values) for name, values in wanted)
    source = (
        '#include "hicannx.h"\nvoid f(int x0, char *x1, unsigned x2, const short *x3);\n'
        f"void f(int x0, char *x1, unsigned x2, const short *x3)\n{{\n{lines}\n}}\n"
    )
    compile_c(tmp_path, source, level, "-S")
    compile_c(tmp_path, source, level, "-c")
    comments = re.findall(r"\.long [^#\n]*# (fxv\w+) ([^\n]*)", (tmp_path / "main.s").read_text())
    words = [word for word in text_words(tmp_path / "main.o") if word >> 26 == 4]
    assert len(words) == len(comments) == len(wanted)
    for word, (name, operands), (called, values) in zip(words, comments, wanted, strict=True):
        assert name == called and word == encode_text(isa, f"{name} {operands}")
        for written, (operand, value) in zip(operands.split(","), values.items(), strict=True):
            assert written == str(value) if operand not in ("RA", "RB") else written != "0"


@needs_gcc
def test_operands_may_be_left_out(tmp_path: Path):
    source = (
        '#include "hicannx.h"\nvoid f(void *p);\nvoid f(void *p)\n{\n    fxvlax(1, 0, p);\n    fxvaddhm(1, 2, 3);\n'
        "    fxvmtach(4);\n    fxvaddactacb(5, HICANNX_COND_LT);\n    fxvpckbu(6, 7, 8);\n}\n"
    )
    compile_c(tmp_path, source, "-O0", "-c", "-std=c99", "-pedantic-errors")
    written = ["fxvlax 1,0,9", "fxvaddhm 1,2,3", "fxvmtach 4", "fxvaddactacb 5,2", "fxvpckbu 6,7,8"]
    found = [word for word in text_words(tmp_path / "main.o") if word >> 26 == 4]
    assert found == [encode_text(isa, one) for one in written]


@needs_gcc
@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("fxvaddhm(32, 1, 2)", "fxvaddhm: VRT is a constant from 0 to 31"),
        ("fxvshh(1, 2, 16)", "fxvshh: SHV is a constant from -16 to 15"),
        ("fxvsel(1, 2, 3, 4)", "fxvsel: COND is a constant from 0 to 3"),
        ("fxvaddhm(1, 2, 3, 1, 7)", "write fxvaddhm VRT, VRA, VRB [, COND]"),
        ("fxvaddhm(1, n, 3)", "expression in static assertion is not constant"),
    ],
)
def test_mistakes_stop_the_compiler(tmp_path: Path, call: str, message: str):
    source = f'#include "hicannx.h"\nvoid f(int n);\nvoid f(int n)\n{{\n    (void) n;\n    {call};\n}}\n'
    assert message in compile_c(tmp_path, source, "-O2", "-c", expect=1)


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")
def test_the_header_is_cpp_too(tmp_path: Path):
    (tmp_path / "hicannx.h").write_text(header)
    (tmp_path / "main.cpp").write_text(
        '#include "hicannx.h"\nvoid f() { fxvaddhm(1, 2, 3); fxvmtach(4, 1); hicannx_sync(); }\n'
    )
    command = ["g++", "-std=c++11", "-fsyntax-only", *strict, "main.cpp"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


start = """
        .text
        .globl  _start
_start: lis     1, 0x3ff0@ha
        addi    1, 1, 0x3ff0@l
        bl      main
        wait
        .section .note.GNU-stack, ""
"""
script = """
ENTRY(_start)
SECTIONS {
    .text 0 : { start.o(.text) *(.text*) }
    .data : { *(.rodata*) *(.data*) }
    .bss : { *(.bss*) *(COMMON) }
}
"""


@needs_gcc
@pytest.mark.skipif(shutil.which("powerpc-linux-gnu-ld") is None, reason="powerpc-linux-gnu-ld is not installed")
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
def test_the_example_adds_vectors(tmp_path: Path, level: str, capsys: pytest.CaptureFixture[str]):
    compile_c(tmp_path, (kernels / "vector_add.c").read_text(), level, "-c")
    (tmp_path / "start.s").write_text(start)
    assert main(["asm", str(tmp_path / "start.s"), "--format", "object", "-o", str(tmp_path / "start.o")]) == 0
    (tmp_path / "flat.ld").write_text(script)
    link = ["powerpc-linux-gnu-ld", "-T", "flat.ld", "--no-warn-rwx-segments", "start.o", "main.o", "-o", "main.elf"]
    subprocess.run(link, cwd=tmp_path, check=True)
    capsys.readouterr()
    assert (
        main(
            [
                "ppu",
                str(tmp_path / "main.elf"),
                "--json",
                "--dump",
                "sums:128",
                "--dump",
                "chosen:128",
                "--dump",
                "cycles:4",
            ]
        )
        == 0
    )
    facts = json.loads(capsys.readouterr().out)
    left, right = [2 * i - 128 for i in range(128)], list(range(128))
    sums = [min(127, a + b) for a, b in zip(left, right, strict=True)]
    chosen = [one if a > 0 else 0 for one, a in zip(sums, left, strict=True)]
    assert facts["memory"]["sums:128"] == bytes(one & 0xFF for one in sums).hex()
    assert facts["memory"]["chosen:128"] == bytes(one & 0xFF for one in chosen).hex()
    assert 100 < int(facts["memory"]["cycles:4"], 16) < 1000


def test_vectors_are_whole_in_the_examples():
    text = (kernels / "vector_add.c").read_text()
    assert all(f"{name}(" in header for name in re.findall(r"\b((?:fxv|hicannx_)\w+)\(", text))
    assert list(itertools.chain(re.findall(r"HICANNX_\w+", text))) and all(
        one in header for one in re.findall(r"HICANNX_\w+", text)
    )
