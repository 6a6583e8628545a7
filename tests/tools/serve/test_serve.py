"""Programs over the network: answers, state, faults, connections, and what bad clients cannot do."""

from __future__ import annotations

import json
import lzma
import os
import random
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.messages import Message, decode_messages
from hicannx.regmodel.playback.words import halt_word
from hostarq import HALF, RESET, WORDS, Client, Network

vectors = Path(__file__).resolve().parent.parent.parent / "vectors" / "playback"
_maps = load_registers().containers
_halt = Message("loopback", {"marker": 0})
_loop = 0x4800_0000  # `b .`, the processor's shortest program that never ends


def example() -> bytes:
    return (vectors / "example.bin").read_bytes()


def initialisation() -> bytes:
    """The default sequence, 348 words, and a halt, which hosts append."""
    with lzma.open(vectors / "init_sequence.jsonl.xz", "rt") as lines:
        words = [int(json.loads(line)["word"], 16) for line in lines]
    assert len(words) == 348
    return b"".join(word.to_bytes(8, "big") for word in [*words, halt_word()])


def messages(words: bytes) -> list[Message]:
    """The messages but for those that only tell the time."""
    import numpy as np

    found = decode_messages(np.frombuffer(words, ">u8").astype(np.uint64))
    return [one for one in found if one.name not in ("systime", "sysdelta")]


def names(words: bytes) -> list[str]:
    return [one.name for one in messages(words)]


def reads(words: bytes) -> list[int]:
    return [one.fields["data"] for one in messages(words) if one.name == "omnibus_data"]


def program(fill: Callable[[ProgramBuilder], object]) -> bytes:
    builder = ProgramBuilder()
    fill(builder)
    builder.halt()
    return builder.to_bytes()


def endless(builder: ProgramBuilder) -> None:
    """Both processors run for ever, and the program waits for 34 s of chip time."""
    for ppu in range(2):
        builder.write_words([_maps["PPUMemoryWord"].addresses(4096 * ppu)[0]], [_loop])
        builder.write(_maps["PPUControlRegister"], ppu, {"inhibit_reset": 1})
    builder.setup_timer()
    builder.wait_until(0xFFFF_FFFF)


@pytest.fixture
def client(server):
    with Client(server.ports) as one:
        yield one.connect()
        one.close()


def test_the_worked_example(client) -> None:
    answers = messages(client.execute(example()))
    assert [one.name for one in answers] == ["omnibus_data", "spike_pack_1", "loopback"]
    assert answers[0].fields == {"data": 0x12345678}
    assert answers[1].fields["label0"] == 0x1234
    assert answers[2].fields == {"marker": 0}


@pytest.mark.parametrize("seed", range(3))
def test_example_and_initialisation_under_loss(server, seed: int) -> None:
    networks = (Network(100 * seed + way, 0.02, 0.02, 0.02, way_us=100) for way in range(2))
    with Client(server.ports, *networks, window=HALF) as client:
        client.connect()
        for _ in range(5):
            assert names(client.execute(initialisation()))[-1] == "loopback"
            assert reads(client.execute(example())) == [0x12345678]
        client.close()


def test_many_words_both_ways_under_loss(server) -> None:
    register = _maps["PPUMemoryWord"].addresses(7)[0]
    with Client(server.ports, Network(1, 0.02), Network(2, 0.02)) as client:
        client.connect()
        client.execute(program(lambda builder: builder.write_words([register], [0xCAFE])))
        answers = client.execute(program(lambda builder: builder.read_words([register] * 50_000)))
        assert reads(answers) == [0xCAFE] * 50_000
        client.close()


