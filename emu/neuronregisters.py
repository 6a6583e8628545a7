"""From registers to the quantities of neurons, as far as writes have changed them, and on to what kernels read."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.state import CLUSTERS
from hicannx.emu.analog.topology import connect, switches
from hicannx.emu.cadctables import set_sources
from hicannx.emu.firelines import line_inputs, line_quantities, needs_lines, set_backends
from hicannx.emu.ppukernel import enter_later
from hicannx.emu.readoutlines import set_readout
from hicannx.emu.registerfields import Numbers, codes_of, fields_of, fields_of_words, rows_of
from hicannx.emu.routingtables import set_neuron_labels
from hicannx.emu.state import LINKS, ChipState
from hicannx.emu.synram import msb2_shift, permutation, quad_columns, quads, synapse_rows
from hicannx.emu.trigger import ALL_SWITCHES, FIRST_QUAD
from hicannx.emu.variation import neuron_constants
from hicannx.emu.wiring import columns, neurons
from hicannx.emu.world import World
from hicannx.regmodel.codec import decode
from hicannx.regmodel.geometry import (
    backend_of_neuron,
    neuron_cell,
    neuron_of_backend,
    neuron_rows_columns,
    shared_cell,
)
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import (
    dependents,
    direct_inputs,
    evaluate_quantities,
    input_names,
    quantity_names,
)

neuron_containers = ("NeuronConfig", "NeuronBackendConfig", "CommonNeuronBackendConfig", "CapMemCell")
_current_switches = frozenset({"enable_synaptic_current_excitatory", "enable_synaptic_current_inhibitory"})
_of_spikes = frozenset({"address_out", "post_overwrite"})
_of_readout = frozenset({"readout_source", "enable_readout_amplifier", "enable_readout", "enable_unbuffered_access"})
_shown = frozenset({"line_exc_v", "line_inh_v", "line_exc_v_per_na", "line_inh_v_per_na", "v_adapt_ref_v"})
_nobody = np.zeros(0, np.int64)
_of_connections = ("capacitance_pf", "icc_conductance_us")


def refresh_all_neurons(world: World) -> None:
    """Everything about all neurons."""
    inputs = input_names() | _of_spikes | _of_readout | line_inputs | frozenset(switches)
    _take_over(world, np.arange(neurons), inputs, quantity_names())  # also those that follow from no input
    _refresh_connections(world)


def refresh_neurons(world: World, index: Numbers, inputs: frozenset[str]) -> None:
    """Take over what has changed of some neurons: registers' fields and cells of these names."""
    _take_over(world, index, inputs, dependents(inputs))


def _take_over(world: World, index: Numbers, inputs: frozenset[str], changed: tuple[str, ...]) -> None:
    before = {name: _row(world.chip, name)[index] for name in _of_connections}
    if changed:
        _evaluate(world.chip, changed, index)
        update_parameters(world.neurons, dict(zip(quantity_names(), world.chip.quantity[:, index])), index)
    moved = any((_row(world.chip, name)[index] != before[name]).any() for name in _of_connections)
    if _take_switches(world.chip, index, inputs) or (moved and world.neurons.counts[CLUSTERS]):
        _refresh_connections(world)
    if not inputs.isdisjoint(_of_spikes):
        backend = fields_of(world.chip, "NeuronBackendConfig", _instances()["NeuronBackendConfig"][index], _of_spikes)
        set_neuron_labels(world.routing, index, backend["address_out"])
        world.chip.sensors.pulses[index] = backend["post_overwrite"] == 0
    if not (inputs.isdisjoint(line_inputs) and line_quantities.isdisjoint(changed)):
        _refresh_lines(world.chip, index)
    is_shown_else = not inputs.isdisjoint(_of_readout)
    if is_shown_else or not _shown.isdisjoint(changed):
        own = fields_of(world.chip, "NeuronConfig", index, _of_readout)
        set_readout(world.chip, index, own, {name: _row(world.chip, name)[index] for name in _shown})
    if is_shown_else or not inputs.isdisjoint(_current_switches):  # of a column all switches are written
        own = fields_of(world.chip, "NeuronConfig", index, ("enable_readout_amplifier",))
        set_sources(world.chip, index, {**own, **_channel_fields(world.chip, index)})


def inputs_of_words(name: str, rows: Numbers, instances: Numbers) -> tuple[frozenset[str], Numbers]:
    """What written words of a container of neurons set, by name, and the neurons that read it."""
    if name == "CapMemCell":
        used = [_users_of_cell()[cell] for cell in set(instances.tolist()) & _users_of_cell().keys()]
        users = np.concatenate([_nobody, *(own for _, own in used)])
        return frozenset(cell for cell, _ in used), np.unique(users)
    words = np.unique((rows_of(name)[instances] == rows[:, None]).argmax(axis=1))
    names = frozenset[str]().union(*(fields_of_words(name)[word] for word in words))
    if name == "CommonNeuronBackendConfig":
        return names, np.flatnonzero(np.isin(_instances()[name], instances))
    return names, np.unique(neuron_of_backend()[instances] if name == "NeuronBackendConfig" else instances)


