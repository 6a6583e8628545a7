"""Links of an independent linker for the same processor, made from the same sources: equal to the last byte."""

from __future__ import annotations

import base64
import io
import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from hicannx.asm.assemble import assemble
from hicannx.asm.link.link import Linked, link
from hicannx.asm.link.options import LinkOptions
from hicannx.asm.options import Options
from hicannx.diagnostic import DiagnosticError
from hicannx.emu.ppu import run_image
from hicannx.isa.codec import decode
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.load import load_programs
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.reference import execute
from hicannx.source import SourceFile

vectors = Path(__file__).parent.parent.parent / "vectors" / "toolchain"
scripts: dict[str, str] = json.loads(lzma.decompress((vectors / "scripts.json.xz").read_bytes()))
special = {"SHN_UNDEF": "UND", "SHN_ABS": "ABS"}
letters = (("W", 1), ("A", 2), ("X", 4), ("M", 16), ("S", 32))
tables = ("SHT_NULL", "SHT_SYMTAB", "SHT_STRTAB")
as_gas = Options(dialect="gas")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lzma.open(vectors / f"{name}.jsonl.xz", "rt")]


def script(name: str) -> SourceFile:
    return SourceFile(name, scripts[name])


def view_section(one: Any) -> dict[str, Any]:
    flags = "".join(letter for letter, bit in letters if one["sh_flags"] & bit)
    found = {
        "name": one.name, "type": one["sh_type"][4:], "flags": flags, "addr": one["sh_addr"], "size": one["sh_size"],
        "align": one["sh_addralign"], "entsize": one["sh_entsize"],
    }  # fmt: skip
    return found if one["sh_type"] == "SHT_NOBITS" else {**found, "hex": one.data().hex()}


def view_symbol(elf: ELFFile, one: Any) -> dict[str, Any]:
    place = one["st_shndx"]
    section = special[place] if isinstance(place, str) else elf.get_section(place).name
    kind = one["st_info"]["type"][4:]
    return {
        "name": section if kind == "SECTION" else one.name, "value": one["st_value"], "size": one["st_size"],
        "type": kind, "bind": one["st_info"]["bind"][4:], "vis": one["st_other"]["visibility"][4:], "section": section,
    }  # fmt: skip


def view_segment(one: Any, *, data: bool) -> dict[str, Any]:
    found = {name: one[f"p_{name}"] for name in ("vaddr", "paddr", "filesz", "memsz", "flags", "align")}
    found["type"] = one["p_type"][3:]
    return {**found, "hex": one.data().hex()} if data else found


def view(linked: Linked, *, data: bool = True) -> dict[str, Any]:
    """A linked program in the form of the golden data."""
    elf = ELFFile(io.BytesIO(linked.elf()))
    symbols = list(elf.get_section_by_name(".symtab").iter_symbols())[1:]
    return {
        "entry": elf["e_entry"],
        "sections": [view_section(one) for one in elf.iter_sections() if one["sh_type"] not in tables],
        "symbols": [view_symbol(elf, one) for one in symbols],
        "segments": [view_segment(one, data=data) for one in elf.iter_segments()],
    }


def test_names() -> None:
    assert len(rows("link_cases")) == 15
    assert len(rows("linked")) == 17


@pytest.mark.parametrize("row", rows("link_cases"), ids=lambda row: row["name"])
def test_case(row: dict[str, Any]) -> None:
    objects = [
        (f"f{number}.o", assemble(SourceFile(f"f{number}.s", text), as_gas).object())
        for number, text in enumerate(row["sources"])
    ]
    defines = dict(one.removeprefix("--defsym=").split("=") for one in row["args"])
    options = LinkOptions(script=script(row["script"]), defines=defines)
    if row["rc"]:
        with pytest.raises(DiagnosticError):
            link(objects, options)
        return
    linked = link(objects, options)
    assert bool(linked.warnings) == bool(row["messages"]) or "odd" in row["sources"][0]
    found = view(linked, data=False)
    shared = {one["name"]: one["value"] for one in found["symbols"] if one["bind"] != "LOCAL"}
    assert {**found, "symbols": shared} == {key: row[key] for key in found}


def objects_of(row: dict[str, Any], folder: Path) -> list[tuple[str, bytes]]:
    sources = next(one for one in rows("programs") if one["name"] == row["name"])["files"]
    for name, content in sources.items():
        text = base64.b64decode(content)
        if b"isync" in text and "isync" not in load_isa().syntaxes:
            text = text.replace(b"isync", b".long 0x4c00012c")
        (folder / name).write_bytes(text)
    return [(name, assemble(folder / name.replace(".o", ".s"), as_gas).object()) for name in row["link_order"]]


