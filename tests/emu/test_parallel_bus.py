"""The windows of the parallel bus: cells, resets, random numbers, time, and addresses where nothing answers."""

import numpy as np
import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.emu import lfsr
from hicannx.emu import state as st
from hicannx.emu.analog.sensor import ACAUSAL, CAUSAL, traces
from hicannx.emu.synram import permutation
from hicannx.render import render_text

_rng = np.random.default_rng(4)
_even, _odd = slice(0, 256, 2), slice(1, 256, 2)
synacc = (0x02C00000, 0x03C00000)


def _vector(high=256):
    return _rng.integers(0, high, 128).astype(np.uint8)


def _complaint(action):
    with pytest.raises(DiagnosticError) as caught:
        action()
    return render_text(caught.value.diagnostics)


@pytest.mark.parametrize("ppu", [0, 1])
@pytest.mark.parametrize(
    ("window", "cells", "mask"),
    [(0x0_0000, "weights", 63), (0x4_0000, "labels", 63), (0x1_0000, "even_msb2", 3), (0x2_0000, "odd_msb2", 3)],
)
def test_vectors_are_rows_of_cells_of_one_parity(board, window, cells, mask, ppu):
    own, vector = getattr(board.state, cells), _vector()
    board.write(window + 2 * 200 + 1, vector, ppu=ppu)
    assert (own[ppu, 200, _odd] == vector & mask).all()
    assert np.count_nonzero(own) == np.count_nonzero(vector & mask)
    assert (board.read(window + 2 * 200 + 1, ppu) == vector & mask).all()
    assert not board.read(window + 2 * 200, ppu).any()
    chosen = (np.arange(128) % 3 == 0).astype(np.uint8)
    board.write(window + 2 * 200 + 1, vector ^ 255, chosen, ppu)
    assert (own[ppu, 200, _odd] == np.where(chosen, vector ^ 255, vector) & mask).all()


def test_the_host_sees_weights_permuted_and_everything_else_as_it_is(board, quad_bytes):
    weights, labels = _vector(64), _vector(64)
    board.write(2 * 9, weights)
    board.write(0x4_0000 + 2 * 9, labels)
    places = np.arange(32)  # the even columns are the first half of the quads of a row
    assert (quad_bytes(board.words(synacc[0] + 64 * 9 + places)) == permutation[weights]).all()
    assert (quad_bytes(board.words(synacc[0] + 0x4_0000 + 64 * 9 + places)) == labels).all()


@pytest.mark.parametrize("ppu", [0, 1])
def test_raw_vectors_show_what_the_host_sees_in_the_raw_window(board, quad_bytes, ppu):
    for raw_row, parity in ((2 * 77, 0), (2 * 77 + 1, 1)):
        vector = _vector()
        board.write(0xF_0000 + 2 * raw_row + parity, vector, ppu=ppu)
        assert (board.read(0xF_0000 + 2 * raw_row + parity, ppu) == vector).all()
        words = synacc[ppu] + 0xF_0000 + 64 * raw_row + 32 * parity + np.arange(32)
        assert (quad_bytes(board.words(words)) == vector).all()
    assert board.state.weights[ppu, 77, _even].any()
    assert board.state.odd_msb2[ppu, 77, _odd].any()
    assert (board.state.labels[ppu, 77, _odd] == vector & 63).all()


def test_the_test_mask_bit_changes_nothing(board):
    vector = _vector(64)
    board.write(0x10_0000 + 5, vector)
    assert (board.read(5) == vector).all()
    assert (board.read(0x10_0005) == vector).all()


def test_column_switches_written_as_vectors_take_effect(board):
    assert not board.state.channel_source.any()
    board.write(0xF_0000 + 2 * 514, 0x40)  # raw row 514, bit 6: causal sensors to the CADC
    board.chip.advance(board.chip.now_tick + 1)
    assert (board.state.channel_source[0, CAUSAL, _even] == st.SENSOR).all()
    assert np.count_nonzero(board.state.channel_source) == 128


@pytest.mark.parametrize("ppu", [0, 1])
def test_the_payload_says_which_sensors_a_store_to_the_causal_window_resets(board, ppu):
    stored = traces(board.state.sensors)
    stored[:] = 0.25
    payload, chosen = _vector(4), (_vector(2))
    board.write(0x8_0000 + 2 * 31 + 1, payload, chosen, ppu)
    for branch in (CAUSAL, ACAUSAL):
        reset = (payload >> branch & 1).astype(bool) & chosen.astype(bool)
        assert reset.any()
        assert (stored[ppu, branch, 31, _odd] == np.where(reset, np.float32(0), np.float32(0.25))).all()
    kept = np.ones_like(stored, bool)
    kept[ppu, :, 31, _odd] = False
    assert (stored[kept] == 0.25).all()


