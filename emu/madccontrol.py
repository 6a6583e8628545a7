"""What registers say to the fast converter (MADC): its clock, and when it wakes, samples and sleeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.emu import readoutstate as rs
from hicannx.emu.facts import load_facts
from hicannx.emu.machine import NEVER
from hicannx.emu.state import ChipState
from hicannx.regmodel.transfer import load_transfer

_facts = load_facts("readout")["madc"]


def set_timing(chip: ChipState, fields: Mapping[str, Any]) -> None:
    """Fields of MADCConfig, numbers."""
    madc = chip.readout.madc
    clock = _clock_ticks(fields)
    madc[rs.PERIOD] = (int(_facts["base_cycles"]) + int(fields["sample_duration_adjust"])) * clock
    madc[rs.COUNT] = int(fields["number_of_samples"])
    madc[rs.FIRST_INPUT] = int(fields["active_mux_initially_selected_input"])
    madc[rs.SWITCHING] = int(fields["active_mux_input_select_length"])
    madc[rs.DUMMY] = bool(fields["enable_dummy_data"])
    constants = load_transfer().constants
    lsb_v, zero_v = constants["madc_lsb_v"].value, constants["madc_zero_v"].value
    gain = (int(_facts["usual_gain_capacitor"]) + 1) / (int(fields["preamp_gain_capacitor_size"]) + 1)
    if not fields["connect_preamp_to_madc"]:
        gain = 1.0
    chip.readout.scale[[rs.PER_V, rs.ZERO]] = gain / lsb_v, -zero_v / lsb_v


def _clock_ticks(fields: Mapping[str, Any]) -> int:
    """Ticks of a cycle of the converter's clock."""
    scaled = int(_facts["clock_scale"]) * (int(fields["madc_clock_scale_value"]) + 1)
    return scaled if fields["enable_madc_clock_scaling"] else 1


def control(chip: ChipState, request: Mapping[str, Any], fields: Mapping[str, Any], tick: int) -> None:
    """A write of MADCControl (`request`) at a tick; `fields` of MADCConfig.

    A converter that sleeps starts only if it is woken before or by the same write; a request to stop wins over one to
    start; while the request to start stays, a recording follows the other.
    """
    madc = chip.readout.madc
    madc[rs.CONTINUOUS] = bool(request["enable_continuous_sampling"])
    madc[rs.SLEEPS] = bool(request["enable_power_down_after_sampling"])
    madc[rs.HELD] = bool(request["start_recording"])
    if madc[rs.READY_TICK] == NEVER and request["wake_up"]:
        madc[rs.READY_TICK] = tick + _wake_ticks(fields)
    if request["stop_recording"]:
        _stop(chip)
    elif request["start_recording"] and _can_start(chip):
        _start(chip, max(tick, int(madc[rs.READY_TICK])))


def _can_start(chip: ChipState) -> bool:
    """Whether it is awake or waking, samples nothing now, and has something to sample."""
    madc = chip.readout.madc
    is_free = madc[rs.READY_TICK] != NEVER and madc[rs.NEXT_TICK] == NEVER
    return bool(is_free and (madc[rs.CONTINUOUS] or madc[rs.COUNT]))


def _wake_ticks(fields: Mapping[str, Any]) -> int:
    cycles = int(fields["powerup_wait_value"])
    cycles += int(fields["calibration_wait_value"]) if fields["enable_calibration"] else 0
    return cycles * _clock_ticks(fields) + int(_facts["power_up_extra_ticks"])


def _start(chip: ChipState, tick: int) -> None:
    madc = chip.readout.madc
    madc[[rs.BEGIN_TICK, rs.LEVEL_TICK]] = tick
    madc[rs.NEXT_TICK] = tick + madc[rs.PERIOD]
    madc[rs.TAKEN] = 0


def _stop(chip: ChipState) -> None:
    madc = chip.readout.madc
    if madc[rs.NEXT_TICK] != NEVER and madc[rs.SLEEPS]:
        madc[rs.READY_TICK] = NEVER
    madc[rs.NEXT_TICK] = NEVER


def is_sampling(chip: ChipState) -> bool:
    """Whether a recording is under way."""
    return bool(chip.readout.madc[rs.NEXT_TICK] != NEVER)
