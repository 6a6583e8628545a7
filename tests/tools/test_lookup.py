"""What `hicannx lookup` tells of instructions and special registers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hicannx.tools.cli import main


def found(what: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert main(["lookup", what, "--json"]) == 0
    entries: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return entries


def text(what: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["lookup", what]) == 0
    return capsys.readouterr().out


def test_an_instruction(capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = found("lha", capsys)
    assert entry["instruction"] == "lha"
    assert entry["fields"] == {"RT": "bits 6 to 10", "RA": "bits 11 to 15", "D": "bits 16 to 31"}
    assert entry["operands"]["D"] == "signed displacement of an address, -32768 to 32767"
    assert (entry["timing"], entry["cycles"]) == ("load", 1)
    assert entry["deviation"].startswith("the displacement is zero-extended")
    assert entry["picture"][1] == {
        "name": "RT",
        "msb": 25,
        "lsb": 21,
        "value": None,
        "is_opcode": False,
        "first": 6,
        "last": 10,
    }
    assert "EXTZ(D)" in entry["semantics"]
    shown = text("lha", capsys)
    assert "  |   42  |  RT  |  RA  |        D        |\n" in shown
    assert "\ndeviation    the displacement is zero-extended" in shown


def test_an_extended_mnemonic(capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = found("blt", capsys)
    assert (entry["instruction"], entry["mnemonic"], entry["written"]) == ("bc", "blt", "blt [CR], BD")
    assert entry["sets"] == {"LK": 0, "AA": 0, "BO": 12, "BI": "4 * CR + 0"}
    assert "| BO=12 |" in text("blt", capsys)
    assert len(entry["spellings"]) > 200
    assert f"({len(entry['spellings'])}, all with --json)" in " ".join(text("blt", capsys).split())


@pytest.mark.parametrize("what", ["lwbrx", "isync", "fmadd.", "0x7c60242c", "0x4c00012c"])
def test_what_the_processor_lacks(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = found(what, capsys)
    assert entry["lacking"].startswith("the processor lacks it")
    assert entry["instead"]
    assert "\nlacking      the processor lacks it: there it passes" in text(what, capsys)


def test_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    entry = found("0x38600005", capsys)[0]
    assert (entry["word"], entry["means"], entry["row"]) == ("0x38600005", "li r3,5", "addi")
    assert entry["fields"] == {"RT": 3, "RA": 0, "SI": 5}
    assert "|   14  | RT=3 | RA=0 |       SI=5      |" in text("0x38600005", capsys)


@pytest.mark.parametrize("what", ["TSR", "tsr", "336"])
def test_a_special_register(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    entry = next(one for one in found(what, capsys) if "special register" in one)
    assert (entry["special register"], entry["number"], entry["access"]) == ("TSR", 336, "read and write")
    assert entry["moves"] == ["mfspr r0,336", "mtspr 336,r0"]
    assert entry["writing"] == "a written 1 clears the bit"
    assert entry["bits, 0 the least significant"]["WRS"] == "29 to 28"


def test_nothing_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lookup", "lwbry"]) == 1
    assert capsys.readouterr().err == "error[T104]: nothing is known of `lwbry`\n  = help: did you mean `lwbrx`?\n"
