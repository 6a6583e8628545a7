"""Virtual chips: spreads as the table says, files, and what each array does to the chip."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.emu.analog import state as st
from hicannx.emu.analog.charge import fold, inject_row
from hicannx.emu.analog.driver import pulse_noise
from hicannx.emu.analog.sensor import CAUSAL, note_event, note_pulse, settle, traces
from hicannx.emu.analog.state import EXC, I_EXC, NOISY, SEED, WEIGHTS, V, row
from hicannx.emu.cadc import convert
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.instance import Instance, make_instance, row_values
from hicannx.emu.instancefile import load_instance, save_instance
from hicannx.emu.kernelcache import njit
from hicannx.emu.readoutstate import MEMBRANE
from hicannx.emu.state import NEURON
from hicannx.emu.variation import effective_codes
from hicannx.regmodel.geometry import neuron_cell, shared_cell
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.spread import load_spreads
from hicannx.regmodel.transfer import neuron_quantities, preset

seeds = range(1, 41)
measured = [name for name, one in load_spreads().items() if one.of in ("cell", "neuron", "driver", "channel")]
containers = load_registers().containers


@cache
def instance(seed: int, is_calibrated: bool = False) -> Instance:
    return make_instance(seed, is_calibrated=is_calibrated)


def deviations(name: str, chips: Iterable[Instance]) -> tuple[float, float]:
    """Standard deviations within and between quadrants over many chips."""
    form = load_spreads()[name].form
    within, between = [], []
    for one in chips:
        values, quadrant = row_values(one, name)
        values = np.log(values) if form == "logarithmic" else values
        means = np.array([values[quadrant == q].mean() for q in range(4)])
        rest = values / means[quadrant] - 1 if form == "relative" else values - means[quadrant]
        within.append(rest)
        between.append(means - (1 if form == "relative" else 0))
    return float(np.concatenate(within).std()), float(np.sqrt(np.mean(np.square(between))))


@pytest.mark.parametrize("name", measured)
def test_spreads_are_those_of_the_table(name: str) -> None:
    spread = load_spreads()[name]
    within, between = deviations(name, map(instance, seeds))
    assert within == pytest.approx(spread.within, rel=0.04, abs=1e-6)
    if spread.quadrant:  # of 160 numbers
        assert between == pytest.approx(spread.quadrant, rel=0.2)


@pytest.mark.parametrize(("one", "other"), [("v_leak", "v_reset"), ("i_bias_synin_exc_gm", "i_bias_synin_inh_gm")])
def test_rows_of_a_group_are_correlated(one: str, other: str) -> None:
    rows = [np.array([row_values(instance(seed), name)[0] for seed in seeds]) for name in (one, other)]
    quadrant = row_values(instance(1), one)[1]
    means = [np.stack([row[:, quadrant == q].mean(1) for q in range(4)], axis=1) for row in rows]
    rest = [row - mean[:, quadrant] for row, mean in zip(rows, means, strict=True)]
    expected = load_spreads()[one].correlation
    assert np.corrcoef(*map(np.ravel, rest))[0, 1] == pytest.approx(expected, abs=0.01)
    assert np.corrcoef(*map(np.ravel, means))[0, 1] == pytest.approx(expected, abs=0.1)  # of 160 pairs


def test_a_calibration_leaves_its_share() -> None:
    for name in ("v_leak", "v_reset", "v_threshold", "i_bias_leak", "i_bias_synin_exc_tau"):
        raw, _ = deviations(name, [instance(2)])
        left, _ = deviations(name, [instance(2, True)])
        assert left / raw == pytest.approx(load_spreads()[name].calibrated, rel=0.02)


def test_a_seed_makes_the_same_chip_and_another_one_another() -> None:
    again = make_instance(1)
    for name, values in instance(1).arrays.items():
        assert (again.arrays[name] == values).all()
        assert (instance(2).arrays[name] != values).mean() > 0.5 or name in ("cell_gain", "cell_offset")
    offsets = instance(1).arrays["cell_offset"][neuron_cell("v_leak")[:3]]
    assert offsets.tolist() == pytest.approx([47.9016, 42.9164, -50.5349], abs=1e-3)  # for all times


def test_a_file_keeps_a_chip() -> None:
    back = load_instance(save_instance(instance(7, True)), "chip.npz")
    assert (back.seed, back.is_calibrated) == (7, True)
    assert all((back.arrays[name] == values).all() for name, values in instance(7, True).arrays.items())


def _file(**changed: Any) -> bytes:
    content = {"version": 1, "seed": 1, "is_calibrated": 0, **instance(1).arrays, **changed}
    stream = io.BytesIO()
    np.savez(stream, **{name: value for name, value in content.items() if value is not None})
    return stream.getvalue()


_nan, _negative = np.full(512, np.nan, np.float32), np.full(512, -1, np.float32)


@pytest.mark.parametrize(
    ("data", "code", "title"),
    [
        (b"", "E180", "`a.npz` holds no virtual chip"),
        (b"PK\x03\x04 and nothing else", "E180", "`a.npz` holds no virtual chip"),
        (_file()[:100_000], "E180", "`a.npz` holds no virtual chip"),
        (_file(version=None), "E180", "`a.npz` holds no virtual chip"),
        (_file(seed="one"), "E180", "`a.npz` holds no virtual chip"),
        (_file(seed=np.array([object()])), "E180", "`a.npz` holds no virtual chip"),
        (_file(version=2), "E181", "`a.npz` has version 2 of virtual chips, this software reads 1"),
        (_file(capacitor=None), "E182", "`a.npz` lacks the array `capacitor`"),
        (
            _file(capacitor=np.zeros(3)),
            "E182",
            "the array `capacitor` of `a.npz` is float64 [3], not float32 [512]",
        ),
        (_file(column_gain=_nan), "E182", "the array `column_gain` of `a.npz` has values that are no numbers"),
        (_file(capacitor=_negative), "E182", "the array `capacitor` of `a.npz` has values that are not positive"),
    ],
)
def test_a_file_that_is_none_is_refused(data: bytes, code: str, title: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        load_instance(data, "a.npz")
    (found,) = caught.value.diagnostics
    assert (found.code, found.title) == (code, title)


@pytest.mark.parametrize("seed", [1 << 63, -(1 << 63) - 1, 99999999999999999999])
def test_a_seed_that_no_file_holds_is_refused(seed: int) -> None:
    with pytest.raises(DiagnosticError) as caught:
        make_instance(seed)
    (found,) = caught.value.diagnostics
    assert (found.code, found.title) == ("E183", f"the seed {seed} is too large")
    assert found.help == "give a number from -9223372036854775808 to 9223372036854775807"


@pytest.mark.parametrize("seed", [-(1 << 63), (1 << 63) - 1])
def test_the_largest_seeds_stand_in_files(seed: int) -> None:
    assert load_instance(save_instance(make_instance(seed)), "a.npz").seed == seed


# ---- what they do


def program(run_us: float = 0.0, **fields: int) -> bytes:
    """All neurons as the preset has them."""
    builder = ProgramBuilder()
    given, cells = preset("spiking")
    given |= fields
    for name, instances in (("NeuronConfig", 512), ("NeuronBackendConfig", 512), ("CommonNeuronBackendConfig", 2)):
        own = {one: value for one, value in given.items() if one in containers[name].by_name}
        builder.write_instances(containers[name], np.arange(instances), own)
    currents = containers["ColumnCurrentQuad"]
    switches = {name: [True] * 4 for name in given if name in currents.by_name}
    builder.write_instances(currents, np.arange(currents.instances), switches)
    model = load_registers().cells
    for name, code in cells.items():
        places = neuron_cell(name) if name in model.neuron else shared_cell(name)
        builder.write_instances(containers["CapMemCell"], places, {"value": code})
    builder.barrier()
    builder.setup_timer()
    builder.wait_until(int(run_us * 125))
    builder.halt()
    return builder.to_bytes()


@cache
def configured(seed: int | None) -> Chip:
    chip = Chip(instance=None if seed is None else instance(seed), noise=False)
    run_playback(chip, program())
    return chip


def test_without_an_instance_the_chip_is_nominal_and_without_noise() -> None:
    chip = configured(None)
    assert chip.world.neurons.counts[NOISY] == 0
    for part in ("parameter", "line", "duration"):
        values = getattr(chip.world.neurons, part)
        assert (values == values[..., :1]).all()


def test_quantities_of_neurons_spread() -> None:
    own, usual = configured(1).world.neurons.parameter, configured(None).world.neurons.parameter
    arrays = instance(1).arrays
    leak, threshold = neuron_cell("v_leak"), neuron_cell("v_threshold")
    offset = (arrays["cell_offset"] + arrays["cell_error"]) * 1e-3
    assert own[st.REVERSAL_OF] - usual[st.REVERSAL_OF] == pytest.approx(1.4963 * offset[leak], abs=1e-6)
    assert own[st.V_THRESHOLD] - usual[st.V_THRESHOLD] == pytest.approx(1.875 * offset[threshold], abs=1e-6)
    places, code = neuron_cell("i_bias_leak"), preset("spiking")[1]["i_bias_leak"]
    gain = arrays["cell_gain"][places] + arrays["cell_error"][places] / code
    share = arrays["capacitor"] * (63 + 6.32 * arrays["intrinsic"]) / 69.32
    assert own[st.TAU_OF] / usual[st.TAU_OF] == pytest.approx(share * gain**-0.72, rel=1e-5)
    assert 0.07 < np.log(own[st.TAU_OF]).std() < 0.12


def test_synapses_columns_and_delays_spread() -> None:
    chip = configured(1)
    state, arrays = chip.world.neurons, instance(1).arrays
    weights, labels = np.full(256, 40, np.uint8), np.zeros(256, np.uint8)
    inject_row(state, EXC, 0, weights, chip.world.chip.variation.synapse_gain[0, 3], labels, 0, 0.5, 0)
    assert state.charge[EXC, WEIGHTS, :256] == pytest.approx(arrays["synapse_gain"][0, 3] * (20 / 128), rel=1e-6)
    assert state.line[EXC, 3] == pytest.approx(arrays["event_delay_ns"] / 2)
    amplitude = state.line[EXC, 0] / configured(None).world.neurons.line[EXC, 0]
    cells = neuron_cell("i_bias_synin_exc_gm")
    gm = (500 * arrays["cell_gain"][cells] + arrays["cell_error"][cells]) / 500
    quadrant = load_registers().coordinates["neuron"].views()["quadrant"]
    dac = shared_cell("syn_i_bias_dac")[quadrant]
    scale = (600 * arrays["cell_gain"][dac] + arrays["cell_error"][dac]) / 600
    assert amplitude == pytest.approx(arrays["column_gain"] * scale * gm**0.45, rel=1e-5)
    state.charge[:] = 0  # others use this chip, too


def test_cells_of_currents_give_none_at_code_0() -> None:
    chip = Chip(instance=instance(1), noise=False)
    assert (row(chip.world.neurons, I_EXC) == 0).all()
    places = neuron_cell("i_bias_adapt_a")
    assert (effective_codes(chip.world.chip.variation, places, np.zeros(512, np.int64)) == 0).all()
    assert (effective_codes(chip.world.chip.variation, places, np.full(512, 9)) > 0).all()


def test_sensors_spread() -> None:
    found = []
    for chip in (Chip(), Chip(instance=instance(1), noise=False)):
        state = chip.world.chip
        state.sensors.rate[:], state.sensors.amplitude[:] = 0.2, 0.001
        for synapse_row in range(256):
            note_event(state, 0, synapse_row, 0, 1000)
        note_pulse(state, 9, 1000 + 2500)
        settle(state)
        found.append(traces(state.sensors)[0, CAUSAL, :, 9].copy())
    tau, amplitude = (instance(1).arrays[name][0, CAUSAL, :, 9] for name in ("sensor_tau", "sensor_amplitude"))
    assert found[1] / found[0] == pytest.approx(amplitude * np.exp(1 - 1 / tau), rel=1e-4)


@njit
def convert_once(chip: Any, hemisphere: int) -> int:
    return int(convert(chip, hemisphere, 0))


def _counts(chip: Chip, times: int) -> Any:
    """What the converters read of membranes that stand still at 0.5 V."""
    state = chip.world.chip
    state.converter[:, 0], state.channel_source[:], state.readout.source[:] = 1, NEURON, MEMBRANE
    state.ramp[..., 0], state.ramp[..., 1] = 0.06, 1 / 4.5e-3
    row(chip.world.neurons, V)[:] = 0.5
    found = []
    for _ in range(times):
        convert_once(state, 0)
        found.append(state.latch[0].astype(np.float64))
    return np.array(found)


def test_channels_spread_and_have_noise() -> None:
    still = _counts(Chip(instance=instance(1), noise=False), 2)
    assert (still[0] == still[1]).all()
    assert (still[0] == np.floor((0.44 / 4.5e-3) + instance(1).arrays["channel_offset"][0])).all()
    noisy = _counts(Chip(instance=instance(1)), 200)
    assert (noisy - noisy.mean(axis=0)).std() == pytest.approx(np.sqrt(1 + 1 / 12), rel=0.02)
    assert noisy.mean(axis=0) == pytest.approx(still[0], abs=1.0)


@njit
def some_pulses(found: Any) -> None:
    for k in range(len(found)):
        found[k] = pulse_noise(3, 1, 7, 4 * k)


def test_pulses_have_noise() -> None:
    found = np.zeros(10_000)
    some_pulses(found)
    assert found.mean() == pytest.approx(1, abs=0.001)
    assert found.std() == pytest.approx(0.025, rel=0.03)


def test_a_split_run_with_noise_equals_the_whole() -> None:
    chips = [Chip(instance=instance(3, True), noise_seed=5) for _ in range(2)]
    for chip in chips:
        run_playback(chip, program(enable_spike_out=1))
    whole, split = chips
    whole.advance(whole.now_tick + 50_000)
    end, at = whole.now_tick, split.now_tick
    for step in (1, 24, 25, 26, 12_345, 60_000):
        split.advance(min(at := at + step, end))
    split.advance(end)
    assert (whole.world.neurons.values == split.world.neurons.values).all()
    assert row(whole.world.neurons, V).std() > 1e-3


def test_noise_is_as_the_table_says() -> None:
    chip = Chip(noise=True)
    run_playback(chip, program(enable_threshold_comparator=0))
    found = []
    for _ in range(60):
        chip.advance(chip.now_tick + 10_000)
        found.append(row(chip.world.neurons, V).copy())
    late = np.array(found)[10:]
    wanted = float(neuron_quantities({}, {})["membrane_noise_v"])
    assert late.std(axis=0).mean() == pytest.approx(wanted, rel=0.05)


def test_another_seed_makes_other_noise() -> None:
    chips = [Chip(noise=True, noise_seed=seed) for seed in (1, 1, 2)]
    for chip in chips:
        run_playback(chip, program(10.0))
    first, same, other = (row(chip.world.neurons, V) for chip in chips)
    assert (first == same).all()
    assert (first != other).mean() > 0.9


def test_a_reset_keeps_the_chip_and_its_noise() -> None:
    chip = Chip(instance=instance(3))
    chip.set_reset(True)
    chip.set_reset(False)
    counts = chip.world.neurons.counts
    assert (counts[NOISY], counts[SEED]) == (1, 3)
    assert (chip.world.chip.variation.capacitor == instance(3).arrays["capacitor"]).all()


def test_noise_can_be_switched_while_the_chip_runs() -> None:
    chip = Chip()
    run_playback(chip, program(200.0))
    still = row(chip.world.neurons, V).copy()
    chip.set_noise(True, 9)
    chip.advance(chip.now_tick + 10_000)
    assert (row(chip.world.neurons, V) != still).all()
    chip.set_noise(False)
    before = row(chip.world.neurons, V).copy()
    chip.advance(chip.now_tick + 200_000)
    assert abs(row(chip.world.neurons, V) - still).max() < abs(before - still).max() / 100


def test_a_delay_moves_an_event_within_the_step() -> None:
    late, usual = Chip(), Chip()
    for chip in (late, usual):
        run_playback(chip, program())
    late.world.neurons.line[EXC, 3] = 5
    found = []
    for chip, offset in ((late, 2), (usual, 7)):
        state = chip.world.neurons
        weights, gains = np.full(256, 63, np.uint8), np.full(256, 128, np.uint8)
        inject_row(state, EXC, 0, weights, gains, np.zeros(256, np.uint8), 0, 1.0, offset)
        fold_once(state)
        found.append(row(state, I_EXC)[:256].copy())
    assert (found[0] == found[1]).all()


@njit
def fold_once(state: Any) -> None:
    fold(state)
