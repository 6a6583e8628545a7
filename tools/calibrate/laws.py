"""What the table of transfer functions says of a nominal chip, as first guesses and slopes of a search."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.transfer import code_for, load_transfer, neuron_quantities, preset
from hicannx.tools.calibrate.settings import load_settings

_leak_switches: tuple[dict[str, int], ...] = ({}, {"enable_leak_division": 1}, {"enable_leak_multiplication": 1})


def per_code(quantity: str, code: int | None = None) -> float:
    """How much a quantity grows with the code of its knob, near that code or a typical one."""
    code = load_settings().search.typical_code if code is None else code
    fields, cells = preset("spiking")
    knob = load_transfer().quantities[quantity].knob or ""
    one, other = neuron_quantities(fields, {**cells, knob: np.array([code, code + 1])})[quantity]
    return float(other - one)


def exponent(quantity: str, code: int, fields: Mapping[str, int]) -> float:
    """The power with which a quantity goes with the code of its knob."""
    cells = preset("spiking")[1]
    knob = load_transfer().quantities[quantity].knob or ""
    one, other = neuron_quantities(fields, {**cells, knob: np.array([code, 2 * code])})[quantity]
    return float(np.log2(other / one))


def solve(quantity: str, target: float, fields: Mapping[str, int]) -> int:
    """The code that a nominal chip needs."""
    return code_for(quantity, target, fields, preset("spiking")[1])


def leak_fields(target_us: float) -> tuple[dict[str, int], int]:
    """Switches of the leak with which a membrane time constant is within reach, and the code; DiagnosticError T743."""
    fields, search = preset("spiking")[0], load_settings().search
    for switches in _leak_switches:
        code = solve("tau_mem_us", target_us, fields | switches)
        if search.lowest_code <= code <= search.highest_code:  # a search may go beyond
            return {name: 0 for one in _leak_switches for name in one} | switches, code
    return _no_code("tau_mem_us", target_us)


def line_fields(line: str, target_us: float) -> tuple[dict[str, int], int]:
    """The same for the time constant of a line, `exc` or `inh`."""
    long = {"exc": "excitatory", "inh": "inhibitory"}[line]
    name = f"enable_synaptic_input_{long}_high_resistance"
    fields, search = preset("spiking")[0], load_settings().search
    for is_high in (1, 0):
        code = solve(f"tau_syn_{line}_us", target_us, fields | {name: is_high})
        if search.lowest_line_code <= code <= search.highest_code:
            return {name: is_high}, code
    return _no_code(f"tau_syn_{line}_us", target_us)


def _no_code(name: str, target_us: float) -> tuple[dict[str, int], int]:
    title = f"the target {name} = {target_us:g} is out of reach"
    raise DiagnosticError([Diagnostic("T743", title, help="no switch brings it near to the middle of the codes")])
