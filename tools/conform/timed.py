"""Cycles of whole programs by the timing model, and what they may differ by from the simulated processor's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.omnibus import control_ppu
from hicannx.emu.ppu import load_image
from hicannx.emu.score import Row
from hicannx.emu.state import ChipState
from hicannx.emu.stepped import step_through
from hicannx.emu.timeline import issue_all, new_score
from hicannx.tools.conform.on_kernel import OnKernel, shared_chip
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.situation import Situation

tolerance = 0.15  # of a single record; the tests of the model bound all together more tightly


def image_issues(image: bytes, options: Mapping[str, Any] | None = None) -> NDArray[np.int64]:
    """Cycles at which the instructions of an image issue, from the release of the reset on; the last one sleeps.

    `options` are those of the simulated processor's surroundings: mem-latency, pbus-latency, pbus-accept.
    """
    chip = shared_chip()
    state = chip.world.chip
    control_ppu(state, 0, 0, 0)
    state.sram[0], state.bench[:] = 0, (1, 0, 0)
    load_image(chip, image)
    control_ppu(state, 0, 1, 0)
    return _issues(state, _score_of(options or {}))


def situation_issues(situation: Situation) -> NDArray[np.int64]:
    """The same for a situation, whose first instruction is a branch at 0 to its pc."""
    return _issues(OnKernel(situation).state_at_reset(), _score_of({}))


# What the options of the simulation's test bench change.
_options = {"mem-latency": ("latency",), "pbus-accept": ("accept",), "pbus-latency": ("row_read", "row_write")}


def unknown_options(options: Mapping[str, Any]) -> list[str]:
    """Options that the model knows nothing of: its times would be those of other surroundings."""
    return [name for name in options if name not in _options]


def _score_of(options: Mapping[str, Any]) -> Row:
    """The model's state in the surroundings of the simulated processor."""
    changed = {figure: int(value) for name, value in options.items() for figure in _options[name]}
    return new_score("bench", **changed)


def _issues(state: ChipState, score: Row) -> NDArray[np.int64]:
    return issue_all(score, *step_through(state))


def judge(name: str, wanted: float, found: float) -> Outcome:
    """Passed when a time is near enough."""
    if abs(found - wanted) <= tolerance * wanted:
        return passed
    return failed(f"`{name}` differs by more than {tolerance:.0%}", f"{wanted:g}", f"{found:g}")
