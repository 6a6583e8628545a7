"""Conversions: what the channels see, codes, what stays latched, and who reads it how."""

import numpy as np
import pytest

from hicannx.emu import state as st
from hicannx.emu.analog.sensor import ACAUSAL, CAUSAL, add_trace, traces
from hicannx.emu.analog.state import APPROACH, I_EXC, I_INH, NOISE, NOISY, SEED, TARGET, W_BEFORE, V, W, row
from hicannx.emu.machine import fpga_cycle_ticks, link_from_chip_ticks, link_to_chip_ticks
from hicannx.emu.readout import observe
from hicannx.regmodel.geometry import neuron_cell, shared_cell
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder

_causal, _acausal, _buffered = 0x8_0000, 0xC_0000, 0x20_0000
_even, _odd = slice(0, 256, 2), slice(1, 256, 2)
_names = {"causal": CAUSAL, "acausal": ACAUSAL}
_baseline = 180  # of sensors without a trace, after a calibration
_lsb_v = 4.5e-3


def _calibrate(board):
    """Converters on, ramps as after a calibration."""
    board.set("CADCConfig", [0, 1], enable=True)
    board.set("CapMemCell", [int(one) for one in shared_cell("cadc_i_ramp_slope")], value=369)
    board.set("CapMemCell", [int(one) for one in shared_cell("cadc_v_ramp_offset")], value=31)


@pytest.fixture
def sensors(board):
    """All channels see their sensors."""
    _calibrate(board)
    switches = {f"enable_internal_{name}": [True] * 4 for name in _names}
    board.set("ColumnCorrelationQuad", range(128), **switches)
    return board


@pytest.fixture
def membranes(board):
    """All channels see membranes, which are at 0.1 V and rising from neuron to neuron."""
    _calibrate(board)
    board.set("NeuronConfig", range(512), enable_readout_amplifier=True)
    switches = {f"enable_cadc_neuron_readout_{name}": [True] * 4 for name in _names}
    board.set("ColumnCorrelationQuad", range(128), **switches)
    _set_membranes(board)
    return board


def _set_membranes(board, counts=None):
    """Membranes that stay where they are, far from the edges between two counts."""
    neurons = board.chip.world.neurons
    for part in range(APPROACH, TARGET):
        row(neurons, part)[:] = 0
    row(neurons, V)[:] = 0.06 + _lsb_v * ((_expected() if counts is None else counts) + 0.5)


def _expected():
    return 9 + np.arange(512) % 211


def test_sensors_without_a_trace_read_the_baseline(sensors):
    for window in (_causal, _acausal):
        assert (sensors.read(window + 2 * 17) == _baseline).all()


@pytest.mark.parametrize("ppu", [0, 1])
@pytest.mark.parametrize("name", _names)
def test_a_trace_lowers_what_its_own_channel_reads(sensors, name, ppu):
    branch = _names[name]
    add_trace(sensors.state.sensors, ppu, branch, 40, 7, 20.5 * _lsb_v)
    add_trace(sensors.state.sensors, ppu, branch, 40, 7, 5 * _lsb_v)
    found = sensors.read((_causal, _acausal)[branch] + 2 * 40 + 1, ppu)
    assert found[3] == _baseline - 26
    assert (np.delete(found, 3) == _baseline).all()
    assert (sensors.read((_acausal, _causal)[branch] + 2 * 40 + 1, ppu) == _baseline).all()
    assert (sensors.read((_causal, _acausal)[branch] + 2 * 41 + 1, ppu) == _baseline).all()


def test_a_full_sensor_takes_no_more(sensors):
    for _ in range(3):
        add_trace(sensors.state.sensors, 0, CAUSAL, 0, 0, 100.1 * _lsb_v)
    assert traces(sensors.state.sensors)[0, CAUSAL, 0, 0] == np.float32(0.72)
    assert abs(int(sensors.read(_causal)[0]) - (_baseline - 160)) <= 1


