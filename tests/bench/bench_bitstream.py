"""Speed of bitstreams: words to instructions and messages and back as arrays, beside loops in plain Python; as text.

    python tests/bench/bench_bitstream.py [--words 1000000]

The peer is `tests/properties/plainstream.py`, which takes a twentieth of the words. Seconds are those of the process, so
that other work on the machine matters little.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.assemble import assemble
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.check import halt_word
from hicannx.regmodel.playback.events import spikes
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.messages import decode_messages
from hicannx.regmodel.playback.show import show, show_answers
from hicannx.regmodel.playback.split import split
from hicannx.regmodel.playback.stream import empty_messages, join, with_times
from hicannx.regmodel.playback.words import decode_program
from hicannx.source import SourceFile
from properties.plainstream import decode, encode, messages  # type: ignore[import-not-found, unused-ignore]

share = 20  # a loop gets this part of the words


def program(count: int) -> bytes:
    """Writes of registers with their defaults, spikes at increasing times, reads: about so many words."""
    chance = np.random.default_rng(1)
    builder = ProgramBuilder()
    for container in load_registers().containers.values():
        if container.words <= 3 and container.default_words and len(builder) < count // 2:
            room = (count // 2 - len(builder)) // (2 * container.words)
            builder.write_instances(container, np.arange(min(container.instances, room)), {})
    rest = count - len(builder)
    builder.schedule(chance.integers(0, 2 * rest, rest // 2), chance.integers(0, 1 << 16, rest // 2))
    builder.halt()
    return builder.to_bytes()


def answers(count: int) -> NDArray[np.uint64]:
    """Reads and packs of spikes and samples with their times: about so many words."""
    chance = np.random.default_rng(2)
    table = load_instructions().messages
    kinds = [table[name] for name in ("omnibus_data", "spike_pack_1", "spike_pack_2", "spike_pack_3", "madc_pack_3")]
    sent = empty_messages(count * 2 // 3)
    sent.codes[:] = chance.choice([row.code for row in kinds], len(sent))
    sent.high[:], sent.low[:] = chance.integers(0, 1 << 62, (2, len(sent)))
    for row in kinds:
        high, low = divmod(row.payload_mask, 1 << 64)
        sent.high[sent.codes == row.code] &= np.uint64(high)
        sent.low[sent.codes == row.code] &= np.uint64(low)
    sent.times[:] = np.cumsum(chance.integers(0, 20, len(sent))) + 1
    return join(with_times(sent))


def rate(name: str, count: int, act: Callable[[], object], slower: float = 0.0) -> float:
    """Print words per second, from calls of half a second together, and how often the rate `slower` fits into it."""
    act()
    calls, taken, start = 0, 0.0, time.process_time()
    while taken < 0.5:  # the clock of a process may have coarse steps
        act()
        calls += 1
        taken = time.process_time() - start
    found = count * calls / taken
    times = f", {found / slower:.1f} times the loop" if slower else ""
    print(f"{name:<32} {found / 1e6:8.3f} million words/s{times}")
    return found


def measure_programs(count: int) -> None:
    """Programs: both ways, and as text."""
    data = program(count)
    words = len(data) // 8
    some = words // share // 2 * 2  # a write has two words
    few = data[: 8 * some // 2] + data[-8 * some // 2 - 8 : -8]
    instructions = list(decode(few))
    loop = rate("decode a program, plain loop", some, lambda: list(decode(few)))
    rate("decode a program", words, lambda: decode_program(data, "program"), loop)
    loop = rate("encode a program, plain loop", some, lambda: encode(instructions))
    rate("encode a program", words, lambda: program(count), loop)
    part = decode_program(few + halt_word().to_bytes(8, "big"), "part")
    text = "\n".join(show(part))
    rate("show a program", some, lambda: list(show(part)))
    rate("assemble its text", some, lambda: assemble(SourceFile("text", text)))


def measure_answers(count: int) -> None:
    """Messages: both ways, their events, as objects, and as text."""
    words = answers(count)
    few = words[: len(words) // share]
    data = few.astype(">u8").tobytes()
    sent = split(words)

    def loop_over() -> int:
        found = 0
        try:
            for _ in messages(data):
                found += 1
        except ValueError:  # the last message is cut
            pass
        return found

    loop = rate("decode messages, plain loop", len(few), loop_over)
    rate("decode messages to arrays", len(words), lambda: split(words), loop)
    rate("decode messages to spikes", len(words), lambda: spikes(split(words)), loop)
    rate("encode messages", len(words), lambda: join(sent))
    whole = join(split(answers(count // share)))
    rate("decode messages to objects", len(whole), lambda: decode_messages(whole))
    objects = decode_messages(whole)
    rate("show messages", len(whole), lambda: list(show_answers(objects)))


def main() -> None:
    """Print all rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=1_000_000, metavar="N", help="words of a stream")
    options = parser.parse_args()
    measure_programs(options.words)
    measure_answers(options.words)
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
