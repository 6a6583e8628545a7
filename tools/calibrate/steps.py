"""The steps of a calibration, in their order: each writes codes, measures, and leaves the codes that it has found."""

from __future__ import annotations

from functools import partial

import numpy as np

from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.transfer import highest_code, load_transfer, neuron_quantities, preset
from hicannx.tools.calibrate import laws
from hicannx.tools.calibrate.bench import Bench, Codes, Numbers, neurons, quadrants, quiet, settle
from hicannx.tools.calibrate.counts import mean_counts
from hicannx.tools.calibrate.search import Answer, bisect, shift_to
from hicannx.tools.calibrate.settings import load_settings
from hicannx.tools.calibrate.spikes import count_spikes

Targets = dict[str, float]
_containers = load_registers().containers
_search = load_settings().search


def ramps(bench: Bench, targets: Targets) -> None:
    """Slopes of the CADC's ramps: a step of the leak potential has to be as many counts as on a nominal chip."""
    code = laws.solve("v_leak_cadc", targets["leak_cadc"], bench.fields)
    step = _search.ramp_step
    low = mean_counts(bench, bench.changed(v_leak=code))
    high = mean_counts(bench, bench.changed(v_leak=code + step))
    quadrant = load_registers().coordinates["neuron"].views()["quadrant"]
    rises = np.array([np.median((high - low)[quadrant == one]) for one in range(quadrants)])
    wanted = step * laws.per_code("v_leak_cadc", code)
    bench.run(bench.changed(cadc_i_ramp_slope=np.rint(bench.cells["cadc_i_ramp_slope"] * rises / wanted)))


def channels(bench: Bench, targets: Targets) -> None:
    """Digital offsets: sensors that were reset show the same potential to all channels."""
    from hicannx.emu.facts import load_facts

    names = ("enable_internal_causal", "enable_internal_acausal")
    builder = ProgramBuilder()
    _switch(builder, **dict.fromkeys(names, 1))
    reset = _containers["CorrelationReset"]
    views = reset.numbering.views()
    rows = np.flatnonzero(views["synapse_row"] == 0)
    builder.write_instances(reset, rows, {})
    counts = mean_counts(bench, builder, branches=(0, 1)).reshape(2, 2, -1)  # branch, hemisphere, column
    constants = load_transfer().constants
    lsb_v, zero_v = constants["cadc_lsb_v"].value, constants["cadc_zero_v"].value
    wanted = np.floor((float(load_facts("cadc")["sensor"]["baseline_v"]) - zero_v) / lsb_v)
    builder = ProgramBuilder()
    bench.put_offsets(builder, np.rint(wanted - counts).astype(np.int64).swapaxes(0, 1).ravel())
    watch_membranes(builder)
    bench.run(builder)


def watch_membranes(builder: ProgramBuilder) -> None:
    """Connect both channels of each column to the neuron."""
    _switch(builder, enable_cadc_neuron_readout_causal=1, enable_cadc_neuron_readout_acausal=1)


def _switch(builder: ProgramBuilder, **switches: int) -> None:
    quad = _containers["ColumnCorrelationQuad"]
    chosen = {name: [bool(value)] * 4 for name, value in switches.items()}
    off = {name: [False] * 4 for name in quad.by_name if name not in chosen}
    builder.write_instances(quad, np.arange(quad.instances), off | chosen)


def leak(bench: Bench, targets: Targets) -> None:
    """Leak potentials, as the CADC sees membranes at rest."""
    slope = laws.per_code("v_leak_cadc")
    with quiet(bench):
        measure = partial(_measure, bench, "v_leak")
        codes = shift_to(bench.cells["v_leak"], targets["leak_cadc"], slope, _search.leak_turns, measure)
    bench.run(bench.changed(v_leak=codes))


def inputs(bench: Bench, targets: Targets) -> None:
    """Offsets of the synaptic inputs: one that has current, but no events, must not move the membrane."""
    alone = mean_counts(bench, bench.changed())
    for line, rises in (("exc", False), ("inh", True)):
        gm = f"i_bias_synin_{line}_gm"
        bench.run(bench.changed(**{gm: preset("spiking")[1][gm]}))
        name = f"i_bias_synin_{line}_shift"
        low, high = np.zeros(neurons, np.int64), np.full(neurons, highest_code + 1, np.int64)
        found = bisect(low, high, partial(_is_before, bench, name, alone, rises))
        pair = [_counts(bench, **{name: np.minimum(found + one, highest_code)}) for one in (0, 1)]
        nearer = np.abs(pair[1] - alone) < np.abs(pair[0] - alone)
        bench.run(bench.changed(**{name: np.minimum(found + nearer, highest_code)}))