def test_a_reset_sensor_reads_the_baseline_again(sensors):
    traces(sensors.state.sensors)[:] = 50.5 * _lsb_v
    chosen = (np.arange(128) % 5 == 0).astype(np.uint8)
    sensors.write(_causal + 2 * 8, 1, chosen)
    assert (sensors.read(_causal + 2 * 8) == np.where(chosen, _baseline, _baseline - 51)).all()
    assert (sensors.read(_acausal + 2 * 8) == _baseline - 51).all()


def test_one_conversion_samples_both_branches_and_both_parities(sensors):
    """Later traces do not show in what is latched; the row of a buffered read does not matter."""
    stored = traces(sensors.state.sensors)
    stored[0, :, 5] = np.arange(512).reshape(2, 256) % 128 * _lsb_v + _lsb_v / 2
    wanted = _baseline - 1 - np.arange(512).reshape(2, 256) % 128
    first = sensors.read(_acausal + 2 * 5 + 1)
    stored[:] = 0
    assert (first == wanted[ACAUSAL, _odd]).all()
    for branch, window in ((CAUSAL, _causal), (ACAUSAL, _acausal)):
        for parity, columns in ((0, _even), (1, _odd)):
            for line in (5, 100):
                assert (sensors.read(_buffered + window + 2 * line + parity) == wanted[branch, columns]).all()
    assert (sensors.read(_causal + 2 * 5) == _baseline).all()
    assert (sensors.read(_buffered + _acausal + 1) == _baseline).all()


def test_hemispheres_convert_on_their_own(sensors):
    assert (sensors.read(_causal, 0) == _baseline).all()
    assert not sensors.read(_buffered + _causal, 1).any()
    assert (sensors.read(_causal, 1) == _baseline).all()


def test_a_conversion_takes_its_time_and_a_buffered_read_does_not(sensors):
    cycles = sensors.state.core[:, st.EXTRA_CYCLES]
    sensors.read(_causal)
    assert cycles[0] == 390
    sensors.read(_buffered + _acausal)
    assert cycles[0] == 0
    sensors.set("CADCConfig", [0], enable=True, reset_wait=40, dead_time=30)
    sensors.set("CommonCorrelationConfig", [0], sense_delay=11)
    sensors.read(_causal)
    sensors.read(_causal, 1)
    assert cycles.tolist() == [390 - 60 + 10 + 10, 390]


def test_a_disabled_converter_keeps_what_it_has_latched(sensors):
    assert (sensors.read(_causal) == _baseline).all()
    sensors.set("CADCConfig", [0], enable=False)
    traces(sensors.state.sensors)[:] = 50 * _lsb_v
    assert (sensors.read(_causal) == _baseline).all()
    assert sensors.state.core[0, st.EXTRA_CYCLES] == 0


@pytest.mark.parametrize("ppu", [0, 1])
def test_membranes_are_read_by_both_branches(membranes, ppu):
    wanted = _expected()[256 * ppu : 256 * (ppu + 1)]
    assert (membranes.read(_causal, ppu) == wanted[_even]).all()
    assert (membranes.read(_buffered + _causal + 1, ppu) == wanted[_odd]).all()
    assert (membranes.read(_buffered + _acausal, ppu) == wanted[_even]).all()
    assert (membranes.read(_buffered + _acausal + 1, ppu) == wanted[_odd]).all()


def test_the_membrane_that_is_read_is_that_of_the_present_step(membranes):
    """A neuron that relaxes is read where the model has it, at most one step of 50 ns earlier."""
    membranes.set("NeuronConfig", [0], enable_readout_amplifier=True)  # it relaxes again
    row(membranes.chip.world.neurons, V)[:] = 1.0
    found = []
    for _ in range(4):
        found.append(int(membranes.read(_causal)[0]))
        membranes.chip.advance(membranes.chip.now_tick + 20_000)
    assert found == sorted(found, reverse=True)
    assert found[0] > 0
    assert found[-1] < found[0]


