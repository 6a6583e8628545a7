"""The clocks of the chip as its PLLs are set, and the self-test that counts them.

The emulated chip runs at its usual speed whatever the PLLs are set to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.emu.machine import facts, fpga_cycle_ticks, tick_us
from hicannx.regmodel.codec import encode
from hicannx.regmodel.load import load_registers

_reference_mhz = int(facts["pll"]["reference_mhz"])
_CORE_0, _CORE_1 = range(2)  # outputs of a PLL; the third is its oscillator


def clock_mhz(output: int, plls: Mapping[str, Any], outputs: Mapping[str, Any]) -> float:
    """A clock output for the fields of ADPLL (arrays [PLL]) and PLLClockOutputBlock.

    haldls:src/haldls/vx/pll.cpp:217-475; 0 where the output is off.
    """
    if not outputs["enable_output"][output][0]:
        return 0.0
    if outputs["enable_bypass"][output][0]:
        return float(1 / (fpga_cycle_ticks * tick_us))
    pll, kind = int(outputs["select_adpll"][output][0]), int(outputs["select_adpll_output"][output][0])
    own = {name: int(values[pll]) for name, values in plls.items()}
    if not own["enable"] or not own["enable_output_clock"]:
        return 0.0
    oscillator = own["pre_div_p0"] * own["loop_div_n"] * _reference_mhz
    if kind in (_CORE_0, _CORE_1):
        return oscillator / (own["pre_div_p1"] * max(own[f"core_div_m{kind}"], 1))
    return oscillator / own["pre_div_p2"]


def self_test(fields: Mapping[str, Any], plls: Mapping[str, Any], outputs: Mapping[str, Any]) -> int:
    """The word of PLLSelfTestStatus after a write of PLLSelfTest: the test takes no time."""
    own = {name: int(values[0]) for name, values in fields.items()}
    status = load_registers().containers["PLLSelfTestStatus"]
    if not own["clock_enable"]:
        return encode(status, {})[0]
    periods = 1 << own["pre_scaler_p"] + 2
    count = int(periods * clock_mhz(own["select_source"], plls, outputs) / _reference_mhz)
    count &= status.by_name["counter_value"].high
    is_near = abs(count - own["check_value"]) <= own["check_range"]
    return encode(status, {"counter_value": count, "finished": True, "success": is_near})[0]
