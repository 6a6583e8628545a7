"""The option `--step`: how the analog core of the emulated chip goes."""

from __future__ import annotations

import argparse


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Declare the option; `emu.stepsize.step_ticks` tells of other names."""
    text = "analog step: precise (20 ns), default (50 ns) or fast (100 ns)"
    parser.add_argument("--step", metavar="STEP", help=text)
