"""From registers to what the kernels read: derived tables follow every write that matters to them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu import state as st
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.background import set_source
from hicannx.emu.omnibustable import container_names
from hicannx.emu.routingtables import set_drivers, set_neuron_labels, set_nodes, set_outputs, set_padi_buses
from hicannx.emu.synram import synapse_rows
from hicannx.emu.wiring import columns, neurons
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
from hicannx.regmodel.transfer import input_names, neuron_quantities

_Numbers = NDArray[np.int64]
_switches = "column switches"


def refresh_all(world: World) -> None:
    """Make all derived tables from the registers."""
    for name in (*_handlers, *_neuron_containers):
        _refresh(world, name, np.arange(load_registers().containers[name].instances))


def refresh_changed(world: World) -> None:
    """Bring up to date what the noted writes have changed."""
    chip = world.chip
    used = int(chip.clock[st.CHANGED])
    chip.clock[st.CHANGED] = 0
    if used > st.CHANGED_CAPACITY:
        refresh_all(world)
        return
    rows = chip.changed[:used]
    affected = _all_neurons() if (rows < 0).any() else np.zeros(0, np.int64)
    rows = np.unique(rows[rows >= 0])
    for number in np.unique(chip.container[rows]):
        name = container_names()[number]
        instances = np.unique(chip.instance[rows[chip.container[rows] == number]]).astype(np.int64)
        if name in _handlers:
            _refresh(world, name, instances)
        elif name in _neuron_containers:
            affected = np.union1d(affected, _neurons_of(name, instances))
    if len(affected):
        _refresh_neurons(world, affected)


def _refresh(world: World, name: str, instances: _Numbers) -> None:
    if name in _handlers:
        _handlers[name](world, instances, fields_of(world.chip, name, instances))
    else:
        _refresh_neurons(world, _neurons_of(name, instances))


def fields_of(chip: st.ChipState, name: str, instances: _Numbers) -> dict[str, Any]:
    """Field values of instances of a container, arrays of shape [instances] (array fields: a list of them)."""
    container = load_registers().containers[name]
    words = chip.register[_rows(name)[instances]].astype(np.int64)
    return decode(container, [words[:, word] for word in range(container.words)])


_rows_cache: dict[str, _Numbers] = {}


def _rows(name: str) -> _Numbers:
    """Rows of the Omnibus table, shape [instances, words]."""
    if name not in _rows_cache:
        from hicannx.emu.omnibustable import omnibus_table

        addresses = load_registers().containers[name].all_addresses()
        _rows_cache[name] = np.searchsorted(omnibus_table().address, addresses)
    return _rows_cache[name]


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


def _refresh_sources(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    for place, source in enumerate(instances):
        own = {name: int(value[place]) for name, value in fields.items()}
        set_source(world.background, int(source), own, int(world.chip.clock[st.NOW]))


def _refresh_recording(world: World, instances: _Numbers, fields: dict[str, Any]) -> None:
    world.recording[0] = bool(fields["enable_event_recording"][0])


_handlers = {
    "CrossbarNode": _refresh_nodes,
    "CrossbarOutputConfig": _refresh_outputs,
    "CommonPADIBusConfig": _refresh_buses,
    "SynapseDriverConfig": _refresh_drivers,
    "BackgroundSpikeSource": _refresh_sources,
    "EventRecordingConfig": _refresh_recording,
}
_neuron_containers = ("NeuronConfig", "NeuronBackendConfig", "CommonNeuronBackendConfig", "CapMemCell")


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
    fields = {
        **fields_of(chip, "NeuronConfig", index),
        **backend,
        **fields_of(chip, "CommonNeuronBackendConfig", _backend_block()[index]),
        **_switch_fields(chip, index),
    }
    registers = _rows("CapMemCell")
    cells = {name: chip.register[registers[cell[index], 0]].astype(np.int64) for name, cell in _cells().items()}
    update_parameters(world.neurons, neuron_quantities(fields, cells), index)
    set_neuron_labels(world.routing, index, backend["address_out"])


def _switch_fields(chip: st.ChipState, index: _Numbers) -> dict[str, _Numbers]:
    """The synaptic current switches of the neurons' columns, as ColumnCurrentQuad shows them."""
    row, column = neuron_rows_columns()
    switches = chip.even_msb2[row[index], synapse_rows, column[index]].astype(np.int64)
    quad = load_registers().containers["ColumnCurrentQuad"]
    zero = np.zeros_like(switches)
    values = decode(quad, [switches, zero])  # the bits of one column stand where those of the quad's last entry stand
    names = ("enable_synaptic_current_excitatory", "enable_synaptic_current_inhibitory")
    return {name: values[name][-1] for name in names}


assert columns * 2 == neurons
