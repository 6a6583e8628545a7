"""The board behind SPI and I2C words of the FPGA: registers that store, and devices that are not there."""

import pytest

from hicannx.emu import board as bd
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.regmodel.playback.builder import ProgramBuilder

_i2c = 0x88007800


@pytest.fixture(scope="module")
def chip():
    return Chip()


class I2C(ProgramBuilder):
    """haldls lowering of I2C accesses: the register, then bytes, with a stop at the last."""

    def put(self, device, register, *content):
        content = ([] if register is None else [register]) + list(content)
        last = len(content) - 1
        self.write_words([_i2c + device + 0x80 * (place == last) for place in range(last + 1)], content)

    def get(self, device, register, count):
        if register is not None:
            self.write_words([_i2c + device], [register])
        self.read_words([_i2c + device + 0x80 * (place == count - 1) for place in range(count)])

    def run(self, chip):
        self.halt()
        return run_playback(chip, self.to_bytes(), "test.bits").reads.tolist()


@pytest.mark.parametrize(
    ("device", "register", "content"),
    [
        (0x2C, 1, [0xA7]),
        (0x2E, 3, [0x93]),
        (0x38, 2, [0x55]),
        (0x40, 0, [0x12, 0x34]),
        (0x45, 5, [0xAB, 0xCD]),
        (0x4C, 0x12, [0x80, 0x40]),
        (0x70, None, [0x07]),
        (0x50, 0x10, [1, 2, 3, 4]),
    ],
)
def test_a_device_keeps_what_is_written(chip, device, register, content):
    bus = I2C()
    bus.put(device, register, *content)
    bus.put(0x2D, 1, 0x11)  # another device meanwhile
    bus.get(device, register, len(content))
    assert bus.run(chip) == content


def test_the_identification_of_the_eeprom_is_read_byte_by_byte(chip):
    bus = I2C()
    bus.get(0x50, 0xFC, 4)
    assert bus.run(chip) == [0, 0, 0, 99]


def test_measured_values_cannot_be_written(chip):
    bus = I2C()
    bus.put(0x48, 0, 0xFF, 0xFF)
    bus.get(0x48, 0, 2)
    bus.put(0x38, 0, 0)
    bus.get(0x38, 0, 1)
    assert bus.run(chip) == [0x19, 0x00, 0xFF]


@pytest.mark.parametrize("device", [0, 0x3F, 0x7F])
def test_nobody_acknowledges_for_a_device_that_is_absent(chip, device):
    bus = I2C()
    bus.put(device, 1, 2)
    bus.get(device, 1, 2)
    assert [word >> 31 for word in bus.run(chip)] == [1, 1]


def test_a_forced_repeated_start_begins_anew(chip):
    bus = I2C()
    bus.put(0x2C, 1, 0x21)
    bus.write_words([_i2c + 0x2C], [3])
    bus.write_words([_i2c + 0x2C + 0x100], [1])
    bus.read_words([_i2c + 0x2C + 0x80])
    assert bus.run(chip) == [0x21]


def test_the_shift_register_takes_three_bytes(chip):
    builder = ProgramBuilder()
    builder.write_words([0x88007001] * 3, [0x12, 0x34, 0x80000056])
    builder.halt()
    run_playback(chip, builder.to_bytes())
    assert chip.world.chip.spi[0, bd.WHOLE] == 0x123456


def test_outputs_of_a_converter_change_when_they_are_loaded(chip):
    row, port = chip.world.chip.spi[2], 0x88007004
    for words, shown in (([0x32, 0x80000060], 0), ([0xA0, 0x80000002], 0x260)):
        builder = ProgramBuilder()
        builder.write_words([port] * 2, words)
        builder.halt()
        run_playback(chip, builder.to_bytes())
        assert row[bd.OUTPUTS + 3] == shown
    assert row[bd.CONTROLS + 1] == 2