def test_the_chip_keeps_its_state_from_client_to_client_until_it_is_reset(server) -> None:
    register = _maps["PPUMemoryWord"].addresses(99)[0]
    for fill, found in (
        (lambda builder: builder.write_words([register], [0xBEEF]), []),
        (lambda builder: builder.read_words([register]), [0xBEEF]),
        (lambda builder: builder.read_words([register]), [0xBEEF]),
    ):
        with Client(server.ports) as client:
            assert reads(client.connect().execute(program(fill))) == found
            client.close()
    with Client(server.ports) as client:
        client.connect().execute(initialisation())
        assert reads(client.execute(program(lambda builder: builder.read_words([register])))) == [0]
        client.close()


def test_programs_may_come_together_or_in_parts(client) -> None:
    client.host.put(WORDS, example() * 3)
    assert client.run(lambda: client.host.words().count(bytes([2, *bytes(7)])) == 3, 10)
    assert names(client.host.words()) == ["omnibus_data", "spike_pack_1", "loopback"] * 3
    client.host.received.clear()
    for word in range(len(example()) // 8 - 1):
        client.host.put(WORDS, example()[8 * word : 8 * word + 8])
        client.run(lambda: client.host.is_done, 1)
    assert client.host.received == []
    assert reads(client.execute(example()[-8:])) == [0x12345678]


def test_an_access_to_nothing_ends_in_a_time_out_at_the_barrier(client) -> None:
    def fill(builder: ProgramBuilder) -> None:
        builder.read_words([0x0FFF_FFF0])
        builder.barrier()
        builder.read_words([0x8800_0005])

    answers = messages(client.execute(program(fill)))
    assert [one.name for one in answers] == ["timeout_notification", "loopback"]
    assert answers[0].fields["instruction_index"] == 1
    assert reads(client.execute(example())) == [0x12345678]


def test_words_that_are_no_instructions_are_a_time_out(client) -> None:
    for word in (0x2000_0000_0000_0000, 0x0400_0000_0000_0001, 0x0C00_0000_0000_0000):
        assert names(client.execute(word.to_bytes(8, "big") + example())) == ["timeout_notification", "loopback"]
        assert reads(client.execute(example())) == [0x12345678]


def test_spikes_of_a_long_program_leave_while_it_runs(client) -> None:
    def fill(builder: ProgramBuilder) -> None:
        builder.setup_timer()
        for _ in range(5):
            for _ in range(30_000):  # one a cycle: more would be lost at the output of the crossbar
                builder.spikes([0x1234])
            builder.wait_until(10**6)
        builder.wait_until(2 * 10**6)

    answers = messages(client.execute(program(fill)))
    labels = [one.fields[f"label{i}"] for one in answers for i in range(3) if f"label{i}" in one.fields]
    times = [time for one in answers for time in one.chip_times]
    assert labels == [0x1234] * 150_000
    assert times == sorted(times)
    assert answers[-1].name == "loopback"


def test_a_processor_that_runs_away_stops_nothing(server) -> None:
    with Client(server.ports) as client:
        run_away(client)
        assert client.host.received == []
    start = time.monotonic()
    with Client(server.ports) as client:
        assert names(client.connect().execute(initialisation())) == ["loopback"]
        client.close()
    assert time.monotonic() - start < 20


def test_floods_and_garbage_do_no_harm(server) -> None:
    chance = random.Random(11)
    with Client(server.ports) as client, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        client.connect().execute(example())
        before = server.memory_kib()
        for round_ in range(30):
            for source in (stranger, client.socket):
                for _ in range(100):
                    datagram = chance.randbytes(chance.choice([0, 3, 4, 5, 11, 12, 13, 100, 1452, 1453, 9000]))
                    source.sendto(datagram, chance.choice([client.data, client.reset]))
            replay = bytes.fromhex("000000ff 00000000 0010 0001") + bytes(8)
            for _ in range(100):
                stranger.sendto(replay, client.data)
                stranger.sendto(RESET[:3], client.reset)
            if round_ % 10 == 9:
                assert reads(client.execute(example())) == [0x12345678]
        assert server.memory_kib() < before + 5000
        for _ in range(300):
            stranger.sendto(RESET, client.reset)
    with Client(server.ports) as client:
        assert reads(client.connect().execute(example())) == [0x12345678]
        client.close()


def test_a_client_that_takes_no_answers_is_bounded(server) -> None:
    """It sends programs with many answers and acknowledges nothing."""
    many = program(lambda builder: builder.read_words([0x8800_0005] * 100_000))
    with Client(server.ports) as client:
        client.connect()
        client.back.loss = 1.0
        client.host.put(WORDS, many * 5)
        client.run(lambda: False, 1)
        before = server.memory_kib()
        client.run(lambda: False, 1)
        assert server.memory_kib() < before + 20_000
    with Client(server.ports) as client:
        assert reads(client.connect().execute(example())) == [0x12345678]
        client.close()


def test_a_long_program_is_executed_in_pieces(threaded) -> None:
    one = threaded(most_words=50)
    register = _maps["PPUMemoryWord"].addresses(3)[0]

    def fill(builder: ProgramBuilder) -> None:
        builder.setup_timer()
        for value in range(400):
            builder.write_words([register], [value])
            builder.read_words([register])
        builder.wait_until(100_000)
        builder.read_words([0x8800_000C])

    with Client(one.ports) as client:
        *values, timer = reads(client.connect().execute(program(fill)))
        assert values == list(range(400))
        assert 100_000 <= timer < 101_000
        builder = ProgramBuilder()
        builder.read_words([register] * 120)
        late = len(builder.words()) + 1
        builder.read_words([0x0FFF_FFF0])
        builder.barrier()
        builder.read_words([register] * 300)
        builder.halt()
        answers = messages(client.execute(builder.to_bytes()))
        assert [one.name for one in answers] == ["omnibus_data"] * 120 + ["timeout_notification", "loopback"]
        assert answers[-2].fields["instruction_index"] == late
        assert reads(client.execute(example())) == [0x12345678]
        client.close()
    one.join()


def test_words_without_a_halt_are_not_kept_without_bound(threaded) -> None:
    one = threaded(most_words=2000)
    with Client(one.ports) as client:
        client.connect()
        word = program(lambda builder: builder.setup_timer())[:8]
        client.host.put(WORDS, word * 100_000)
        assert client.run(lambda: client.host.is_done, 30)
        assert one.server.stream.waiting_words < 2200
        assert names(client.execute(program(lambda builder: None))) == ["loopback"]
        client.close()
    one.join()


def run_away(client: Client) -> None:
    """Start a program that does not end."""
    client.connect()
    client.host.put(WORDS, program(endless))
    assert client.run(lambda: client.host.is_done, 5)
    client.run(lambda: False, 0.5)


def diagnostics(capsys) -> list[dict[str, object]]:
    """What the server has told once."""
    (told,) = (line for line in map(json.loads, capsys.readouterr().out.splitlines()) if line["event"] == "diagnostics")
    return told["diagnostics"]


def test_the_end_of_the_chips_process_is_survived(threaded, capsys) -> None:
    one = threaded()
    with Client(one.ports) as client:
        run_away(client)
        one.emulator.process.kill()
        assert client.run(lambda: len(client.host.words()) == 16, 30)
        assert names(client.host.words()) == ["timeout_notification", "loopback"]
        client.host.received.clear()
        assert reads(client.execute(example())) == [0x12345678]
        client.close()
    one.join()
    (told,) = diagnostics(capsys)
    assert (told["code"], told["title"]) == (
        "T703",
        "the emulated chip is powered up anew: its process ended with code -9",
    )


def test_a_program_that_does_not_stop_is_ended(threaded, capsys) -> None:
    one = threaded()
    with Client(one.ports) as client:
        run_away(client)
        os.kill(one.emulator.process.pid, signal.SIGSTOP)
    with Client(one.ports) as client:
        assert reads(client.connect().execute(example())) == [0x12345678]
        client.close()
    one.join()
    assert [one["code"] for one in diagnostics(capsys)] == ["T704"]
