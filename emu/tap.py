"""The chip's test access port, and the FPGA's queue in front of it: instructions wait, and take effect when shifted in.

    enqueue(chip, tick, code, payload)     # there must be room: `tap_is_full` tells
    tap_tick(chip)                         # when the first that waits is done, NEVER without one
    finish_first(chip)                     # do it, at that tick; the response, or -1

Data registers shift the lowest bit first and give back what they have captured; all but IDCODE, the data of the Omnibus
and BYPASS capture zeros, since they can only be written.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.instructioncodes import (
    JTAG_DATA,
    JTAG_INIT,
    JTAG_INS,
    JTAG_SCALER,
    all_bytes,
    fpga_space,
    jtag_bits_mask,
    jtag_bits_shift,
    jtag_codes,
    jtag_keep_shift,
    jtag_payload_mask,
)
from hicannx.emu.kernelcache import inner, merged
from hicannx.emu.machine import NEVER, facts, fpga_cycle_ticks
from hicannx.emu.mappedword import find
from hicannx.emu.omnibus import fail
from hicannx.emu.request import read_word, write_word
from hicannx.emu.state import (
    FAULT_CODE,
    FAULT_PPU,
    JTAG_MASTER,
    RESET_LEVEL,
    TAP_ADDRESS,
    TAP_CAPACITY,
    TAP_CODE,
    TAP_DATA,
    TAP_DONE,
    TAP_FIRST,
    TAP_INSTRUCTION,
    TAP_PAYLOAD,
    TAP_PLL,
    TAP_SCALER,
    TAP_TICK,
    TAP_WAITING,
    UNMAPPED,
    ChipState,
)
from hicannx.emu.transceiver import refresh_link

_jtag = facts["jtag"]
# Kinds of data registers, with the names of the facts, in this order.
_kinds = tuple(_jtag["data_bits"])
_IDCODE, _PLL_TARGET, _PLL, _ADDRESS, _DATA, _REQUEST, _LINK_CONFIG, _BYPASS = range(len(_kinds))
_lengths = np.array([_jtag["data_bits"][name] for name in _kinds], np.int64)
_identification, _read_bit, _pll_words = (int(_jtag[name]) for name in ("identification", "read_bit", "pll_words"))
_data_clocks, _instruction_clocks, _reset_clocks = (
    int(_jtag["clocks"][name]) for name in ("data", "instruction", "reset")
)
_scaler_offset = int(_jtag["scaler_offset"])
_idcode = jtag_codes["idcode"]
_instruction_mask = jtag_codes["bypass"]  # all ones


def _kinds_of_instructions() -> NDArray[np.int64]:
    """The kind of data register behind each instruction; what is not known is BYPASS."""
    kinds = np.full(_instruction_mask + 1, _BYPASS, np.int64)
    for name, code in jtag_codes.items():
        kinds[code] = _kinds.index(name) if name in _kinds else _BYPASS
    kinds[_link_configs] = _LINK_CONFIG
    return kinds


_link_configs = [code for name, code in jtag_codes.items() if name.startswith("link_config")]
_kind_of = _kinds_of_instructions()
_link_of = np.zeros(len(_kind_of), np.int64)
_link_of[_link_configs] = range(len(_link_configs))


@merged
def tap_is_full(chip: ChipState) -> bool:
    """Whether the next instruction has to wait."""
    return bool(chip.tap[TAP_WAITING] >= TAP_CAPACITY)


@merged
def tap_tick(chip: ChipState) -> int:
    """The tick at which the first instruction that waits is done."""
    return int(chip.tap_queue[chip.tap[TAP_FIRST], TAP_TICK]) if chip.tap[TAP_WAITING] else NEVER


@inner
def enqueue(chip: ChipState, tick: int, code: int, payload: int) -> None:
    """Let an instruction wait for those before it, and for its own clocks."""
    tap = chip.tap
    clocks = _instruction_clocks
    if code == JTAG_SCALER:
        tap[TAP_SCALER], clocks = payload, 0
    elif code == JTAG_INIT:
        clocks = _reset_clocks
    elif code == JTAG_DATA:
        clocks = _data_clocks + (payload >> jtag_bits_shift & jtag_bits_mask)
    tap[TAP_DONE] = max(tap[TAP_DONE], tick) + clocks * (tap[TAP_SCALER] + _scaler_offset) * fpga_cycle_ticks
    row = chip.tap_queue[(tap[TAP_FIRST] + tap[TAP_WAITING]) % TAP_CAPACITY]
    row[TAP_TICK], row[TAP_CODE], row[TAP_PAYLOAD] = tap[TAP_DONE], code, payload
    tap[TAP_WAITING] += 1


@inner
def finish_first(chip: ChipState) -> int:
    """Do what the first waiting instruction does; the bits of its response, or -1."""
    tap = chip.tap
    row = chip.tap_queue[tap[TAP_FIRST]]
    tick, code, payload = int(row[TAP_TICK]), int(row[TAP_CODE]), int(row[TAP_PAYLOAD])
    tap[TAP_FIRST] = (tap[TAP_FIRST] + 1) % TAP_CAPACITY
    tap[TAP_WAITING] -= 1
    if code == JTAG_INS:
        tap[TAP_INSTRUCTION] = payload & _instruction_mask
    elif code == JTAG_INIT:
        tap[TAP_INSTRUCTION] = _idcode
    elif code == JTAG_DATA:
        return _shift(chip, payload, tick)
    return -1


@inner
def _shift(chip: ChipState, payload: int, tick: int) -> int:
    """Capture, shift and update the data register of the present instruction; what came out if it is to be kept."""
    count, value = payload >> jtag_bits_shift & jtag_bits_mask, payload & jtag_payload_mask
    kind = _kind_of[chip.tap[TAP_INSTRUCTION]]
    length, held = _lengths[kind], _captured(chip, kind)
    came_out = (held | value << length) & ((1 << count) - 1) & jtag_payload_mask
    if count <= length:
        held = held >> count | value << (length - count)
    else:
        held = value >> (count - length)
    _update(chip, kind, held & ((1 << length) - 1), tick)
    return came_out if payload >> jtag_keep_shift & 1 else -1


@inner
def _captured(chip: ChipState, kind: int) -> int:
    if kind == _IDCODE:
        return _identification
    return int(chip.tap[TAP_DATA]) if kind == _DATA else 0


@inner
def _update(chip: ChipState, kind: int, value: int, tick: int) -> None:
    """What is shifted in takes effect."""
    tap = chip.tap
    if kind == _PLL_TARGET:
        tap[TAP_PLL] = value
    elif kind == _ADDRESS:
        tap[TAP_ADDRESS] = value
    elif kind == _DATA:
        tap[TAP_DATA] = value
    elif chip.fpga[RESET_LEVEL]:
        return
    elif kind == _PLL:
        row = find(chip, _pll_words + tap[TAP_PLL])
        if row >= 0 and chip.access[row] & 2:
            write_word(chip, _pll_words + tap[TAP_PLL], value, all_bytes, tick)
    elif kind == _LINK_CONFIG:
        chip.phy[_link_of[tap[TAP_INSTRUCTION]]] = value
        refresh_link(chip, tick)
    elif kind == _REQUEST:
        address = tap[TAP_ADDRESS] & ((1 << _read_bit) - 1)
        if address & fpga_space:
            fail(chip, UNMAPPED, address, -1, tick)
        elif tap[TAP_ADDRESS] >> _read_bit & 1:
            tap[TAP_DATA] = read_word(chip, address, tick)
        else:
            write_word(chip, address, tap[TAP_DATA], all_bytes, tick)
        if chip.fault[FAULT_CODE]:
            chip.fault[FAULT_PPU] = JTAG_MASTER
