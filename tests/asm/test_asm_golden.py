"""Objects and words of an independent assembler for the same processor, made from the same sources."""

from __future__ import annotations

import base64
import io
import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.enums import ENUM_RELOC_TYPE_PPC

from hicannx.asm.assemble import Assembly, assemble
from hicannx.diagnostic import DiagnosticError
from hicannx.isa.load import load_isa
from hicannx.source import SourceFile

vectors = Path(__file__).parent.parent / "vectors" / "toolchain"
relocation_names = {number: name for name, number in ENUM_RELOC_TYPE_PPC.items() if isinstance(number, int)}
special = {"SHN_UNDEF": "UND", "SHN_ABS": "ABS", "SHN_COMMON": "COM"}
tables = ("SHT_NULL", "SHT_SYMTAB", "SHT_STRTAB", "SHT_RELA")

absent_names = [f" f{number}" for number in range(32)]  # names of floating point registers for vector registers


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lzma.open(vectors / f"{name}.jsonl.xz", "rt")]


def section_of(elf: ELFFile, index: int | str) -> str:
    return special[index] if isinstance(index, str) else str(elf.get_section(index).name)


def view(content: bytes, *, empty: bool) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """Sections, symbols and relocations of an object file, in the form of the golden data."""
    elf = ELFFile(io.BytesIO(content))
    sections = {}
    for one in elf.iter_sections():
        if one["sh_type"] not in tables and (empty or one["sh_size"]):
            data = None if one["sh_type"] == "SHT_NOBITS" else one.data().hex()
            sections[one.name] = (one["sh_type"][4:], one["sh_size"], one["sh_addralign"], data)
    symbols, names = [], []
    for one in elf.get_section_by_name(".symtab").iter_symbols():
        kind, section = one["st_info"]["type"][4:], section_of(elf, one["st_shndx"])
        names.append(section if kind == "SECTION" else one.name)
        if one.name:
            bind, visibility = one["st_info"]["bind"][4:], one["st_other"]["visibility"][4:]
            symbols.append((one.name, one["st_value"], one["st_size"], kind, bind, visibility, section))
    relocations = []
    for table in elf.iter_sections():
        for one in table.iter_relocations() if table["sh_type"] == "SHT_RELA" else ():
            kind = one["r_info_type"]
            name = relocation_names.get(kind, "R_PPC_REL16" if kind == 249 else str(kind))
            relocations.append((table.name[5:], one["r_offset"], name, names[one["r_info_sym"]], one["r_addend"]))
    return sections, sorted(symbols), relocations


def golden(row: dict[str, Any], *, empty: bool) -> tuple[dict[str, Any], list[Any], list[Any]]:
    def values(one: Any) -> tuple[Any, ...]:
        return tuple(one.values()) if isinstance(one, dict) else tuple(one)

    sections = {
        one["name"]: (one["type"], one["size"], one["align"], one.get("hex"))
        for one in row["sections"]
        if empty or one["size"]
    }
    symbols = sorted(values(one) for one in row["symbols"] if values(one)[3] != "SECTION")
    relocations = [values(one) for one in row["relocations"]]
    return sections, symbols, [(*one[:4], one[-1]) for one in relocations]


def check(assembly: Assembly, row: dict[str, Any], *, empty: bool) -> None:
    found, expected = view(assembly.object(), empty=empty), golden(row, empty=empty)
    expected[0].pop(".gnu.attributes", None)
    for have, want in zip(found, expected):
        assert have == want


def test_words() -> None:
    """Every instruction that the processor implements, in many spellings."""
    wrong, count = [], 0
    for row in rows("encodings"):
        if not row["nux"] or (row["asm"].startswith("fxv") and any(name in row["asm"] for name in absent_names)):
            continue
        count += 1
        try:
            word = assemble(SourceFile("golden.s", row["asm"] + "\n")).sections[".text"].data.hex()
        except DiagnosticError as error:
            word = str(error)
        if word != row["word"][2:]:
            wrong.append((row["asm"], row["word"], word))
    assert wrong == []
    assert count > 17000


@pytest.mark.parametrize("row", rows("c_objects"), ids=lambda row: row["name"])
def test_compiled_programs(row: dict[str, Any]) -> None:
    """Compiler output: sections, symbols and relocations are the same."""
    check(assemble(SourceFile("prog.s", row["source"])), row["object"], empty=True)


@pytest.mark.parametrize("row", rows("programs"), ids=lambda row: row["name"])
def test_written_programs(row: dict[str, Any], tmp_path: Path) -> None:
    """Programs that use what the language has."""
    for name, content in row["files"].items():
        (tmp_path / name).write_bytes(base64.b64decode(content))
    for name, expected in row["objects"].items():
        source = tmp_path / name.replace(".o", ".s")
        if "isync" in source.read_text() and "isync" not in load_isa().syntaxes:
            source.write_text(source.read_text().replace("isync", ".long 0x4c00012c"))
        check(assemble(source), expected, empty=True)


# An operator for a relocation of another system, and mnemonics that the processor does not have.
foreign_snippets = ("@sda21", "isync")


@pytest.mark.parametrize("row", rows("snippets"), ids=lambda row: row["src"][:30])
def test_snippets(row: dict[str, Any]) -> None:
    """One feature each; those that the other assembler rejects are rejected."""
    source = SourceFile("snippet.s", row["src"])
    if any(word in row["src"] for word in foreign_snippets):
        pytest.skip("not for this processor")
    if row["rc"]:
        with pytest.raises(DiagnosticError):
            assemble(source)
        return
    expected = {
        **row,
        "relocations": [
            [*one[:2], "R_PPC_PLTREL24" if one[2] == "18" else one[2], *one[3:]] for one in row["relocations"]
        ],
    }
    check(assemble(source), expected, empty=False)


# What the other assembler rejects and this one does not: names of registers without a percent sign; mnemonics and
# branch options that mean something to the processor, or that it ignores; a subsection of .bss.
accepted_here = {"regname", "unknown_mnemonic", "branch_bo"}
accepted_sources = {
    " mtocrf 0x81,3\n",
    " mtocrf 0,3\n",
    " mtocrf 3,3\n",
    " mfocrf 3,0\n",
    " mfcr 3,3\n",
    " .bss 4\n",
    " .macro m a,a\n nop\n.endm\n",
    " .eqv b,1\n .eqv b,2\n",
}


def test_rejected_sources() -> None:
    accepted = []
    for row in rows("errors"):
        try:
            assemble(SourceFile("error.s", row["src"]))
        except DiagnosticError as error:
            assert all(one.title and one.code[0] in "AH" for one in error.diagnostics)
        else:
            accepted.append((row["cat"], row["src"]))
    assert [one for one in accepted if one[0] not in accepted_here and one[1] not in accepted_sources] == []
