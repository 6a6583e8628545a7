"""The C header of the registers: gcc makes of its macros the addresses, words and values that the model has."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hicannx.regmodel.codec import decode, encode
from hicannx.regmodel.container import Container, Place
from hicannx.regmodel.field import Field
from hicannx.regmodel.load import load_registers
from hicannx.tools.doc.header import c_header
from hicannx.tools.export.cheader import registers_header
from hicannx.tools.export.choice import chosen
from hicannx.tools.export.ctext import macro_name
from hicannx.tools.export.table import window_of

containers = chosen()
header = registers_header(containers)
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
defined = dict(re.findall(r"^#define (\w+)(?:\([^)]*\))? +(.*)$", header, re.MULTILINE))


def prefix(container: Container) -> str:
    return f"HICANNX_{macro_name(container.name)}"


def run(folder: Path, body: str) -> np.ndarray:
    """What the body of a program puts out with `out`, as 64-bit numbers."""
    (folder / "registers.h").write_text(header)
    (folder / "main.c").write_text(
        '#include <stdio.h>\n#include "registers.h"\n'
        "static void out(uint64_t value) { fwrite(&value, 8, 1, stdout); }\n"
        f"int main(void)\n{{\n{body}\nreturn 0;\n}}\n"
    )
    subprocess.run(["gcc", "-std=c99", "-O0", *strict, "main.c", "-o", "main"], cwd=folder, check=True)
    done = subprocess.run([str(folder / "main")], capture_output=True, check=True)
    return np.frombuffer(done.stdout, dtype=np.uint64).astype(np.int64)


def loops(container: Container, call: str) -> str:
    numbering = container.numbering
    parts = [("e", numbering.size)] if numbering.existing else [(part.name, part.size) for part in numbering.parts]
    heads = "".join(f"for (unsigned {name} = 0; {name} < {size}u; {name}++) " for name, size in parts)
    return f"{heads}out({call}{'(' + ', '.join(name for name, _ in parts) + ')' if parts else ''});"


def places() -> Iterator[tuple[Container, Place, int, str]]:
    for one in containers:
        if not one.numbering.is_large:
            for number, place in enumerate(one.places):
                space = f"_{re.sub('[^A-Z0-9]', '_', macro_name(place.space))}" if number else ""
                for word in range(one.words):
                    suffix = f"ADDRESS{word}" if one.words > 1 else "ADDRESS"
                    yield one, place, word, f"{prefix(one)}{space}_{suffix}"


@needs_gcc
def test_addresses_of_all_instances(tmp_path: Path) -> None:
    listed = list(places())
    found = run(tmp_path, "\n".join(loops(one, name) for one, _, _, name in listed))
    wanted = np.concatenate([one.all_addresses(place)[:, word] for one, place, word, _ in listed])
    assert np.array_equal(found, wanted) and len(wanted) > 600_000


@needs_gcc
def test_byte_addresses_of_the_processors(tmp_path: Path) -> None:
    listed = [
        (one, place, word, name)
        for one, place, word, name in places()
        if place.space in ("chip", "fpga") and one.byte is None
    ]
    calls = (loops(one, name.replace("_ADDRESS", "_PPU_ADDRESS")) for one, _, _, name in listed)
    found = run(tmp_path, "\n".join(calls))
    wanted = []
    for one, place, word, _ in listed:
        window = window_of(place.low)
        assert window is not None
        wanted.append(window.byte(one.all_addresses(place)[:, word]))
    assert np.array_equal(found, np.concatenate(wanted))
    assert 0x8A800000 in found and 0x60000014 in found


@needs_gcc
def test_memories_and_bytes(tmp_path: Path) -> None:
    calls = {
        "HICANNX_EXTERNAL_PPUDRAM_MEMORY_QUAD_ADDRESS(0x3ffffff)": 0x87FFFFFF,
        "HICANNX_EXTERNAL_PPUDRAM_MEMORY_BYTE_ADDRESS(0xfffffff)": 0x87FFFFFF,
        "HICANNX_EXTERNAL_PPUDRAM_MEMORY_BYTE_PPU_ADDRESS(0xffffffe)": 0x5FFFFFFE,
        "HICANNX_EXTERNAL_PPU_MEMORY_BYTE_PPU_ADDRESS(5)": 0x40000005,
        "HICANNX_CROSSBAR_NODE_ADDRESS(HICANNX_CROSSBAR_NODE_E_8_0)": load_registers()
        .containers["CrossbarNode"]
        .addresses(list(load_registers().coordinates["crossbar_node"].existing).index((8, 0)))[0],
        "HICANNX_NEURON_CONFIG_INSTANCE(HICANNX_NEURON_ROW_BOTTOM, 3)": 259,
        "HICANNX_PPU_CONTROL_REGISTER_PPU_ADDRESS(HICANNX_PPU_BOTTOM)": 0x80000000 | 0x3A00000 << 2,
    }
    assert run(tmp_path, "\n".join(f"out({call});" for call in calls)).tolist() == list(calls.values())


def samples(field: Field) -> list[int]:
    if field.enum:
        return sorted(field.enum.values())
    middle = (field.low + field.high) // 2
    return sorted({field.low, field.low + (field.high - field.low) // 3, middle, field.high})


def values() -> Iterator[tuple[Container, Field, int, int]]:
    for one in containers:
        for field in one.fields:
            for element in range(len(field.elements) if field.stored else 0):
                for value in samples(field):
                    yield one, field, element, value


@needs_gcc
def test_values_become_words_and_back(tmp_path: Path) -> None:
    """Each value is put where the codec has it, with zero in all other fields; and the words give the value again."""
    lines, wanted = [], []
    for one, field, element, value in values():
        name = f"{prefix(one)}_{macro_name(field.name)}" + (f"_{element}" if field.size is not None else "")
        parts = field.elements[element]
        touched = sorted({part.word for part in parts})
        words = plain_words(one, field, element, value)
        lines += [f"out((uint64_t) {name}_PUT{word}({value}ll));" for word in touched]
        wanted += [words[word] & mask_of(parts, word) for word in touched]
        given = ", ".join(f"{words[word]:#x}ull" for word in touched)
        lines.append(f"out((uint64_t) (int64_t) {name}_GET({given}));")
        wanted.append(value)
    assert run(tmp_path, "\n".join(lines)).tolist() == wanted and len(wanted) > 3000


def mask_of(parts: tuple, word: int) -> int:
    return sum((1 << part.bits) - 1 << part.lsb for part in parts if part.word == word)


def plain_words(container: Container, field: Field, element: int, value: int) -> list[int]:
    """The words of the codec with one value, as they are before the Gray code."""
    default = field.default if isinstance(field.default, tuple) else ()
    given = value if field.size is None else [value if k == element else default[k] for k in range(field.size)]
    words = encode(container, {field.name: given})
    if container.gray:
        words = [word ^ word >> 1 for word in words]
    again = decode(container, encode(container, {field.name: given}), valid_only=False)[field.name]
    assert (again if field.size is None else again[element]) == value
    return words


@needs_gcc
def test_a_selected_cell(tmp_path: Path) -> None:
    container = load_registers().containers["CapMemBlockConfig"]
    name = "HICANNX_CAP_MEM_BLOCK_CONFIG_DEBUG_CAPMEM_COORD"
    cells = [0, 129, 130, 1234, 3119]
    found = run(tmp_path, "\n".join(f"out({name}_PUT0({cell}u)); out({name}_PUT1({cell}u));" for cell in cells))
    words = [encode(container, {"debug_readout_enable": True, "debug_capmem_coord": cell})[:2] for cell in cells]
    assert found.tolist() == [word for pair in words for word in pair]


def test_defaults_constants_and_enumerations() -> None:
    for one in containers:
        for kind, words in (("DEFAULT", one.default_words), ("CONSTANT", one.constant_bits)):
            for number, word in enumerate(words):
                name = f"{prefix(one)}_{kind}{number if one.words > 1 else ''}"
                assert int(re.sub("u(ll)?$", "", defined[name]), 0) == word
        for field in one.fields:
            for key, value in field.enum.items():
                name = f"{prefix(one)}_{macro_name(field.name)}_{macro_name(key)}"
                assert int(defined[name].strip("()u"), 0) == value


def test_no_name_is_defined_twice() -> None:
    names = re.findall(r"^#define (\w+)", header, re.MULTILINE)
    assert len(set(names)) == len(names)
    others = re.findall(r"^#define (HICANNX_\w+)", c_header(), re.MULTILINE)
    assert not set(names) & set(others)


@pytest.mark.parametrize(
    ("compiler", "options", "file"),
    [
        ("gcc", ["-std=c99"], "both.c"),
        ("g++", ["-std=c++11"], "both.cpp"),
        ("powerpc-linux-gnu-gcc", ["-std=c99"], "both.c"),
    ],
)
def test_compilers_take_it(tmp_path: Path, compiler: str, options: list[str], file: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    (tmp_path / "registers.h").write_text(header)
    (tmp_path / file).write_text(
        '#include "registers.h"\n#include "registers.h"\n'
        "static volatile uint32_t *const control = (volatile uint32_t *)"
        " (uintptr_t) HICANNX_PPU_CONTROL_REGISTER_PPU_ADDRESS(HICANNX_PPU_TOP);\n"
        "enum { at = HICANNX_PPU_CONTROL_REGISTER_INHIBIT_RESET_MASK };\n"
        "int go(void);\nint go(void) { *control = at; return 0; }\n"
    )
    done = subprocess.run(
        [compiler, *options, *strict, "-c", file], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
