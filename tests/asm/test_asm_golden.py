"""Objects and words of an independent assembler for the same processor, made from the same sources."""

from __future__ import annotations

import base64
import io
import json
import lzma
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.enums import ENUM_RELOC_TYPE_PPC

from hicannx.asm.assemble import Assembly, assemble
from hicannx.asm.options import Options
from hicannx.diagnostic import Diagnostic, DiagnosticError, Severity
from hicannx.isa.load import load_isa
from hicannx.source import SourceFile

vectors = Path(__file__).parent.parent / "vectors" / "toolchain"
relocation_names = {number: name for name, number in ENUM_RELOC_TYPE_PPC.items() if isinstance(number, int)}
special = {"SHN_UNDEF": "UND", "SHN_ABS": "ABS", "SHN_COMMON": "COM"}
tables = ("SHT_NULL", "SHT_SYMTAB", "SHT_STRTAB", "SHT_RELA")

gas = Options(dialect="gas")
foreign_known = "isync" in load_isa().syntaxes
foreign = re.compile(r"\b(isync|sc|eieio)\b")  # instructions that the processor lacks


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
    for have, want in zip(found, expected):
        assert have == want


def options_of(row: dict[str, Any]) -> Options:
    """Where the words come from: the official assembler, with its switches, or another one for what it rejects."""
    flags = row.get("flags", "")
    names = True if "-mregnames" in flags else None
    return Options("ppu" if "rejected" in flags else "gas", register_names=names)


def test_words() -> None:
    """Every instruction in many spellings."""
    wrong, count = [], 0
    for row in rows("encodings"):
        if foreign.search(row["asm"]) and not foreign_known:
            continue
        count += 1
        try:
            word = assemble(SourceFile("golden.s", row["asm"] + "\n"), options_of(row)).sections[".text"].data.hex()
        except DiagnosticError as error:
            word = str(error)
        if word != row["word"][2:]:
            wrong.append((row["asm"], row["word"], word))
    assert wrong == []
    assert count > 17000


@pytest.mark.parametrize("row", rows("c_objects"), ids=lambda row: row["name"])
def test_compiled_programs(row: dict[str, Any]) -> None:
    """Compiler output: sections, symbols and relocations are the same."""
    check(assemble(SourceFile("prog.s", row["source"]), gas), row["object"], empty=True)


@pytest.mark.parametrize("row", rows("programs"), ids=lambda row: row["name"])
def test_written_programs(row: dict[str, Any], tmp_path: Path) -> None:
    """Programs that use what the language has."""
    for name, content in row["files"].items():
        (tmp_path / name).write_bytes(base64.b64decode(content))
    for name, expected in row["objects"].items():
        source = tmp_path / name.replace(".o", ".s")
        if not foreign_known:
            source.write_text(source.read_text().replace("isync", ".long 0x4c00012c"))
        check(assemble(source, gas), expected, empty=True)


@pytest.mark.parametrize("row", rows("snippets"), ids=lambda row: row["src"][:30])
def test_snippets(row: dict[str, Any]) -> None:
    """One feature each; those that the other assembler rejects are rejected."""
    source = SourceFile("snippet.s", row["src"])
    if foreign.search(row["src"]) and not foreign_known:
        pytest.skip("instructions of other processors are not known")
    if row["rc"]:
        with pytest.raises(DiagnosticError):
            assemble(source, gas)
        return
    named = {"18": "R_PPC_PLTREL24", "109": "R_PPC_EMB_SDA21"}
    relocations = [[*one[:2], named.get(one[2], one[2]), *one[3:]] for one in row["relocations"]]
    check(assemble(source, gas), {**row, "relocations": relocations}, empty=False)


def lines_of(diagnostics: tuple[Diagnostic, ...], severity: Severity) -> set[int]:
    """The lines of the source itself that messages are about."""
    found = set()
    for one in diagnostics:
        in_macro = one.span is not None and one.span.file.name.startswith("<")
        span = one.labels[-1].span if in_macro else one.span
        if one.severity is severity and span:
            found.add(span.line)
    return found