def _is_before(bench: Bench, name: str, goal: Numbers, rises: bool, codes: Codes) -> Answer:
    builder = ProgramBuilder()
    bench.put_cells(builder, name, codes)
    settle(builder, _search.shift_settle_us)
    counts = mean_counts(bench, builder, repeats=_search.shift_repeats)
    return np.asarray(counts < goal if rises else counts > goal)


def reset(bench: Bench, targets: Targets) -> None:
    """Reset potentials, while all membranes are held there."""
    builder = ProgramBuilder()
    bench.put_fields(builder, force_reset=1)
    bench.run(builder)
    slope = laws.per_code("v_reset_cadc")
    measure = partial(_measure, bench, "v_reset")
    codes = shift_to(bench.cells["v_reset"], targets["reset_cadc"], slope, _search.reset_turns, measure)
    builder = bench.changed(v_reset=codes)
    bench.put_fields(builder, force_reset=0)
    bench.run(builder)


def threshold(bench: Bench, targets: Targets) -> None:
    """Thresholds: the code at which a neuron spikes whose membrane rests, as the CADC sees it, at the target."""
    kept, goal = bench.cells["v_leak"], targets["threshold_cadc"]
    slope, measure = laws.per_code("v_leak_cadc"), partial(_measure, bench, "v_leak")
    first = kept + round((goal - targets["leak_cadc"]) / slope)
    bench.run(bench.changed(v_leak=shift_to(first, goal, slope, _search.leak_turns, measure)))
    window_us, wanted = _counting(targets)
    usual = laws.solve("v_threshold_cadc", goal, bench.fields)
    low = np.full(neurons, max(usual - _search.threshold_codes // 2, 0))
    spikes = partial(_spikes_with, bench, window_us)
    found = bisect(low, low + _search.threshold_codes, lambda one: spikes(one) >= wanted)
    bench.run(bench.changed(v_threshold=found, v_leak=kept))


def _spikes_with(bench: Bench, window_us: float, codes: Codes) -> Codes:
    return count_spikes(bench, bench.changed(v_threshold=codes), window_us)


def _counting(targets: Targets) -> tuple[float, int]:
    """How long to count, and the spikes then of a neuron whose threshold is where its membrane would rest.

    The mean time in which an Ornstein-Uhlenbeck process comes from far below to its mean is tau (ln(a / s) + 0.635),
    with a the way and s the standard deviation.
    """
    noise = float(neuron_quantities({}, {})["membrane_noise_v"]) / load_transfer().constants["cadc_lsb_v"].value
    way = max(targets["threshold_cadc"] - targets["reset_cadc"], 1.0)
    period = targets["refractory_us"] + targets["tau_mem_us"] * (np.log(max(way / noise, 2.0)) + 0.635)
    wanted = load_settings().measurement.counting
    return wanted * period, wanted


def refractory(targets: Targets) -> dict[str, int]:
    """Fields for the refractory time, which is digital: the fastest clock that the counter has room for."""
    names = {"clock_scale_slow": "CommonNeuronBackendConfig", "refractory_time": "NeuronBackendConfig"}
    highest = [_containers[container].by_name[name].high for name, container in names.items()]
    scales, counts = np.indices([one + 1 for one in highest])
    fields = preset("spiking")[0] | {"clock_scale_slow": scales, "refractory_time": counts}
    reached, wanted = neuron_quantities(fields, {})["refractory_us"], targets["refractory_us"]
    scale = int(np.argmax(reached[:, -1] >= wanted))
    return {"clock_scale_slow": scale, "refractory_time": int(np.argmin(np.abs(reached[scale] - wanted)))}


def _measure(bench: Bench, name: str, codes: Codes) -> Numbers:
    return _counts(bench, **{name: codes})


def _counts(bench: Bench, **cells: Codes) -> Numbers:
    return mean_counts(bench, bench.changed(**cells))
