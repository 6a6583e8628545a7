"""`hicannx serve`: an emulated chip behind the UDP ports of the FPGA, for software that controls a real one."""

from __future__ import annotations

import argparse
import contextlib
import sys
from typing import Any

from hicannx.tools import chip_choice, stepping


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    from hicannx.tools.serve.protocol import load_protocol

    ports = load_protocol().ports
    default = " (default %(default)s)"
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on" + default)
    parser.add_argument("--public", action="store_true", help="allow an address that other machines can reach")
    numbers: dict[str, Any] = {"type": int, "metavar": "N"}
    parser.add_argument("--port", default=ports.data, help="UDP port of data" + default, **numbers)
    parser.add_argument("--reset-port", default=ports.reset, help="UDP port of resets" + default, **numbers)
    parser.add_argument("--cold", action="store_true", help="power the chip up as silicon, without any initialisation")
    chip_choice.add_arguments(parser)
    stepping.add_argument(parser)
    parser.add_argument("--once", action="store_true", help="end when the first client has gone")


def run(options: argparse.Namespace) -> int:
    """Serve until an interrupt from the keyboard, or with `--once` until a client has gone."""
    from hicannx.emu.stepsize import step_ticks
    from hicannx.tools.cli import use_color
    from hicannx.tools.serve.emulator import start_emulator
    from hicannx.tools.serve.ports import open_port
    from hicannx.tools.serve.report import Report
    from hicannx.tools.serve.server import Server

    step = step_ticks(options.step or "default")
    choice = chip_choice.read_choice(options)
    choice.instance()  # a file that has none is told here
    report = Report(options.json, use_color(options.color, sys.stdout))
    with contextlib.ExitStack() as opened, contextlib.suppress(KeyboardInterrupt):
        data = opened.enter_context(open_port(options.host, options.port, is_public=options.public))
        reset = opened.enter_context(open_port(options.host, options.reset_port, is_public=options.public))
        emulator = start_emulator(is_cold=options.cold, step=step, choice=choice)
        opened.callback(emulator.close)
        server = Server(data, reset, emulator, report)
        server.wait_for_chip()
        report.started(options.host, data.getsockname()[1], reset.getsockname()[1])
        server.run(once=options.once)
    report.stopped()
    return 0
