"""The fast converter: when it samples, what it is connected to, and how its samples reach the host."""

import numpy as np
import pytest

from hicannx.emu.analog.state import APPROACH, I_EXC, I_INH, NOISE, NOISY, SEED, TARGET, V, W, row
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.machine import tick_us
from hicannx.emu.readout import observe
from hicannx.regmodel.geometry import neuron_cell
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.messages import decode_messages

_maps = load_registers().containers
_period_us = 17 / 500


def _count(v):
    return round((v + 0.0949) / 1.894e-3)


class Bench:
    """A chip whose converter looks at one line, and programs that record."""

    def __init__(self):
        self.chip = Chip()
        self.builder = ProgramBuilder()
        self.builder.setup_timer()

    def write(self, name, instance=0, **fields):
        self.builder.write(_maps[name], instance, fields)

    def show(self, neuron, **fields):
        """Let a neuron drive its line, and the first multiplexer see it."""
        self.write("NeuronConfig", neuron, enable_readout=True, enable_readout_amplifier=True, **fields)
        place = neuron // 256
        self.look(neuron_odd=[place == 0, place == 1, False, False]) if neuron % 2 else self.look(
            neuron_even=[place == 0, place == 1, False, False]
        )

    def look(self, **fields):
        self.write("ReadoutSourceSelection", **fields)

    def record(self, us=40, start_us=200, **config):
        """Wake, start at a time, and run until it is over."""
        config.setdefault("number_of_samples", round(us / _period_us))
        self.write("MADCConfig", **config)
        self.write("MADCControl", wake_up=True, enable_pre_amplifier=True)
        self.builder.wait_until(125 * start_us)
        self.write("MADCControl", start_recording=True, enable_pre_amplifier=True)
        self.write("MADCControl", enable_pre_amplifier=True)
        self.builder.wait_until(125 * (start_us + us + 20))
        return self.run()

    def run(self):
        self.builder.halt()
        result = run_playback(self.chip, self.builder.to_bytes(), "test.bits")
        self.builder = ProgramBuilder()
        self.builder.setup_timer()
        return result


@pytest.fixture
def bench():
    return Bench()


def _hold(bench, potentials):
    """Membranes that stay where they are."""
    neurons = bench.chip.world.neurons
    for part in range(APPROACH, TARGET):
        row(neurons, part)[:] = 0
    row(neurons, V)[:] = potentials


def test_a_recording_has_its_number_of_samples_at_its_rate(bench):
    """500 MHz / (12 + 5) = 29.4 MHz: brainscales2-demos figure single_neuron_silent, steps of 32 and 40 ns."""
    bench.show(6)
    result = bench.record(number_of_samples=1000)
    assert len(result.madc_values) == 1000
    steps = np.diff(result.madc_times_us)
    assert np.allclose(steps, _period_us)
    start_us = 200 + (2 * 1 + 1 + 12 + 1 - 1) * 0.008
    assert result.madc_times_us[0] == pytest.approx(start_us + _period_us, abs=0.1)
    assert 29.4e6 < 1e6 / np.mean(steps) < 29.45e6
    assert result.madc_valid.tolist() == (np.arange(1, 1001) * 17 * tick_us >= 8).tolist()


@pytest.mark.parametrize(
    ("config", "ticks"),
    [
        ({"sample_duration_adjust": 0}, 12),
        ({"sample_duration_adjust": 7}, 19),
        ({"enable_madc_clock_scaling": True, "madc_clock_scale_value": 2}, 17 * 6),
    ],
)
def test_the_rate_follows_the_configuration(bench, config, ticks):
    result = bench.record(number_of_samples=100, **config)
    assert (np.diff(result.madc_ticks) == ticks).all()


def test_samples_show_the_membrane_that_is_selected(bench):
    """Also while all neurons are settled and nothing else happens; odd and even columns, top and bottom."""
    for neuron, v in ((6, 0.3002), (7, 0.5), (262, 0.7), (263, 0.9)):
        bench.show(neuron)
        bench.builder.wait_until(125 * 100)
        bench.run()
        _hold(bench, 0.1)
        row(bench.chip.world.neurons, V)[neuron] = v
        result = bench.record(20)
        assert (result.madc_values[result.madc_valid] == _count(v)).all()
        bench.write("NeuronConfig", neuron)
        bench.run()


