"""The way of spikes as plain constants for the kernels: latencies, label fields, sizes of the arrays.

They stand in `routing.yaml`, in the labels of events and in the coordinates of the register maps.
"""

from __future__ import annotations

from hicannx.emu.facts import load_facts
from hicannx.regmodel.loadtypes import load_types
from hicannx.regmodel.playback.labels import load_labels

facts = load_facts("routing")

# Kinds of events. FROM_FPGA and TO_FPGA carry a 16-bit label, the others a place above `place_shift` and a label:
# CROSSBAR the input and 14 bits, PADI (an event of a bus as it arrives at the synapses) the bus and 11.
FROM_FPGA, CROSSBAR, PADI, TO_FPGA = range(4)
place_shift = 16


def _field(view: str, name: str) -> tuple[int, int]:
    field = load_labels()[view].fields[name]
    return field.bits[1], field.highest


def _size(part: str) -> int:
    return load_types().parts[part].size


spl1_shift, spl1_mask = _field("spike", "spl1_address")
label_mask = _field("spike", "neuron_label")[1]
event_output_shift = _field("on_chip_neuron", "neuron_event_output")[0]
row_select_shift, row_select_mask = _field("padi_bus", "row_select_address")
synapse_label_mask = _field("padi_bus", "synapse_label")[1]
padi_mask = (1 << load_labels()["padi_bus"].bits) - 1

inputs = _size("crossbar_input")
outputs = _size("crossbar_output")
first_fpga_input = _size("event_output")  # the order of alternatives in parts.yaml
first_background_input = first_fpga_input + _size("l2_input")
first_fpga_output = _size("padi_bus_on_chip")
drop_counter_mask = int(facts["crossbar"]["drop_counter_mask"])
output_counter_mask = int(facts["crossbar"]["output_counter_mask"])
background_sources = inputs - first_background_input

hemispheres = _size("hemisphere")
columns = _size("neuron_column")
neurons = hemispheres * columns
columns_per_quadrant = _size("column_on_side")
columns_per_event_output = columns // _size("event_output")
buses_per_hemisphere = _size("padi_bus")
buses = hemispheres * buses_per_hemisphere
drivers_per_bus = _size("driver_on_padi_bus")
drivers = buses * drivers_per_bus
drivers_per_hemisphere = drivers // hemispheres
driver_sides = _size("side")
row_of_top = int(load_types().parts["synapse_row"].places[-1].backwards)  # of the two rows of a driver

fpga_to_crossbar_ticks = int(facts["latency_ticks"]["fpga_to_crossbar"])
crossbar_ticks = int(facts["latency_ticks"]["crossbar"])
padi_to_synapse_ticks = int(facts["latency_ticks"]["padi_to_synapse"])
neuron_slot_ticks = int(facts["slot_ticks"]["neurons"])
neuron_to_crossbar_ticks = int(facts["latency_ticks"]["neuron_to_crossbar"])
crossbar_to_fpga_ticks = int(facts["latency_ticks"]["crossbar_to_fpga"])
madc_to_fpga_ticks = int(load_facts("readout")["madc"]["to_fpga_ticks"])
padi_slot_ticks = int(facts["slot_ticks"]["padi"])
fpga_slot_ticks = int(facts["slot_ticks"]["fpga"])
slow_slots = int(facts["slot_ticks"]["slow"])
extended_slots = int(facts["slot_ticks"]["extended"])
waiting_places = int(facts["waiting_places"])
bypass_minimum_weight = int(facts["bypass_minimum_weight"])
pulse_extension_per_code = float(facts["pulse_extension_per_code"])
address_out_disabled_mask = int(facts["address_out_disabled_mask"])
background_clock_ticks = int(facts["background"]["clock_ticks"])
background_rate_range = int(facts["background"]["rate_range"])
background_rate_offset = int(facts["background"]["rate_offset"])
