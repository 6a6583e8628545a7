"""The Omnibus kernels on a small table of their own: synapse windows, processor control, faults."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from hicannx.emu import behaviour as bh
from hicannx.emu import state as st
from hicannx.emu.omnibus import merge, read, write
from hicannx.emu.synram import permutation, read_quad, rows, write_quad

_rows = [  # address, reset, behaviour, container, instance, access
    (0x10, 5, bh.DERIVED, 0, 0, 3),
    (0x11, 6, bh.NONE, 0, 1, 1),
    (0x12, 7, bh.NONE, 0, 2, 2),
    (0x20, 0, bh.PPU_CONTROL, 1, 0, 3),
    (0x21, 0, bh.PPU_STATUS, 2, 0, 1),
    (0x30, 0, bh.PPU_MEMORY, 3, 4096 + 9, 3),
    (0x40, 0, bh.SYNRAM_WEIGHTS, 4, (rows + 3) * 64 + 33, 3),
    (0x50, 0, bh.NOT_EMULATED, 5, 0, 3),
]


@pytest.fixture
def chip():
    columns = [np.array(column) for column in zip(*_rows, strict=True)]
    kinds = (np.int64, np.uint32, np.int16, np.int16, np.int32, np.uint8)
    return st.new_state(st.OmnibusTable(*(column.astype(kind) for column, kind in zip(columns, kinds, strict=True))))


def test_a_plain_register_stores_its_enabled_bytes_and_is_noted(chip):
    assert read(chip, 0x10, -1, 0) == 5
    write(chip, 0x10, 0x87654321, 0b0101, -1, 0)
    assert read(chip, 0x10, -1, 0) == 0x00650021
    assert (chip.clock[st.CHANGED], chip.changed[0], chip.fault[st.ATTENTION]) == (1, 0, 0)
    write(chip, 0x10, 1, 15, 1, 0)  # a processor goes on only when that is seen to
    assert (chip.clock[st.CHANGED], chip.changed[1], chip.fault[st.ATTENTION]) == (2, 0, 1)


@pytest.mark.parametrize(
    ("access", "address", "code"),
    [
        (lambda chip, a: read(chip, a, -1, 7), 0x13, st.UNMAPPED),
        (lambda chip, a: read(chip, a, 1, 7), 0x12, st.NOT_READABLE),
        (lambda chip, a: write(chip, a, 1, 15, 0, 7), 0x11, st.NOT_WRITABLE),
        (lambda chip, a: write(chip, a, 1, 15, 0, 7), 0xFFFFFFFF, st.UNMAPPED),
        (lambda chip, a: read(chip, a, 1, 7), 0x50, st.NOT_EMULATED),
    ],
)
def test_the_first_fault_is_kept(chip, access, address, code):
    access(chip, address)
    read(chip, 0x9999, -1, 8)
    assert list(chip.fault[[st.FAULT_CODE, st.FAULT_ADDRESS, st.FAULT_TICK, st.ATTENTION]]) == [code, address, 7, 1]


def test_the_control_register_starts_and_stops_a_processor(chip):
    chip.gpr[0, 3] = 77
    write(chip, 0x20, 1, 15, -1, 1001)
    core = chip.core[0]
    assert (core[st.RUNNING], core[st.TICK], core[st.RELEASE_TICK], chip.gpr[0, 3]) == (1, 1002, 1002, 0)
    core[st.SLEEPING] = 1
    assert read(chip, 0x21, -1, 1010) == 1
    write(chip, 0x20, 0, 15, -1, 1020)
    assert (core[st.RUNNING], read(chip, 0x21, -1, 1030)) == (0, 0)


def test_processor_memory_keeps_its_words(chip):
    write(chip, 0x30, 0x12345678, 15, -1, 0)
    assert chip.sram[1, 9] == 0x12345678
    assert read(chip, 0x30, -1, 0) == 0x12345678


def test_a_weight_quad_is_permuted_and_lies_in_odd_columns(chip):
    write(chip, 0x40, 0x01020420, 15, -1, 0)
    assert list(chip.weights[1, 3, [9, 11, 13, 15]]) == [16, 8, 4, 32]
    assert read(chip, 0x40, -1, 0) == 0x01020420


def test_the_permutation_is_its_own_inverse():
    assert sorted(permutation) == list(range(64))
    assert list(permutation[permutation]) == list(range(64))
    assert permutation[32] == 32


@given(some.integers(0, 2 * rows * 64 - 1), some.integers(0, 2**32 - 1))
def test_raw_windows_and_narrow_windows_show_the_same_cells(place, value):
    chip = st.new_state(st.OmnibusTable(*(np.zeros(0, kind) for kind in "iIhhiB")))
    write_quad(chip, bh.SYNRAM_RAW_EVEN, place, value, 15)
    assert read_quad(chip, bh.SYNRAM_RAW_EVEN, place) == value
    assert read_quad(chip, bh.SYNRAM_WEIGHTS, place) == value & 0x3F3F3F3F
    assert read_quad(chip, bh.SYNRAM_EVEN_MSB2, place) == value >> 6 & 0x03030303
    assert read_quad(chip, bh.SYNRAM_RAW_ODD, place) == 0


@given(some.integers(0, 2**32 - 1), some.integers(0, 2**32 - 1), some.integers(0, 15))
def test_merge_takes_each_byte_from_the_right_side(old, value, enables):
    merged = merge(old, value, enables)
    for byte in range(4):
        assert merged >> 8 * byte & 255 == (value if enables >> byte & 1 else old) >> 8 * byte & 255
