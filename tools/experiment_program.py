"""An experiment compiled to a playback program: configuration, processor images, spikes and readings as 64-bit words.

The emulated chip powers up as after the standard initialisation, which the program therefore leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
import numpy.typing as npt

from hicannx.configs.chip import read_config
from hicannx.configs.experiment import Experiment, Reading, kernel_path, picture_weights, processors
from hicannx.configs.experiment import Program as ProgramRow
from hicannx.configs.picture import Grey, pack_columns
from hicannx.configs.selection import select_instances, select_numbers
from hicannx.configs.setting import ChipConfig
from hicannx.configs.shipped import find_shipped
from hicannx.configs.spiketrain import poisson_trains
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.isa.semantics.state import load_state, word_bytes
from hicannx.regmodel.bus import Buses, usual_backend
from hicannx.regmodel.codec import encode
from hicannx.regmodel.container import Container, Place
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.known import KnownWords
from hicannx.regmodel.playback.schedule import TimedRead, TimedWrite
from hicannx.tools.program import Program, load_program
from hicannx.yamlsource import Node

Integers = npt.NDArray[np.int64]


@attrs.frozen
class Compiled:
    """The bitstream of an experiment, the programs by processor, the weights that its picture means, and its input.

    `input_cycles` (of the FPGA, from the begin of the experiment) and `input_labels` are its spikes; `config` is the
    configuration of the chip behind all changes.
    """

    data: bytes = attrs.field(repr=False)
    programs: Mapping[int, Program]
    weights: Grey | None = attrs.field(repr=False)
    input_cycles: Integers = attrs.field(repr=False)
    input_labels: Integers = attrs.field(repr=False)
    config: ChipConfig = attrs.field(repr=False)


def compile_experiment(
    experiment: Experiment, point: Mapping[str, float] | None = None, known: KnownWords | None = None
) -> Compiled:
    """The playback program of a run; a DiagnosticError (C..., A..., T2..., T301) tells what is wrong with the inputs.

    `point` gives values to the names of the sweep. What the registers are `known` to hold is not written again.
    """
    names = dict(point or {})
    weights = picture_weights(experiment.image) if experiment.image else None
    programs = {processors.index(name): _load(row, weights) for name, row in experiment.ppu.items()}
    builder = ProgramBuilder(known)
    config = _configure(builder, experiment, names)
    for ppu, program in programs.items():
        _write_memory(builder, ppu, program)
    builder.barrier()
    if experiment.settle_ms:
        builder.setup_timer()
        builder.wait_until(_cycles(experiment.settle_ms))
    spikes = _spikes(experiment, names)
    changes, config = _changes(experiment, names, config)
    _schedule(builder, experiment, programs, spikes, changes)
    for ppu in programs:
        _wait_for_sleep(builder, ppu)
    for reading in experiment.read:
        builder.read_words(read_addresses(reading, programs))
    for ppu in programs:
        builder.write(load_registers().containers["PPUControlRegister"], ppu, {"inhibit_reset": False})
    builder.barrier()
    builder.halt()
    return Compiled(builder.to_bytes(), programs, weights, *spikes, config)


def _load(row: ProgramRow, weights: Grey | None) -> Program:
    choices = load_state().registers["POWER"].choices
    if row.isa not in choices:
        title, help_text = f"there is no `isa` named `{row.isa}`", f"write {' or '.join(choices)}"
        raise DiagnosticError([Diagnostic("C203", title, row.span, help=help_text)])
    program = attrs.evolve(load_program(kernel_path(row)), isa=row.isa)
    for symbol, source in row.data.items():
        program = program.with_data(symbol, _data(symbol, source, weights), source.span)
    return program


def _data(symbol: str, source: Node, weights: Grey | None) -> bytes:
    """What a program is given at a symbol: the picture, or numbers as words."""
    numbers = [node.value for node in (source.listed() if source.is_list else [source])]
    if all(type(one) is int and -(1 << 31) <= one < 1 << 32 for one in numbers):
        return np.array(numbers, np.int64).astype(np.uint32).astype(">u4").tobytes()
    if source.value != "image" or weights is None:
        title = f"there are no data `{source.shown}` for the symbol `{symbol}`"
        help_text = "`image` is the picture" if weights is not None else "give numbers, or the experiment an image"
        raise DiagnosticError([Diagnostic("C205", title, source.span, help=help_text)])
    return pack_columns(weights)


def _configure(builder: ProgramBuilder, experiment: Experiment, names: Mapping[str, float]) -> ChipConfig:
    """The instruction timeout, which limits how long the poll may wait for the processors, and the chip."""
    waiting = _cycles(experiment.latest_ms) - _cycles(experiment.duration_ms)
    builder.write(load_registers().containers["InstructionTimeoutConfig"], 0, {"value": max(waiting, 1)})
    path = find_shipped("chips", experiment.chip, experiment.span)
    loaded = read_config(path, {"seed": experiment.seed, **names})
    used = {*loaded.values, *(word for one in experiment.stimulus for word in one.words())}
    unknown = sorted(names.keys() - used)
    if unknown and experiment.sweep:
        title = f"nothing uses the name `{unknown[0]}` of the sweep"
        help_text = f"{did_you_mean(unknown[0], used)}; the chip configuration declares names in `values`"
        span = experiment.sweep.values[unknown[0]].span
        raise DiagnosticError([Diagnostic("C230", title, span, help=help_text)])
    loaded.config.write_to(builder)
    return loaded.config


def _changes(
    experiment: Experiment, names: Mapping[str, float], config: ChipConfig
) -> tuple[list[TimedWrite], ChipConfig]:
    """Words that are written in the course of the experiment, as values of names change, and the last configuration."""
    found, values, words = [], {"seed": experiment.seed, **names}, dict(config.writes)
    path = find_shipped("chips", experiment.chip, experiment.span)
    for change in sorted(experiment.changes, key=lambda one: one.at_us):
        values |= change.values
        loaded = read_config(path, values)
        unknown = sorted(change.values.keys() - set(loaded.values))
        if unknown:
            title = f"the chip configuration has no value `{unknown[0]}` to change"
            help_text = did_you_mean(unknown[0], loaded.values)
            raise DiagnosticError([Diagnostic("C236", title, change.span, help=help_text)])
        new = dict(loaded.config.writes)
        differing = [address for address, word in new.items() if words.get(address) != word]
        chosen = [new[address] for address in differing]
        if differing:
            found.append(TimedWrite(_cycles(change.at_us / 1000.0), differing, chosen))
        words |= new
        config = loaded.config
    return found, config


def _write_memory(builder: ProgramBuilder, ppu: int, program: Program) -> None:
    addresses = _memory_addresses(ppu)
    words = np.frombuffer(program.image.ljust(-(-len(program.image) // 4) * 4, b"\0"), ">u4").astype(np.int64)
    if len(words) > len(addresses):
        title = f"the program has {len(program.image)} bytes, the memory of a processor {4 * len(addresses)}"
        raise DiagnosticError([Diagnostic("T301", title, help="reserve less room for data in the program")])
    builder.write_words(addresses[: len(words)], words)


def _schedule(
    builder: ProgramBuilder,
    experiment: Experiment,
    programs: Mapping[int, Program],
    spikes: tuple[Integers, Integers],
    changes: list[TimedWrite],
) -> None:
    """From the release of the processors to `duration_ms`: spikes and readings at their times."""
    control = load_registers().containers["PPUControlRegister"]
    release = encode(control, {"inhibit_reset": True})
    accesses: list[TimedWrite | TimedRead] = [TimedWrite(0, control.addresses(ppu), release) for ppu in programs]
    accesses += changes
    for reading in experiment.read:
        moments = (reading.from_ms + step * reading.every_ms for step in range(reading.times))
        accesses += [TimedRead(_cycles(moment), read_addresses(reading, programs)) for moment in moments]
    builder.schedule(*spikes, accesses)
    builder.wait_until(_cycles(experiment.duration_ms))


def _spikes(experiment: Experiment, names: Mapping[str, float]) -> tuple[Integers, Integers]:
    """Cycles and labels of all spike trains; the first train has the experiment's seed, the next ones their own."""
    cycle_hz = 1000.0 * _cycles(1.0)
    end_us = 1000.0 * experiment.duration_ms
    highest = load_registers().coordinates["spike_label"].size
    columns = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))]
    for number, trains in enumerate(experiment.spikes):
        labels = select_numbers(trains.labels, highest, {})
        window = _cycles(trains.from_ms), _cycles(trains.until_ms)
        columns.append(poisson_trains(labels, trains.rate_hz, *window, cycle_hz, [experiment.seed, number]))
    for number, stimulus in enumerate(experiment.stimulus, len(experiment.spikes)):
        columns.append(stimulus.spikes(names, highest, 1e6 / cycle_hz, end_us, [experiment.seed, number]))
    cycles, labels = (np.concatenate(column) for column in zip(*columns))
    return cycles, labels