def test_the_first_samples_of_a_recording_are_not_settled(bench):
    bench.show(6)
    bench.run()
    _hold(bench, 0.6)
    result = bench.record(20)
    assert result.madc_values[0] < _count(0.6) / 2
    assert not result.madc_valid[0]
    assert (result.madc_values[result.madc_valid] == _count(0.6)).all()


def test_all_four_readouts_of_a_neuron(bench):
    """The lines fall from where they rest; a full event's current of 65 nA is 50 mV. The adaptation is above its rest."""
    for source, wanted in (
        ("membrane", 0.4),
        ("exc_synin", 0.65 - 0.05),
        ("inh_synin", 0.65 - 0.05),
        ("adaptation", 0.5),
    ):
        bench = Bench()
        bench.write("CapMemCell", int(neuron_cell("i_bias_synin_exc_gm")[6]), value=500)
        bench.write("CapMemCell", int(neuron_cell("i_bias_synin_inh_gm")[6]), value=500)
        bench.write("CapMemCell", int(neuron_cell("v_adapt_ref")[6]), value=500)
        bench.show(6, readout_source=source)
        bench.builder.wait_until(125 * 150)
        bench.run()
        _hold(bench, 0.4)
        neurons = bench.chip.world.neurons
        v_ref = 1.4963e-3 * 500 - 0.4359
        row(neurons, I_EXC)[6], row(neurons, I_INH)[6], row(neurons, W)[6] = 65, 58.5, wanted - v_ref
        chip = bench.chip.world.chip
        shown = observe(chip, int(chip.readout.source[6]), 6)
        assert shown == pytest.approx(wanted, abs=1e-4)


def test_several_neurons_on_a_line_are_at_their_mean_and_none_leaves_it_open(bench):
    for neuron in (2, 8):
        bench.show(neuron)
    bench.run()
    _hold(bench, 0.1)
    row(bench.chip.world.neurons, V)[[2, 8]] = 0.4, 0.8
    assert (bench.record(12).madc_values[-100:] == _count(0.6)).all()
    for neuron in (2, 8):
        bench.write("NeuronConfig", neuron, enable_readout=True)  # without its amplifier
    assert (bench.record(12).madc_values[-100:] == _count(0.0)).all()


def test_two_multiplexers_take_turns(bench):
    bench.show(2)
    bench.write("NeuronConfig", 263, enable_readout=True, enable_readout_amplifier=True)
    bench.look(neuron_even=[True, False, False, False], neuron_odd=[False, False, False, True])
    bench.run()
    _hold(bench, 0.1)
    row(bench.chip.world.neurons, V)[[2, 263]] = 0.4, 0.8
    result = bench.record(20, active_mux_initially_selected_input=1, active_mux_input_select_length=2)
    assert result.madc_channels[:6].tolist() == [1, 1, 0, 0, 1, 1]
    for channel, v in ((0, 0.4), (1, 0.8)):
        assert (result.madc_values[result.madc_valid & (result.madc_channels == channel)] == _count(v)).all()


def test_a_recording_without_end_is_stopped(bench):
    bench.show(6)
    bench.write("MADCControl", wake_up=True, enable_pre_amplifier=True)
    bench.builder.wait_until(1250)
    bench.write("MADCControl", start_recording=True, enable_continuous_sampling=True, enable_pre_amplifier=True)
    bench.builder.wait_until(1250 * 400)
    bench.write("MADCControl", stop_recording=True, enable_power_down_after_sampling=True)
    bench.builder.wait_until(1250 * 410)
    result = bench.run()
    assert len(result.madc_values) == pytest.approx(1250 * 399 * 4 / 17, abs=2)
    assert result.madc_times_us[-1] == pytest.approx(4000, abs=0.2)
    bench.write("MADCControl", start_recording=True, enable_continuous_sampling=True)
    bench.builder.wait_until(1250)
    assert not len(bench.run().madc_values)  # it sleeps


def test_it_samples_when_it_is_awake(bench):
    """96 cycles of 2 ns by default; a start while it wakes waits."""
    times = []
    for wait in (96, 596):
        bench = Bench()
        bench.write("MADCConfig", number_of_samples=10, powerup_wait_value=wait)
        bench.builder.wait_until(999)
        bench.write("MADCControl", wake_up=True, start_recording=True, enable_power_down_after_sampling=True)
        bench.builder.wait_until(2000)
        result = bench.run()
        assert len(result.madc_ticks) == 10
        times.append(int(result.madc_ticks[0]))
    assert times[1] - times[0] == 500


