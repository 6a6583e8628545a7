"""What the kernels of the routing read, made from decoded registers whenever these change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hicannx.emu import wiring
from hicannx.emu.wiring import (
    address_out_disabled_mask,
    buses,
    buses_per_hemisphere,
    columns,
    columns_per_event_output,
    drivers_per_bus,
    drivers_per_hemisphere,
    event_output_shift,
    extended_slots,
    first_fpga_output,
    fpga_slot_ticks,
    hemispheres,
    inputs,
    outputs,
    padi_slot_ticks,
    pulse_extension_per_code,
    row_of_top,
    slow_slots,
    synapse_label_mask,
)

# Columns of a way through the crossbar: the output, the node's mask and target, whether it counts what it drops.
WAY_OUTPUT, WAY_MASK, WAY_TARGET, WAY_COUNTS = range(4)
WAY_COLUMNS = 4
_rows = 2 * drivers_per_hemisphere


class RoutingTables(NamedTuple):
    """Tables of the routing and its counters.

    Nodes are [input, output]; `bus_drivers` [bus, row select] has bit i set when the enabled driver of index i answers;
    drivers are [hemisphere, driver]; `row_lines` [hemisphere, row] has bit 0 for excitatory and bit 1 for inhibitory;
    `drops` a count an input, `events` a count an output, `spikes` one a neuron, `output_free_tick` when an output takes
    its next event, which keeps it for `slot_ticks`, and `input_free_tick` when neurons may use an input. `way` [input,
    way] are the `ways` of an input to somebody.
    """

    node_exists: NDArray[np.uint8]
    node_mask: NDArray[np.int64]
    node_target: NDArray[np.int64]
    node_counts_drops: NDArray[np.uint8]
    output_counts_events: NDArray[np.uint8]
    bus_takes_crossbar: NDArray[np.uint8]
    bus_pulse: NDArray[np.float64]
    bus_drivers: NDArray[np.int64]
    driver_enabled: NDArray[np.uint8]
    driver_compare_mask: NDArray[np.int64]
    driver_label_mask: NDArray[np.int64]
    row_lines: NDArray[np.uint8]
    neuron_input: NDArray[np.int64]
    neuron_label: NDArray[np.int64]
    slot_ticks: NDArray[np.int64]
    drops: NDArray[np.int64]
    events: NDArray[np.int64]
    spikes: NDArray[np.int64]
    output_free_tick: NDArray[np.int64]
    input_free_tick: NDArray[np.int64]
    way: NDArray[np.int64]
    ways: NDArray[np.int64]


def new_tables() -> RoutingTables:
    """Tables without nodes, with all buses and drivers off."""
    column = np.arange(wiring.neurons) % columns
    event_output = column // columns_per_event_output
    return RoutingTables(
        node_exists=np.zeros((inputs, outputs), np.uint8),
        node_mask=np.zeros((inputs, outputs), np.int64),
        node_target=np.zeros((inputs, outputs), np.int64),
        node_counts_drops=np.zeros((inputs, outputs), np.uint8),
        output_counts_events=np.zeros(outputs, np.uint8),
        bus_takes_crossbar=np.zeros(buses, np.uint8),
        bus_pulse=np.ones(buses),
        bus_drivers=np.zeros((buses, drivers_per_bus), np.int64),
        driver_enabled=np.zeros((hemispheres, drivers_per_hemisphere), np.uint8),
        driver_compare_mask=np.zeros((hemispheres, drivers_per_hemisphere), np.int64),
        driver_label_mask=np.full((hemispheres, drivers_per_hemisphere), synapse_label_mask, np.int64),
        row_lines=np.zeros((hemispheres, _rows), np.uint8),
        neuron_input=event_output,
        neuron_label=event_output << event_output_shift,
        slot_ticks=np.where(np.arange(outputs) < first_fpga_output, padi_slot_ticks, fpga_slot_ticks),
        drops=np.zeros(inputs, np.int64),
        events=np.zeros(outputs, np.int64),
        spikes=np.zeros(wiring.neurons, np.int64),
        output_free_tick=np.zeros(outputs, np.int64),
        input_free_tick=np.zeros(inputs, np.int64),
        way=np.zeros((inputs, outputs, WAY_COLUMNS), np.int64),
        ways=np.zeros(inputs, np.int64),
    )


def set_nodes(tables: RoutingTables, source: ArrayLike, output: ArrayLike, fields: Mapping[str, Any]) -> None:
    """Nodes at (source, output) with the fields mask, target and enable_drop_counter of CrossbarNode, arrays alike."""
    place = np.asarray(source), np.asarray(output)
    tables.node_exists[place] = 1
    tables.node_mask[place] = fields["mask"]
    tables.node_target[place] = fields["target"]
    tables.node_counts_drops[place] = fields["enable_drop_counter"]
    _find_ways(tables)


def set_outputs(tables: RoutingTables, fields: Mapping[str, Any]) -> None:
    """Fields of CrossbarOutputConfig: enable_event_counter by output, and enable_slow by output to the FPGA."""
    tables.output_counts_events[:] = fields["enable_event_counter"]
    slow = np.asarray(fields.get("enable_slow", 0)) != 0
    tables.slot_ticks[first_fpga_output:] = np.where(slow, slow_slots, 1) * fpga_slot_ticks
    _find_ways(tables)


def set_padi_buses(tables: RoutingTables, hemisphere: int, fields: Mapping[str, Any]) -> None:
    """Fields of CommonPADIBusConfig, one value a bus of the hemisphere."""
    own = slice(hemisphere * buses_per_hemisphere, (hemisphere + 1) * buses_per_hemisphere)
    tables.bus_takes_crossbar[own] = fields["enable_spl1"]
    extended = np.asarray(fields.get("enable_extended_timing", 0)) != 0
    tables.slot_ticks[own] = np.where(extended, extended_slots, 1) * padi_slot_ticks
    _find_ways(tables)
    tables.bus_pulse[own] = 1 + pulse_extension_per_code * np.asarray(fields["dacen_pulse_extension"])


def _find_ways(tables: RoutingTables) -> None:
    """The nodes whose events anybody takes or counts, those of an input one behind the other."""
    taken = (np.arange(outputs) >= first_fpga_output) | (tables.output_counts_events != 0)
    taken[:first_fpga_output] |= tables.bus_takes_crossbar != 0
    matters = (tables.node_exists != 0) & (taken | (tables.node_counts_drops != 0))
    order = np.argsort(~matters, axis=1, kind="stable")
    columns = (order, *(np.take_along_axis(one, order, 1) for one in _of_way(tables)))
    tables.way[:] = np.stack(columns, axis=2)
    tables.ways[:] = matters.sum(axis=1)


def _of_way(tables: RoutingTables) -> tuple[NDArray[Any], ...]:
    return tables.node_mask, tables.node_target, tables.node_counts_drops


def set_drivers(tables: RoutingTables, index: ArrayLike, fields: Mapping[str, Any]) -> None:
    """Fields of SynapseDriverConfig for the drivers `index` (128 * hemisphere + driver), arrays alike."""
    hemisphere, driver = np.divmod(np.asarray(index), drivers_per_hemisphere)
    tables.driver_enabled[hemisphere, driver] = fields["enable_receiver"]
    tables.driver_compare_mask[hemisphere, driver] = fields["row_address_compare_mask"]
    forwarded = np.asarray(fields["enable_address_out"]) != 0
    tables.driver_label_mask[hemisphere, driver] = np.where(forwarded, synapse_label_mask, address_out_disabled_mask)
    tables.row_lines[hemisphere, 2 * driver + row_of_top] = fields["row_mode_top"]
    tables.row_lines[hemisphere, 2 * driver + 1 - row_of_top] = fields["row_mode_bottom"]
    _select_drivers(tables)


def _select_drivers(tables: RoutingTables) -> None:
    select = np.arange(drivers_per_bus)
    for bus in range(buses):
        hemisphere, first = divmod(bus, buses_per_hemisphere)
        mask = tables.driver_compare_mask[hemisphere, first::buses_per_hemisphere, None]
        enabled = tables.driver_enabled[hemisphere, first::buses_per_hemisphere, None] != 0
        answers = enabled & ((select[None, :] & mask) == (select[:, None] & mask))  # [driver index, row select]
        tables.bus_drivers[bus] = (answers.astype(np.int64) << select[:, None]).sum(axis=0)


def set_neuron_labels(tables: RoutingTables, index: ArrayLike, address_out: ArrayLike) -> None:
    """The field address_out of NeuronBackendConfig for the neurons `index` (256 * hemisphere + column)."""
    place = np.asarray(index)
    tables.neuron_label[place] = tables.neuron_input[place] << event_output_shift | np.asarray(address_out)
