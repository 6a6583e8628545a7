"""Numbers of the machine around the processors: clocks, link, address spaces, as plain constants for the kernels."""

from __future__ import annotations

from hicannx.emu.facts import load_facts

facts = load_facts("machine")

NEVER = (1 << 63) - 1  # a tick that does not come

ppu_cycle_ticks = int(facts["clocks"]["ppu_cycle"])
fpga_cycle_ticks = int(facts["clocks"]["fpga_cycle"])
event_stamp_ticks = int(facts["clocks"]["event_stamp"])
analog_step_ticks = int(facts["clocks"]["analog_step"])
analog_steps = {"default": analog_step_ticks, **{name: int(one) for name, one in facts["analog_steps"].items()}}
longest_step_ticks = max(analog_steps.values())
tick_us = facts["clocks"]["tick_ns"] * 1e-3
link_to_chip_ticks = facts["link"]["to_chip_cycles"] * fpga_cycle_ticks
link_from_chip_ticks = facts["link"]["from_chip_cycles"] * fpga_cycle_ticks
poll_gap_ticks = facts["link"]["poll_gap_cycles"] * fpga_cycle_ticks
ppu_count = int(facts["ppu"]["count"])
sram_bytes = int(facts["ppu"]["sram_bytes"])
first_dram_word = int(facts["dram_words"]["base"])
dram_words = int(facts["ppu"]["data_spaces"]["dram"]["bytes"]) // 4
