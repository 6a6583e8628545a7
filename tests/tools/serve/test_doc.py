"""docs/serving.md: its program runs, and what it shows of the server is so."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hicannx.tools.cmd_serve import add_arguments
from hicannx.tools.serve import client
from hicannx.tools.serve.protocol import load_protocol
from hostarq import Client

text = (Path(__file__).resolve().parents[3] / "docs" / "serving.md").read_text()
blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def bodies(kind: str) -> list[str]:
    return [body for one, body in blocks if one == kind]


Start = Callable[..., Any]


def test_the_commands_are_understood() -> None:
    import argparse

    commands = [line.removeprefix("$ ") for body in bodies("console") for line in body.splitlines()]
    commands += re.findall(r"`(hicannx serve [^`]+)`", text)
    assert commands == ["hicannx serve", "hicannx serve --host 127.0.0.2"]
    for command in commands:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        options = parser.parse_args(shlex.split(command)[2:])
        assert (options.port, options.reset_port) == (1234, 45054)


def test_every_option_is_explained() -> None:
    import argparse

    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    table = text.partition("| option |")[2].partition("\n\n")[0]
    assert set(re.findall(r"--[a-z-]+", parser.format_help())) | {"--json"} == set(re.findall(r"`(--[a-z-]+)", table))


def test_the_program_runs(command: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    data, reset = command().ports
    connect = client.connect
    monkeypatch.setattr(client, "connect", lambda: connect(port=data, reset_port=reset))
    (program,) = bodies("python")
    exec(program, {})
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("sys")]
    assert [line.split()[0] for line in lines] == ["omnibus_data", "spike_pack_1", "loopback"]
    assert f"'data': {0x12345678}" in lines[0]
    assert f"'label0': {0x1234}" in lines[1]


def test_the_report_is_so(command: Start) -> None:
    (sample,) = bodies("text")
    one = command(text=True)
    with Client(one.ports) as host:
        host.connect()
        host.execute(bytes.fromhex("0b00001f0ffffff0 0700000000000001 0a00000000000000"))
        host.execute((Path(__file__).parents[2] / "vectors" / "playback" / "example.bin").read_bytes())
        host.close()
        host.run(lambda: False, 2 * load_protocol().time_us("linger") / 1e6)
    _, out, _ = one.interrupt()
    lines = [re.sub(r":\d{5}\b|(?<=words in, )\d+|\d+ frames.*", "", line) for line in out.splitlines()]
    shown = [re.sub(r":\d{5}\b|(?<=words in, )\d+|\d+ frames.*", "", line) for line in sample.splitlines()]
    assert lines == [*shown[1:], "stopped"]


def test_the_numbers_are_those_of_the_protocol() -> None:
    protocol = load_protocol()
    assert f"({protocol.ports.data} for data, {protocol.ports.reset} for resets)" in text
    for number in (protocol.limits.program_words, protocol.limits.answer_words):
        assert f"{number:,}".replace(",", " ") in text
    assert protocol.limits.worker_bytes == 4 << 30
    assert protocol.time_us("give_up") == 600_000_000