def inputs_of_switches(rows: Numbers) -> tuple[frozenset[str], Numbers]:
    """As `inputs_of_words` for columns whose switches were written, see trigger.py."""
    if not len(rows):
        return frozenset(), _nobody
    if (rows == ALL_SWITCHES).any():
        return _current_switches, np.arange(neurons)
    hemisphere, quad = np.divmod(FIRST_QUAD - np.unique(rows), quads)
    return _current_switches, np.unique(columns * hemisphere[:, None] + quad_columns[quad])


def _row(chip: ChipState, quantity: str) -> Any:
    return chip.quantity[quantity_names().index(quantity)]


def _evaluate(chip: ChipState, quantities: tuple[str, ...], index: Numbers) -> None:
    """Evaluate quantities of neurons from the registers and from the quantities that have not changed."""
    values: dict[str, Any] = dict(zip(quantity_names(), chip.quantity[:, index]))
    values |= {name: np.asarray(value, np.float64) for name, value in _inputs(chip, quantities, index).items()}
    evaluate_quantities(quantities, values)
    for name in quantities:
        chip.quantity[quantity_names().index(name), index] = values[name]


def _inputs(chip: ChipState, quantities: tuple[str, ...], index: Numbers) -> dict[str, Any]:
    """Fields and codes that the rows of these quantities read."""
    names, found = direct_inputs(quantities), dict[str, Any]()
    for container, instances in _instances().items():
        if own := names & load_registers().containers[container].by_name.keys():
            found |= fields_of(chip, container, instances[index], own)
    found |= {name: codes_of(chip, _cells()[name][index]) for name in names & _cells().keys()}
    found |= neuron_constants(chip.variation, index)
    return found | _switch_fields(chip, index) if names & _current_switches else found


@cache
def _instances() -> dict[str, Numbers]:
    """The instances that belong to each neuron; of the common backends the first serves the first half of all."""
    backend = backend_of_neuron()
    common = load_registers().containers["CommonNeuronBackendConfig"].instances
    return {
        "NeuronConfig": np.arange(neurons),
        "NeuronBackendConfig": backend,
        "CommonNeuronBackendConfig": backend // (neurons // common),
    }


@cache
def _cells() -> dict[str, Numbers]:
    """CapMem cells that the model reads: for each name the cell of every neuron."""
    model = load_registers().cells
    found = {name: neuron_cell(name) for name in input_names() if name in model.neuron}
    quadrant = load_registers().coordinates["neuron"].views()["quadrant"]
    found |= {name: shared_cell(name)[quadrant] for name in input_names() if name in model.quadrant}
    return found


@cache
def _users_of_cell() -> dict[int, tuple[str, Numbers]]:
    """The name of each cell that neurons read, and these neurons."""
    users: dict[int, tuple[str, list[int]]] = {}
    for name, cells in _cells().items():
        for neuron, cell in enumerate(cells.tolist()):
            users.setdefault(cell, (name, []))[1].append(neuron)
    return {cell: (name, np.array(own)) for cell, (name, own) in users.items()}


def _take_switches(chip: ChipState, index: Numbers, inputs: frozenset[str]) -> bool:
    """Keep the connections that switches of neurons make; whether they are others than before."""
    written = [place for place, name in enumerate(switches) if name in inputs]
    if not written:
        return False
    fields = fields_of(chip, "NeuronConfig", index, [switches[place] for place in written])
    changes = False
    for place in written:
        changes |= bool((chip.connection[place, index] != fields[switches[place]]).any())
        chip.connection[place, index] = fields[switches[place]]
    return changes


def _refresh_connections(world: World) -> None:
    connect(
        world.neurons,
        dict(zip(switches, world.chip.connection)),
        {name: _row(world.chip, name) for name in _of_connections},
    )


def _refresh_lines(chip: ChipState, index: Numbers) -> None:
    """Fire lines between neurons, where they may be others than before."""
    backends, quantities = _instances()["NeuronBackendConfig"], {name: _row(chip, name) for name in line_quantities}
    written = fields_of(chip, "NeuronBackendConfig", backends[index], line_inputs)
    if needs_lines(chip, written, {name: value[index] for name, value in quantities.items()}):
        enter_later(chip, LINKS)
        set_backends(chip, fields_of(chip, "NeuronBackendConfig", backends, line_inputs), quantities)


def _switch_fields(chip: ChipState, index: Numbers) -> dict[str, Numbers]:
    """The synaptic current switches of the neurons' columns, as ColumnCurrentQuad shows them."""
    row, column = neuron_rows_columns()
    bits = chip.even_msb2[row[index], synapse_rows, column[index]].astype(np.int64)
    quad = load_registers().containers["ColumnCurrentQuad"]
    # The bits of one column stand where those of the quad's last entry stand.
    values = decode(quad, [bits, np.zeros_like(bits)], only=_current_switches)
    return {name: value[-1] for name, value in values.items()}


def _channel_fields(chip: ChipState, index: Numbers) -> dict[str, Numbers]:
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
    return {name: value[-1] for name, value in values.items()}
