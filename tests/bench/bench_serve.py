"""Words through `hicannx serve` both ways, with a client of this machine.

Run: python tests/bench/bench_serve.py [--words N] [--loss P]
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

root = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(root), str(root / "tests")]

from hicannx.regmodel.playback.builder import ProgramBuilder  # noqa: E402
from hicannx.tools.serve.client import connect  # noqa: E402
from hostarq import WORDS, Client, Network  # noqa: E402

limit = 0.3e6


def programs(words: int) -> dict[str, bytes]:
    """Programs of that many words: timers that are set up answer nothing, reads answer with a word and a time each."""
    builder = ProgramBuilder()
    for _ in range(words):
        builder.setup_timer()
    builder.halt()
    reads = ProgramBuilder()
    reads.read_words([0x88000005] * words)
    reads.halt()
    return {"out": builder.to_bytes(), "both ways": reads.to_bytes()}


def through_client(ports: tuple[int, int], program: bytes) -> Iterator[int]:
    """Words of answers of two runs, by the client that users have."""
    with connect(port=ports[0], reset_port=ports[1]) as client:
        for _ in range(2):
            yield len(client.run(program, 600))


def through_network(ports: tuple[int, int], program: bytes, loss: float) -> Iterator[int]:
    """The same over a network that loses frames."""
    with Client(ports, Network(1, loss), Network(2, loss)) as client:
        client.connect()
        host, end = client.host, (0x02 << 56).to_bytes(8, "big")
        for _ in range(2):
            host.put(WORDS, program)
            assert client.run(lambda: bool(host.received) and host.received[-1][1].endswith(end), 600)
            yield len(host.words()) // 8
            host.received.clear()
        client.close()


def main() -> None:
    """Print the figures beside their limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=600_000)
    parser.add_argument(
        "--loss", type=float, default=0.0, help="share of frames that are lost each way, with the host of the tests"
    )
    options = parser.parse_args()
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}")
    command = [sys.executable, "-m", "hicannx", "serve", "--port", "0", "--reset-port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background inherit that it is ignored
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        data, reset = map(int, re.findall(r"port (\d+)", server.stdout.readline()))
        for name, program in programs(options.words).items():
            loss, start = options.loss, time.perf_counter()
            for words in (
                through_network((data, reset), program, loss) if loss else through_client((data, reset), program)
            ):
                seconds = time.perf_counter() - start
                out, back = len(program) / 8 / seconds, words / seconds
                text = f"{name:<10} {out / 1e6:6.2f} million words/s out, {back / 1e6:6.2f} back"
                print(f"{text}   limit {limit / 1e6:.1f}", flush=True)
                start = time.perf_counter()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


if __name__ == "__main__":
    main()
