"""The inner loops of the analog core are packed machine instructions, not one number after the other."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numba
import numpy as np
import pytest

from hicannx.emu.analog.charge import _add_row, _fold_line
from hicannx.emu.analog.loops import (
    curved_block,
    curved_exciting_block,
    exciting_block,
    full_block,
    leaking_block,
    linear_block,
)
from hicannx.emu.analog.marks import outside, what_lives
from hicannx.emu.analog.neuron import _moves
from hicannx.emu.analog.noise import _shake
from hicannx.emu.analog.pairs import concerned, crowded, gather, grow, is_label_of, reached, take, unseen
from hicannx.emu.analog.state import VALUE_ROWS, pitch

_values, _bytes = np.zeros(VALUE_ROWS * pitch, np.float32), np.zeros(256, np.uint8)
_row = np.zeros(512, np.float32)
_ticks, _branches, _pulse = np.zeros(256, np.int32), np.zeros((2, 272), np.float32), np.zeros((6, 256), np.int32)
_loops: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "linear": (linear_block, (_values,)),
    "exciting": (exciting_block, (_values,)),
    "leaking": (leaking_block, (_values,)),
    "curved": (curved_block, (_values,)),
    "curved exciting": (curved_exciting_block, (_values,)),
    "full": (full_block, (_values,)),
    "noise": (_shake, (_row, _row, np.uint32(1))),
    "row": (_add_row, (_row, _row, _bytes, _bytes, _bytes, np.uint8(1), np.float32(1), np.float32(1))),
    "fold": (_fold_line, (*10 * (_row,), 8)),
    "marks": (outside, (_values, 0)),
    "moves": (_moves, (_values,)),
    "lives": (what_lives, (_values,)),
}


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the names of the registers are those of x86")
@pytest.mark.parametrize("name", _loops)
def test_the_loop_is_packed(name: str) -> None:
    loop, arguments = _loops[name]
    text = assembly(loop, arguments)
    wide, narrow = text.count("ymm") + text.count("zmm"), text.count("ss\t")
    assert wide > 20
    assert wide > 2 * narrow  # of the rest of a loop, and where arrays might overlap


# 16 columns each: few instructions, all of which are to be packed ones.
_sixteen: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "pulses": (reached, (_ticks, 0)),
    "any label": (is_label_of, (_bytes, 0)),
    "labels": (concerned, (_bytes, _pulse, 0, 0, 0)),
    "events": (gather, (_ticks, _bytes, 0, np.zeros(64, np.int64), 0)),
    "new pulses": (unseen, (_pulse, 0, _ticks, 0)),
    "more pulses": (crowded, (_pulse, 0, 0, 0)),
    "first pulses": (take, (_pulse, 0, _ticks, _ticks, _ticks, 0, 0)),
    "sensors": (grow, (_branches, _branches, _branches, _pulse, 1, 0, 0, 0, 0)),
}


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the names of the registers are those of x86")
@pytest.mark.parametrize("name", _sixteen)
def test_sixteen_columns_are_packed(name: str) -> None:
    loop, arguments = _sixteen[name]
    text = assembly(loop, arguments)
    assert text.count("ymm") + text.count("zmm") >= (60 if name == "sensors" else 3)
    assert not re.search(r"(add|sub|mul|fm\w*)ss\t", text)


def assembly(loop: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    """Machine code of a function that does nothing but call the loop."""
    import_module("hicannx.emu.part")  # with it numba knows what `loop` is
    names = ", ".join(f"a{k}" for k in range(len(arguments)))
    space: dict[str, Any] = {"loop": loop}
    exec(f"def caller({names}):\n    return loop({names})", space)  # numba wants a fixed number of arguments
    options: Any = {"error_model": "numpy"}
    compiled: Any = numba.njit(**options)(space["caller"])
    compiled(*arguments)
    return str(compiled.inspect_asm(compiled.signatures[0]))
