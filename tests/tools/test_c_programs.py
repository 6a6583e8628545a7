"""C programs, compiled by a stock compiler at three levels, give the words that three independent oracles agree on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hicannx.tools.cli import main

programs = sorted((Path(__file__).resolve().parent.parent / "vectors" / "toolchain" / "c_programs").iterdir())


@pytest.mark.parametrize("folder", programs, ids=lambda folder: folder.name)
def test_result_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    results = f"{expected['result_addr']}:{4 * len(expected['result_words'])}"
    code = f"{expected['exit_code_addr']}:4"
    assert main(["ppu", str(folder / "image.bin"), "--json", "--dump", results, "--dump", code]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["stop"] == "sleep"
    memory = found["memory"][results]
    assert [f"0x{memory[place : place + 8]}" for place in range(0, len(memory), 8)] == expected["result_words"]
    assert f"0x{found['memory'][code]}" == expected["exit_code"]
    assert found["instructions"] == expected["instructions"]


def test_nothing_is_missing() -> None:
    assert {folder.name.split(".")[0] for folder in programs} >= {"c01_sort", "c02_crc32", "c10_fnptr"}
    assert {folder.name.split(".")[1] for folder in programs} == {"O0", "O2", "Os"}
