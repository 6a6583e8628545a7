"""The command line as a whole: help, exit codes, streams, errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hicannx.tools.cli import main, use_color, verbs

root = Path(__file__).resolve().parent.parent.parent


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {verb}" in text for verb in verbs)
    assert sorted(verbs) == sorted(path.stem[4:] for path in (root / "tools").glob("cmd_*.py"))


@pytest.mark.parametrize("verb", sorted(verbs))
def test_help_of_a_verb(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    text = capsys.readouterr().out
    assert "--json" in text and "--color" in text


@pytest.mark.parametrize("words", [[], ["frobnicate"], ["--wrong"], ["run"], ["asm", "--wrong"], ["bitstream"]])
def test_wrong_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "usage: hicannx" in captured.err


def test_a_users_mistake_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "pictur"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "error[C201]: there is no experiment named `pictur`\n  = help: did you mean `picture`? or give a path\n"
    )


def test_errors_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "pictur", "--json"]) == 1
    (one,) = json.loads(capsys.readouterr().err)
    assert one["code"] == "C201"
    assert one["help"] == "did you mean `picture`? or give a path"


def test_colours(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert use_color("auto", Terminal()) and not use_color("auto", object()) and not use_color("never", Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not use_color("auto", Terminal()) and use_color("always", object())
    assert main(["explain", "X999", "--color", "always"]) == 1
    assert "\x1b[1;31m" in capsys.readouterr().err


def test_a_reader_that_stops_reading() -> None:
    command = f"'{sys.executable}' -m hicannx explain | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("H101")
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("words", [["explain"], ["info", "--json"]])
def test_a_full_disk_behind_standard_output(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "hicannx", *words]
        done = subprocess.run(command, cwd=root, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    if "--json" in words:
        assert json.loads(done.stderr)[0]["title"] == "cannot write to standard output: no space left on device"
    else:
        assert done.stderr == (
            "error[T101]: cannot write to standard output: no space left on device\n  = help: send it somewhere else\n"
        )


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "h203", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "unknown key"
    assert main(["explain", "H209"]) == 1
    assert capsys.readouterr().err.splitlines()[0] == "error[T103]: there is no diagnostic with the code `H209`"


def test_files_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    source = tmp_path / "one.s"
    source.write_text(" wait\n")
    target = tmp_path / "file" / "one.bin"
    assert main(["asm", str(source), "-o", str(target)]) == 1
    assert "error[T101]: cannot write" in capsys.readouterr().err


def test_a_picture_that_cannot_be_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nand nothing more")
    for path, reason in (
        (broken, "this is not a picture in a format known here"),
        (tmp_path / "none.png", "no such file or directory"),
        (tmp_path, "is a directory"),
    ):
        assert main(["run", "picture", "--image", str(path)]) == 1
        assert capsys.readouterr().err == (
            f"error[C202]: cannot read the picture `{path}`: {reason}\n"
            "  = help: give a PNG, JPEG or PGM file, whole and readable\n"
        )


def test_what_computes_nothing_needs_no_compiler(tmp_path: Path) -> None:
    (tmp_path / "one.s").write_text("start: li 3, 5\n wait\n")
    lines = [
        ["--help"],
        ["asm", "one.s", "-o", "one.bin", "--listing", "one.lst"],
        ["dis", "one.bin"],
        ["lookup", "CrossbarNode"],
        ["bitstream", "compile", "picture_lif", "-o", "one.bits"],
        ["bitstream", "show", "one.bits"],
        ["info"],
    ]
    code = (
        "import sys; from hicannx.tools.cli import main;"
        f"codes = [main(words) for words in {lines}];"
        "assert codes == [0] * len(codes), codes; assert 'numba' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "one.bin").read_bytes().hex() == "386000057c00007c"


def test_interrupting(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import hicannx.tools.cmd_info as info

    def interrupt(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(info, "run", interrupt)
    assert main(["info"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_the_module_is_the_command(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "hicannx", "--version"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("hicannx ")
