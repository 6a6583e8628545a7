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
