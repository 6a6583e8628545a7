"""Objects of a stock compiler and assembler link with ours, and ours are accepted by a stock linker.

The vectors were made with GCC 12.2 and GNU binutils 2.40 for powerpc-linux-gnu from the sources beside them.
"""

from __future__ import annotations

import base64
import io
import json
import lzma
import shutil
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from hicannx.asm.assemble import assemble
from hicannx.asm.link.archive import read_archive
from hicannx.asm.link.inputs import InputSection
from hicannx.asm.link.link import Linked, link
from hicannx.asm.link.load import Input
from hicannx.asm.link.options import LinkOptions
from hicannx.asm.link.place import describe
from hicannx.asm.link.read import read_object
from hicannx.diagnostic import DiagnosticError
from hicannx.emu.ppu import run_image
from hicannx.source import SourceFile

vectors = Path(__file__).parent.parent.parent / "vectors" / "link"
foreign = json.loads(lzma.decompress((vectors / "gcc.json.xz").read_bytes()))
member_name = "a_library_with_a_long_name.o"


def content(name: str) -> bytes:
    return base64.b64decode(foreign[name])


def build(**options: object) -> Linked:
    inputs: list[Input] = [(name, content(name)) for name in ("main.o", "group2.o", "libforeign.a")]
    return link(inputs, LinkOptions(**options))  # type: ignore[arg-type]


def return_code(linked: Linked) -> int:
    result = run_image(linked.image())
    assert result.stop == "sleep"
    return result.word(0x2FFC)


ratio = 0x1234567890 // 1000 + 0x1234567890 % 1000
expected = 11 * 1 + 22 * 2 + 33 * 3 + 44 * 4 + 55 * 5 + 3 + 7 + ratio


def test_compiled_program_runs() -> None:
    assert return_code(build()) == expected


def test_collection_keeps_what_runs() -> None:
    linked = build(gc_sections=True)
    assert return_code(linked) == expected
    assert "unused" not in {one.name for one in linked.symbols}
    assert len(linked.image()) < len(build().image())


def test_members_of_an_archive() -> None:
    members = read_archive("libforeign.a", content("libforeign.a"))
    assert [one.name for one in members] == [member_name, "group.o"]
    assert members[0].defines() == {"count", "name", "ratio", "unused"}
    linked = build()
    assert {file.shown: name for file, name in linked.loaded.reasons.items()} == {
        f"libforeign.a({member_name})": "count", "runtime(crt0.o)": "_start", "runtime(divide.o)": "__udivdi3",
        "runtime(registers.o)": "_restgpr_26_x",
    }  # fmt: skip


def test_an_archive_before_its_use() -> None:
    inputs: list[Input] = [("libforeign.a", content("libforeign.a")), ("main.o", content("main.o"))]
    assert return_code(link(inputs)) == expected


def test_groups_are_taken_once() -> None:
    members = read_archive("libforeign.a", content("libforeign.a"))
    one, other = ("a.o", members[1].content), ("b.o", content("group2.o"))
    script = LinkOptions(script=SourceFile("x", "SECTIONS { .text : { *(.text*) } }"))
    assert link([one, other], script).sections[0].data.hex() == "386000014e800020"
    assert link([other, one], script).sections[0].data.hex() == "386000024e800020"


def section(name: str) -> InputSection:
    return next(one for one in read_object("main.o", content("main.o")).sections if one.name == name)


def test_source_lines() -> None:
    assert describe(section(".text.startup.main"), 0x2C) == "main.o: .text.startup.main+0x2c, in `main` (main.c:19)"
    assert describe(section(".text.startup.prepare"), 0) == "main.o: .text.startup.prepare+0x0, in `prepare` (main.c:9)"
    with pytest.raises(DiagnosticError) as caught:
        link([("main.o", content("main.o"))])
    found = {one.title: one.notes for one in caught.value.diagnostics}
    assert found["symbol `ratio` is not defined"][0].endswith("in `main` (main.c:20)")


def test_debug_information_of_the_program() -> None:
    elf = ELFFile(io.BytesIO(build().elf()))
    debug = elf.get_dwarf_info(relocate_dwarf_sections=False)
    places = {}
    for unit in debug.iter_CUs():
        program = debug.line_program_for_CU(unit)
        states = [one.state for one in program.get_entries() if one.state and not one.state.end_sequence]
        names = [b"", *(one.name for one in program["file_entry"])][int(program["version"] >= 5) :]
        places |= {one.address: names[one.file] for one in states}
    symbols = {one.name: one["st_value"] for one in elf.get_section_by_name(".symtab").iter_symbols()}
    assert (places[symbols["main"]], places[symbols["ratio"]]) == (b"main.c", b"lib.c")


@pytest.mark.parametrize("cut", [0, 20, 60, 300, 700, 1200])
def test_damaged_objects_are_reported(cut: int) -> None:
    with pytest.raises(DiagnosticError):
        link([("cut.o", content("main.o")[:cut]), ("main.o", content("main.o"))])


tools = pytest.mark.skipif(shutil.which("powerpc-linux-gnu-ld") is None, reason="no binutils for powerpc-linux-gnu")


def run(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@tools
def test_our_objects_are_accepted(tmp_path: Path) -> None:
    source = ".globl _entry\n_entry: bl work\n lis 3, data@ha\n lwz 3, data@l(3)\n blr\n .data\ndata: .long work, 5\n"
    (tmp_path / "a.o").write_bytes(assemble(SourceFile("a.s", source)).object())
    (tmp_path / "b.o").write_bytes(assemble(SourceFile("b.s", ".globl work\nwork: blr\n .comm c, 16, 8\n")).object())
    (tmp_path / "x").write_text(
        "ENTRY(_entry) SECTIONS { .text : { *(.text) } .data : { *(.data) } .bss : { *(.bss) *(COMMON) } }"
    )
    for name in ("a.o", "b.o"):
        run("powerpc-linux-gnu-readelf", "-a", tmp_path / name)
    run("powerpc-linux-gnu-ld", "-z", "noexecstack", "-T", tmp_path / "x", "-o", tmp_path / "theirs",
        "--no-warn-rwx-segments", tmp_path / "a.o", tmp_path / "b.o")  # fmt: skip
    ours = link([str(tmp_path / "a.o"), str(tmp_path / "b.o")], LinkOptions(script=tmp_path / "x"))
    theirs = ELFFile(io.BytesIO((tmp_path / "theirs").read_bytes()))
    assert theirs.get_section_by_name(".text").data() == bytes(ours.sections[0].data)
    assert theirs.get_section_by_name(".data").data() == bytes(ours.sections[1].data)


@tools
def test_our_programs_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "program.elf").write_bytes(build().elf())
    text = run("powerpc-linux-gnu-readelf", "-aW", tmp_path / "program.elf")
    assert "main" in text
    assert "Warning" not in text
    assert "<main>:" in run("powerpc-linux-gnu-objdump", "-d", tmp_path / "program.elf")
