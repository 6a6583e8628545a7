"""The options that watch a run: what they write, and what they say when something is wrong."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hicannx.emu.trace import start_trace
from hicannx.tools import cmd_ppu, execution
from hicannx.tools.cli import main
from hicannx.tools.trace import session as sessions

program = "        li      3, 5\n        mtctr   3\n1:      bdnz    1b\n        wait\n"
faulty = "        li      3, 1\n        lis     4, 0x7000\n        stw     3, 0(4)\n        wait\n"
endless = "1:      addi    3, 3, 1\n        b       1b\n"


def failure(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    assert main([str(word) for word in words]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_everything_in_one_run(write: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write(program))
    assert main(["ppu", path]) == 0
    plain = capsys.readouterr().out
    files = [tmp_path / name for name in ("a.txt", "a.json", "b.json", "b.info")]
    options = ["--trace", files[0], "--trace", files[1], f"--profile={files[2]}", "--coverage", files[3], "--last", 3]
    assert main(["ppu", path, *map(str, options)]) == 0
    assert capsys.readouterr().out == plain
    assert len(files[0].read_text().splitlines()) == 8
    assert sum(one["ph"] == "X" for one in json.loads(files[1].read_text())["traceEvents"]) == 8
    assert json.loads(files[2].read_text())["top"]["instructions"] == 8
    assert f"SF:{path}" in files[3].read_text()
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([*(one.name for one in files), "program.s"])


def test_a_fault_leaves_files_and_the_last_instructions(
    write: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(faulty)
    for more in ([], ["--profile", str(tmp_path / "p.json")]):
        text = failure(capsys, "ppu", path, "--last", "9", *more)
        head, *lines = text.splitlines()
        assert head == "the last instructions:"
        assert [line.split()[1] for line in lines[:2]] == ["0x0000", "0x0004"]
        assert lines[3].startswith("error[E101]: there is no register at Omnibus address 0x8c000000")
    assert json.loads((tmp_path / "p.json").read_text())["top"]["instructions"] == 2
    failure(capsys, "ppu", path, "--trace", tmp_path / "t.txt")
    assert len((tmp_path / "t.txt").read_text().splitlines()) == 2
    error = json.loads(failure(capsys, "ppu", path, "--last", "1", "--json"))
    notes = (error["diagnostics"] if isinstance(error, dict) else error)[0]["notes"]
    assert notes[-1].split()[1:4] == ["0x0004", "lis", "r4,28672"]


def test_the_last_instructions_of_what_does_not_sleep(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for options in ([], ["--ppu", "both"]):
        assert main(["ppu", str(write(endless)), "--max-cycles", "5000", "--last", "2", *options]) == 1
        lines = capsys.readouterr().err.splitlines()
        heads = [line for line in lines if line.startswith("the last")]
        owners = [" of the top PPU", " of the bottom PPU"] if options else [""]
        assert heads == [f"the last instructions{owner}:" for owner in owners]
        assert sorted(line.split()[1] for line in lines[1:3]) == ["0x0000", "0x0004"]
        assert any(line.startswith("error[T205]") for line in lines)


def test_nothing_is_said_of_a_run_that_went_well(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ppu", str(write(program)), "--last", "5"]) == 0
    assert capsys.readouterr().err == ""


def test_a_trace_on_standard_output(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ppu", str(write(program)), "--trace", "-"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[1:4] == ["0x0000", "li", "r3,5"] and lines[8].startswith("stop ")


def test_messages(write: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(program)
    assert failure(capsys, "ppu", path, "--trace", "t.csv") == (
        "error[T601]: `t.csv` tells no form of a trace: it ends neither in `.txt` nor in `.json`\n"
        "  = help: write for example `--trace trace.txt`, or `--trace -` to read it at once\n"
    )
    (tmp_path / "flat.bin").write_bytes(bytes.fromhex("7c00007c"))
    assert failure(capsys, "ppu", tmp_path / "flat.bin", "--coverage", tmp_path / "c.info") == (
        f"error[T603]: no source lines are known of `{tmp_path}/flat.bin`\n"
        "  = help: compile or assemble it with -g, link it to an ELF file, and run that\n"
    )
    assert failure(capsys, "ppu", path, "--gdb", "0", "--profile") == (
        "error[T604]: a program that gdb controls is not watched: gdb goes back in time, a trace does not\n"
        "  = help: leave --gdb away, or the options that watch it\n"
    )
    for number in ("0", "-3", "65537"):
        assert failure(capsys, "ppu", path, "--last", number) == (
            f"error[T605]: the last {number} instructions cannot be kept\n  = help: ask for 1 to 65536 with --last\n"
        )
    assert failure(capsys, "run", "picture", "--trace", "t.csv").startswith("error[T601]")


def test_a_run_is_not_lost_where_what_was_seen_cannot_be_written(
    write: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, place, other = write(program), tmp_path / "taken", tmp_path / "t.json"
    place.mkdir()
    assert main(["ppu", str(path)]) == 0
    result = capsys.readouterr().out
    for option, cannot in (
        (f"--trace={path}/t.txt", f"{path}/t.txt`: file exists"),
        (f"--profile={place}", f"{place}`: is a directory"),
        (f"--coverage={place}", f"{place}`: is a directory"),
    ):
        assert main(["ppu", str(path), option, "--trace", str(other)]) == 1
        told = capsys.readouterr()
        assert told.out == result
        assert told.err == f"error[T101]: cannot write `{cannot}\n  = help: choose another place\n"
        assert json.loads(other.read_text())
        other.unlink()


def test_a_program_from_a_pipe_is_not_watched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "program"
    os.mkfifo(pipe)
    for option in ("--profile", "--last=3", "--trace=-"):
        assert failure(capsys, "ppu", pipe, option) == (
            f"error[T607]: `{pipe}` can be read once, a program that is watched is read twice\n"
            "  = help: put the program into a file\n"
        )
    with ThreadPoolExecutor(1) as pool:
        pool.submit(pipe.write_bytes, bytes.fromhex("7c00007c"))
        assert main(["ppu", str(pipe)]) == 0


def test_every_result_has_a_file_of_its_own(write: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, target = write(program), tmp_path / "t.txt"
    (tmp_path / "link.txt").symlink_to(target)
    for first, second, name in (
        (f"--trace={target}", f"--trace={target}", target),
        (f"--trace={target}", f"--trace={tmp_path}/link.txt", f"{tmp_path}/link.txt"),
        (f"--trace={target}", f"--profile={tmp_path}/./t.txt", f"{tmp_path}/./t.txt"),
        (f"--profile={target}", f"--coverage={target}", target),
        (f"--profile={target}", f"--coverage={path}", path),
        ("--trace=-", "--trace=-", "-"),
    ):
        assert failure(capsys, "ppu", path, first, second) == (
            f"error[T606]: `{name}` is taken: by the program, or by something else that was seen\n"
            "  = help: give each a file of its own\n"
        )
    assert path.read_text() == program and not target.exists()
    for option, example in (("--coverage=-", "--coverage=run.info"), ("--profile=", "--profile=run.prof")):
        name = option.partition("=")[0]
        assert failure(capsys, "ppu", path, option) == (
            f"error[T606]: `{name}` needs the name of a file\n  = help: write for example `{example}`\n"
        )


def test_a_fault_is_told_where_the_profile_cannot_be_written(
    write: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = failure(capsys, "ppu", write(faulty), f"--profile={tmp_path}")
    assert text.startswith("error[E101]: there is no register at Omnibus address 0x8c000000")
    assert text.endswith(f"error[T101]: cannot write `{tmp_path}`: is a directory\n  = help: choose another place\n")


def test_an_interrupted_run_leaves_its_files(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_all = cmd_ppu.run_all

    def interrupted(*words: Any) -> Any:
        run_all(*words)
        raise KeyboardInterrupt

    monkeypatch.setattr(cmd_ppu, "run_all", interrupted)
    options = ["--trace", str(tmp_path / "t.txt"), f"--profile={tmp_path}/p.json"]
    assert main(["ppu", str(write(program)), *options]) == 130
    assert capsys.readouterr().err == "interrupted\n"
    assert len((tmp_path / "t.txt").read_text().splitlines()) == 8
    assert json.loads((tmp_path / "p.json").read_text())["top"]["instructions"] == 8


def test_a_trace_into_a_pipe(write: Any, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_text)
        assert main(["ppu", str(write(program)), "--trace", str(pipe)]) == 0
        assert len(read.result().splitlines()) == 8
    assert pipe.is_fifo()


def test_of_two_traces_the_one_is_told_that_does_not_fit(
    write: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full, other = tmp_path / "full.txt", tmp_path / "t.json"
    full.symlink_to("/dev/full")
    long = "li 3, 1000\nmtctr 3\nhere: bdnz here\nwait\n"
    assert main(["ppu", str(write(long)), "--trace", str(full), "--trace", str(other)]) == 1
    told = capsys.readouterr()
    assert told.err == f"error[T101]: cannot write `{full}`: no space left on device\n  = help: choose another place\n"
    assert "1,003" in told.out
    assert len(json.loads(other.read_text())["traceEvents"]) > 1000


def test_both_on_standard_output_in_json(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (error,) = json.loads(failure(capsys, "ppu", write(program), "--trace", "-", "--json"))
    assert (error["code"], error["help"]) == ("T602", "write `--trace trace.txt`")
    assert error["title"] == "a trace as text and the result as JSON cannot both go to standard output"


def test_an_older_trace_stays_when_writing_fails(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "t.txt"
    target.write_text("older")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sessions.TextTrace, "take", full)
    text = failure(capsys, "ppu", write(program), "--trace", target)
    assert text.startswith(f"error[T101]: cannot write `{target}`: no space left on device")
    assert target.read_text() == "older"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["program.s", "t.txt"]


def test_a_slow_run_shows_a_bar(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(execution, "_patience_s", -1.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(["ppu", str(write(program)), "--trace", str(tmp_path / "t.txt")]) == 0
    assert "running" in capsys.readouterr().err


def test_an_experiment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "picture", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    info = tmp_path / "picture.info"
    assert main(["run", "picture", "--json", "--profile", "--coverage", str(info)]) == 0
    watched = json.loads(capsys.readouterr().out)
    (profile,) = watched.pop("profile").values()
    assert {**watched, "wall_s": 0} == {**plain, "wall_s": 0}
    assert profile["instructions"] == plain["ppu_instructions"] and profile["cycles"] == plain["ppu_cycles"]
    (loop,) = (one for one in profile["functions"] if one["name"] == "wait_until_due")
    assert loop["cycles"] > profile["cycles"] / 2
    assert "SF:" in info.read_text() and "picture.s" in info.read_text()
    assert main(["run", "picture", "--json", "--coverage", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert {**json.loads(told.out), "wall_s": 0} == {**plain, "wall_s": 0}
    assert json.loads(told.err)[0]["title"] == f"cannot write `{tmp_path}`: is a directory"


def test_an_api_for_experiments() -> None:
    from contextlib import contextmanager

    from hicannx.configs.experiment import load_experiment
    from hicannx.tools.experiment_program import compile_experiment

    seen = []

    @contextmanager
    def watch(chip: Any) -> Any:
        start_trace(chip, 0, lambda chunk: seen.append(len(chunk.records)))
        yield

    compiled = compile_experiment(load_experiment("picture"))
    execution.execute(compiled.data, "picture", compiled.programs, watch)
    assert len(seen) > 10 and set(seen) == {65536}
