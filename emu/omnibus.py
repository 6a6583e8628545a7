"""The Omnibus: 32-bit words behind 32-bit word addresses, read and written by the FPGA and by the processors."""

from __future__ import annotations

from hicannx.emu.behaviour import (
    ARQ_STATUS,
    BACKGROUND_SOURCE,
    BLOCK_POST_PULSE,
    CADC_SAMPLE,
    CORRELATION_RESET,
    CROSSBAR_COUNTER,
    DERIVED,
    EVENT_RECORDING,
    FPGA_MEMORY,
    I2C,
    LINK_STATUS,
    MADC_CONTROL,
    NEURON_RESET,
    NEURON_RESET_QUAD,
    NOT_EMULATED,
    PADI_EVENT,
    PERFORMANCE_STATUS,
    PERFORMANCE_TEST,
    PLAYBACK_TIMER,
    PPU_CONTROL,
    PPU_MEMORY,
    PPU_STATUS,
    SPI,
    SPIKE_COUNTER_READ,
    SPIKE_COUNTER_RESET,
    SYNRAM_RAW_ODD,
    SYNRAM_WEIGHTS,
    SYSTIME_STATUS,
    TRANSCEIVERS,
)
from hicannx.emu.board import read_i2c, write_i2c, write_spi
from hicannx.emu.facts import load_facts
from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.link import (
    arq_status,
    link_status,
    performance_status,
    set_performance_test,
    systime_status,
    timer_value,
)
from hicannx.emu.machine import dram_words, facts, first_dram_word, ppu_cycle_ticks, sram_bytes
from hicannx.emu.mappedword import find
from hicannx.emu.omnibustable import container_names
from hicannx.emu.readoutstate import NEXT_TICK
from hicannx.emu.request import RESET_NEURONS, RESET_SENSORS, SAMPLE_QUAD, ask, ask_masked
from hicannx.emu.special import pins_in
from hicannx.emu.state import (
    ATTENTION,
    CHOSEN,
    CONTROL,
    CORE_COLUMNS,
    DEC_ZERO,
    FAULT_ADDRESS,
    FAULT_CODE,
    FAULT_PPU,
    FAULT_TICK,
    FIRST_PBUS_WRITE,
    FPGA_MASTER,
    FRESH,
    NEVER,
    NOT_READABLE,
    NOT_WRITABLE,
    PINS,
    RELEASE_TICK,
    RUNNING,
    SLEEP_TICK,
    SLEEPING,
    TICK,
    TIME_BASE,
    TIMED,
    UNMAPPED,
    WAKE_TICK,
    ChipState,
)
from hicannx.emu.state import NOT_EMULATED as NOT_EMULATED_FAULT
from hicannx.emu.synram import quads, read_quad, rows, synapse_rows, write_quad
from hicannx.emu.transceiver import refresh_link
from hicannx.emu.trigger import FIRST_QUAD, note_change, set_off
from hicannx.emu.wiring import drop_counter_mask, inputs, output_counter_mask

_sram_words = sram_bytes // 4
_cells = container_names().index("CapMemCell")
_refresh_ticks = int(load_facts("analog")["cells"]["refresh_ticks"])
_fpga_memory_base = int(facts["ppu"]["fpga_memory_words"]["base"])


@inner
def fail(chip: ChipState, code: int, address: int, master: int, tick: int) -> int:
    """Record the first fault; `master` is a processor or -1 for the FPGA."""
    chip.fault[ATTENTION] = 1
    if chip.fault[FAULT_CODE] == 0:
        chip.fault[FAULT_CODE] = code
        chip.fault[FAULT_ADDRESS] = address
        chip.fault[FAULT_PPU] = master
        chip.fault[FAULT_TICK] = tick
    return 0


@njit
def merge(old: int, value: int, enables: int) -> int:
    """`old` with the enabled bytes of `value`; bit i of `enables` gates bits 8 i + 7 .. 8 i."""
    mask = 0
    for byte in range(4):
        if enables >> byte & 1:
            mask |= 255 << 8 * byte
    return (old & ~mask) | (value & mask)


