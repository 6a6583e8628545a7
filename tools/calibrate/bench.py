"""A chip on the bench: it is told what to do by playback programs, and known only by its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from hicannx.regmodel.coordinate import Indices
from hicannx.regmodel.geometry import neuron_cell, shared_cell
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.transfer import highest_code, preset
from hicannx.tools.calibrate.settings import load_settings

if TYPE_CHECKING:
    from hicannx.emu.executor import Result

Codes = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
neurons = load_registers().coordinates["neuron"].size
quadrants = load_registers().coordinates["quadrant"].size
digital = ("NeuronConfig", "NeuronBackendConfig", "CommonNeuronBackendConfig")
_currents = "ColumnCurrentQuad"
_readout = {"enable_readout_amplifier": 1}
_still = {"v_threshold": highest_code, "i_bias_synin_exc_gm": 0, "i_bias_synin_inh_gm": 0}


@attrs.define(eq=False)
class Bench:
    """What has been written so far: codes of `cells` of neurons and quadrants, `fields` of all neurons alike.

    `offsets` are those of the channels of the CADC. `play` runs a program and returns its result.
    """

    play: Callable[[bytes], Result]
    cells: dict[str, Codes] = attrs.field(factory=dict)
    fields: dict[str, int] = attrs.field(factory=dict)
    offsets: Codes = attrs.field(factory=lambda: np.zeros(2 * neurons, np.int64))

    def run(self, builder: ProgramBuilder) -> Result:
        """Run a program to its end."""
        builder.barrier()
        builder.halt()
        return self.play(builder.to_bytes())

    def put_cells(self, builder: ProgramBuilder, name: str, codes: Any) -> None:
        """Write a parameter of all neurons, or of all quadrants."""
        places = cell_places(name)
        self.cells[name] = np.broadcast_to(np.asarray(codes, np.int64), len(places)).copy()
        builder.write_instances(load_registers().containers["CapMemCell"], places, {"value": self.cells[name]})

    def put_fields(self, builder: ProgramBuilder, **fields: int) -> None:
        """Change fields of all neurons, of their backends or of what these share, as far as they are others now."""
        fields = {name: value for name, value in fields.items() if self.fields.get(name, 0) != value}
        self.fields |= fields
        for name in digital:
            container = load_registers().containers[name]
            if fields.keys() & container.by_name.keys():
                own = {one: value for one, value in self.fields.items() if one in container.by_name}
                builder.write_instances(container, np.arange(container.instances), own)

    def put_offsets(self, builder: ProgramBuilder, offsets: Codes) -> None:
        """Write the digital offsets of all channels of the CADC."""
        container = load_registers().containers["CADCChannelConfig"]
        field = container.by_name["offset"]
        self.offsets = np.clip(offsets, field.low, field.high)
        builder.write_instances(container, np.arange(container.instances), {"offset": self.offsets})

    def changed(self, **cells: Any) -> ProgramBuilder:
        """A program that writes parameters and waits until they are settled."""
        builder = ProgramBuilder()
        for name, codes in cells.items():
            self.put_cells(builder, name, codes)
        settle(builder)
        return builder


def cell_places(name: str) -> Indices:
    """The CapMem cells of a parameter of all neurons, or of all quadrants."""
    return neuron_cell(name) if name in load_registers().cells.neuron else shared_cell(name)


def settle(builder: ProgramBuilder, us: float | None = None) -> None:
    """Wait for cells and membranes."""
    builder.barrier()
    builder.setup_timer()
    builder.wait_until(cycles(load_settings().measurement.settle_us if us is None else us))


def cycles(us: float) -> int:
    """Cycles of the FPGA."""
    return round(us * 1000 / load_instructions().time.cycle_ns)


@contextmanager
def quiet(bench: Bench) -> Iterator[None]:
    """Thresholds out of reach, so that nothing makes neurons spike; afterwards they are where they were."""
    kept = bench.cells["v_threshold"]
    bench.run(bench.changed(v_threshold=highest_code))
    try:
        yield
    finally:
        bench.run(bench.changed(v_threshold=kept))


def set_up(bench: Bench, **chosen: int) -> None:
    """Neurons as a nominal chip would need them, but that nothing makes them spike and their inputs have no current."""
    fields, cells = preset("spiking")
    containers, builder = load_registers().containers, ProgramBuilder()
    builder.write(containers["EventRecordingConfig"], 0, {"enable_event_recording": False})
    every = np.arange(containers["CrossbarNode"].instances)
    builder.write_instances(containers["CrossbarNode"], every, {"mask": 0, "target": 1})
    for name in ("CADCConfig", "CommonCorrelationConfig"):
        builder.write_instances(containers[name], [0, 1], {"enable": True} if name == "CADCConfig" else {})
    currents = {name: [bool(fields.pop(name))] * 4 for name in list(fields) if name in containers[_currents].by_name}
    quads = np.arange(containers[_currents].instances)
    builder.write_instances(containers[_currents], quads, currents)
    bench.put_fields(builder, **fields | _readout | chosen)
    for name, code in {**cells, **load_settings().cells, **_still}.items():
        bench.put_cells(builder, name, code)
    settle(builder)
    bench.run(builder)
