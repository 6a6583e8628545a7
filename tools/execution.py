"""Running a bitstream on an emulated chip, with a progress bar when it takes a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from hicannx.tools.chip_choice import ChipChoice, nominal
from hicannx.tools.place import locator
from hicannx.tools.program import Program

if TYPE_CHECKING:
    from rich.progress import Progress

    from hicannx.emu.chip import Chip
    from hicannx.emu.executor import Result

_patience_s = 2.0


Watch = Callable[["Chip"], AbstractContextManager[object]]


def execute(
    data: bytes,
    name: str,
    programs: Mapping[int, Program] | None = None,
    watch: Watch = nullcontext,
    step: str | int = "default",
    choice: ChipChoice = nominal,
) -> tuple[Result, float]:
    """Run a playback program on a new chip, nominal unless chosen otherwise; its result, and the wall time in seconds.

    With the `programs` of the processors, messages name symbols and source lines. `watch` makes the context in which
    the chip runs, such as a trace. `step` is that of the analog core, see Chip.
    """
    from hicannx.emu.executor import run_playback

    chip = choice.make(step)
    for ppu, program in (programs or {}).items():
        chip.set_isa(ppu, program.isa)
    start = time.perf_counter()
    with watch(chip), progress_bar(sys.stderr.isatty()) as progress:
        result = run_playback(chip, data, name, progress=progress, locate=locator(programs or {}))
    return result, time.perf_counter() - start


@contextmanager
def progress_bar(shown: bool) -> Iterator[Callable[[float], None]]:
    """A function that takes the fraction done; where `shown`, it draws a bar on standard error after two seconds."""
    bars: list[Progress] = []
    start = time.monotonic()

    def update(fraction: float) -> None:
        if shown and not bars and time.monotonic() - start > _patience_s:
            bars.append(_start_bar())
        for bar in bars:
            bar.update(bar.task_ids[0], completed=fraction)

    try:
        yield update
    finally:
        for bar in bars:
            bar.stop()


def _start_bar() -> Progress:
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True, force_terminal=True), transient=True)
    bar.add_task("running", total=1.0)
    bar.start()
    return bar