def _memory_addresses(ppu: int) -> Integers:
    container = load_registers().containers["PPUMemoryWord"]
    found: Integers = container.all_addresses()[container.numbering.views()["ppu"] == ppu, 0]
    return found


def read_addresses(reading: Reading, programs: Mapping[int, Program]) -> Integers:
    """The Omnibus addresses of a reading; DiagnosticError C101 or T201 if there is no such register or symbol."""
    if not reading.memory:
        return _register_addresses(reading)
    ppu = processors.index(reading.at.shown)
    placed = programs[ppu].find(reading.memory, reading.span)
    return _memory_addresses(ppu)[placed.address // word_bytes() : -(-(placed.address + placed.size) // word_bytes())]


def _register_addresses(reading: Reading) -> Integers:
    model = load_registers()
    ways = {name: _way(model.buses, one) for name, one in model.containers.items()}
    known = {name: place for name, place in ways.items() if place is not None}
    if reading.register not in known:
        title = f"there is no register `{reading.register}` that can be read"
        raise DiagnosticError([Diagnostic("C101", title, reading.span, help=did_you_mean(reading.register, known))])
    container = model.containers[reading.register]
    return container.addresses_of(select_instances(reading.at, container.numbering), known[container.name]).ravel()


def _way(buses: Buses, container: Container) -> Place | None:
    """Where a register is read at an address of the Omnibus, if it is and has not too many instances to choose from."""
    ways = () if container.numbering.is_large else buses.routes(container, "read")
    return next((place for place, backend in ways if backend.name == usual_backend), None)


def _wait_for_sleep(builder: ProgramBuilder, ppu: int) -> None:
    status = load_registers().containers["PPUStatusRegister"]
    mask = sum((1 << part.bits) - 1 << part.lsb for part in status.by_name["sleep"].elements[0])
    builder.poll(status.addresses(ppu)[0], 0, mask, equal=False)


def _cycles(time_ms: float) -> int:
    from hicannx.emu.machine import fpga_cycle_ticks, tick_us

    return round(time_ms * 1000.0 / float(fpga_cycle_ticks * tick_us))
