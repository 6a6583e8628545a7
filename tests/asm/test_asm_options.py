"""What the options of an assembly change."""

from __future__ import annotations

from pathlib import Path

import pytest

from hicannx.asm.assemble import Assembly, assemble
from hicannx.asm.options import Options
from hicannx.diagnostic import DiagnosticError
from hicannx.source import SourceFile


def text_of(assembly: Assembly) -> str:
    return assembly.sections[".text"].data.hex()


def assembled(text: str, **options: object) -> Assembly:
    return assemble(SourceFile("options.s", text), Options(**options))  # type: ignore[arg-type]


def test_defines_are_symbols_before_the_first_line() -> None:
    source = ".ifdef debug\n.byte debug\n.endif\n.byte other\n"
    assert text_of(assembled(source, defines={"debug": 7, "other": 1})) == "0701"
    assert text_of(assembled("x = 4\n.byte x\n", defines={"x": 7})) == "04"


def test_included_files_are_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, number in (("source", 1), ("one", 2), ("two", 3)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.inc").write_text(f".byte {number}\n")
        (tmp_path / folder / "common.inc").write_text(f".byte {16 * number}\n")
    (tmp_path / "two" / "data.bin").write_bytes(b"\xaa\xbb")
    main = tmp_path / "source" / "main.s"
    main.write_text('.include "source.inc"\n.include "two.inc"\n.include "common.inc"\n.incbin "data.bin"\n')
    monkeypatch.chdir(tmp_path)
    assembly = assemble(main, Options(include=(Path("one"), Path("two"))))
    assert text_of(assembly) == "010310aabb"
    assert [Path(name).name for name in assembly.files] == ["source.inc", "two.inc", "common.inc", "data.bin"]
    with pytest.raises(DiagnosticError, match="cannot read `two"):
        assemble(main)


def test_quiet_leaves_out_warnings_only() -> None:
    source = ".align\n.byte 300\n"
    assert [one.code for one in assembled(source).warnings] == ["A606", "A309"]
    assert [one.code for one in assembled(source, quiet=frozenset({"A606"})).warnings] == ["A309"]
    assert assembled(source, quiet=frozenset({"all"})).warnings == ()
    with pytest.raises(DiagnosticError) as caught:
        assembled(source + "bogus\n", quiet=frozenset({"all", "A201"}))
    assert [one.code for one in caught.value.diagnostics] == ["A201"]


def test_register_names() -> None:
    for dialect, names, accepted in (
        ("ppu", None, True),
        ("ppu", False, False),
        ("gas", None, False),
        ("gas", True, True),
    ):
        if accepted:
            assert text_of(assembled("add r3, r4, r5", dialect=dialect, register_names=names)) == "7c642a14"
        else:
            with pytest.raises(DiagnosticError, match="no general purpose register"):
                assembled("add r3, r4, r5", dialect=dialect, register_names=names)


def test_a_symbol_goes_before_a_register_name() -> None:
    assert text_of(assembled("r3 = 9\nadd r3, r4, r5\n")) == "7d242a14"


def test_the_official_dialect_lacks_some_mnemonics() -> None:
    assert text_of(assembled("rfci\nmsync\nfxvaddtachm 1, 2\n", dialect="ppu"))
    with pytest.raises(DiagnosticError) as caught:
        assembled("rfci\nmsync\nfxvaddtachm 1, 2\n", dialect="gas")
    assert [one.help for one in caught.value.diagnostics] == ["the dialect `gas` does not know it, `ppu` does"] * 3
