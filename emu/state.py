"""State of the digital chip as plain numpy arrays: registers behind the Omnibus, synapse memory, two processors."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from hicannx.emu import backendstate, machine, readoutstate, variation
from hicannx.emu.analog import driver, sensor
from hicannx.emu.analog import state as neurons
from hicannx.emu.analog.driver import DriverState, driver_kind
from hicannx.emu.analog.sensor import BRANCHES, SensorState, sensor_kind
from hicannx.emu.analog.state import NeuronState, neuron_kind
from hicannx.emu.analog.topology import switches
from hicannx.emu.backendstate import BackendState, backend_kind
from hicannx.emu.board import DEVICE_BYTES, DEVICES, I2C_COLUMNS, SPI_COLUMNS, power_up_contents, selects
from hicannx.emu.facts import load_facts
from hicannx.emu.machine import facts, ppu_count, sram_bytes
from hicannx.emu.readoutstate import ReadoutState, readout_kind
from hicannx.emu.score import (
    DECODED_COLUMNS,
    ENTRY,
    LATENCY,
    OUTSTANDING,
    SCORE_PLACES,
    SYSTEM,
    WORD_MASK,
    places,
    system_row,
)
from hicannx.emu.statetable import (
    FIRST_STATE,
    FOLLOWERS,
    KEY_WORDS,
    LEAD_PLACES,
    NONE,
    STATE_CAPACITY,
    STATE_PLACES,
    STATES_USED,
)
from hicannx.emu.tracering import CAPACITY, ROW_CAPACITY, TRACE_COLUMNS
from hicannx.emu.variation import VariationState, variation_kind
from hicannx.emu.wiring import columns, hemispheres, inputs, outputs
from hicannx.emu.wiring import neurons as neuron_count
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.state import load_state
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.transfer import quantity_names

_idcode = load_instructions().instructions["jtag_ins"].field("ir").values["idcode"]
_lfsr_power_up = int(load_facts("lfsr")["register"]["power_up"])

# Columns of `ChipState.core`, one row a processor.
PC, CR, SO, OV, CA, LR, CTR, MSR = 0, 1, 2, 3, 4, 5, 6, 7
SLEEPING, RUNNING, TICK, RELEASE_TICK, SLEEP_TICK, INSTRUCTIONS = 8, 9, 10, 11, 12, 13
CYCLES, TIME_BASE, FIRST_PBUS_WRITE, CONTROL, EXCEPTION = 14, 15, 16, 17, 18
UNKNOWN_WORDS, UNKNOWN_PC, UNKNOWN_WORD = 19, 20, 21  # how many words were no instruction, and the first one
# When the decrementer is 0; the tick that TSR belongs to; when a timer asks, asleep or not, or NEVER.
DEC_ZERO, TIMED, WAKE_TICK = 22, 23, 24
# Latched interrupts; input pins; whether what silicon has not decided is as the Power ISA says.
REQUESTS, PINS, POWER = 25, 26, 27
# Whether an instruction takes a cycle; whether the timing model begins anew; how many cycles more the
# last access to the parallel bus takes than one to a near row.
UNTIMED, FRESH, EXTRA_CYCLES = 28, 29, 30
# How it is traced, records and vector rows written since; the last effective address; whether it enters a handler.
TRACING, TRACED, TRACED_ROWS, EFFECTIVE, ENTERED = 31, 32, 33, 34, 35
CORE_COLUMNS = 36
CHOSEN = (PINS, POWER, UNTIMED, TRACING, TRACED, TRACED_ROWS)  # these a reset leaves alone
NEVER = machine.NEVER

# Columns of `ChipState.fault`; ATTENTION is set by a fault and by writes that Python has to digest.
FAULT_CODE, FAULT_ADDRESS, FAULT_PPU, FAULT_TICK, ATTENTION = 0, 1, 2, 3, 4
FAULT_COLUMNS = 5

FPGA_MASTER, JTAG_MASTER = -1, -2  # in FAULT_PPU, beside the processors

# Values of the column FAULT_CODE.
(
    NO_FAULT,
    UNMAPPED,
    NOT_READABLE,
    NOT_WRITABLE,
    NO_SEMANTICS,
    BAD_PBUS,
    BAD_DATA,
    BAD_FETCH,
    NOT_EMULATED,
) = range(9)

# Columns of `ChipState.clock`: the present, used entries of `changed` and `trigger`, begin of the analog step, how much
# longer than others the last access to a register takes, and the tick before which nobody has to know of what is
# `changed`.
NOW, CHANGED, TRIGGERS, STEP_BEGIN, ACCESS_TICKS, CHANGES_DUE = 0, 1, 2, 3, 4, 5
CLOCK_COLUMNS = 6
CHANGED_CAPACITY = 4096
TRIGGER_CAPACITY = 1024

# Columns of `ChipState.fpga`: the level of the chip's reset, whether the link works and since when, and its words and
# spikes; FPGA cycles when the timer and the system time were 0; when their synchronisation ends, and what it found;
# the performance test.
RESET_LEVEL, LINK_UP, ONLINE_SINCE, WORDS_TO_CHIP, WORDS_FROM_CHIP, SPIKES_TO_CHIP = 0, 1, 2, 3, 4, 5
TIMER_ORIGIN, SYSTIME_ORIGIN, SYNC_END, LAST_RTT, LAST_ASIC = 6, 7, 8, 9, 10
PERF_RUNS, PERF_SINCE, PERF_SENT = 11, 12, 13
FPGA_COLUMNS = 14

# Columns of `ChipState.tap`, the test access port: its instruction, scaler, target register of the PLLs, address and
# data of the Omnibus; when it is done with all that waits; first and number of waiting rows of `tap_queue`.
TAP_INSTRUCTION, TAP_SCALER, TAP_PLL, TAP_ADDRESS, TAP_DATA, TAP_DONE, TAP_FIRST, TAP_WAITING = range(8)
TAP_COLUMNS = 8
TAP_CAPACITY = int(facts["jtag"]["queue"])
# Columns of `ChipState.tap_queue`: the tick at which an instruction is done, its code and payload.
TAP_TICK, TAP_CODE, TAP_PAYLOAD = 0, 1, 2

# Columns of `ChipState.bench`: whether a test bench's memory stands around processor 0, and how much of it is used.
BENCH, BENCH_WORDS, BENCH_ROWS = 0, 1, 2
BENCH_COLUMNS = 3
BENCH_WORD_CAPACITY, BENCH_ROW_CAPACITY = 512, 64

# Columns of `ChipState.converter`, a row a hemisphere: whether the CADC is on, conversions so far, cycles of a
# conversion and of a reset of correlation sensors, the row that was converted last.
CONVERTS, CONVERSIONS, CONVERSION_CYCLES, RESET_CYCLES, LAST_ROW = 0, 1, 2, 3, 4
CONVERTER_COLUMNS = 5
# Columns of `ChipState.ramp`: where the ramp starts in V, and counts a volt.
START, GAIN = 0, 1
# Values of `ChipState.channel_source`, and a bit of it: the channel is connected to the debug line of its branch.
OPEN, SENSOR, NEURON, DEBUG_LINE = 0, 1, 2, 4

# Places of `ChipState.entry`: the kernel itself, what it seldom needs, the timing model, decoding, and the first family
# of vector instructions; behind these what is compiled when it is needed first, samples of the MADC and fire lines.
RUN, OUTSIDE, PACE, DECODE, FIRST_FAMILY = range(5)
SAMPLES, LINKS = 14, 15
ENTRY_CAPACITY = 16


class ChipState(Protocol):
    """Arrays of the digital chip: `n` mapped Omnibus words, 2 processors, 2 synapse arrays.

    The first six have a row a mapped word: `address` ascends, `register` is its content. `changed` lists the rows that
    were written since the derived tables were made, `trigger` what writes have set off (kind, unit, data, tick).
    Synapse cells are [hemisphere, row, column], vectors [processor, register, byte]; `counters` are the drops of the 20
    crossbar inputs, the events of the 12 outputs and the spikes of the 512 neurons. `neurons`, `sensors` and `drivers`
    are those of analog/, `readout` and `backend` those of readoutstate.py and backendstate.py, `variation` tells how
    they differ from nominal ones; `latch` and `channel_offset` are [hemisphere, branch, column] in counts,
    `channel_source` alike, `ramp` [hemisphere, side, START or GAIN]; `lfsr` [hemisphere, column] makes random numbers.
    `score` and `decoded` are the timing model's, see score.py, as are the tables of states, see pipestate.py;
    `trace_ring` and `trace_row` are the rings of tracering.py. `entry` holds addresses of compiled functions, see
    entry.py; `bench` and what follows are for programs made for a test bench, see testbench.py. `fpga`, `tap` with its
    queue, `spi` and `i2c` with the bytes of its devices are of the FPGA and the board; `phy` holds the configuration of
    the chip's transceivers. `quantity` [quantity, neuron] is what the registers of neurons mean, in the order of
    `regmodel.transfer.quantity_names`, and `connection` [switch, neuron] their connections, in that of
    `topology.switches`.
    """

    address: NDArray[np.int64]
    register: NDArray[np.uint32]
    behaviour: NDArray[np.int16]
    container: NDArray[np.int16]
    instance: NDArray[np.int32]
    access: NDArray[np.uint8]
    changed: NDArray[np.int64]
    trigger: NDArray[np.int64]
    weights: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    even_msb2: NDArray[np.uint8]
    odd_msb2: NDArray[np.uint8]
    sram: NDArray[np.uint32]
    fpga_memory: NDArray[np.uint32]
    gpr: NDArray[np.int64]
    spr: NDArray[np.int64]
    core: NDArray[np.int64]
    vr: NDArray[np.uint8]
    acc: NDArray[np.int32]
    vcr: NDArray[np.uint8]
    row: NDArray[np.uint8]
    counters: NDArray[np.int64]
    neurons: NeuronState
    sensors: SensorState
    drivers: DriverState
    readout: ReadoutState
    variation: VariationState
    backend: BackendState
    latch: NDArray[np.uint8]
    channel_source: NDArray[np.uint8]
    channel_offset: NDArray[np.int16]
    ramp: NDArray[np.float64]
    converter: NDArray[np.int64]
    lfsr: NDArray[np.uint16]
    fault: NDArray[np.int64]
    clock: NDArray[np.int64]
    entry: NDArray[np.int64]
    bench: NDArray[np.int64]
    bench_address: NDArray[np.int64]
    bench_word: NDArray[np.uint32]
    bench_row_address: NDArray[np.int64]
    bench_row: NDArray[np.uint8]
    fpga: NDArray[np.int64]
    tap: NDArray[np.int64]
    tap_queue: NDArray[np.int64]
    phy: NDArray[np.int64]
    spi: NDArray[np.int64]
    i2c: NDArray[np.int64]
    i2c_content: NDArray[np.uint8]
    dram: NDArray[np.uint32]
    quantity: NDArray[np.float64]
    connection: NDArray[np.uint8]
    score: NDArray[np.int64]
    decoded: NDArray[np.int64]
    state_count: NDArray[np.int64]
    state_key: NDArray[np.int64]
    state_place: NDArray[np.int32]
    state_next: NDArray[np.int32]
    lead: NDArray[np.int64]
    trace_ring: NDArray[np.int64]
    trace_row: NDArray[np.uint8]


_count = load_isa().registers.counts
_lanes = load_state().lanes
_channel = (hemispheres, BRANCHES, columns)
_line = 64  # bytes of a line of the host's cache
_cells = (hemispheres, int(facts["ppu"]["parallel_bus_rows"]), columns)
# Name, type and shape of each array; -1 stands for the number of mapped words.
_layout: tuple[tuple[str, Any, tuple[int, ...]], ...] = (
    ("neurons", neuron_kind, ()),
    ("sensors", sensor_kind, ()),
    ("drivers", driver_kind, ()),
    ("readout", readout_kind, ()),
    ("variation", variation_kind, ()),
    ("backend", backend_kind, ()),
    ("fault", np.int64, (FAULT_COLUMNS,)),
    ("clock", np.int64, (CLOCK_COLUMNS,)),
    ("entry", np.int64, (ENTRY_CAPACITY,)),
    ("core", np.int64, (ppu_count, CORE_COLUMNS)),
    ("gpr", np.int64, (ppu_count, _count["general"])),
    ("acc", np.int32, (ppu_count, _lanes["half"].count)),
    ("vcr", np.uint8, (ppu_count, _lanes["byte"].count)),
    ("row", np.uint8, (2, _lanes["byte"].count)),
    ("vr", np.uint8, (ppu_count, _count["vector"], _lanes["byte"].count)),
    ("spr", np.int64, (ppu_count, _count["special"])),
    ("score", np.int64, (ppu_count, SCORE_PLACES)),
    ("decoded", np.int64, (ppu_count, places, DECODED_COLUMNS)),
    ("state_count", np.int64, (1,)),
    ("sram", np.uint32, (ppu_count, sram_bytes // 4)),
    ("weights", np.uint8, _cells),
    ("labels", np.uint8, _cells),
    ("even_msb2", np.uint8, _cells),
    ("odd_msb2", np.uint8, _cells),
    ("counters", np.int64, (inputs + outputs + neuron_count,)),
    ("latch", np.uint8, _channel),
    ("channel_source", np.uint8, _channel),
    ("channel_offset", np.int16, _channel),
    ("ramp", np.float64, (hemispheres, 2, 2)),
    ("converter", np.int64, (hemispheres, CONVERTER_COLUMNS)),
    ("lfsr", np.uint16, (hemispheres, columns)),
    ("changed", np.int64, (CHANGED_CAPACITY,)),
    ("quantity", np.float64, (len(quantity_names()), neuron_count)),
    ("connection", np.uint8, (len(switches), neuron_count)),
    ("trigger", np.int64, (TRIGGER_CAPACITY, 4)),
    ("fpga_memory", np.uint32, (facts["ppu"]["data_spaces"]["fpga_memory"]["bytes"] // 4,)),
    ("address", np.int64, (-1,)),
    ("register", np.uint32, (-1,)),
    ("behaviour", np.int16, (-1,)),
    ("container", np.int16, (-1,)),
    ("instance", np.int32, (-1,)),
    ("access", np.uint8, (-1,)),
    ("fpga", np.int64, (FPGA_COLUMNS,)),
    ("tap", np.int64, (TAP_COLUMNS,)),
    ("tap_queue", np.int64, (TAP_CAPACITY, 3)),
    ("phy", np.int64, (load_registers().containers["PhyConfigChip"].instances,)),
    ("spi", np.int64, (len(selects), SPI_COLUMNS)),
    ("i2c", np.int64, (I2C_COLUMNS,)),
    ("i2c_content", np.uint8, (DEVICES, DEVICE_BYTES)),
    ("bench", np.int64, (BENCH_COLUMNS,)),
    ("bench_address", np.int64, (BENCH_WORD_CAPACITY,)),
    ("bench_word", np.uint32, (BENCH_WORD_CAPACITY,)),
    ("bench_row_address", np.int64, (BENCH_ROW_CAPACITY,)),
    ("bench_row", np.uint8, (BENCH_ROW_CAPACITY, _lanes["byte"].count)),
    # These take no memory until they are used.
    ("state_key", np.int64, (STATE_CAPACITY + 1, KEY_WORDS)),
    ("state_place", np.int32, (STATE_PLACES,)),
    ("state_next", np.int32, (STATE_CAPACITY + 1, FOLLOWERS)),
    ("lead", np.int64, (LEAD_PLACES, 2)),
    ("trace_ring", np.int64, (ppu_count, CAPACITY, TRACE_COLUMNS)),
    ("trace_row", np.uint8, (ppu_count, ROW_CAPACITY, _lanes["byte"].count)),
    ("dram", np.uint32, (facts["ppu"]["data_spaces"]["dram"]["bytes"] // 4,)),
)


class OmnibusTable(NamedTuple):
    """One row a mapped Omnibus word, ascending by address; `access` has bit 0 for readable and bit 1 for writable."""

    address: NDArray[np.int64]
    reset: NDArray[np.uint32]
    behaviour: NDArray[np.int16]
    container: NDArray[np.int16]
    instance: NDArray[np.int32]
    access: NDArray[np.uint8]


def new_state(table: OmnibusTable, poison: int = 0xA5) -> ChipState:
    """State after power-up and standard initialisation; vector registers, which do not reset, hold `poison`.

    All arrays lie in one block of memory, which a numpy record shows: kernels pass one pointer instead of an array
    descriptor for each, which halves the time of their compilation and triples the speed of calls.
    """
    words = max(len(table.address), 1)
    block = _aligned(np.dtype((np.record, _kind(words))))
    chip = cast(ChipState, block[0])
    used = len(table.address)
    for name, column in table._asdict().items():
        target: Any = chip.register if name == "reset" else getattr(chip, name)
        target[:used] = column
    chip.vr[:] = poison
    chip.lfsr[:] = _lfsr_power_up
    chip.core[:, [RELEASE_TICK, SLEEP_TICK, FIRST_PBUS_WRITE]] = -1
    chip.core[:, [DEC_ZERO, WAKE_TICK]] = NEVER
    chip.state_count[STATES_USED] = FIRST_STATE
    chip.i2c_content[:] = power_up_contents()
    chip.tap[[TAP_INSTRUCTION, TAP_SCALER]] = _idcode, int(facts["jtag"]["scaler"])
    chip.phy[:] = int(facts["phy_power_up"])
    set_system(chip, system_row("chip"))
    neurons.power_up(chip.neurons)
    sensor.power_up(chip.sensors)
    driver.power_up(chip.drivers)
    readoutstate.power_up(chip.readout)
    variation.power_up(chip.variation)
    backendstate.power_up(chip.backend)
    return chip


def set_system(chip: ChipState, row: tuple[int, ...]) -> None:
    """Choose the surroundings that the processors' times are for, see `score.system_row`.

    The states of pipestate.py know nothing of commands that have to wait for answers: there may be none.
    """
    assert row[LATENCY - SYSTEM] < row[OUTSTANDING - SYSTEM], "commands would have to wait for answers"
    chip.score[:, SYSTEM : SYSTEM + len(row)] = row
    chip.lead[:, 0] = NONE  # where instructions led to was for the former ones
    chip.decoded[:, :, ENTRY] &= WORD_MASK


def _kind(words: int) -> np.dtype[Any]:
    """The type of a state of so many mapped words; every array begins at a cache line, as vectors should."""
    formats = [(kind, tuple(words if one < 0 else one for one in shape)) for _, kind, shape in _layout]
    sizes = [-(-np.dtype(one).itemsize // _line) * _line for one in formats]
    offsets = [sum(sizes[:place]) for place in range(len(sizes))]
    names = [name for name, _, _ in _layout]
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": sum(sizes)}, align=True)


def _aligned(kind: np.dtype[Any]) -> NDArray[Any]:
    """One zero of a type, at a cache line."""
    memory = np.zeros(kind.itemsize + _line, np.uint8)
    start = -memory.ctypes.data % _line
    return memory[start : start + kind.itemsize].view(kind)
