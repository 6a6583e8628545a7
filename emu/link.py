"""The FPGA's side of the chip as numbers: the link between both, system time, what was counted; columns of a state."""

from __future__ import annotations

from itertools import accumulate

from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import facts, fpga_cycle_ticks, link_from_chip_ticks, link_to_chip_ticks
from hicannx.emu.state import (
    LAST_ASIC,
    LAST_RTT,
    LINK_UP,
    ONLINE_SINCE,
    PERF_RUNS,
    PERF_SENT,
    PERF_SINCE,
    SPIKES_TO_CHIP,
    SYNC_END,
    SYSTIME_ORIGIN,
    TIMER_ORIGIN,
    WORDS_FROM_CHIP,
    WORDS_TO_CHIP,
    ChipState,
)
from hicannx.regmodel.load import load_registers

_containers = load_registers().containers
_phys = _containers["PhyStatus"].instances
systime_mask = (1 << int(facts["link"]["systime_bits"])) - 1
_word = 0xFFFFFFFF


def _words(container: str, *fields: str) -> list[int]:
    """Which word of a register of counters each field is."""
    return [_containers[container].by_name[name].elements[0][0].word for name in fields]


_status_words = _containers["PhyStatus"].words
_online, _sent, _received = _words("PhyStatus", "online_time", "tx_count", "rx_count")
_arq_to_chip = tuple(_words("HicannARQStatus", "write_count", "tx_count"))
_test_sent, _test_error = _words("PerfTestStatus", "sent", "error_word")
_systime = ("FPGASystimeSyncLastRTT", "FPGASystimeSyncLastAsicSystime", "FPGASystimeSyncActiveState")
# The places of their first words among those that `systime_status` takes.
systime_places = dict(zip(_systime, accumulate((_containers[name].words for name in _systime), initial=0)))
_, _asic_time, _active = systime_places.values()


@inner
def timer_value(chip: ChipState, tick: int) -> int:
    """FPGA cycles since the timer was set to zero, as it counts them."""
    return int((tick // fpga_cycle_ticks - chip.fpga[TIMER_ORIGIN]) & _word)


@inner
def link_status(chip: ChipState, place: int, tick: int) -> int:
    """Word `place` of all PhyStatus registers: the links share what is sent, the first ones take what remains."""
    link, word = place // _status_words, place % _status_words
    fpga = chip.fpga
    if word == _online and fpga[LINK_UP]:
        return int((tick - fpga[ONLINE_SINCE]) // fpga_cycle_ticks & _word)
    if word == _sent:
        return int((fpga[WORDS_TO_CHIP] + fpga[SPIKES_TO_CHIP] + _phys - 1 - link) // _phys & _word)
    if word == _received:
        return int((fpga[WORDS_FROM_CHIP] + _phys - 1 - link) // _phys & _word)
    return 0


@inner
def arq_status(chip: ChipState, place: int) -> int:
    """A word of HicannARQStatus; no word is ever lost or sent twice."""
    return int(chip.fpga[WORDS_TO_CHIP if place in _arq_to_chip else WORDS_FROM_CHIP] & _word)


@inner
def systime_status(chip: ChipState, place: int, tick: int) -> int:
    """A word of FPGASystimeSyncLastRTT, ...LastAsicSystime (high word first) or ...ActiveState."""
    if place >= _active:
        return 1 if tick < chip.fpga[SYNC_END] else 0
    value = chip.fpga[LAST_RTT if place < _asic_time else LAST_ASIC]
    return int(value >> 32 if place % 2 == 0 else value & _word)


@inner
def set_performance_test(chip: ChipState, value: int, tick: int) -> None:
    """Start or stop the performance test; a start counts anew."""
    fpga, is_on = chip.fpga, value & 1
    if is_on and not fpga[PERF_RUNS]:
        fpga[PERF_SINCE] = tick
    if fpga[PERF_RUNS] and not is_on:
        fpga[PERF_SENT] = (tick - fpga[PERF_SINCE]) // fpga_cycle_ticks if fpga[LINK_UP] else 0
    fpga[PERF_RUNS] = is_on


@inner
def performance_status(chip: ChipState, place: int, tick: int) -> int:
    """A word of PerfTestStatus: a word is sent each cycle and comes back in order after the way there and back."""
    fpga = chip.fpga
    if place == _test_error or not fpga[LINK_UP]:
        return 0
    if not fpga[PERF_RUNS]:
        return int(fpga[PERF_SENT] & _word)
    sent = (tick - fpga[PERF_SINCE]) // fpga_cycle_ticks
    if place != _test_sent:
        sent = max(sent - (link_to_chip_ticks + link_from_chip_ticks) // fpga_cycle_ticks, 0)
    return int(sent & _word)


@inner
def synchronise(chip: ChipState, cycle: int, tries: int, base: int) -> None:
    """Begin to synchronise: the chip loads `base` when the last try arrives; SYSTIME_ORIGIN is the time 0 of both."""
    fpga, tries = chip.fpga, max(tries, 1)
    round_trip = (link_to_chip_ticks + link_from_chip_ticks) // fpga_cycle_ticks
    loaded = cycle + (tries - 1) * round_trip + link_to_chip_ticks // fpga_cycle_ticks
    fpga[SYSTIME_ORIGIN] = loaded - base
    fpga[SYNC_END] = (cycle + tries * round_trip) * fpga_cycle_ticks
    fpga[LAST_RTT], fpga[LAST_ASIC] = round_trip, base
