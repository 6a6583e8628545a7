"""The test access port: what shifts out, what it reaches, how long it takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from hicannx.diagnostic import DiagnosticError
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.machine import facts, fpga_cycle_ticks
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.messages import decode_messages
from hicannx.render import render_text

_maps = load_registers().containers
_timer = 0x8800000C


@pytest.fixture(scope="module")
def chip():
    return Chip()


class Port(ProgramBuilder):
    """A program for the port."""

    def ins(self, ir):
        self.instruction("jtag_ins", ir=ir)

    def data(self, bits, value=0, keep=False):
        self.instruction("jtag_data", num_bits=bits, payload=value, keep_response=keep)

    def write_over_jtag(self, address, value):
        """fisch:src/fisch/vx/omnibus.cpp."""
        for ir, bits, data in ((5, 33, address), (6, 32, value), (7, 3, 0)):
            self.ins(ir)
            self.data(bits, data)

    def read_over_jtag(self, address):
        for ir, bits, data, keep in ((5, 33, 1 << 32 | address, False), (7, 3, 0, False), (6, 32, 0, True)):
            self.ins(ir)
            self.data(bits, data, keep)

    def run(self, chip, **options):
        self.halt()
        return run_playback(chip, self.to_bytes(), "test.bits", **options)


def test_after_a_reset_of_the_port_it_tells_its_identification(chip):
    """hxcomm:tests/hw/hxcomm/test-readout_jtag_id.cpp."""
    port = Port()
    port.ins(127)
    port.instruction("jtag_init")
    port.data(32, 0, keep=True)
    accepted = {0x048580AF, 0x248580AF, 0x348580AF, 0x448590AF}
    assert set(port.run(chip).jtag.tolist()) <= accepted


@given(bits=some.integers(3, 33), value=some.integers(0, 2**33 - 1))
def test_bypass_is_one_flip_flop(chip, bits, value):
    """hxcomm:tests/hw/hxcomm/test-jtag_loopback.cpp:91-98."""
    port = Port()
    port.ins(127)
    port.data(bits, value, keep=True)
    assert port.run(chip).jtag.tolist() == [(value << 1) & ((1 << bits) - 1)]


@given(bits=some.integers(0, 63), value=some.integers(0, 2**33 - 1), ir=some.integers(0, 127))
def test_any_number_of_bits_of_any_instruction_shifts(chip, bits, value, ir):
    """A register of n bits gives what it captured, then what went in n bits before; compared with single shifts."""
    port = Port()
    port.ins(ir)
    port.data(bits, value, keep=True)
    (got,) = port.run(chip).jtag.tolist()
    lengths = {1: 32, 3: 4, 4: 32, 5: 33, 6: 32, 7: 3} | {64 | i << 3 | 4: 22 for i in range(8)}
    captured = {1: facts["jtag"]["identification"], 6: None}.get(ir, 0)
    length = lengths.get(ir, 1)
    if captured is None:
        captured = got & (1 << min(bits, length)) - 1  # whatever was there
    register, out = captured, 0
    for place in range(bits):
        out |= (register & 1) << place
        register = register >> 1 | (value >> place & 1) << length - 1
    assert got == out & (1 << 33) - 1


def test_the_omnibus_is_reached_over_the_port(chip):
    """fisch: OmnibusChipOverJTAG.SystimeSyncBaseWriteRead."""
    port = Port()
    port.write_over_jtag(0, 0x12345678)
    port.read_over_jtag(0)
    port.barrier(omnibus=False, jtag=True)
    port.read_words([0])
    result = port.run(chip)
    assert result.jtag.tolist() == [0x12345678] and result.reads.tolist() == [0x12345678]
    assert [one.name for one in decode_messages(result.words()) if "sys" not in one.name] == [
        "jtag_data",
        "omnibus_data",
        "loopback",
    ]


def test_registers_of_the_plls_are_written_and_seen_on_the_omnibus(chip):
    port = Port()
    for register, value in ((4, 0x118D8181), (0, 0x2A20A902)):
        port.ins(3)
        port.data(4, register)
        port.ins(4)
        port.data(32, value)
    port.barrier(omnibus=False, jtag=True)
    port.read_words([0x80004, 0x80000])
    assert port.run(chip).reads.tolist() == [0x118D8181, 0x2A20A902]


def test_a_transceiver_is_configured(chip):
    port = Port()
    port.ins(64 | 3 << 3 | 4)
    port.data(22, 0x2ABCDE)
    port.run(chip)
    assert chip.world.chip.phy[3] == 0x2ABCDE


@pytest.mark.parametrize("scaler", [0, 3, 6, 255])
def test_a_bit_takes_scaler_plus_two_cycles(chip, scaler):
    times = []
    for bits in (3, 33):
        port = Port()
        port.instruction("jtag_scaler", value=scaler)
        port.setup_timer()
        port.ins(127)
        port.data(bits)
        port.barrier(omnibus=False, jtag=True)
        port.read_words([_timer])
        times.append(int(port.run(chip).reads[0]))
    assert times[1] - times[0] == 30 * (scaler + 2)
    clocks = facts["jtag"]["clocks"]
    assert times[0] == 1 + (clocks["instruction"] + clocks["data"] + 3) * (scaler + 2) + 1


def test_instructions_are_queued_until_the_queue_is_full(chip):
    """A second one does not wait, but behind a full queue the executor does."""
    queue, bit = facts["jtag"]["queue"], 8
    for count, waits in ((2, False), (queue, False), (queue + 5, True)):
        port = Port()
        port.instruction("jtag_scaler", value=bit - 2)
        port.ins(127)
        port.barrier(omnibus=False, jtag=True)
        port.setup_timer()
        for _ in range(count):
            port.data(3)
        port.read_words([_timer])
        (cycles,) = port.run(chip).reads.tolist()
        shift = (3 + facts["jtag"]["clocks"]["data"]) * bit
        assert cycles == (1 + (count - queue) * shift + 1 if waits else count + 1)


def test_accesses_take_effect_in_their_order_in_time(chip):
    """A write over the port is slow: a quick read before its end sees the old word, a later one the new word."""
    port = Port()
    port.instruction("jtag_scaler", value=6)
    port.write_words([0x02800000], [1])
    port.setup_timer()
    port.write_over_jtag(0x02800000, 2)
    port.read_words([0x02800000])
    port.wait_until(2000)
    port.read_words([0x02800000])
    assert port.run(chip).reads.tolist() == [1, 2]


def test_a_halt_waits_for_the_port(chip):
    before = chip.now_tick
    port = Port()
    port.instruction("jtag_scaler", value=6)
    port.read_over_jtag(0)
    result = port.run(chip)
    assert len(result.jtag) == 1
    assert result.chip_ticks - before > 100 * 8 * fpga_cycle_ticks


def test_an_access_to_nothing_over_the_port_is_told(chip):
    port = Port()
    port.read_over_jtag(0x88000005)  # the FPGA's side cannot be seen from the chip
    with pytest.raises(DiagnosticError) as caught:
        port.run(Chip())
    assert render_text(caught.value.diagnostics).splitlines()[:2] == [
        "error[E101]: there is no register at Omnibus address 0x88000005",
        "  = note: accessed by the playback program over JTAG",
    ]
    port = Port()
    port.read_over_jtag(0x00FFFFFF)
    result = port.run(Chip(), as_silicon=True)
    assert result.jtag.tolist() == [0]
    assert [one.code for one in result.warnings] == ["E101"]


def test_the_self_test_of_a_pll_counts_its_clock(chip):
    """P0 * N * 50 MHz / (P1 * M0) = 500 MHz / ... as haldls:src/haldls/vx/pll.cpp says, over 2 ** (p + 2) periods."""
    port = Port()
    port.write_over_jtag(0x80000, 0x2A20A902)  # P0 = 2, N = 10, P1 = 2, M0 = 1: 500 MHz at core 0
    port.write_over_jtag(0x80001, 0xC0CBF200)
    port.write_over_jtag(0x80004, 0x110D0101)
    for check, good in ((40, True), (41, True), (45, False)):
        test = {"clock_enable": True, "pre_scaler_p": 0, "select_source": 0, "check_range": 1, "check_value": check}
        from hicannx.regmodel.codec import decode, encode

        own = Port()
        own._append(port.words())
        own.write_over_jtag(0x80005, encode(_maps["PLLSelfTest"], test)[0])
        own.read_over_jtag(0x80007)
        status = decode(_maps["PLLSelfTestStatus"], [int(own.run(chip).jtag[-1])])
        assert status == {"counter_value": 40, "finished": True, "success": good}


def test_random_words_to_the_port_do_no_harm(chip):
    generator = np.random.default_rng(1)
    port = Port()
    for _ in range(300):
        choice = generator.integers(4)
        if choice == 0:
            port.ins(int(generator.integers(128)))
        elif choice == 1:
            port.data(int(generator.integers(64)), int(generator.integers(1 << 33)), bool(generator.integers(2)))
        elif choice == 2:
            port.instruction("jtag_scaler", value=int(generator.integers(4)))
        else:
            port.instruction("jtag_init")
    port.run(Chip(), as_silicon=True)
