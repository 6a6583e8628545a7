"""What a conversion reads, made from decoded registers whenever these change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.sensor import ACAUSAL, CAUSAL
from hicannx.emu.facts import load_facts
from hicannx.emu.state import (
    CONVERSION_CYCLES,
    CONVERTS,
    DEBUG_LINE,
    GAIN,
    NEURON,
    OPEN,
    RESET_CYCLES,
    SENSOR,
    START,
    ChipState,
)
from hicannx.emu.wiring import columns, hemispheres
from hicannx.isa.timing import load_model
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import load_transfer

_ramp, _sensor = load_facts("cadc")["ramp"], load_facts("cadc")["sensor"]
_branches = {"causal": CAUSAL, "acausal": ACAUSAL}
_Fields = Mapping[str, Any]
_Numbers = NDArray[np.int64]
_Codes = NDArray[np.float64]


def set_converters(chip: ChipState, cadc: _Fields, timing: _Fields) -> None:
    """Fields of CADCConfig and of CommonCorrelationConfig, arrays over the hemispheres."""
    chip.converter[:, CONVERTS] = cadc["enable"]
    later = _beyond("CADCConfig", cadc, "reset_wait", "dead_time")
    later = later + _beyond("CommonCorrelationConfig", timing, "sense_delay")
    chip.converter[:, CONVERSION_CYCLES] = np.maximum(load_model().distant.conversion + later, 0)
    chip.converter[:, RESET_CYCLES] = timing["reset_duration"] + int(_sensor["reset_extra_cycles"])


def _beyond(container: str, fields: _Fields, *names: str) -> Any:
    """How much the fields together are above their defaults."""
    rows = load_registers().containers[container].by_name
    return sum(fields[name] - rows[name].default for name in names)


def set_ramps(chip: ChipState, slope: _Codes, start: _Codes, timing: _Fields) -> None:
    """Codes of cadc_i_ramp_slope and cadc_v_ramp_offset of the quadrants; CommonCorrelationConfig says whose start."""
    constants = load_transfer().constants
    slopes, starts = slope.reshape(hemispheres, -1), start.reshape(hemispheres, -1)
    chosen = np.take_along_axis(starts, np.stack(timing["cadc_v_offset_assignment"], axis=1), axis=1)
    above = chosen - _ramp["calibrated_start"]
    chip.ramp[:, :, START] = constants["cadc_zero_v"].value + _ramp["start_v_per_code"] * above
    lsb_v = constants["cadc_lsb_v"].value * slopes / _ramp["calibrated_slope"]
    chip.ramp[:, :, GAIN] = np.where(slopes > 0, 1 / np.where(slopes > 0, lsb_v, 1), _ramp["flat"])


def set_offsets(chip: ChipState, channels: _Numbers, fields: _Fields) -> None:
    """The field offset of CADCChannelConfig for some channels."""
    chip.channel_offset.reshape(-1)[channels] = fields["offset"]


def set_sources(chip: ChipState, index: _Numbers, fields: _Fields) -> None:
    """What the channels see in the columns of some neurons: fields of NeuronConfig and ColumnCorrelationQuad."""
    row, column = np.divmod(index, columns)
    for name, branch in _branches.items():
        sensor = np.where(fields[f"enable_internal_{name}"], SENSOR, OPEN)
        drives = fields[f"enable_cadc_neuron_readout_{name}"] & fields["enable_readout_amplifier"]
        shown = np.where(drives, NEURON, sensor) + DEBUG_LINE * np.asarray(fields[f"enable_debug_{name}"])
        chip.channel_source[row, branch, column] = shown
