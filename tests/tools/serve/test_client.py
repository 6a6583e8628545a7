"""The host's end that users have."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.messages import Message, decode_messages, encode_messages
from hicannx.render import render_text
from hicannx.tools.serve.client import Client, connect, has_halted


@pytest.fixture
def fpga(server):
    data, reset = server.ports
    with connect(port=data, reset_port=reset) as one:
        yield one


def test_programs_one_after_the_other(fpga: Client) -> None:
    for value in range(20):
        builder = ProgramBuilder()
        builder.write_words([0x02800123], [value])
        builder.barrier()
        builder.read_words([0x02800123] * 1000)
        builder.halt()
        found = decode_messages(fpga.run(builder.to_bytes()))
        assert [one.fields["data"] for one in found if one.name == "omnibus_data"] == [value] * 1000


def test_a_halt_is_found_behind_packs_that_are_longer_than_a_word(fpga: Client) -> None:
    for count in range(1, 12):
        builder = ProgramBuilder()
        builder.setup_timer()
        for cycle in range(count):
            builder.wait_until(100 * cycle + 100)
            builder.instruction("spike_pack_3", label0=0x0001, label1=0x4002, label2=0x8003)
        builder.wait_until(10_000)
        builder.halt()
        *_, last = found = decode_messages(fpga.run(builder.to_bytes()))
        assert (last.name, last.fields) == ("loopback", {"marker": 0})
        assert sum(one.name.startswith("spike") for one in found) >= count


def test_answers_that_look_like_a_halt_are_none() -> None:
    """The spikes of three labels end in the bytes of a halt in front of a comma."""
    spikes = {f"{what}{index}": 0 for what in ("time", "label") for index in range(3)} | {"label0": 0x0200}
    words = encode_messages([Message("spike_pack_3", spikes)]).astype(">u8").tobytes()
    halt = encode_messages([Message("loopback", {"marker": 0})]).astype(">u8").tobytes()
    assert words[2:10] == halt
    assert not has_halted(words)
    assert has_halted(words + halt)
    assert not has_halted(words + halt + words)
    assert not has_halted(b"")
    assert not has_halted(b"\x0c" + halt[1:] + halt)


def test_nobody_is_there() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with pytest.raises(DiagnosticError) as caught:
            connect(port=port, reset_port=port, patience_s=0.1)
    assert render_text(caught.value.diagnostics) == (
        f"error[T706]: no connection to 127.0.0.1:{port}: it does not answer\n"
        "  = help: start `hicannx serve`, and give the ports that it names"
    )


def test_a_program_without_a_halt_is_not_answered(fpga: Client) -> None:
    with pytest.raises(DiagnosticError) as caught:
        fpga.run(np.array([0x0400000000000000], ">u8").tobytes(), patience_s=0.2)
    assert render_text(caught.value.diagnostics) == (
        f"error[T707]: the program is not answered by 127.0.0.1:{fpga.fpga[1]} within 0.2 s\n"
        "  = help: does it end with a halt, and not wait for longer?"
    )
