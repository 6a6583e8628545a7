"""Lowered code alone: one step function for tests and comparisons, run as plain Python or compiled with numba."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hicannx.isa.semantics.lower import lower_program
from hicannx.isa.semantics.lower_vector import lower_vector_program
from hicannx.isa.semantics.prelude import kernel_prelude
from hicannx.isa.semantics.program import Program
from hicannx.isa.semantics.state import load_state

Environment = Mapping[str, Callable[..., Any]]
_locals = (*(one.variable for one in load_state().registers.values() if not one.scratch), "exception", "sleeping")


def state_names() -> tuple[str, ...]:
    """The variables in the order of the step function's `state` array."""
    return _locals


def step_source(programs: Mapping[str, Program]) -> str:
    """Source of `step(op, word, state, gpr, spr, vr, acc, vcr, row, enable, chip)`; `op` counts the programs."""
    functions = [found[1] for found in map(lower_vector_program, programs.values()) if found]
    head = "@njit\ndef step(op, word, state, gpr, spr, vr, acc, vcr, row, enable, chip):\n"
    reads = [f"    {name} = state[{at}]" for at, name in enumerate(_locals)]
    reads += ["    exception = 0", "    nia = pc + 4", "    ppu = tick = 0"]
    branches = []
    for op, program in enumerate(programs.values()):
        branches.append(f"    {'elif' if op else 'if'} op == {op}:")
        branches += [f"        {line}" for line in lower_program(program)]
    writes = [f"    state[{at}] = {name}" for at, name in enumerate(_locals)]
    return "\n\n".join([kernel_prelude(), *functions, head + "\n".join(reads + branches + writes) + "\n"])


def interpreted_step(programs: Mapping[str, Program], environment: Environment) -> Callable[..., None]:
    """The step function as plain Python; `environment` gives check_access, load, store, read_spr ..."""

    def njit(function: Any = None, **_: Any) -> Any:
        return function if function else lambda inner: inner

    return _run_source(programs, {**environment, "njit": njit})


def compiled_step(programs: Mapping[str, Program], environment: Environment) -> Callable[..., None]:
    """The step function compiled with numba; the functions of the environment are compiled ones too."""
    from numba import njit

    return _run_source(programs, {**environment, "njit": njit})


def _run_source(programs: Mapping[str, Program], names: dict[str, Any]) -> Callable[..., None]:
    scope: dict[str, Any] = {"np": np, **names}
    exec(compile(step_source(programs), "<lowered>", "exec"), scope)
    step: Callable[..., None] = scope["step"]
    return step
