"""Programs and bitstreams that are wrong, as the command line reports them: the exact message, and exit code 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from hicannx.tools.cli import main

experiment = """title: short
chip: picture
duration_ms: 0.1
timeout_ms: 0.2
raster: {neurons: 1, bins: 1}
ppu: {top: {kernel: kernel.s}}
"""


def failed(words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> str:
    assert main(words) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.replace(str(tmp_path), "...")


def run_kernel(kernel: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    (tmp_path / "kernel.s").write_text(kernel)
    (tmp_path / "short.yaml").write_text(experiment)
    return failed(["run", str(tmp_path / "short.yaml")], capsys, tmp_path)


def test_a_kernel_that_never_sleeps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = run_kernel("start:  li 3, 1\nbusy:\n        b busy\n", tmp_path, capsys)
    assert text.startswith("error[E110]: the polling block")
    assert " --> .../kernel.s:3:9\n" in text
    assert "= note: the top PPU stands at 0x0004 (busy) and does not sleep\n" in text


def test_a_kernel_that_accesses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = run_kernel("        lis 3, 0x8070\nread:   lwz 4, 0(3)\n        wait\n", tmp_path, capsys)
    assert text.startswith("error[E101]: there is no register at Omnibus address 0x001c0000\n")
    assert "(read)" in text and "= help: the nearest register is " in text


def test_a_truncated_bitstream(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cut.bits"
    assert main(["bitstream", "compile", "picture_lif", "-o", str(path)]) == 0
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    for action in ("run", "show"):
        text = failed(["bitstream", action, str(path)], capsys, tmp_path)
        start = len(whole) - 8
        assert text == (
            f"error[B112]: `.../cut.bits` ends inside word {start // 8} (byte offset {start}): 3 bytes are missing\n"
            "  = help: a program is a multiple of 8 bytes; the file was cut off or is something else\n"
        )
    path.write_bytes(whole[:-8])
    text = failed(["bitstream", "run", str(path)], capsys, tmp_path)
    words = len(whole) // 8 - 1
    assert text.startswith(
        f"error[B117]: `.../cut.bits` does not halt: it ends after {words} words ({8 * words} bytes)\n"
    )


def test_an_unknown_playback_instruction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.bits"
    path.write_bytes(bytes.fromhex("0400000000000000 2100000000000000 0a00000000000000"))
    text = failed(["bitstream", "run", str(path)], capsys, tmp_path)
    assert text == (
        "error[B113]: `.../wrong.bits`: word 1 (byte offset 8, 2100000000000000) is no instruction:"
        " there is none with the code 0x21\n  = help: codes are 0x00 to 0x0f, in the first byte of a word\n"
    )


def test_a_host_access_to_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nothing.bits"
    path.write_bytes(bytes.fromhex("0b00001f00130090 0700000000000001 0a00000000000000"))
    text = failed(["bitstream", "run", str(path)], capsys, tmp_path)
    assert text.startswith("error[E101]: there is no register at Omnibus address 0x00130090\n")
    assert "= note: accessed by the playback program\n" in text
    assert text.endswith("= help: the nearest register is CrossbarOutputEventCounter[11] at 0x00130084\n")


def test_an_empty_and_a_missing_bitstream(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.bits").write_bytes(b"")
    text = failed(["bitstream", "show", str(tmp_path / "empty.bits")], capsys, tmp_path)
    assert text.startswith("error[B111]: `.../empty.bits` is empty\n")
    text = failed(["bitstream", "show", str(tmp_path / "none.bits")], capsys, tmp_path)
    assert text.startswith("error[T102]: cannot read `.../none.bits`: no such file or directory\n")


def test_assembly_mistakes_leave_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wrong.s").write_text("  addj 3, 3, 1\n  addi 3, 3, 40000\n  b nowhere\n")
    target = tmp_path / "wrong.bin"
    text = failed(["asm", str(tmp_path / "wrong.s"), "-o", str(target)], capsys, tmp_path)
    assert text.count("error[A") >= 2 and "did you mean" in text
    assert not target.exists()


def test_bare_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "loop.s"
    source.write_text("forever:\n  b forever\n")
    assert main(["ppu", str(source), "--max-cycles", "1000"]) == 1
    captured = capsys.readouterr()
    assert "stop          limit at 0x0000" in captured.out
    assert captured.err.startswith("error[T205]: the program does not sleep within 1000 cycles\n")
    assert "loop.s:2:3" in captured.err and "= note: it stands at 0x0000 (forever)" in captured.err
    assert main(["ppu", str(source), "--dump", "nowhere:4"]) == 1
    assert capsys.readouterr().err.startswith("error[T206]: `nowhere:4` is neither")
