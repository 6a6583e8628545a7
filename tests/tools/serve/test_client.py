"""The host's end that users have."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.messages import decode_messages
from hicannx.render import render_text
from hicannx.tools.serve.client import Client, connect


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


def test_answers_are_acknowledged_before_the_next_program(fpga: Client, server) -> None:
    for _ in range(3):
        fpga.run(bytes.fromhex("0a00000000000000"))
        assert fpga.end.receiver.acknowledge_due_us is None


def test_a_large_window_of_answers_is_taken(fpga: Client) -> None:
    builder = ProgramBuilder()
    builder.read_words([0x88000005] * 300_000)
    builder.halt()
    assert len(fpga.run(builder.to_bytes())) >= 300_001


def test_a_name_is_as_good_as_an_address(server) -> None:
    data, reset = server.ports
    with connect("localhost", data, reset) as fpga:
        assert len(fpga.run(bytes.fromhex("0a00000000000000")))


def test_a_port_that_cannot_be() -> None:
    with pytest.raises(DiagnosticError) as caught:
        connect(reset_port=70000)
    assert render_text(caught.value.diagnostics) == (
        "error[T706]: no connection to 127.0.0.1:1234: ports end at 65535\n"
        "  = help: start `hicannx serve`, and give the ports that it names"
    )


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


def test_a_program_that_ends_inside_a_word_is_not_sent(fpga: Client) -> None:
    with pytest.raises(DiagnosticError, match=r"\[B112\] `program` ends inside word 1 \(byte offset 8\): 5 bytes are"):
        fpga.run(bytes.fromhex("0a00000000000000 010203"))
    assert len(fpga.run(bytes.fromhex("0a00000000000000")))


def test_a_program_without_a_halt_is_not_answered(fpga: Client) -> None:
    with pytest.raises(DiagnosticError) as caught:
        fpga.run(np.array([0x0400000000000000], ">u8").tobytes(), patience_s=0.2)
    assert render_text(caught.value.diagnostics) == (
        f"error[T707]: the program is not answered by 127.0.0.1:{fpga.fpga[1]} within 0.2 s\n"
        "  = help: does it end with a halt, and not wait for longer?"
    )