def test_channel_offsets_are_added_and_counts_are_cut(membranes):
    membranes.set("CADCChannelConfig", [0], offset=100)  # top, causal, column 0
    membranes.set("CADCChannelConfig", [2], offset=-128)
    membranes.set("CADCChannelConfig", [256 + 4], offset=-3)
    membranes.set("CADCChannelConfig", [512 + 256 + 210], offset=127)
    _set_membranes(membranes)
    wanted = _expected()
    assert membranes.read(_causal)[:3].tolist() == [wanted[0] + 100, 0, wanted[4]]
    assert membranes.read(_buffered + _acausal)[:3].tolist() == [wanted[0], wanted[2], wanted[4] - 3]
    _set_membranes(membranes)
    row(membranes.chip.world.neurons, V)[256 + 210] = 0.9
    assert membranes.read(_acausal, 1)[105] == 255
    assert membranes.read(_buffered + _causal, 1)[105] == 186


def test_ramps_of_quadrants_have_their_own_slope_and_start(membranes):
    slope, start = shared_cell("cadc_i_ramp_slope"), shared_cell("cadc_v_ramp_offset")
    membranes.set("CapMemCell", [int(slope[1])], value=738)  # twice as fast: half the counts
    membranes.set("CapMemCell", [int(start[0])], value=31 + 24)  # 45 mV later: ten counts less
    _set_membranes(membranes, 100)
    assert (membranes.read(_causal) == np.repeat([90, 50], 64)).all()
    assert (membranes.read(_causal, 1) == 100).all()
    membranes.set("CommonCorrelationConfig", [0], cadc_v_offset_assignment=[1, 0])
    _set_membranes(membranes, 100)
    assert (membranes.read(_causal) == np.repeat([100, 45], 64)).all()


def test_a_flat_ramp_and_an_open_channel_read_the_ends_of_the_range(membranes):
    membranes.set("CapMemCell", [int(shared_cell("cadc_i_ramp_slope")[0])], value=0)
    membranes.set("ColumnCorrelationQuad", [16], enable_cadc_neuron_readout_acausal=[True] * 4)
    membranes.set("NeuronConfig", [130], enable_readout_amplifier=False)
    _set_membranes(membranes)
    found = membranes.read(_causal)
    assert (found[:64] == 255).all()
    assert found[64:69].tolist() == [0, 0, 0, 0, _expected()[136]]
    assert membranes.read(_buffered + _acausal)[64:67].tolist() == [_expected()[128], 0, _expected()[132]]


def test_a_neuron_hides_the_sensor_of_its_channel(membranes):
    membranes.set(
        "ColumnCorrelationQuad",
        [0],
        enable_cadc_neuron_readout_causal=[True, True, False, False],
        enable_internal_causal=[False, True, True, False],
    )
    _set_membranes(membranes)
    assert membranes.read(_causal)[:4].tolist() == [_expected()[0], _expected()[2], _baseline, 0]


@pytest.mark.parametrize("ppu", [0, 1])
def test_the_host_and_scalar_loads_see_what_vectors_show(sensors, quad_bytes, ppu):
    traces(sensors.state.sensors)[ppu] = np.arange(2 * 256 * 256).reshape(2, 256, 256) * 7 % 150 * _lsb_v + _lsb_v / 2
    base = (0x02C0_0000, 0x03C0_0000)[ppu] + 64 * 77
    addresses = [base + window + quad for window in (_causal, _buffered + _causal) for quad in range(64)]
    assert len(set(addresses)) == 128
    triggered, latched = np.split(quad_bytes(sensors.words(addresses)), 2)
    assert (triggered == latched).all()
    acausal = quad_bytes(sensors.words(base + _buffered + _acausal + np.arange(64)))
    for parity in range(2):
        half = slice(128 * parity, 128 * (parity + 1))
        assert (sensors.read(_causal + 2 * 77 + parity, ppu) == triggered[half]).all()
        assert (sensors.read(_buffered + _acausal + parity, ppu) == acausal[half]).all()
    words = triggered.reshape(64, 4)
    assert sensors.load(base + _causal + 33, ppu).to_bytes(4, "big") == words[33].tobytes()


