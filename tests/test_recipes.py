"""The recipes of the reading guide, performed in a copy of the sources; and what else the guide says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

root = Path(__file__).resolve().parent.parent
guide = (root / "docs" / "reading-guide.md").read_text()
folders = ("hicannx", "isa", "asm", "regmodel", "emu", "configs", "tools")
recipes = dict(re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources with the rows of both recipes appended."""
    folder = tmp_path_factory.mktemp("copy")
    for name in folders:
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    assert sorted(recipes) == ["isa/power/logical.yaml", "regmodel/maps/routing.yaml"]
    for name, rows in recipes.items():
        with (folder / name).open("a") as file:
            file.write("\n" + rows)
    return folder


def python(copy: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(copy), "HICANNX_CACHE_DIR": str(copy / "cache")}
    command = [sys.executable, *words]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write_program(copy: Path) -> None:
    (copy / "mean.s").write_text(" li 3, 10\n li 4, 20\n mean 5, 3, 4\n wait\n")


def test_an_instruction_is_a_row(copy: Path) -> None:
    write_program(copy)
    python(copy, "-m", "hicannx", "asm", "mean.s", "-o", "mean.bin")
    assert "7c652258  mean r5,r3,r4" in python(copy, "-m", "hicannx", "dis", "mean.bin")
    code = (
        "from hicannx.isa.load import load_isa; from hicannx.isa.semantics.load import load_programs;"
        "from hicannx.isa.semantics.machine import Machine; from hicannx.isa.semantics.reference import execute;"
        "machine = Machine(); machine.gpr[3:5] = [10, 20];"
        "execute(load_programs(load_isa().instructions)['mean'], 0x7c652258, machine); print(machine.gpr[5])"
    )
    assert python(copy, "-c", code).strip() == "15"


def test_what_people_read_follows_the_row(copy: Path) -> None:
    python(copy, "-m", "hicannx", "doc", "isa", "-o", "pages")
    assert 'id="mean"' in (copy / "pages" / "power-logical.html").read_text()
    assert 'href="power-logical.html#mean"' in (copy / "pages" / "index.html").read_text()
    code = (
        "import json, re; from hicannx.tools.pygments_lexer import PpuAssemblyLexer as Lexer;"
        "print(*(kind for kind, text in Lexer().get_tokens(' mean. 5,3,4') if text == 'mean.'));"
        "from hicannx.tools.doc.textmate import grammar_text;"
        "rules = json.loads(grammar_text())['repository']['statement']['patterns'];"
        "print(*(one['beginCaptures']['0']['name'] for one in rules if re.match(one.get('begin', '(?!)'), 'mean. 5')))"
    )
    lines = python(copy, "-c", code).splitlines()
    assert lines[0] == "Token.Keyword"
    assert lines[1].split()[0] == "support.function.mnemonic.ppu"


def test_a_vector_row_is_a_macro_of_the_header(tmp_path: Path) -> None:
    for name in folders:
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "isa" / "fxv" / "add.yaml").open("a") as file:
        file.write(
            "\n  fxvmeanh:\n    encoding: {format: FXV_3, opcode: 4, xo: 462}\n"
            '    asm: "VRT, VRA, VRB [, COND]"\n    timing: v_madd2\n'
            '    examples: {"fxvmeanh 1,2,3": 0x10221f38}\n'
            "    semantics: |\n      for half lane i where COND:\n        VRT[i] = VRA[i] + VRB[i] >> 1\n"
        )
    made = python(tmp_path, "-m", "hicannx", "doc", "header")
    assert "#define fxvmeanh(VRT, VRA, ...) HICANNX_fxvmeanh(VRT, VRA, __VA_ARGS__, 0, )\n" in made
    assert '".long 0x10000738 + (%0 << 21) + (%1 << 16) + (%2 << 11) + %3\\t# fxvmeanh %0,%1,%2,%3"' in made


@pytest.mark.slow
def test_the_new_instruction_runs_on_the_processor(copy: Path) -> None:
    write_program(copy)
    assert "r5  0000000f" in python(copy, "-m", "hicannx", "ppu", "mean.s")


def test_a_register_is_an_entry(copy: Path) -> None:
    (copy / "chip.yaml").write_text("registers:\n  Lantern: [{at: bottom, brightness: 5, colour: green}]\n")
    code = "from hicannx.configs.chip import load_config; print(load_config('chip.yaml').writes)"
    assert python(copy, "-c", code).strip() == f"[({0x130201}, {0x15})]"
    assert "a light at each half" in python(copy, "-m", "hicannx", "lookup", "0x130200")
    (copy / "lantern.bits").write_bytes(bytes.fromhex("0b00000f00130201 0c00000000000015 0a00000000000000"))
    shown = python(copy, "-m", "hicannx", "bitstream", "show", "lantern.bits")
    assert "Lantern[1] at 0x00130201" in shown and "brightness=5 colour=green" in shown


def test_the_guide_fits_on_a_page_and_names_what_exists() -> None:
    assert len(guide.splitlines()) <= 100
    for name in re.findall(r"`((?:isa|asm|regmodel|emu|configs|tools|hicannx)/[\w./*]*)`", guide):
        assert list(root.glob(name.rstrip("/"))), name
    for name in re.findall(r"`([\w]+\.(?:py|yaml|lark))`", guide):
        assert list(root.glob(f"*/**/{name}")), name


def test_the_words_of_the_guide() -> None:
    from hicannx.isa.disassemble import disassemble
    from hicannx.isa.load import load_isa
    from hicannx.regmodel.addressmap import lookup

    assert disassemble(load_isa(), 0x10202BF1) == "fxvoutx 1,0,r5,1"
    mapped = lookup(0x00130031)
    assert mapped is not None and mapped.container.name == "CrossbarNode" and mapped.instance == 24
    views = mapped.container.numbering.views()
    assert (views["crossbar_input"][24], views["crossbar_output"][24]) == (8, 0)