@njit
def read(chip: ChipState, address: int, master: int, tick: int) -> int:
    """One word; an address without a readable register records a fault and gives 0."""
    if first_dram_word <= address < first_dram_word + dram_words:
        return int(chip.dram[address - first_dram_word])
    row = find(chip, address)
    if row < 0:
        return fail(chip, UNMAPPED, address, master, tick)
    if chip.access[row] & 1 == 0:
        return fail(chip, NOT_READABLE, address, master, tick)
    kind, place = chip.behaviour[row], chip.instance[row]
    if kind == PPU_MEMORY:
        return int(chip.sram[place // _sram_words, place % _sram_words])
    if kind == PPU_STATUS:
        return int(chip.core[place, SLEEPING])
    if SYNRAM_WEIGHTS <= kind <= SYNRAM_RAW_ODD:
        return read_quad(chip, kind, place)
    if kind == CADC_SAMPLE:
        return ask(chip, 0, SAMPLE_QUAD, place, tick)
    if kind == FPGA_MEMORY:
        return int(chip.fpga_memory[address - _fpga_memory_base])
    if kind == CROSSBAR_COUNTER:
        return int(chip.counters[place]) & (drop_counter_mask if place < inputs else output_counter_mask)
    if kind >= NOT_EMULATED:
        return _read_status(chip, row, kind, place, address, master, tick)
    if kind == PLAYBACK_TIMER:
        return timer_value(chip, tick)
    return int(chip.register[row])


@inner
def _read_status(chip: ChipState, row: int, kind: int, place: int, address: int, master: int, tick: int) -> int:
    """What is read seldom: counters, what the FPGA knows of the link, devices of the board."""
    if kind == NOT_EMULATED:
        return fail(chip, NOT_EMULATED_FAULT, address, master, tick)
    if kind == SPIKE_COUNTER_READ:
        count = chip.counters[place]
        return int(count & 255 | (256 if count > 255 else 0))
    if kind == LINK_STATUS:
        return link_status(chip, place, tick)
    if kind == ARQ_STATUS:
        return arq_status(chip, place)
    if kind == SYSTIME_STATUS:
        return systime_status(chip, place, tick)
    if kind == PERFORMANCE_STATUS:
        return performance_status(chip, place, tick)
    if kind == I2C:
        return read_i2c(chip.i2c, chip.i2c_content, place)
    return int(chip.register[row])


@njit
def write(chip: ChipState, address: int, value: int, enables: int, master: int, tick: int) -> None:
    """Write the enabled bytes of one word; an address without a writable register records a fault."""
    if first_dram_word <= address < first_dram_word + dram_words:
        chip.dram[address - first_dram_word] = merge(int(chip.dram[address - first_dram_word]), value, enables)
        return
    row = find(chip, address)
    if row < 0:
        fail(chip, UNMAPPED, address, master, tick)
        return
    if chip.access[row] & 2 == 0:
        fail(chip, NOT_WRITABLE, address, master, tick)
        return
    kind, place = chip.behaviour[row], chip.instance[row]
    if kind == PPU_MEMORY:
        old = int(chip.sram[place // _sram_words, place % _sram_words])
        chip.sram[place // _sram_words, place % _sram_words] = merge(old, value, enables)
    elif SYNRAM_WEIGHTS <= kind <= SYNRAM_RAW_ODD:
        write_quad(chip, kind, place, value, enables)
        if place // quads % rows >= synapse_rows:
            quad = place // quads // rows * quads + place % quads
            note_change(chip, FIRST_QUAD - quad, not _may_wait(chip, master), 0)
    elif kind == CORRELATION_RESET:
        ask_masked(chip, 0, RESET_SENSORS, place, enables, tick)
    elif kind == NEURON_RESET_QUAD:
        ask_masked(chip, 0, RESET_NEURONS, place, enables, tick)
    elif kind == FPGA_MEMORY:
        word = address - _fpga_memory_base
        chip.fpga_memory[word] = merge(int(chip.fpga_memory[word]), value, enables)
    elif kind == NOT_EMULATED:
        fail(chip, NOT_EMULATED_FAULT, address, master, tick)
    else:
        chip.register[row] = merge(int(chip.register[row]), value, enables)
        _react(chip, row, kind, place, master, tick)


@inner
def _may_wait(chip: ChipState, master: int) -> bool:
    """Whether tables may follow a write later: a processor goes on at once, and the MADC samples all the time."""
    return master == FPGA_MASTER and chip.readout.madc[NEXT_TICK] == NEVER


@inner
def _react(chip: ChipState, row: int, kind: int, place: int, master: int, tick: int) -> None:
    """What the write of a stored register sets off."""
    value = int(chip.register[row])
    if kind == PPU_CONTROL:
        control_ppu(chip, place, value, tick)
    elif kind in (NEURON_RESET, PADI_EVENT, BLOCK_POST_PULSE, MADC_CONTROL):
        set_off(chip, kind, place, value, tick)
    elif kind in (DERIVED, BACKGROUND_SOURCE, EVENT_RECORDING):
        due = (tick // _refresh_ticks + 1) * _refresh_ticks if chip.container[row] == _cells else 0
        note_change(chip, row, kind == BACKGROUND_SOURCE or not _may_wait(chip, master), due)  # a source starts now
    elif kind == SPIKE_COUNTER_RESET:
        chip.counters[place] = 0
    elif kind == TRANSCEIVERS:
        refresh_link(chip, tick)
    elif kind == PERFORMANCE_TEST:
        set_performance_test(chip, value, tick)
    elif kind == SPI:
        write_spi(chip.spi, place, value)
    elif kind == I2C:
        write_i2c(chip.i2c, chip.i2c_content, place, value)


@njit
def control_ppu(chip: ChipState, ppu: int, value: int, tick: int) -> None:
    """Act on a write of the control register: bit 0 inhibits the reset, its rise starts the program at address 0."""
    core = chip.core[ppu]
    running = value & 1
    if running and not core[RUNNING]:
        start = (tick + ppu_cycle_ticks - 1) // ppu_cycle_ticks * ppu_cycle_ticks
        for column in range(CORE_COLUMNS):
            if column not in CHOSEN:
                core[column] = 0
        core[FRESH] = 1
        core[TICK] = start
        core[RELEASE_TICK] = start
        core[TIME_BASE] = start // ppu_cycle_ticks
        core[SLEEP_TICK] = -1
        core[FIRST_PBUS_WRITE] = -1
        core[DEC_ZERO] = NEVER
        core[WAKE_TICK] = NEVER
        core[TIMED] = start
        chip.gpr[ppu, :] = 0
        chip.spr[ppu, :] = 0
        chip.spr[ppu, pins_in] = core[PINS]
        chip.acc[ppu, :] = 0
        chip.vcr[ppu, :] = 0
    core[RUNNING] = running
    core[CONTROL] = value
    if not running:
        core[SLEEPING] = 0