def test_the_host_reads_samples_by_the_register_map(sensors):
    """Instances count hemisphere, trigger or buffer, branch, row, quad."""
    add_trace(sensors.state.sensors, 1, ACAUSAL, 200, 15, 10.5 * _lsb_v)
    addresses = load_registers().containers["CADCSampleQuad"].all_addresses()[:, 0]
    place = 65536 + 16384 + 200 * 64 + 33  # columns 9, 11, 13, 15
    assert sensors.words([addresses[place]])[0] == 0xB4B4B4B4 - 11
    assert sensors.words([addresses[place + 32768]])[0] == 0xB4B4B4B4 - 11
    assert sensors.words([addresses[place + 32768 - 16384]])[0] == 0xB4B4B4B4


def test_lines_and_adaptation_are_read(membranes):
    """Lines rest at 0.65 V and fall by 50 mV for a full event's current; the adaptation is above its rest."""
    for cell in ("i_bias_synin_exc_gm", "i_bias_synin_inh_gm", "v_adapt_ref"):
        membranes.set("CapMemCell", [int(one) for one in neuron_cell(cell)[[0, 2, 4, 6]]], value=500)
    for neuron, source in ((2, "exc_synin"), (4, "inh_synin"), (6, "adaptation")):
        membranes.set("NeuronConfig", [neuron], enable_readout_amplifier=True, readout_source=source)
    _set_membranes(membranes)
    neurons = membranes.chip.world.neurons
    row(neurons, I_EXC)[2], row(neurons, I_INH)[4] = 65, 0
    row(neurons, W)[6] = row(neurons, W_BEFORE)[6] = 0.101
    shown = [observe(membranes.state, int(membranes.state.readout.source[n]), n) for n in (2, 4, 6)]
    assert shown == pytest.approx([0.6, 0.65, 1.4963e-3 * 500 - 0.4359 + 0.101], abs=1e-5)
    row(neurons, I_EXC)[2] = 0  # it would decay meanwhile
    wanted = [_expected()[0], *(int((v - 0.06) / _lsb_v) for v in (0.65, shown[1], shown[2]))]
    assert membranes.read(_causal)[:4].tolist() == wanted


def test_channels_on_the_debug_line_read_a_cell_over_the_pad(board):
    """The routine of calix that finds offsets of channels: calix:src/py/calix/common/cadc_helpers.py:14-90."""
    _calibrate(board)
    board.set("ColumnCorrelationQuad", range(128), **{f"enable_debug_{name}": [True] * 4 for name in _names})
    assert not board.read(_causal).any()
    board.set("CapMemCell", [128], value=300)
    board.set("CapMemBlockConfig", [0], debug_readout_enable=True, debug_capmem_coord=128)
    board.set(
        "PadMultiplexerConfig",
        [0],
        capmem_v_out_mux=[True, False, False, False],
        capmem_v_out_mux_to_capmem_intermediate_mux=True,
        capmem_intermediate_mux_to_pad=True,
        cadc_debug_causal_to_synapse_intermediate_mux=True,
        cadc_debug_acausal_to_synapse_intermediate_mux=True,
        synapse_intermediate_mux_to_pad=True,
    )
    for code in (100, 300):
        board.set("CapMemCell", [128], value=code)
        wanted = int((1.875e-3 * code + 18.75e-3 - 0.06) / _lsb_v)
        for ppu in range(2):
            assert (board.read(_causal, ppu) == wanted).all()
            assert (board.read(_buffered + _acausal + 1, ppu) == wanted).all()
    board.set("PadMultiplexerConfig", [0])
    assert not board.read(_causal).any()


