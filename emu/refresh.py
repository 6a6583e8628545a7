"""From registers to what the kernels read: derived tables follow every write that matters to them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu import state as st
from hicannx.emu.analog.driver import set_pulses
from hicannx.emu.analog.sensor import calibrations, set_sensors, settle, sides
from hicannx.emu.background import set_source
from hicannx.emu.cadctables import set_converters, set_offsets, set_ramps
from hicannx.emu.madccontrol import set_timing
from hicannx.emu.neuronregisters import (
    inputs_of_switches,
    inputs_of_words,
    neuron_containers,
    refresh_all_neurons,
    refresh_neurons,
)
from hicannx.emu.omnibustable import container_names
from hicannx.emu.pll import self_test
from hicannx.emu.recording import bring_samples, refresh_lines
from hicannx.emu.registerfields import Numbers, codes_of, fields_of, rows_of
from hicannx.emu.routingtables import set_drivers, set_nodes, set_outputs, set_padi_buses
from hicannx.emu.wiring import driver_sides, drivers_per_hemisphere, hemispheres
from hicannx.emu.world import World
from hicannx.regmodel.geometry import node_inputs_outputs, shared_cell
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import input_names, table_quantities


def refresh_all(world: World) -> None:
    """Make all derived tables from the registers."""
    for name in _handlers:
        _refresh(world, name, np.arange(load_registers().containers[name].instances))
    _refresh_sensors(world)
    refresh_all_neurons(world)
    refresh_lines(world)


def refresh_changed(world: World) -> None:
    """Bring up to date what the noted writes have changed."""
    chip = world.chip
    used = int(chip.clock[st.CHANGED])
    if not used:
        return
    chip.clock[st.CHANGED] = 0
    if used > st.CHANGED_CAPACITY:
        refresh_all(world)
        return
    bring_samples(world)
    rows = chip.changed[:used]
    inputs, affected = inputs_of_switches(rows[rows < 0])
    lines_change = bool((rows < 0).any())
    rows = np.unique(rows[rows >= 0])
    of_row = chip.container[rows]
    for number in np.unique(of_row):
        name, written = container_names()[number], rows[of_row == number]
        instances = chip.instance[written].astype(np.int64)
        lines_change |= name not in _beside_lines
        if name in _handlers:
            _refresh(world, name, np.unique(instances))
        elif name in neuron_containers:
            _refresh_shared(world, name, instances)
            names, neurons = inputs_of_words(name, written, instances)
            inputs, affected = inputs | names, np.union1d(affected, neurons)
    if len(affected):
        refresh_neurons(world, affected, inputs)
    if lines_change:
        refresh_lines(world)


def _refresh(world: World, name: str, instances: Numbers) -> None:
    _handlers[name](world, instances, fields_of(world.chip, name, instances))


def _refresh_nodes(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    sources, outputs = node_inputs_outputs()
    set_nodes(world.routing, sources[instances], outputs[instances], fields)


def _refresh_outputs(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    set_outputs(world.routing, {name: np.concatenate(value) for name, value in fields.items()})


def _refresh_buses(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    for place, hemisphere in enumerate(instances):
        own = {name: [int(bus[place]) for bus in value] for name, value in fields.items()}
        set_padi_buses(world.routing, int(hemisphere), own)


def _refresh_drivers(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    set_drivers(world.routing, instances, fields)
    _refresh_pulses(world, instances, fields)


def _refresh_clocks(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    _refresh_all_pulses(world)


def _refresh_all_pulses(world: World) -> None:
    every = np.arange(load_registers().containers["SynapseDriverConfig"].instances)
    _refresh_pulses(world, every, fields_of(world.chip, "SynapseDriverConfig", every))


def _refresh_pulses(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    """What the drivers make of the length of pulses."""
    hemisphere, driver = np.divmod(instances, drivers_per_hemisphere)
    clocks = fields_of(world.chip, "CommonSTPConfig", np.arange(hemispheres))
    given = {**fields, **{name: value[hemisphere] for name, value in clocks.items()}}
    given |= {
        name: codes[_half_of_driver(hemisphere, driver)]
        for name, codes in _shared_codes(world, "transfer_driver").items()
    }
    mismatch = world.chip.variation.driver_pulse[hemisphere, driver]
    set_pulses(world.chip.drivers, hemisphere, driver, table_quantities("transfer_driver", given), mismatch)


def _half_of_driver(hemisphere: Numbers, driver: Numbers) -> Numbers:
    """The quadrant whose cells a driver uses: drivers alternate between the sides (halco, synapse_driver.h)."""
    return driver_sides * hemisphere + driver % driver_sides


def _refresh_sensors(world: World) -> None:
    """What the correlation sensors of each quadrant do."""
    codes = {
        name: value.reshape(hemispheres, sides, 1) for name, value in _shared_codes(world, "transfer_sensor").items()
    }
    levels = np.arange(calibrations)
    if world.chip.sensors.numbers.any():  # of pulses that may have to pair with what is there now
        settle(world.chip)
    set_sensors(
        world.chip.sensors, table_quantities("transfer_sensor", {**codes, "time_calib": levels, "amp_calib": levels})
    )


def _shared_codes(world: World, table: str) -> dict[str, NDArray[np.float64]]:
    """Codes of the cells that a table reads, an array of the quadrants each."""
    names = sorted(input_names(table) & load_registers().cells.quadrant.keys())
    return {name: codes_of(world.chip, shared_cell(name)) for name in names}


def _refresh_sources(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    for place, source in enumerate(instances):
        own = {name: int(value[place]) for name, value in fields.items()}
        set_source(world.background, int(source), own, int(world.chip.clock[st.NOW]))


def _refresh_recording(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    world.recording[0] = bool(fields["enable_event_recording"][0])


def _refresh_timing(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    set_timing(world.chip, {name: value[0] for name, value in fields.items()})


def _refresh_self_test(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    plls = fields_of(world.chip, "ADPLL", np.arange(load_registers().containers["ADPLL"].instances))
    outputs = fields_of(world.chip, "PLLClockOutputBlock", instances)
    world.chip.register[rows_of("PLLSelfTestStatus")[0]] = self_test(fields, plls, outputs)


def _refresh_converters(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    both = np.arange(hemispheres)
    timing = fields_of(world.chip, "CommonCorrelationConfig", both)
    set_converters(world.chip, fields_of(world.chip, "CADCConfig", both), timing)
    _refresh_ramps(world)


def _refresh_channels(world: World, instances: Numbers, fields: dict[str, Any]) -> None:
    set_offsets(world.chip, instances, fields)


def _refresh_shared(world: World, name: str, instances: Numbers) -> None:
    """What follows cells that quadrants share, beside neurons."""
    if name != "CapMemCell":
        return
    written = set(instances.tolist())
    if not written.isdisjoint(_ramp_cells().ravel().tolist()):
        _refresh_ramps(world)
    if not written.isdisjoint(_cells_of("transfer_driver")):
        _refresh_all_pulses(world)
    if not written.isdisjoint(_cells_of("transfer_sensor")):
        _refresh_sensors(world)


@cache
def _cells_of(table: str) -> frozenset[int]:
    """The shared cells that a table reads."""
    names = input_names(table) & load_registers().cells.quadrant.keys()
    return frozenset(np.concatenate([shared_cell(name) for name in sorted(names)]).tolist())


def _refresh_ramps(world: World) -> None:
    slope, start = codes_of(world.chip, _ramp_cells())
    set_ramps(world.chip, slope, start, fields_of(world.chip, "CommonCorrelationConfig", np.arange(hemispheres)))


@cache
def _ramp_cells() -> Numbers:
    """Cells of the CADC's ramps, shape [slope and start, quadrants]."""
    return np.stack([shared_cell("cadc_i_ramp_slope"), shared_cell("cadc_v_ramp_offset")])


_handlers = {
    "CrossbarNode": _refresh_nodes,
    "CrossbarOutputConfig": _refresh_outputs,
    "CommonPADIBusConfig": _refresh_buses,
    "SynapseDriverConfig": _refresh_drivers,
    "CommonSTPConfig": _refresh_clocks,
    "BackgroundSpikeSource": _refresh_sources,
    "EventRecordingConfig": _refresh_recording,
    "CADCConfig": _refresh_converters,
    "CADCChannelConfig": _refresh_channels,
    "CommonCorrelationConfig": _refresh_converters,
    "PLLSelfTest": _refresh_self_test,
    "MADCConfig": _refresh_timing,
}
_beside_lines = _handlers.keys() - {"MADCConfig"}  # they have no part in what drives the lines of recording.py
