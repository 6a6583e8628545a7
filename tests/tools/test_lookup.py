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


def test_a_register(capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = found("adpll", capsys)
    assert entry["coordinate"] == "pll (2)"
    assert entry["places"] == ["0x0 to 0x3 in jtag_pll", "0x00080000 to 0x00080003 in chip_jtag_only"]
    assert entry["fields"]["pre_div_p0"] == "w0.26-25: 2 to 4, default 2: P0, predivider of the loop"
    assert entry["fields"]["enable_output_clock"] == "~w1.24: true or false, default true: drive the outputs"
    assert entry["default"] == "0x2a20a902 0xc0cbf200"
    assert (entry["write over"], entry["read over"]) == ("JTAGPLLRegister, OmnibusChipOverJTAG", "OmnibusChipOverJTAG")
    assert entry["write steps"][1] == "jtag_data payload=address num_bits=4"
    assert "write steps" not in found("CrossbarNode", capsys)[0]
    assert "\nwrite step   jtag_ins ir=pll_target_register\n" in text("ADPLL", capsys)


def test_registers_of_serial_devices(capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = found("TMP112Status", capsys)
    assert entry["read steps"] == [
        "0x88007800 + 0x48 := 0",
        "read 0x88007800 + 0x48",
        "read 0x88007800 + 0x48 + 0x80",
    ]
    assert entry["read back"] == "not always what was written (simulation)"
    (entry,) = found("SynapseQuad", capsys)
    assert entry["fields"]["weights"].startswith("w0.29 w0.24 w0.25 w0.26 w0.27 w0.28, w0.21 ")
    assert "spl1_source" in found("PLLClockOutputBlock", capsys)[0]["fields"]


def test_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    entry = found("0x0013001c", capsys)[-1]
    assert (entry["address"], entry["means"]) == ("0x0013001c", "CrossbarNode[3] at 0x0013001c")
    assert entry["instance"] == "3: crossbar_input 1, crossbar_output 1"
    (entry,) = found("0x2a00000", capsys)[-1:]
    assert (entry["register"], entry["instance"]) == ("PPUControlRegister", "0: ppu top")


def test_addresses_that_several_have(capsys: pytest.CaptureFixture[str]) -> None:
    names = [one["register"] for one in found("0x84000001", capsys) if "register" in one]
    assert names == ["ExternalPPUDRAMMemoryQuad", "VectorGeneratorNotificationAddress", "ExternalPPUDRAMMemoryByte"]
    entry = found("0x84000001", capsys)[-2]
    assert entry["image"] == "vector_generator: generators of activation vectors"
    assert found("0x84000001", capsys)[-1]["shares"] == "its words with ExternalPPUDRAMMemoryQuad"
    assert found("0x8800000c", capsys)[-1]["places"][1] == "0x8800000c to 0x8800000c in fpga (r)"


def test_an_address_of_another_space(capsys: pytest.CaptureFixture[str]) -> None:
    assert [one["means"] for one in found("jtag_pll:3", capsys)] == ["ADPLL[1] word 1 at 0x00000003"]
    assert [one["register"] for one in found("chip_jtag_only:0x40000", capsys)] == ["CommonPhyConfigChip"]
    for what in ("jtag_pll:9", "jtag_pll:x", "jtag_pl:1"):
        assert main(["lookup", what]) == 1
        assert capsys.readouterr().err.startswith(f"error[T104]: nothing is known of `{what}`\n")


def test_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    entry = found("PPUMemory", capsys)[0]
    assert entry["consists of"] == "4096 instances of PPUMemoryWord, in ascending order"
    assert found("PPUMemoryBlock", capsys)[0]["consists of"] == "any range of PPUMemoryWord, in ascending order"


def test_nothing_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lookup", "lwbry"]) == 1
    assert capsys.readouterr().err == "error[T104]: nothing is known of `lwbry`\n  = help: did you mean `lwbrx`?\n"
