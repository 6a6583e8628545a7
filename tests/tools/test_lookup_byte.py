"""Registers at the byte addresses of the processors, and numbers near registers."""

from __future__ import annotations

import json

import pytest

from hicannx.tools.cli import main


@pytest.mark.parametrize(
    ("what", "means"),
    [
        ("ppu:0x8a800000", "PPUControlRegister[0] at 0x02a00000"),
        ("ppu:0x804c0072", "CrossbarNode[3] at 0x0013001c"),
        ("ppu:0x40000007", "ExternalPPUMemoryQuad[1] at 0x80000001"),
        ("ppu:0x60000014", "EventRecordingConfig at 0x88000005"),
        ("ppu:0x50000004", "ExternalPPUDRAMMemoryQuad[1] at 0x84000001"),
    ],
)
def test_a_byte_address(what: str, means: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lookup", what, "--json"]) == 0
    entry = json.loads(capsys.readouterr().out)[0]
    assert entry["means"] == means
    byte = int(what.removeprefix("ppu:"), 0)
    assert entry["byte address"] == f"{byte:#010x}, byte {byte % 4} of the word"


@pytest.mark.parametrize(
    ("what", "title", "help_text"),
    [
        (
            "0x12345678",
            "nothing is known of `0x12345678`",
            "as an address it belongs to no register; the nearest is CADCSampleQuad[131071] at 0x03ec3fff",
        ),
        ("ppu:0x20000000", "nothing is known of `ppu:0x20000000`", None),
    ],
)
def test_nothing_there(what: str, title: str, help_text: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lookup", what, "--json"]) == 1
    (error,) = json.loads(capsys.readouterr().err)
    assert (error["code"], error["title"]) == ("T104", title)
    if help_text:
        assert error["help"] == help_text
