"""The board around the chip: what the FPGA's SPI and I2C words reach."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.facts import load_facts
from hicannx.emu.kernelcache import inner

_facts = load_facts("board")
_spi, _i2c = _facts["spi"], _facts["i2c"]


def _bits(name: str) -> tuple[int, int]:
    most, least = _spi[name]
    return int(least), (1 << (most - least + 1)) - 1


_register_shift, _register_mask = _bits("register")
_channel_shift, _channel_mask = _bits("channel")

# Columns of `ChipState.spi`, a row a select: the bits of the transfer under way, the last whole one.
BUFFER, WHOLE = 0, 1
selects = tuple(int(one) for one in _spi["selects"])
channels, controls = _channel_mask + 1, _register_mask + 1
# Then, of a converter, what its outputs show, what they will show when loaded, and its control registers.
OUTPUTS, INPUTS, CONTROLS = 2, 2 + channels, 2 + 2 * channels
SPI_COLUMNS = CONTROLS + controls

# Columns of `ChipState.i2c`: the device that is spoken to (its number + 1), whether by writes; where each one stands.
DEVICE, IS_WRITING, POINTERS = 0, 1, 2
registers = 256
DEVICE_BYTES = registers * max(int(device["width"]) for device in _i2c["devices"].values())


def _devices() -> tuple[NDArray[np.int64], NDArray[np.int64], list[tuple[str, Any]]]:
    """The number of the device at each address, or -1; the width of its registers; and its facts by number."""
    numbers = np.full(1 << _i2c["device_bits"], -1, np.int64)
    rows: list[tuple[str, Any]] = []
    for name, device in _i2c["devices"].items():
        for address in device["addresses"]:
            numbers[int(address)] = len(rows)
            rows.append((name, device))
    return numbers, np.array([device["width"] for _, device in rows], np.int64), rows


_number, _width, _rows = _devices()
DEVICES = len(_rows)
I2C_COLUMNS = POINTERS + DEVICES


def _read_only() -> NDArray[np.uint8]:
    """[device, register]: whether it ignores what is written."""
    found = np.zeros((DEVICES, registers), np.uint8)
    for device, (name, _) in enumerate(_rows):
        found[device, [int(one) for one in _i2c["read_only"].get(name, [])]] = 1
    return found


_fixed = _read_only()


def power_up_contents() -> NDArray[np.uint8]:
    """Bytes of the I2C devices [device, byte] before anything is written."""
    content = np.zeros((DEVICES, DEVICE_BYTES), np.uint8)
    for device, (_, row) in enumerate(_rows):
        width = max(int(row["width"]), 1)
        for register, value in row["contents"].items():
            place = int(register) * width
            content[device, place : place + width] = list(int(value).to_bytes(width, "big"))
    return content


_select_bits = np.array([row["bits"] for row in _spi["selects"].values()], np.int64)
_stop, _control = int(_spi["stop_bit"]), int(_spi["control_bit"])
_data_mask = _bits("data")[1]
_load_register, _load_code = int(_spi["load"]["register"]), int(_spi["load"]["code"])
_device_mask = (1 << int(_i2c["device_bits"])) - 1
_i2c_stop, _restart = int(_i2c["stop_bit"]), int(_i2c["restart_bit"])
_no_acknowledge = int(_i2c["no_acknowledge"])


@inner
def write_spi(spi: NDArray[np.int64], select: int, word: int) -> None:
    """A byte of a transfer; with the stop bit the transfer is whole."""
    row = spi[select]
    row[BUFFER] = (row[BUFFER] << 8 | word & 255) & ((1 << _select_bits[select]) - 1)
    if not word >> _stop & 1:
        return
    whole = row[BUFFER]
    row[BUFFER], row[WHOLE] = 0, whole
    if select == 0:
        return
    if whole >> _control & 1:
        register, value = whole >> _register_shift & _register_mask, whole & ((1 << _register_shift) - 1)
        row[CONTROLS + register] = value
        if register == _load_register and value == _load_code:
            for channel in range(channels):
                row[OUTPUTS + channel] = row[INPUTS + channel]
    else:
        row[INPUTS + (whole >> _channel_shift & _channel_mask)] = whole & _data_mask


@inner
def _address(state: NDArray[np.int64], place: int, is_write: int) -> int:
    """The device that the FPGA's word `place` speaks to, or -1; a new one, or a new direction, starts anew."""
    device = _number[place & _device_mask]
    goes_on = state[DEVICE] == device + 1 and state[IS_WRITING] >= is_write and not place >> _restart & 1
    if is_write and not goes_on and device >= 0:
        state[POINTERS + device] = -1  # the next byte is the number of a register
    state[DEVICE], state[IS_WRITING] = device + 1, is_write
    return int(device)


@inner
def write_i2c(state: NDArray[np.int64], content: NDArray[np.uint8], place: int, word: int) -> None:
    """A byte to a device: the number of a register, or what it is to hold; nobody notices that a device is absent."""
    device = _address(state, place, 1)
    if device >= 0:
        width, pointer = _width[device], state[POINTERS + device]
        if pointer < 0 and width > 0:
            pointer = (word & 255) * width
        else:
            pointer = max(pointer, 0)
            if not _fixed[device, pointer // max(width, 1) % registers]:
                content[device, pointer] = word & 255
            pointer = (pointer + 1) % DEVICE_BYTES if width else 0
        state[POINTERS + device] = pointer
    _finish(state, place)


@inner
def read_i2c(state: NDArray[np.int64], content: NDArray[np.uint8], place: int) -> int:
    """A byte of a device, from where its register number stands; without the device, that nobody acknowledged."""
    device = _address(state, place, 0)
    value = _no_acknowledge
    if device >= 0:
        pointer = max(state[POINTERS + device], 0)
        value = int(content[device, pointer])
        state[POINTERS + device] = (pointer + 1) % DEVICE_BYTES if _width[device] else 0
    _finish(state, place)
    return value


@inner
def _finish(state: NDArray[np.int64], place: int) -> None:
    if place >> _i2c_stop & 1:
        state[DEVICE] = 0