def test_a_start_that_stays_begins_again(bench):
    """calix:src/py/calix/common/madc_base.py:250-256."""
    bench.write("MADCConfig", number_of_samples=10)
    bench.write("MADCControl", wake_up=True, start_recording=True)
    bench.builder.wait_until(125 * 10)
    result = bench.run()
    assert len(result.madc_ticks) > 200
    assert not result.madc_valid.any()


def test_samples_are_dropped_where_recording_is_off(bench):
    bench.write("MADCConfig", number_of_samples=1000)
    bench.write("MADCControl", wake_up=True, start_recording=True)
    bench.write("MADCControl")
    bench.builder.wait_until(125 * 10)
    bench.write("EventRecordingConfig", enable_event_recording=False)
    bench.builder.wait_until(125 * 20)
    bench.write("EventRecordingConfig", enable_event_recording=True)
    bench.builder.wait_until(125 * 50)
    times = bench.run().madc_times_us
    assert len(times) == pytest.approx(1000 - 10 / _period_us, abs=2)
    gap = np.flatnonzero(np.diff(times) > 1)
    assert len(gap) == 1
    assert times[gap[0] + 1] - times[gap[0]] == pytest.approx(10, abs=0.1)


def test_samples_stand_in_the_response_stream(bench):
    bench.write("MADCConfig", number_of_samples=700, enable_dummy_data=True)
    bench.write("MADCControl", wake_up=True, start_recording=True)
    bench.write("MADCControl")
    bench.builder.wait_until(125 * 50)
    result = bench.run()
    assert result.madc_values.tolist() == list(range(700))
    messages = [one for one in decode_messages(result.words()) if "value0" in one.fields]
    found = [one.fields[name] for one in messages for name in ("value0", "value1", "value2") if name in one.fields]
    assert found[:700] == list(range(700))


def test_a_split_run_gives_the_samples_of_the_whole_run(bench):
    def record(stops):
        own = Bench()
        own.write("CapMemCell", int(neuron_cell("v_leak")[6]), value=600)
        own.write("CapMemCell", int(neuron_cell("i_bias_leak")[6]), value=100)
        own.show(6)
        own.write("MADCConfig", number_of_samples=2000)
        own.write("MADCControl", wake_up=True, start_recording=True, enable_pre_amplifier=True)
        own.write("MADCControl", enable_pre_amplifier=True)
        own.builder.barrier()
        own.run()
        own.chip.world.neurons.counts[[NOISY, SEED]] = 1, 7
        for stop in stops:
            own.chip.advance(stop)
        return own.chip.take_samples()

    whole, split = record([40000]), record([*range(1000, 40000, 333), 40000])
    for one, other in zip(whole, split, strict=True):
        assert (one == other).all()
    assert len(np.unique(whole[1])) > 50


def test_noise_is_white(bench):
    """1.3 counts: figure single_neuron_silent."""
    bench.show(6)
    bench.run()
    _hold(bench, 0.5)
    state = bench.chip.world.neurons
    row(state, V)[:] = 0.5
    state.counts[[NOISY, SEED]] = 1, 3
    row(state, NOISE)[:] = 0
    values = bench.record(200).madc_values[300:].astype(float)
    assert np.std(values) == pytest.approx(1.33, abs=0.05)  # with the steps of the counts
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.05


def test_a_cell_reaches_the_converter_over_the_pad(bench):
    """As calix brings a known potential to the CADC: calix:src/py/calix/common/cadc_helpers.py:14-53."""
    bench.write("CapMemCell", 128, value=300)
    bench.write("CapMemBlockConfig", debug_readout_enable=True, debug_capmem_coord=128)
    bench.write(
        "PadMultiplexerConfig",
        capmem_v_out_mux=[True, False, False, False],
        capmem_v_out_mux_to_capmem_intermediate_mux=True,
        capmem_intermediate_mux_to_pad=True,
    )
    result = bench.record(12, connect_pads_to_madc=True, connect_preamp_to_madc=False)
    assert (result.madc_values[result.madc_valid] == _count(1.875e-3 * 300 + 18.75e-3)).all()