@pytest.mark.parametrize(
    ("window", "causal", "acausal"), [(0x9_0000, True, True), (0xD_0000, False, True), (0xC9_0000, True, True)]
)
def test_a_store_to_a_reset_window_resets_whatever_the_payload(board, window, causal, acausal):
    stored = traces(board.state.sensors)
    stored[:] = 0.25
    chosen = _vector(2)
    board.write(window + 2 * 255, 0, chosen)
    for branch, is_reset in ((CAUSAL, causal), (ACAUSAL, acausal)):
        expected = np.where(chosen * is_reset, np.float32(0), np.float32(0.25))
        assert (stored[0, branch, 255, _even] == expected).all()
    assert np.count_nonzero(stored == 0) == chosen.sum() * (causal + acausal)


def test_the_host_and_scalar_stores_reset_sensors_of_quads(board):
    traces(board.state.sensors)[:] = 0.25
    board.set("CorrelationReset", [256 * 64 + 3 * 64 + 33])
    assert np.argwhere(traces(board.state.sensors) == 0)[:, [0, 2, 3]].tolist() == 2 * [
        [1, 3, column] for column in (9, 11, 13, 15)
    ]
    board.run("lis 4, 0x8b24\nli 3, 0\nstb 3, 1(4)")  # 0x02c90000 << 2: row 0, entry 1
    assert np.argwhere(traces(board.state.sensors)[0] == 0).tolist() == [[0, 0, 2], [1, 0, 2]]


def _fired(board, action):
    neurons = board.chip.world.neurons
    before = neurons.spike_count.copy()
    action()
    board.chip.advance(board.chip.now_tick + 200)
    return np.flatnonzero(neurons.spike_count - before).tolist()


@pytest.fixture
def firing(board):
    """Neurons that can fire."""
    board.set("NeuronConfig", range(512), enable_fire=True)
    return board


@pytest.mark.parametrize("ppu", [0, 1])
@pytest.mark.parametrize("window", [0xC9_0000, 0x9_0000])
def test_a_store_behind_the_last_row_resets_neurons(firing, window, ppu):
    chosen = np.zeros(128, np.uint8)
    chosen[[0, 31, 32, 127]] = 1
    fired = _fired(firing, lambda: firing.write(window + 512 + 1, 0, chosen, ppu))
    assert fired == [256 * ppu + column for column in (1, 63, 65, 255)]


def test_all_neurons_of_a_parity_are_reset_at_once(firing):
    assert _fired(firing, lambda: firing.write(0xC9_0000 + 512, 0)) == list(range(0, 256, 2))


def test_behind_the_last_row_of_the_causal_window_bit_1_resets_neurons(firing):
    payload = np.zeros(128, np.uint8)
    payload[:4] = [0, 1, 2, 3]
    assert _fired(firing, lambda: firing.write(0x8_0000 + 512, payload)) == [4, 6]


def test_the_host_resets_neurons_of_a_quad(firing):
    assert _fired(firing, lambda: firing.set("NeuronResetQuad", [64 + 33])) == [256 + c for c in (9, 11, 13, 15)]


def test_a_scalar_byte_store_resets_one_neuron(firing):
    assert _fired(firing, lambda: firing.run("lis 4, 0x8b25\nstb 3, 3(4)")) == [6]  # 0x02c94000 << 2, entry 3


@pytest.mark.parametrize("ppu", [0, 1])
def test_a_seed_is_the_low_byte_of_a_column(board, ppu):
    seed, chosen = _vector(), _vector(2)
    board.write(0xE_0000 + 1, seed, chosen, ppu)
    power_up = 0xFFFF
    assert (board.state.lfsr[ppu, _odd] == np.where(chosen, seed.astype(int), power_up)).all()
    assert (board.state.lfsr[ppu, _even] == power_up).all()
    assert (board.state.lfsr[1 - ppu] == power_up).all()


def _steps(state, taps, count):
    for _ in range(count):
        state = state >> 1 ^ taps * (state & 1)
    return state


