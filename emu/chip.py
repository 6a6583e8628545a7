"""The emulated chip: made, advanced, accessed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.emu import advance as adv
from hicannx.emu import behaviour as bh
from hicannx.emu import state as st
from hicannx.emu.analog.neuron import fire, fire_some
from hicannx.emu.analog.refractory import set_modes
from hicannx.emu.analog.sensor import note_block_pulse
from hicannx.emu.analog.state import NOISY, SEED, TOUCHED
from hicannx.emu.eventqueue import grow, push
from hicannx.emu.fault import Locate, nowhere, raise_fault
from hicannx.emu.instance import Instance
from hicannx.emu.interrupt import ring_doorbell, set_pins
from hicannx.emu.kernelcache import compiled_before
from hicannx.emu.machine import NEVER, event_stamp_ticks
from hicannx.emu.monitor import Monitor
from hicannx.emu.omnibus import control_ppu
from hicannx.emu.powerup import power_up, set_reset
from hicannx.emu.ppukernel import enter_kernel
from hicannx.emu.prepared import Prepared, numbers_of
from hicannx.emu.recording import control_converter
from hicannx.emu.refresh import refresh_changed
from hicannx.emu.routing import SpikeRecord, grow_record, pack, record_room
from hicannx.emu.score import system_row
from hicannx.emu.stepsize import coarse_steps, step_ticks
from hicannx.emu.trace import Sink, drain_full
from hicannx.emu.wiring import (
    PADI,
    buses_per_hemisphere,
    crossbar_ticks,
    crossbar_to_fpga_ticks,
    madc_to_fpga_ticks,
    neuron_to_crossbar_ticks,
    padi_to_synapse_ticks,
    row_select_shift,
    spl1_mask,
    spl1_shift,
)
from hicannx.emu.world import World, new_world
from hicannx.isa.semantics.state import load_state


class Chip:
    """One HICANN-X with its FPGA's registers, powered up and initialised.

    `world` holds all state; times are ticks of 2 ns from power-up. Use `hicannx.emu.executor.run_playback` to run
    playback programs on it; state persists between programs. `sinks` take what processors execute, see trace.py.
    A `cold` chip is not initialised: nothing goes over its link before its transceivers are configured and enabled. The
    analog core goes in steps of `step`: `precise` (20 ns), `default` (50 ns), `fast` (100 ns), or a number of ticks.
    Without an `instance` (instance.py) its circuits are nominal. `noise` says whether there is any, by default for
    instances; `noise_seed` is by default that of the instance.
    """

    def __init__(
        self,
        cold: bool = False,
        step: str | int = "default",
        instance: Instance | None = None,
        noise: bool | None = None,
        noise_seed: int | None = None,
    ) -> None:
        self.world = new_world(step_ticks(step))
        self.is_cold = cold
        self.instance = instance
        if instance:
            instance.apply(self.world.chip.variation)
        self._choose_noise(instance is not None if noise is None else noise, noise_seed)
        self.sinks: dict[int, Sink] = {}
        self._told: tuple[Diagnostic, ...] = ()
        self.monitor: Monitor | None = None
        if not compiled_before():
            from hicannx.emu.warmup import compile_kernels

            compile_kernels(self.world)
        enter_kernel(self.world.chip)
        power_up(self.world, cold)

    def set_noise(self, is_on: bool, seed: int | None = None) -> None:
        """Whether membranes, thresholds, pulses of synapses and the CADC have noise; its seed, or that of the chip."""
        self._choose_noise(is_on, seed)
        set_modes(self.world.neurons)
        self.world.neurons.counts[TOUCHED] = 1

    def _choose_noise(self, is_on: bool, seed: int | None) -> None:
        own = self.instance.seed if self.instance else 1
        self.world.neurons.counts[NOISY] = is_on
        self.world.neurons.counts[SEED] = (own if seed is None else seed) & _seed_mask

    @property
    def world(self) -> World:
        """All state."""
        return self._world

    @world.setter
    def world(self, world: World) -> None:
        chip = world.chip  # numpy takes long to find a record's arrays and their numbers
        self._world, self._clock = world, numbers_of(chip.clock)
        self._core = tuple(numbers_of(row) for row in chip.core)
        self._prepared: Prepared | None = None

    @property
    def prepared_advance(self) -> Prepared:
        """The call of `advance` for the present world."""
        if self._prepared is None:
            self._prepared = adv.prepare_advance(self._world)
        return self._prepared

    def _advance(self, until: int) -> int:
        _, numbers, make, _ = self._prepared or self.prepared_advance
        numbers[adv.UNTIL] = until
        make()
        return numbers[adv.REASON]

    @property
    def now_tick(self) -> int:
        """The present, in ticks of 2 ns since power-up."""
        return self._clock[st.NOW]

    def advance(self, until: int, locate: Locate = nowhere) -> None:
        """Advance to a tick; a DiagnosticError (E101 to E109) tells of an access to nothing."""
        while (reason := self._advance(until)) != adv.DONE:
            self.resolve(reason, locate)
        if self._clock[st.CHANGED]:
            refresh_changed(self.world)

    def advance_until_asleep(self, ppu: int, until: int, locate: Locate = nowhere) -> None:
        """Advance until a processor sleeps and nothing of its own will wake it, at most to a tick."""
        core, patience, now = self._core[ppu], _patience_ticks, self.now_tick
        while now < until and not (core[st.SLEEPING] and core[st.WAKE_TICK] == st.NEVER):
            now = min(until, now + patience)
            self.advance(now, locate)
            patience = min(2 * patience, _longest_patience_ticks)  # what is overshot is less than what has passed

    def resolve(self, reason: int, locate: Locate = nowhere) -> None:
        """Do what a kernel has asked for, so that it can go on."""
        if reason == adv.FAULTED:
            raise_fault(self.world.chip, locate)
        elif reason == adv.REFRESH:
            self._digest()
        elif reason == adv.QUEUE_FULL:
            self._grow_queue()
        elif reason == adv.RECORD_FULL:
            if self.monitor:
                self.monitor.drain()
            self._keep_samples()
            self.world = self.world._replace(record=_with_room(self.world.record))
        else:
            raise AssertionError(f"unknown reason {reason}")

    def set_reset(self, level: bool) -> None:
        """Set the level of the reset line: while it is 1 the chip does not answer; all of it is as after power-up."""
        self._keep_samples()
        self.world = set_reset(self.world, level, self.is_cold)

    def release_ppu(self, ppu: int) -> None:
        """Start a processor at address 0, as its control register does."""
        control_ppu(self.world.chip, ppu, 0, self.now_tick)
        control_ppu(self.world.chip, ppu, 1, self.now_tick)

    def set_isa(self, ppu: int, name: str) -> None:
        """With `power`, lha, lhau and twi take negative numbers as the Power ISA says, with `rtl` as the RTL does."""
        self.world.chip.core[ppu, st.POWER] = isa_names.index(name)

    def set_timed(self, ppu: int, is_timed: bool) -> None:
        """Whether instructions take the time of the model (as they do unless told otherwise), or a cycle each."""
        self.world.chip.core[ppu, st.UNTIMED] = not is_timed

    def set_surroundings(self, name: str) -> None:
        """Whose memory and buses take their times: those of the `chip`, or of the `bench` of the simulation."""
        st.set_system(self.world.chip, system_row(name))

    def set_pins(self, ppu: int, value: int) -> None:
        """Set the input pins of a processor."""
        set_pins(self.world.chip, ppu, value, self.now_tick)

    def ring_doorbell(self, ppu: int) -> None:
        """Ring the doorbell of a processor."""
        ring_doorbell(self.world.chip, ppu, self.now_tick)

    def take_spikes(self, before_tick: int = NEVER) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.int64]]:
        """The recorded spikes since the last call: stamps (4 ns), labels, and ticks of arrival at the FPGA.

        They are in the order of their ticks, and of the outputs of the crossbar. While a program runs, those that leave
        before the present tick are complete, later ones are not, and are left: so are those that the step under way may
        still precede.
        """
        record = self.world.record
        if before_tick != NEVER:
            begin = int(self.world.chip.clock[st.STEP_BEGIN])
            before_tick = min(before_tick, begin + neuron_to_crossbar_ticks + crossbar_ticks)
        used = int(record.used[0])
        ticks, labels = record.tick[:used], record.label[:used]
        place = ticks << spl1_bits | labels >> spl1_shift  # an output sends one at a time
        if used and (place[1:] < place[:-1]).any():
            order = np.argsort(place, kind="stable")
            ticks[:], labels[:] = ticks[order], labels[order]
        ticks, labels = _taken(record, before_tick)
        return ticks // event_stamp_ticks, labels.astype(np.uint16), ticks + crossbar_to_fpga_ticks

    def take_samples(self, before_tick: int = NEVER) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The recorded samples of the MADC since the last call: ticks, values as recorded, and ticks of arrival.

        A value has the channel as in messages, and `madc.invalid_mark` where the input had not settled. Those since the
        end of the last analog step are not among them.
        """
        self._keep_samples()
        ticks, values = _taken(self.world.samples, before_tick)
        return ticks, values, ticks + madc_to_fpga_ticks

    def news_of_steps(self) -> tuple[Diagnostic, ...]:
        """Warnings (E201) that analog steps are long beside time constants, those that the last call did not return."""
        before, self._told = self._told, tuple(coarse_steps(self.world.neurons))
        return tuple(one for one in self._told if one not in before)

    def _grow_queue(self) -> None:
        if len(self.world.queue.tick) >= _most_events:
            help_text = "let sources of background spikes be slower, or block them in the crossbar"
            raise DiagnosticError([Diagnostic("E122", f"more than {_most_events} events wait", help=help_text)])
        self.world = self.world._replace(queue=grow(self.world.queue, 2 * len(self.world.queue.tick)))

    def _keep_samples(self) -> None:
        """Move samples that wait in the chip's state to the record of the world."""
        readout, record = self.world.chip.readout, self.world.samples
        count, used = int(readout.samples[0]), int(record.used[0])
        if record_room(record) < count:
            record = grow_record(record, 2 * (used + count))
            self.world = self.world._replace(samples=record)
        record.tick[used : used + count], record.label[used : used + count] = readout.sample[:count].T
        record.used[0], readout.samples[0] = used + count, 0

    def _digest(self) -> None:
        chip = self.world.chip
        chip.fault[st.ATTENTION] = chip.fault[st.FAULT_CODE] != 0
        drain_full(chip, self.sinks)
        refresh_changed(self.world)
        for row in chip.trigger[: min(chip.clock[st.TRIGGERS], st.TRIGGER_CAPACITY)]:
            self._act(*(int(value) for value in row))
        chip.clock[st.TRIGGERS] = 0

    def _act(self, kind: int, place: int, value: int, tick: int) -> None:
        if kind == bh.NEURON_RESET:
            fire(self.world.neurons, place, tick)
        elif kind == bh.NEURON_RESET_QUAD:
            fire_some(self.world.neurons, place, value, tick)
        elif kind == bh.BLOCK_POST_PULSE:
            note_block_pulse(self.world.chip, place, tick)
        elif kind == bh.MADC_CONTROL:
            control_converter(self.world, value, tick)
        elif kind == bh.PADI_EVENT:
            self._inject_padi(place, value, tick)

    def _inject_padi(self, hemisphere: int, value: int, tick: int) -> None:
        from hicannx.regmodel.codec import decode
        from hicannx.regmodel.load import load_registers

        fields = decode(load_registers().containers["PADIEvent"], [value])
        label = fields["row_select_address"] << row_select_shift | fields["event_address"]
        for bus, on in enumerate(fields["fire_bus"]):
            place = buses_per_hemisphere * hemisphere + bus
            if on and not self.world.routing.bus_takes_crossbar[place]:
                arrival = tick + crossbar_ticks + padi_to_synapse_ticks
                while not push(self.world.queue, arrival, PADI, pack(place, label)):
                    self._grow_queue()


def _with_room(record: SpikeRecord) -> SpikeRecord:
    """A record that kernels can go on with."""
    return record if record_room(record) >= adv.reserve else grow_record(record, 2 * len(record.tick))


def _taken(record: SpikeRecord, before_tick: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ticks and contents of what was recorded before a tick, in its order; they leave the record."""
    used = int(record.used[0])
    taken = int(np.searchsorted(record.tick[:used], before_tick))
    found = record.tick[:taken].copy(), record.label[:taken].copy()
    for column in (record.tick, record.label):
        column[: used - taken] = column[taken:used].copy()
    record.used[0] = used - taken
    return found


spl1_bits = spl1_mask.bit_length()
_seed_mask = (1 << 62) - 1
_most_events = 1 << 23
_patience_ticks, _longest_patience_ticks = 50_000, 1_600_000
isa_names = load_state().registers["POWER"].choices
