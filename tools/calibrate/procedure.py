"""A whole calibration: the steps, the checks, and what comes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import attrs

from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.tools.calibrate import steps
from hicannx.tools.calibrate.bench import Bench, Numbers, set_up
from hicannx.tools.calibrate.checks import checks
from hicannx.tools.calibrate.timeconstants import lines, membranes

if TYPE_CHECKING:
    from hicannx.emu.chip import Chip
    from hicannx.emu.executor import Result

Step = Callable[[Bench, dict[str, float]], object]
# In this order, since a step needs what those before it have found; with their shares of the time.
_steps: tuple[tuple[Step, int], ...] = (
    (steps.ramps, 1),
    (steps.channels, 1),
    (steps.leak, 1),
    (steps.inputs, 6),
    (steps.reset, 1),
    (membranes, 10),
    (partial(lines, line="exc"), 4),
    (partial(lines, line="inh"), 4),
    (steps.leak, 1),
    (steps.threshold, 4),
)
_share_of_check = 1


@attrs.frozen(eq=False)
class Outcome:
    """Codes and fields as the bench has them, what they reach [neurons], and what it took."""

    bench: Bench
    targets: Mapping[str, float]
    reached: Mapping[str, Numbers]
    wall_s: float
    chip_ms: float
    programs: int


def calibrate(chip: Chip, targets: dict[str, float], progress: Callable[[float], None] = lambda share: None) -> Outcome:
    """Find codes for targets (`choose_targets`) on a chip; `progress` receives the share of the work that is done."""
    from hicannx.emu.executor import run_playback
    from hicannx.emu.machine import tick_us

    programs = 0

    def play(data: bytes) -> Result:
        nonlocal programs
        programs += 1
        return run_playback(chip, data, "calibration")

    begin, start = time.perf_counter(), chip.now_tick
    bench = Bench(play)
    prepare(bench, targets)
    done, everything = 0, sum(share for _, share in _steps) + _share_of_check * len(checks)
    for step, share in _steps:
        step(bench, targets)
        done += share
        progress(done / everything)
    reached: dict[str, Numbers] = {}
    for name, check in checks.items():
        reached[name] = check(bench, targets)
        done += _share_of_check
        progress(done / everything)
    wall_s = time.perf_counter() - begin
    return Outcome(bench, targets, reached, wall_s, (chip.now_tick - start) * tick_us / 1000, programs)


def prepare(bench: Bench, targets: dict[str, float]) -> None:
    """Bring the chip to where the steps begin."""
    set_up(bench, **steps.refractory(targets))
    builder = ProgramBuilder()
    steps.watch_membranes(builder)
    bench.run(builder)
