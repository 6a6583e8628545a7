"""The command: its options, what it says, and how it ends."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hicannx.tools.cli import main
from hostarq import WORDS, Client

example = (Path(__file__).resolve().parent.parent.parent / "vectors" / "playback" / "example.bin").read_bytes()
_halt = bytes([0x0A, *bytes(7)])


def complaint(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["serve", *words]) == 1
    out, error = capsys.readouterr()
    assert out == ""
    return error


def test_an_address_for_others_needs_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert complaint(["--host", "0.0.0.0"], capsys) == (
        "error[T701]: `0.0.0.0` can be reached from other machines\n"
        "  = help: whoever reaches the ports controls the emulated chip: say --public if that is meant\n"
    )


def test_what_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert complaint(["--host", "no.such.host.invalid"], capsys) == (
        "error[T702]: `no.such.host.invalid` is no IPv4 address and no name of one\n"
        "  = help: write for example --host 127.0.0.1\n"
    )


@pytest.mark.parametrize("option", ["--port", "--reset-port"])
@pytest.mark.parametrize("port", ["65536", "-1"])
def test_a_port_that_cannot_be(option: str, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert complaint(["--port", "0", "--reset-port", "0", option, port], capsys) == (
        f"error[T702]: cannot listen on UDP port {port} of 127.0.0.1: ports end at 65535\n"
        "  = help: choose others with --port and --reset-port; 0 is any that is free\n"
    )


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert complaint(["--port", str(port)], capsys) == (
            f"error[T702]: cannot listen on UDP port {port} of 127.0.0.1: address already in use\n"
            "  = help: choose others with --port and --reset-port; 0 is any that is free\n"
        )


Start = Callable[..., Any]


def test_an_interrupt_ends_it_cleanly(command: Start) -> None:
    one = command()
    assert one.interrupt() == (0, [{"event": "stopped"}], "")


def test_an_interrupt_ends_it_while_a_program_runs(command: Start) -> None:
    one = command()
    with Client(one.ports) as client:
        client.connect()
        wait = bytes([0x05, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])
        client.host.put(WORDS, wait * 100_000 + _halt)
        client.run(lambda: client.host.is_done, 10)
        code, lines, error = one.interrupt()
    assert (code, [line["event"] for line in lines], error) == (0, ["connected", "stopped"], "")


def test_the_process_of_the_chip_ends_with_the_server(command: Start) -> None:
    one = command()
    with Client(one.ports) as client:
        client.connect()
        client.host.put(WORDS, bytes([0x05, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]) * 100_000 + _halt)
        client.run(lambda: client.host.is_done, 10)
    (worker,) = Path(f"/proc/{one.process.pid}/task/{one.process.pid}/children").read_text().split()
    one.process.kill()
    one.process.communicate()
    end = time.monotonic() + 20
    while is_alive(int(worker)):
        assert time.monotonic() < end
        time.sleep(0.05)


def is_alive(process: int) -> bool:
    """Whether it is there and no zombie that nobody waits for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_once_ends_with_the_first_client(command: Start) -> None:
    one = command("--once")
    with Client(one.ports) as client:
        assert client.connect().execute(example)
        client.close()
        name = "{}:{}".format(*client.socket.getsockname())
    code, (connected, disconnected, stopped), error = one.finish()
    assert (code, error) == (0, "")
    assert connected == {"event": "connected", "client": name}
    assert disconnected.pop("repeated") >= 0
    assert disconnected.pop("words_out") == 6
    assert set(disconnected.pop("dropped")) <= {"repeated"}
    assert disconnected == {
        "event": "disconnected",
        "client": name,
        "why": "which has closed it",
        "programs": 1,
        "words_in": 11,
    }
    assert stopped == {"event": "stopped"}


def test_a_cold_chip_answers_only_after_its_initialisation(command: Start) -> None:
    with Client(command("--cold").ports) as client:
        words = client.connect().execute(example)
        assert words[0] == 0x04 or words[8] == 0x04  # a time-out, perhaps behind a time
        client.close()


def test_what_was_wrong_is_told_but_not_with_every_program(command: Start) -> None:
    one = command()
    read, barrier = bytes.fromhex("0b00001f0ffffff0"), bytes.fromhex("0700000000000001")
    for _ in range(2):
        with Client(one.ports) as client:
            client.connect()
            for _ in range(2):
                client.execute(read + barrier + _halt)
            client.execute(b"\x20" + bytes(7) + _halt)
            client.close()
    _, lines, _ = one.interrupt()
    told = [[found["code"] for found in line["diagnostics"]] for line in lines if line["event"] == "diagnostics"]
    assert told == [["E101", "E110"], ["E110"], ["B113"]] * 2  # a time-out names its time


def test_lines_are_limited(command: Start) -> None:
    one = command()
    with Client(one.ports) as client:
        for _ in range(500):
            client.socket.sendto(bytes.fromhex("abababab"), client.reset)
        client.run(lambda: False, 1.5)
        client.socket.sendto(bytes.fromhex("abababab"), client.reset)
        client.run(lambda: False, 0.2)
    _, lines, _ = one.interrupt()
    assert len(lines) < 100
    assert sum(line["lines"] for line in lines if line["event"] == "left_out") > 400