def test_each_read_gives_eight_new_bits_a_column(board):
    board.write(0xE_0000, 1)
    taps = lfsr.taps[_even].astype(np.int64)
    first, second = board.read(0xE_0000), board.read(0xE_0000)
    assert (first == _steps(np.ones(128, np.int64), taps, 8) & 255).all()
    assert (second == _steps(np.ones(128, np.int64), taps, 16) & 255).all()
    assert len(np.unique(first)) > 64
    assert (board.state.lfsr[0, _odd] == 0xFFFF).all()


def test_a_register_that_holds_zero_stays_there(board):
    board.write(0xE_0000, 0)
    assert not board.read(0xE_0000).any()
    assert not board.state.lfsr[0, _even].any()


def test_every_column_has_taps_of_its_own_and_the_full_period():
    taps = lfsr.taps.astype(np.int64)
    assert len(np.unique(taps)) == len(taps) == 256
    state, back = np.ones_like(taps), np.zeros_like(taps)
    for step in range(1, 65536):
        state = state >> 1 ^ taps * (state & 1)
        back = np.where((state == 1) & (back == 0), step, back)
    assert (back == 65535).all()


@pytest.mark.parametrize(
    ("address", "cycles"),
    [
        (0x0_0000, 0),
        (0xF_0000, 0),
        (0xE_0000, 0),
        (0x8_0000, 203),
        (0x9_0001, 203),
        (0xD_0000, 203),
        (0xC9_0200, 0),
        (0x8000_0000, 18),
        (0x8100_0000, 18),
    ],
)
def test_what_a_store_takes_beside_one_to_a_near_row(board, address, cycles):
    board.write(address, 3)
    assert board.state.core[0, st.EXTRA_CYCLES] == cycles


@pytest.mark.parametrize(("address", "cycles"), [(0x4_0000, 0), (0xE_0000, 0), (0x8000_0000, 334), (0x8100_0008, 334)])
def test_what_a_read_takes_beside_one_of_a_near_row(board, address, cycles):
    board.read(address)
    assert board.state.core[0, st.EXTRA_CYCLES] == cycles


def test_the_reset_of_sensors_takes_as_long_as_its_register_says(board):
    board.set("CommonCorrelationConfig", [1], reset_duration=50)
    board.write(0x9_0000, 0, ppu=1)
    board.write(0x9_0000, 0, ppu=0)
    assert board.state.core[:, st.EXTRA_CYCLES].tolist() == [203, 53]


_nothing_to_read = [0x9_0000, 0xD_0000, 0xC9_0200, 0x204, 0x4_0204, 0x8_0200, 0x28_0200, 0xC_0200, 0xE_0002, 0xF_0408]
_nothing_to_write = [
    0x204,
    0x8_0202,
    0x28_0000,
    0xC_0000,
    0xD_0200,
    0xE_0002,
    0x20_0000,
    0x29_0000,
    0xA_0000,
    0x100_0000,
]


@pytest.mark.parametrize("address", [*_nothing_to_read, 0x5_0000, 0x20_0000, 0x2E_0000, 0x7FFF_FFFF, 0x8000_8000])
def test_nothing_is_read_where_nothing_answers(board, address):
    lines = _complaint(lambda: board.read(address)).splitlines()
    assert lines[0] == f"error[E106]: nothing answers at parallel-bus address {address:#010x}"
    assert lines[1] == "  = note: the top PPU stands at 0x0008"


@pytest.mark.parametrize("address", _nothing_to_write)
def test_nothing_is_written_where_nothing_answers(board, address):
    text = _complaint(lambda: board.write(address, 1))
    assert text.startswith(f"error[E106]: nothing answers at parallel-bus address {address:#010x}\n")
    assert "  = help: vector addresses are a window of the synapse array + 2 * row + parity" in text


@pytest.mark.parametrize(
    ("action", "first"),
    [
        (
            lambda board: board.words([0x02C90000]),
            "error[E102]: the register at Omnibus address 0x02c90000 cannot be read",
        ),
        (
            lambda board: board.write_word(0x02C80000, 3),
            "error[E103]: the register at Omnibus address 0x02c80000 cannot be written",
        ),
        (lambda board: board.words([0x02CE0000]), "error[E101]: there is no register at Omnibus address 0x02ce0000"),
        (lambda board: board.words([0x02CD0000]), "error[E101]: there is no register at Omnibus address 0x02cd0000"),
    ],
)
def test_the_omnibus_has_no_more_than_the_register_maps(board, action, first):
    assert _complaint(lambda: action(board)).splitlines()[:2] == [first, "  = note: accessed by the playback program"]