def test_a_neuron_reaches_other_channels_over_the_debug_line(membranes):
    membranes.set(
        "ColumnCorrelationQuad",
        [0],  # columns 0, 2, 4, 6
        enable_cadc_neuron_readout_causal=[False, True, False, False],
        enable_internal_causal=[False, False, False, True],
        enable_debug_causal=[True, True, False, False],
    )
    _set_membranes(membranes)
    assert membranes.read(_causal)[:4].tolist() == [_expected()[2], _expected()[2], 0, _baseline]


def test_noise_differs_from_channel_to_channel_and_time_to_time(membranes):
    """About one count: calix:src/py/calix/hagen/neuron_leak_bias.py:953-1015."""
    membranes.chip.world.neurons.counts[[NOISY, SEED]] = 1, 5
    row(membranes.chip.world.neurons, NOISE)[:] = 0
    reads = []
    for _ in range(20):
        _set_membranes(membranes, 100)
        reads.append(membranes.read(_causal).astype(float))
    found = np.array(reads)
    assert found.mean() == pytest.approx(100, abs=0.2)
    assert np.std(found) == pytest.approx(1.04, abs=0.08)
    assert abs(np.corrcoef(found[:-1].ravel(), found[1:].ravel())[0, 1]) < 0.1


def test_the_answer_to_the_host_comes_behind_the_conversion(sensors):
    """The buffered read behind it keeps its place."""
    base = 0x02C0_0000 + 64 * 77
    builder = ProgramBuilder()
    builder.read_words([0x0200_0000, base + _causal, base + _buffered + _causal + 1])
    builder.barrier()
    builder.read_words([0x0200_0000])
    ticks = np.diff(sensors._play(builder).read_ticks)
    assert ticks[0] == 390 * 2 + fpga_cycle_ticks
    assert ticks[1] == 0
    assert ticks[2] > link_to_chip_ticks + link_from_chip_ticks


def test_a_ramp_is_converted_as_after_a_calibration(membranes):
    """Acceptance test V22 of the analog reference: 20 + (V - 0.15 V) / 4.5 mV within 3 counts, from 30 to 210."""
    potentials = 0.15 + 4.5e-3 * (np.linspace(30, 210, 512) - 20)
    _set_membranes(membranes)
    row(membranes.chip.world.neurons, V)[:] = potentials
    for ppu in range(2):
        for parity, columns in ((0, _even), (1, _odd)):
            found = membranes.read(_buffered * parity + _causal + parity, ppu).astype(float)
            wanted = 20 + (potentials[256 * ppu :][:256][columns] - 0.15) / 4.5e-3
            assert abs(found - wanted).max() <= 3


def test_a_processor_converts_every_1_7_us(sensors):
    """Acceptance test V22: a loop that takes both parities of a conversion; 1.7 us on the chip (hxtorch neuron.py)."""
    rounds = 10
    loop = f"""
        lis 4, {_causal >> 16}
        lis 5, {(_buffered | _causal) >> 16}
        ori 5, 5, 1
        li 6, {rounds}
        mtctr 6
    again:
        fxvinx 1, 0, 4
        fxvinx 2, 0, 5
        sync
        bdnz again
    """
    sensors.run(loop)
    first = int(sensors.state.core[0, st.CYCLES])
    sensors.run(loop.replace(f"li 6, {rounds}", f"li 6, {2 * rounds}"))
    period_us = (int(sensors.state.core[0, st.CYCLES]) - first) / rounds / 250
    assert period_us == pytest.approx(1.7, abs=0.15)


def test_a_debugger_that_looks_starts_no_conversion(sensors):
    from hicannx.emu.addressspace import read_bytes

    assert read_bytes(sensors.state, 0, 0x80000000 + (0x02C80000 << 2), 4) == b""
    assert not sensors.state.latch.any()
