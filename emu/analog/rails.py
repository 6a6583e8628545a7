"""How currents end at the supply rails: `below_ceiling` is the share of a rising current that flows at a potential,
`above_floor` that of a falling one.

A fit of three numbers to a sweep of inhibitory weights (brainscales2-demos, figure dynamic_range_solution); both are 1
between V_LOW and V_HIGH. No potential is below V_FLOOR or above V_CEILING.
"""

from __future__ import annotations

import numpy as np

from hicannx.emu.facts import load_facts
from hicannx.emu.kernelcache import packed

_rails = load_facts("analog")["rails"]
_ceiling_v, _ceiling_span_v = float(_rails["ceiling_v"]), float(_rails["ceiling_span_v"])
_floor_v, _floor_span_v = float(_rails["floor_v"]), float(_rails["floor_span_v"])
V_FLOOR, V_CEILING = float(_rails["lowest_v"]), float(_rails["highest_v"])
V_LOW, V_HIGH = _floor_v + _floor_span_v, _ceiling_v - _ceiling_span_v
_zero, _one = np.float32(0), np.float32(1)
_top, _per_top = np.float32(_ceiling_v), np.float32(1 / _ceiling_span_v)
_bottom, _per_bottom = np.float32(_floor_v), np.float32(1 / _floor_span_v)


@packed
def below_ceiling(v: np.float32) -> np.float32:
    """1 up to V_HIGH, 0 at the upper rail."""
    return np.float32(min(max((_top - v) * _per_top, _zero), _one))


@packed
def above_floor(v: np.float32) -> np.float32:
    """1 down to V_LOW, 0 at the lower rail."""
    return np.float32(min(max((v - _bottom) * _per_bottom, _zero), _one))