@pytest.mark.parametrize("row", rows("linked"), ids=lambda row: row["name"])
def test_program(row: dict[str, Any], tmp_path: Path) -> None:
    """Sections, symbols in their order, segments and the flat image; and what the program computes."""
    linked = link(objects_of(row, tmp_path), LinkOptions(script=script(row["linker_script"])))
    found, expected = view(linked), row["linked"]
    for part in found:
        assert found[part] == expected[part], part
    assert linked.image().hex() == row["flat_hex"]


executed = [row for row in rows("linked") if row.get("exec", {}).get("result_words")]


def registers(values: Any) -> list[str]:
    return [f"{int(one) & 0xFFFFFFFF:#010x}" for one in values]


@pytest.mark.parametrize("row", executed, ids=lambda row: row["name"])
def test_execution(row: dict[str, Any], tmp_path: Path) -> None:
    """What the program computes, walked through instruction by instruction, wherever its code is."""
    linked = link(objects_of(row, tmp_path), LinkOptions(script=script(row["linker_script"])))
    memory = {
        segment.address + at: byte for segment in linked.segments for at, byte in enumerate(segment.data)
    }  # fmt: skip

    def load(address: int, size: int) -> int:
        return int.from_bytes(bytes(memory.get(address + at, 0) for at in range(size)), "big")

    def store(address: int, size: int, value: int) -> None:
        memory.update({address + at: byte for at, byte in enumerate(value.to_bytes(size, "big"))})

    isa, machine, count = load_isa(), Machine(load=load, store=store), 0
    programs = load_programs(isa.instructions)
    machine.pc = linked.entry
    while not machine.sleeping:
        found = decode(isa, load(machine.pc, 4))
        if found is None or found.name not in programs:
            machine.pc += 4  # to the processor, isync is no operation
        else:
            execute(programs[found.name], load(machine.pc, 4), machine)
        assert not machine.exception
        count += 1
    expected = row["exec"]
    words = registers(load(expected["result_addr"] + 4 * at, 4) for at in range(len(expected["result_words"])))
    assert words == expected["result_words"]
    assert (machine.pc - 4, count) == (expected["stop_pc"], expected["instructions"])
    assert registers(machine.gpr) == expected["gpr"]


@pytest.mark.parametrize("row", executed, ids=lambda row: row["name"])
def test_emulation(row: dict[str, Any], tmp_path: Path) -> None:
    """The same on the emulated processor, as far as the program is in its own memory; it begins at address 0."""
    linked = link(objects_of(row, tmp_path), LinkOptions(script=script(row["linker_script"])))
    if len(linked.images) > 1:
        pytest.skip("code in external memory is not fetched by the emulated processor")
    result = run_image(linked.image().replace(bytes.fromhex("4c00012c"), bytes.fromhex("60000000")))
    expected = row["exec"]
    assert (
        registers(result.word(expected["result_addr"] + 4 * at) for at in range(len(expected["result_words"])))
        == (expected["result_words"])
    )
    first = int(linked.entry != 0)  # the branch in the table of vectors
    assert (result.stop, result.pc - 4, result.instructions - first) == (
        "sleep", expected["stop_pc"], expected["instructions"],
    )  # fmt: skip
    assert registers(result.gpr) == expected["gpr"]


result_words = ".globl result\n .comm result, 64, 4\n"


@pytest.mark.parametrize("row", rows("c_div64"), ids=lambda row: row["name"])
def test_compiled_division(row: dict[str, Any]) -> None:
    """Compiler output that divides 64-bit numbers runs with the routines of the runtime library."""
    texts = {"start": row["start"], "program": row["source"], "data": result_words}
    objects = [(f"{name}.o", assemble(SourceFile(name, text)).object()) for name, text in texts.items()]
    linked = link(objects, LinkOptions(script=SourceFile("flat16k.x", row["script"]), runtime=True))
    result = run_image(linked.image())
    symbols = {one.name: one.address for one in linked.symbols}
    assert [f"{result.word(symbols['result'] + 4 * i):#010x}" for i in range(16)] == row["result_words"]
    assert f"{result.word(symbols['exit_code']):#010x}" == row["exit_code"]
    assert (result.stop, result.pc) == ("sleep", symbols["program_end"] + 4)
