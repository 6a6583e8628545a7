"""From registers to what the kernels read: derived tables follow every write that matters to them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu import state as st
from hicannx.emu.analog.driver import drivers_per_hemisphere, set_pulses
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.sensor import calibrations, set_sensors, sides
from hicannx.emu.analog.state import CLUSTERS
from hicannx.emu.analog.topology import connect, switches
from hicannx.emu.background import set_source
from hicannx.emu.cadctables import set_converters, set_offsets, set_ramps, set_sources
from hicannx.emu.madccontrol import set_timing
from hicannx.emu.omnibustable import container_names
from hicannx.emu.pll import self_test
from hicannx.emu.readoutlines import set_readout
from hicannx.emu.recording import bring_samples, refresh_lines
from hicannx.emu.registerfields import fields_of
from hicannx.emu.registerfields import rows_of as _rows
from hicannx.emu.routingtables import set_drivers, set_neuron_labels, set_nodes, set_outputs, set_padi_buses
from hicannx.emu.synram import msb2_shift, permutation, quad_columns, quads, synapse_rows
from hicannx.emu.trigger import ALL_SWITCHES, FIRST_QUAD
from hicannx.emu.wiring import columns, driver_sides, hemispheres, neurons
from hicannx.emu.world import World
from hicannx.regmodel.codec import decode
from hicannx.regmodel.geometry import (
    backend_of_neuron,
    neuron_cell,
    neuron_of_backend,
    neuron_rows_columns,
    node_inputs_outputs,
    shared_cell,
)
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import input_names, neuron_quantities, table_quantities

_Numbers = NDArray[np.int64]


def refresh_all(world: World) -> None:
    """Make all derived tables from the registers."""
    for name in _handlers:
        _refresh(world, name, np.arange(load_registers().containers[name].instances))
    _refresh_sensors(world)
    _refresh_neurons(world, _all_neurons())
    refresh_lines(world)


def refresh_changed(world: World) -> None:
    """Bring up to date what the noted writes have changed."""
    chip = world.chip
    used = int(chip.clock[st.CHANGED])
    chip.clock[st.CHANGED] = 0
    if used > st.CHANGED_CAPACITY:
        refresh_all(world)
        return
    bring_samples(world)
    rows = chip.changed[:used]
    affected = _neurons_of_switches(rows[rows < 0])
    rows = np.unique(rows[rows >= 0])
    for number in np.unique(chip.container[rows]):
        name = container_names()[number]
        instances = np.unique(chip.instance[rows[chip.container[rows] == number]]).astype(np.int64)
        if name in _handlers:
            _refresh(world, name, instances)
        elif name in _neuron_containers:
            _refresh_shared(world, name, instances)
            affected = np.union1d(affected, _neurons_of(name, instances))
    if len(affected):
        _refresh_neurons(world, affected)
    refresh_lines(world)


def _refresh(world: World, name: str, instances: _Numbers) -> None:
    _handlers[name](world, instances, fields_of(world.chip, name, instances))


def _refresh_nodes(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    sources, outputs = node_inputs_outputs()
    set_nodes(world.routing, sources[instances], outputs[instances], fields)


def _refresh_outputs(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    set_outputs(world.routing, {name: np.concatenate(value) for name, value in fields.items()})


def _refresh_buses(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    for place, hemisphere in enumerate(instances):
        own = {name: [int(bus[place]) for bus in value] for name, value in fields.items()}
        set_padi_buses(world.routing, int(hemisphere), own)


def _refresh_drivers(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    set_drivers(world.routing, instances, fields)
    _refresh_pulses(world, instances, fields)


def _refresh_clocks(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    _refresh_all_pulses(world)


def _refresh_all_pulses(world: World) -> None:
    every = np.arange(load_registers().containers["SynapseDriverConfig"].instances)
    _refresh_pulses(world, every, fields_of(world.chip, "SynapseDriverConfig", every))


def _refresh_pulses(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    """What the drivers make of the length of pulses."""
    hemisphere, driver = np.divmod(instances, drivers_per_hemisphere)
    clocks = fields_of(world.chip, "CommonSTPConfig", np.arange(hemispheres))
    given = {**fields, **{name: value[hemisphere] for name, value in clocks.items()}}
    given |= {
        name: codes[_half_of_driver(hemisphere, driver)]
        for name, codes in _shared_codes(world, "transfer_driver").items()
    }
    set_pulses(world.chip.drivers, hemisphere, driver, table_quantities("transfer_driver", given))


def _half_of_driver(hemisphere: _Numbers, driver: _Numbers) -> _Numbers:
    """The quadrant whose cells a driver uses: drivers alternate between the sides (halco, synapse_driver.h)."""
    return driver_sides * hemisphere + driver % driver_sides


def _refresh_sensors(world: World) -> None:
    """What the correlation sensors of each quadrant do."""
    codes = {
        name: value.reshape(hemispheres, sides, 1) for name, value in _shared_codes(world, "transfer_sensor").items()
    }
    levels = np.arange(calibrations)
    set_sensors(
        world.chip.sensors, table_quantities("transfer_sensor", {**codes, "time_calib": levels, "amp_calib": levels})
    )


def _shared_codes(world: World, table: str) -> dict[str, _Numbers]:
    """Codes of the cells that a table reads, an array of the quadrants each."""
    names = sorted(input_names(table) & load_registers().cells.quadrant.keys())
    registers = _rows("CapMemCell")
    return {name: world.chip.register[registers[shared_cell(name), 0]].astype(np.int64) for name in names}


def _refresh_sources(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    for place, source in enumerate(instances):
        own = {name: int(value[place]) for name, value in fields.items()}
        set_source(world.background, int(source), own, int(world.chip.clock[st.NOW]))


def _refresh_recording(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    world.recording[0] = bool(fields["enable_event_recording"][0])


def _refresh_timing(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    set_timing(world.chip, {name: value[0] for name, value in fields.items()})


def _refresh_self_test(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    plls = fields_of(world.chip, "ADPLL", np.arange(load_registers().containers["ADPLL"].instances))
    outputs = fields_of(world.chip, "PLLClockOutputBlock", instances)
    world.chip.register[_rows("PLLSelfTestStatus")[0]] = self_test(fields, plls, outputs)


def _refresh_converters(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    both = np.arange(hemispheres)
    timing = fields_of(world.chip, "CommonCorrelationConfig", both)
    set_converters(world.chip, fields_of(world.chip, "CADCConfig", both), timing)
    _refresh_ramps(world)


def _refresh_channels(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    set_offsets(world.chip, instances, fields)


def _refresh_shared(world: World, name: str, instances: _Numbers) -> None:
    """What follows cells that quadrants share, beside neurons."""
    if name != "CapMemCell":
        return
    if np.isin(instances, _ramp_cells()).any():
        _refresh_ramps(world)
    if np.isin(instances, _cells_of("transfer_driver")).any():
        _refresh_all_pulses(world)
    if np.isin(instances, _cells_of("transfer_sensor")).any():
        _refresh_sensors(world)


@cache
def _cells_of(table: str) -> _Numbers:
    """The shared cells that a table reads."""
    names = input_names(table) & load_registers().cells.quadrant.keys()
    return np.concatenate([shared_cell(name) for name in sorted(names)])


def _refresh_ramps(world: World) -> None:
    slope, start = world.chip.register[_rows("CapMemCell")[_ramp_cells(), 0]].astype(np.int64)
    set_ramps(world.chip, slope, start, fields_of(world.chip, "CommonCorrelationConfig", np.arange(hemispheres)))


@cache
def _ramp_cells() -> _Numbers:
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
_neuron_containers = ("NeuronConfig", "NeuronBackendConfig", "CommonNeuronBackendConfig", "CapMemCell")


def _neurons_of_switches(rows: _Numbers) -> _Numbers:
    """The neurons of columns whose switches were written, see trigger.py."""
    if (rows == ALL_SWITCHES).any():
        return _all_neurons()
    hemisphere, quad = np.divmod(FIRST_QUAD - np.unique(rows), quads)
    return np.unique(columns * hemisphere[:, None] + quad_columns[quad])


@cache
def _all_neurons() -> _Numbers:
    return np.arange(neurons)


@cache
def _cells() -> dict[str, _Numbers]:
    """CapMem cells that the model reads: for each name the cell of every neuron."""
    model = load_registers().cells
    found = {name: neuron_cell(name) for name in input_names() if name in model.neuron}
    quadrant = load_registers().coordinates["neuron"].views()["quadrant"]
    found |= {name: shared_cell(name)[quadrant] for name in input_names() if name in model.quadrant}
    return found


@cache
def _neurons_of_cell() -> dict[int, _Numbers]:
    table: dict[int, list[int]] = {}
    for cells in _cells().values():
        for neuron, cell in enumerate(cells):
            table.setdefault(int(cell), []).append(neuron)
    return {cell: np.array(users) for cell, users in table.items()}


def _neurons_of(name: str, instances: _Numbers) -> _Numbers:
    """The neurons that read these instances."""
    if name == "NeuronConfig":
        return instances
    if name == "NeuronBackendConfig":
        return neuron_of_backend()[instances]
    if name == "CommonNeuronBackendConfig":
        return _all_neurons()[np.isin(_backend_block(), instances)]
    users = [_neurons_of_cell()[int(cell)] for cell in instances if int(cell) in _neurons_of_cell()]
    return np.unique(np.concatenate(users)) if users else np.zeros(0, np.int64)


@cache
def _backend_block() -> _Numbers:
    """The common backend of each neuron: the first serves the first half of all backends."""
    return backend_of_neuron() // (neurons // load_registers().containers["CommonNeuronBackendConfig"].instances)


def _refresh_neurons(world: World, index: _Numbers) -> None:
    chip = world.chip
    backend = fields_of(chip, "NeuronBackendConfig", backend_of_neuron()[index])
    own = fields_of(chip, "NeuronConfig", index)
    fields = {
        **own,
        **backend,
        **fields_of(chip, "CommonNeuronBackendConfig", _backend_block()[index]),
        **_switch_fields(chip, index),
    }
    registers = _rows("CapMemCell")
    cells = {name: chip.register[registers[cell[index], 0]].astype(np.int64) for name, cell in _cells().items()}
    quantities = neuron_quantities(fields, cells)
    update_parameters(world.neurons, quantities, index)
    set_readout(chip, index, own, quantities)
    if world.neurons.counts[CLUSTERS] or any(own[name].any() for name in switches):
        _refresh_connections(world)
    set_neuron_labels(world.routing, index, backend["address_out"])
    chip.sensors.pulses[index] = backend["post_overwrite"] == 0
    set_sources(chip, index, {**own, **_channel_fields(chip, index)})


def _refresh_connections(world: World) -> None:
    """Membranes that are connected, from the registers of all neurons."""
    chip, index = world.chip, _all_neurons()
    fields, cells = fields_of(chip, "NeuronConfig", index), _cells()
    registers = _rows("CapMemCell")
    codes = {name: chip.register[registers[cell, 0]].astype(np.int64) for name, cell in cells.items()}
    connect(world.neurons, fields, neuron_quantities(fields, codes))


def _switch_fields(chip: st.ChipState, index: _Numbers) -> dict[str, _Numbers]:
    """The synaptic current switches of the neurons' columns, as ColumnCurrentQuad shows them."""
    row, column = neuron_rows_columns()
    switches = chip.even_msb2[row[index], synapse_rows, column[index]].astype(np.int64)
    quad = load_registers().containers["ColumnCurrentQuad"]
    zero = np.zeros_like(switches)
    values = decode(quad, [switches, zero])  # the bits of one column stand where those of the quad's last entry stand
    names = ("enable_synaptic_current_excitatory", "enable_synaptic_current_inhibitory")
    return {name: values[name][-1] for name in names}


def _channel_fields(chip: st.ChipState, index: _Numbers) -> dict[str, _Numbers]:
    """The switches of the CADC channels of the neurons' columns, as ColumnCorrelationQuad shows them."""
    row, column = neuron_rows_columns()
    first, second = (row[index], synapse_rows, column[index]), (row[index], synapse_rows + 1, column[index])
    cells = (
        chip.even_msb2[second] << msb2_shift,
        chip.odd_msb2[second] << msb2_shift,
        permutation[chip.weights[first]],
        chip.labels[first],
    )
    quad = load_registers().containers["ColumnCorrelationQuad"]
    values = decode(quad, [cell.astype(np.int64) for cell in cells])  # as in `_switch_fields`
    return {name: switches[-1] for name, switches in values.items()}


assert columns * 2 == neurons
