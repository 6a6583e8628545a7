"""C programs, compiled by a stock compiler at three levels, give the words that three independent oracles agree on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hicannx.tools.cli import main
from hicannx.tools.conform.examine import examine
from hicannx.tools.conform.find import Form, find

vectors = Path(__file__).resolve().parent.parent / "vectors" / "toolchain"
programs = sorted(path for path in (vectors / "c_programs").iterdir() if "." in path.name)


def test_result_words() -> None:
    """Every program: its source gives the object, and the processor leaves the words, exit code and count."""
    results = list(examine(find([vectors / "c_programs"])))
    assert [(one.path.name, failure.place, failure.outcome) for one in results for failure in one.failures] == []
    assert [(one.path.name, one.skipped) for one in results if one.skipped] == []
    assert sum(one.kinds["object"] for one in results) == 36
    assert sum(one.kinds["run"] for one in results) == 36
    assert {one.passed for one in results} == {2}


def test_written_programs() -> None:
    """Every program: its objects, the linked file, and where it is executed, what the processor leaves."""
    results = list(examine(find([vectors / "programs"])))
    assert [(one.path.name, failure.place, failure.outcome) for one in results for failure in one.failures] == []
    assert [(one.path.name, one.skipped) for one in results if one.skipped] == []
    assert sum(one.kinds["object"] for one in results) == 23
    assert sum(one.kinds["linked"] for one in results) == 17
    assert sum(one.kinds["run"] for one in results) == 11


def test_link_cases() -> None:
    (result,) = examine(find([vectors / "link_cases.jsonl.xz"]))
    assert [(failure.shown, failure.outcome) for failure in result.failures] == []
    assert (result.passed, result.skipped) == (15, {})


def test_executed_instructions() -> None:
    """On both executors. Where the processor is known to be different, with `isa: power`; else such are skipped."""
    results = list(examine(find([vectors / "exec"])))
    assert [(failure.shown, failure.outcome) for one in results for failure in one.failures] == []
    assert sum(one.passed for one in results) == 8857
    (reason,) = {reason for one in results for reason in one.skipped}
    assert reason.endswith("oracle: shift count bit 5 set: the RTL uses only the low five bits of rb")
    assert sum(one.skipped.total() for one in results) == 93


def test_what_stands_beside_is_ignored() -> None:
    items = find([vectors / "programs", vectors / "c_programs"])
    assert {item.path.name for item in items if item.form is Form.IGNORED} == {"common", "src"}
    assert len([item for item in items if item.form is Form.FOLDER]) == 36 + 17


@pytest.mark.parametrize("folder", programs[1:6], ids=lambda folder: folder.name)
def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`hicannx ppu` shows what the check saw."""
    expected = json.loads((folder / "expected.json").read_text())
    results = f"{expected['result_addr']}:{4 * len(expected['result_words'])}"
    assert main(["ppu", str(folder / "image.bin"), "--json", "--dump", results]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["stop"], found["instructions"]) == ("sleep", expected["instructions"])
    memory = found["memory"][results]
    assert [f"0x{memory[place : place + 8]}" for place in range(0, len(memory), 8)] == expected["result_words"]
