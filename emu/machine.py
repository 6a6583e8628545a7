"""Numbers of the machine around the processors: clocks, link, address spaces, as plain constants for the kernels."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from hicannx.cache import cached


def _load() -> dict[str, Any]:
    from hicannx.yamlsource import load_resource

    values: dict[str, Any] = _values(load_resource(files("hicannx.emu") / "machine.yaml").plain())
    return values


def _values(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    return tree["value"] if "value" in tree else {key: _values(item) for key, item in tree.items()}


facts: dict[str, Any] = cached("machine", [(files("hicannx.emu") / "machine.yaml").read_bytes()], _load)

ppu_cycle_ticks = int(facts["clocks"]["ppu_cycle"])
fpga_cycle_ticks = int(facts["clocks"]["fpga_cycle"])
event_stamp_ticks = int(facts["clocks"]["event_stamp"])
analog_step_ticks = int(facts["clocks"]["analog_step"])
tick_us = facts["clocks"]["tick_ns"] * 1e-3
link_to_chip_ticks = facts["link"]["to_chip_cycles"] * fpga_cycle_ticks
link_from_chip_ticks = facts["link"]["from_chip_cycles"] * fpga_cycle_ticks
poll_gap_ticks = facts["link"]["poll_gap_cycles"] * fpga_cycle_ticks
ppu_count = int(facts["ppu"]["count"])
sram_bytes = int(facts["ppu"]["sram_bytes"])
