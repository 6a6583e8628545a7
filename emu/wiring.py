"""The facts of `routing.yaml` as plain constants for the kernels: latencies, label fields, sizes of the arrays."""

from __future__ import annotations

from hicannx.emu.facts import load_facts

facts = load_facts("routing")


def _field(name: str) -> tuple[int, int]:
    most, least = facts["label"][name]
    return least, (1 << (most - least + 1)) - 1


spl1_shift, spl1_mask = _field("spl1_address")
label_mask = _field("neuron_label")[1]
event_output_shift = _field("event_output")[0]
row_select_shift, row_select_mask = _field("row_select")
synapse_label_mask = _field("synapse_label")[1]
padi_mask = _field("padi")[1]

inputs = int(facts["crossbar"]["inputs"])
outputs = int(facts["crossbar"]["outputs"])
first_fpga_input = int(facts["crossbar"]["first_fpga_input"])
first_background_input = int(facts["crossbar"]["first_background_input"])
first_fpga_output = int(facts["crossbar"]["first_fpga_output"])
drop_counter_mask = int(facts["crossbar"]["drop_counter_mask"])
output_counter_mask = int(facts["crossbar"]["output_counter_mask"])
background_sources = inputs - first_background_input

hemispheres = int(facts["geometry"]["hemispheres"])
columns = int(facts["geometry"]["columns"])
neurons = hemispheres * columns
columns_per_quadrant = int(facts["geometry"]["columns_per_quadrant"])
columns_per_event_output = int(facts["geometry"]["columns_per_event_output"])
buses_per_hemisphere = int(facts["geometry"]["buses_per_hemisphere"])
buses = hemispheres * buses_per_hemisphere
drivers_per_bus = int(facts["geometry"]["drivers_per_bus"])
drivers = buses * drivers_per_bus
driver_sides = int(facts["geometry"]["driver_sides"])
row_of_top = int(facts["geometry"]["row_of_top"])

fpga_to_crossbar_ticks = int(facts["latency_ticks"]["fpga_to_crossbar"])
crossbar_ticks = int(facts["latency_ticks"]["crossbar"])
padi_to_synapse_ticks = int(facts["latency_ticks"]["padi_to_synapse"])
neuron_to_crossbar_ticks = int(facts["latency_ticks"]["neuron_to_crossbar"])
crossbar_to_fpga_ticks = int(facts["latency_ticks"]["crossbar_to_fpga"])
padi_slot_ticks = int(facts["slot_ticks"]["padi"])
fpga_slot_ticks = int(facts["slot_ticks"]["fpga"])
bypass_minimum_weight = int(facts["bypass_minimum_weight"])
pulse_extension_per_code = float(facts["pulse_extension_per_code"])
address_out_disabled_mask = int(facts["address_out_disabled_mask"])
background_clock_ticks = int(facts["background"]["clock_ticks"])
background_rate_range = int(facts["background"]["rate_range"])
background_rate_offset = int(facts["background"]["rate_offset"])
