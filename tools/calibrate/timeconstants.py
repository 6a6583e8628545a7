"""Steps for time constants: of membranes by their way back from a reset, of inputs by fast membranes that follow."""

from __future__ import annotations

from functools import partial

import numpy as np

from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.transfer import highest_code, neuron_quantities
from hicannx.tools.calibrate import laws
from hicannx.tools.calibrate.bench import Bench, Codes, Numbers, neurons, quiet
from hicannx.tools.calibrate.decay import events, resets, time_constants
from hicannx.tools.calibrate.search import scale_to
from hicannx.tools.calibrate.settings import load_settings

Targets = dict[str, float]
_containers = load_registers().containers
_decay, _turns = load_settings().decay, load_settings().search.time_turns


def membranes(bench: Bench, targets: Targets) -> None:
    """Membrane time constants, by the way back from a reset."""
    goal, rest = targets["tau_mem_us"], bench.cells["v_leak"]
    switches, code = laws.leak_fields(goal)
    power = laws.exponent("tau_mem_us", code, bench.fields | switches)
    builder = ProgramBuilder()
    bench.put_fields(builder, **switches)
    bench.run(builder)
    codes = scale_to(np.full(neurons, code), goal, power, _turns, partial(_tau_mem, bench, targets, rest))
    bench.run(bench.changed(i_bias_leak=codes, v_leak=rest))


def tau_mem(bench: Bench, targets: Targets) -> Numbers:
    """Membrane time constants as they are."""
    rest = bench.cells["v_leak"]
    with quiet(bench):
        found = _tau_mem(bench, targets, rest, bench.cells["i_bias_leak"])
        bench.run(bench.changed(v_leak=rest))
    return found


def _tau_mem(bench: Bench, targets: Targets, rest: Codes, codes: Codes) -> Numbers:
    """Those with some codes; `rest` are the codes of the leak potential at the target."""
    goal, begin = targets["tau_mem_us"], targets["refractory_us"] + _decay.resets_us
    first, second = (begin + share * goal for share in _decay.membrane_shares)
    away = targets["reset_cadc"] + _decay.away_counts - targets["leak_cadc"]
    far = np.clip(rest + away / laws.per_code("v_leak_cadc"), 0, highest_code)
    return time_constants(
        bench, bench.changed(i_bias_leak=codes, v_leak=far), resets(), (first, second), _decay.rests * goal
    )


def lines(bench: Bench, targets: Targets, line: str) -> None:
    """Time constants of the inputs `exc` or `inh`."""
    goal, leaks = targets[f"tau_syn_{line}_us"], bench.cells["i_bias_leak"]
    switches, code = laws.line_fields(line, goal)
    power = laws.exponent(f"tau_syn_{line}_us", code, bench.fields | switches)
    builder = ProgramBuilder()
    bench.put_fields(builder, **switches)
    _connect_drivers(builder, line)
    bench.run(builder)
    codes = scale_to(np.full(neurons, code), goal, power, _turns, partial(_tau_syn, bench, targets, line))
    bench.run(bench.changed(**{f"i_bias_synin_{line}_tau": codes, "i_bias_leak": leaks}))


def tau_syn(bench: Bench, targets: Targets, line: str) -> Numbers:
    """Time constants of the inputs `exc` or `inh` as they are."""
    leaks, builder = bench.cells["i_bias_leak"], ProgramBuilder()
    _connect_drivers(builder, line)
    bench.run(builder)
    with quiet(bench):
        found = _tau_syn(bench, targets, line, bench.cells[f"i_bias_synin_{line}_tau"])
        bench.run(bench.changed(i_bias_leak=leaks))
    return found


def _tau_syn(bench: Bench, targets: Targets, line: str, codes: Codes) -> Numbers:
    goal = targets[f"tau_syn_{line}_us"]
    # With the fastest leak membranes follow their inputs, so that a decay shows the line.
    fast = float(neuron_quantities(bench.fields, {"i_bias_leak": highest_code})["tau_mem_us"])
    first, second = _decay.line_shares
    begin = max(_decay.membranes_gone * fast, first * goal)
    builder = bench.changed(**{f"i_bias_synin_{line}_tau": codes, "i_bias_leak": highest_code})
    return time_constants(bench, builder, events(), (begin, begin + second * goal), _decay.rests * goal)


def _connect_drivers(builder: ProgramBuilder, line: str) -> None:
    """Let the first drivers of each hemisphere send events to the inputs of one kind with full weight."""
    mode = {"exc": "excitatory", "inh": "inhibitory"}[line]
    driver, weights = _containers["SynapseDriverConfig"], _containers["SynapseWeightQuad"]
    chosen = np.flatnonzero(driver.numbering.views()["synapse_driver"] < _decay.drivers)
    answering = {"enable_receiver": True, "row_address_compare_mask": 0, "enable_address_out": True}
    builder.write_instances(driver, chosen, {**answering, "row_mode_bottom": mode, "row_mode_top": "disabled"})
    rows = np.flatnonzero(weights.numbering.views()["synapse_row"] < 2 * _decay.drivers)
    builder.write_instances(weights, rows, {"values": [weights.by_name["values"].high] * 4})