def test_rejected_sources() -> None:
    """Each is rejected where the other assembler rejects it, with a help or the allowed range."""
    for row in rows("errors"):
        with pytest.raises(DiagnosticError) as caught:
            assemble(SourceFile("error.s", row["src"]), gas)
        errors = [one for one in caught.value.diagnostics if one.severity is Severity.ERROR]
        lines = {one["line"] for one in row["messages"] if "error" in one["kind"] and one["line"]}
        assert lines <= lines_of(tuple(errors), Severity.ERROR), row["src"]
        assert all(one.title and one.code[0] in "AH" for one in errors)
        assert all(one.help or one.label for one in errors), row["src"]


@pytest.mark.parametrize("row", rows("accepted"), ids=lambda row: row["src"][:30])
def test_doubtful_sources(row: dict[str, Any]) -> None:
    """What is accepted with a warning, or without one although it looks wrong: the same bytes, and a warning always."""
    assembly = assemble(SourceFile("doubtful.s", row["src"]), gas)
    assert {one["line"] for one in row.get("messages", ())} <= lines_of(assembly.warnings, Severity.WARNING)
    assert assembly.warnings
    codes = frozenset(one.code for one in assembly.warnings)
    assert not assemble(SourceFile("doubtful.s", row["src"]), Options("gas", quiet=codes)).warnings
    assert not assemble(SourceFile("doubtful.s", row["src"]), Options("gas", quiet=frozenset({"all"}))).warnings
    if "text" in row:
        relocations = [f"{one[1]:08x} {one[2]} {one[3]}" for one in view(assembly.object(), empty=True)[2]]
        assert assembly.sections[".text"].data.hex().startswith(row["text"])
        assert relocations == row["relocs"]


# Directives, macros and expressions, made with Debian's binutils 2.40 (`powerpc-linux-gnu-as -mpower7 -a32 -mbig -Isub`) from
# sources that go through the directives of its manual; where that assembler is present, it is asked again.
files = {
    "inc.s": " .long 0x11111111\n",
    "inc2.s": 'lbl_in_inc: nop\n .include "inc.s"\n',
    "data.bin": "0123456789abcdef",
    "sub/deep.s": " .byte 7\n",
}
other = shutil.which("powerpc-linux-gnu-as")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("row", rows("gnu_as"), ids=lambda row: row["src"].strip()[:30])
def test_same_object_as_gnu_as(row: dict[str, Any], folder: Path) -> None:
    """The same object, or errors on the same lines."""
    (folder / "case.s").write_text(row["src"])
    options = Options("gas", include=(Path("sub"),))
    if row["rc"]:
        with pytest.raises(DiagnosticError) as caught:
            assemble(Path("case.s"), options)
        assert set(row["lines"]) <= lines_of(caught.value.diagnostics, Severity.ERROR)
        return
    assembly = assemble(Path("case.s"), options)
    sections, symbols, relocations = view(assembly.object(), empty=False)
    sections.pop(".gnu.attributes", None)
    wanted = {one["name"]: (one["type"], one["size"], one["align"], one["hex"]) for one in row["sections"]}
    assert sections == wanted
    assert [list(one) for one in symbols if one[3] != "FILE"] == row["symbols"]
    assert [list(one) for one in relocations] == row["relocations"]
    assert set(row["warned"]) <= lines_of(assembly.warnings, Severity.WARNING)


@pytest.mark.skipif(other is None, reason="powerpc-linux-gnu-as is not installed")
def test_the_other_assembler_still_says_so(folder: Path) -> None:
    for row in rows("gnu_as")[::25]:
        (folder / "case.s").write_text(row["src"])
        command = [str(other), "-mpower7", "-a32", "-mbig", "-Isub", "-o", "case.o", "case.s"]
        done = subprocess.run(command, capture_output=True, check=False)
        assert bool(done.returncode) == bool(row["rc"]), row["src"]
        if not row["rc"]:
            content = view((folder / "case.o").read_bytes(), empty=False)[0]
            assert [content[one["name"]][3] for one in row["sections"]] == [one["hex"] for one in row["sections"]]
