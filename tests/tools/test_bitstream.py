"""`hicannx bitstream show` and `assemble`: options, JSON, and files that are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hicannx.tools.cli import main

example = Path(__file__).parents[1] / "vectors" / "playback" / "example.bin"


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["bitstream", *words]) == 0
    return capsys.readouterr().out


def failed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["bitstream", *words]) == 1
    return capsys.readouterr().err


def test_count_is_of_words(capsys: pytest.CaptureFixture[str]) -> None:
    for count, lines in ((0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (99, 9)):
        assert len(shown(capsys, "show", str(example), "--count", str(count)).splitlines()) == lines


@pytest.mark.parametrize(
    ("words", "option", "number", "least"),
    [
        (["bitstream", "show", str(example)], "--count", -3, 0),
        (["conform", str(example)], "--failures", -1, 0),
        (["config", "diff", "picture", "picture"], "--limit", 0, 1),
    ],
)
def test_numbers_of_things_are_not_too_small(
    capsys: pytest.CaptureFixture[str], words: list[str], option: str, number: int, least: int
) -> None:
    assert main([*words, option, str(number)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"error[T106]: `{option}` cannot be {number}\n  = help: ask for {least} or more\n"


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(shown(capsys, "show", str(example), "--json", "--count", "2"))
    assert listed == [
        {"index": 0, "count": 1, "text": "timer_setup", "remark": "", "fields": {}, "words": ["0400000000000000"]},
        {
            "index": 1,
            "count": 2,
            "text": "write EventRecordingConfig at 0x88000005: enable_event_recording=1",
            "remark": "",
            "fields": {"enable_event_recording": 1},
            "words": ["0b00000f88000005", "0c00000000000001"],
        },
    ]


def test_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, stream = tmp_path / "answers.txt", tmp_path / "answers.bits"
    text.write_text("systime 7\nspike_pack_2 label0=1 time0=2 label1=3 time1=4\nloopback halt\n")
    out = shown(capsys, "assemble", str(text), "--answers", "-o", str(stream), "--json")
    assert json.loads(out) == {"output": str(stream), "words": 3}
    listed = json.loads(shown(capsys, "show", str(stream), "--answers", "--json"))
    assert [one["name"] for one in listed] == ["systime", "spike_pack_2", "loopback"]
    assert listed[1]["chip_times"] == [1, 2]
    assert len(shown(capsys, "show", str(stream), "--answers", "--count", "1").splitlines()) == 1
    for cut in range(1, 24):
        stream.write_bytes(bytes(24)[:cut])
        if cut % 8:
            assert failed(capsys, "show", str(stream), "--answers").startswith(
                f"error[B210]: `{stream}` ends inside word {cut // 8} (byte offset {cut // 8 * 8}): "
            )
    stream.write_bytes(bytes(5))
    assert failed(capsys, "show", str(stream), "--answers") == (
        f"error[B210]: `{stream}` ends inside word 0 (byte offset 0): 3 bytes are missing\n"
        "  = help: a stream from the FPGA is a multiple of 8 bytes; the file was cut off or is something else\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["0c01000101000101", "8000000000000000"],
            "error[B202]: the stream ends inside the message `jtag_data` at byte offset 10 (word 1, 8000000000000000):"
            " 2 bytes are missing\n",
        ),
        (
            ["0c01000101000101", "ffffffffffffffff", "0001800000000000"],
            "error[B203]: the message `jtag_data` at byte offset 16 (word 2, 0001800000000000) sets bits that it does not"
            " have: 0x1800000000000\n",
        ),
    ],
)
def test_idle_words_inside_of_a_message(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = tmp_path / "answers.bits"
    stream.write_bytes(bytes.fromhex("".join(words)))
    assert failed(capsys, "show", str(stream), "--answers").startswith(message)


def test_files_that_are_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "x.txt"
    assert "error[H101]: cannot read" in failed(capsys, "assemble", str(text), "-o", str(tmp_path / "x.bits"))
    text.write_bytes(b"\xff\xfe")
    assert "error[H102]:" in failed(capsys, "assemble", str(text), "-o", str(tmp_path / "x.bits"))
    text.write_text("halt\nhalt x\n")
    assert failed(capsys, "assemble", str(text), "-o", str(tmp_path / "x.bits")).startswith(
        "error[B128]: `halt` stands alone\n"
    )
    assert not (tmp_path / "x.bits").exists()
