"""What a playback program gave: spikes and read registers as arrays with units, and the figures of the summary."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from hicannx.regmodel.addressmap import lookup
from hicannx.regmodel.codec import decode
from hicannx.regmodel.geometry import synapse_columns
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.words import Program

if TYPE_CHECKING:
    from hicannx.emu.executor import Result

Array = npt.NDArray[Any]

_weights = "SynapseWeightQuad"


@attrs.frozen
class Summary:
    """The figures of a run, or of several; the time of the chip is from the release of the processors to the halt."""

    correlation: float | None
    spikes: int
    chip_time_us: float
    wall_s: float
    ppu_instructions: int
    ppu_cycles: int

    def as_text(self) -> str:
        """A table for the terminal."""
        ratio = self.wall_s * 1e6 / self.chip_time_us if self.chip_time_us else 0.0
        rows = [
            ("chip time", f"{self.chip_time_us / 1000:.3f} ms"),
            ("wall time", f"{self.wall_s:.2f} s, {ratio:.1f} times real time"),
            ("spikes", f"{self.spikes:,}"),
        ]
        if self.ppu_instructions or self.correlation is not None:
            rows.append(("PPU", f"{self.ppu_instructions:,} instructions, {self.ppu_cycles:,} cycles"))
        if self.correlation is not None:
            rows.append(("correlation", f"{self.correlation:.4f} of weights sent and spikes counted"))
        return "\n".join(f"{name:<12} {value}" for name, value in rows)


def summarize(
    results: Sequence[Result], wall_s: float, correlation: float | None = None, starts: Sequence[int] | None = None
) -> Summary:
    """The summary of runs, of which each has begun at one of `starts` (ticks), or when its processors were released."""
    begins = [release_tick(one) for one in results] if starts is None else starts
    return Summary(
        correlation,
        sum(len(one.spike_ticks) for one in results),
        sum(one.chip_ticks - begin for one, begin in zip(results, begins, strict=True)) * _tick_us(),
        wall_s,
        sum(ppu.instructions for one in results for ppu in one.ppu),
        sum(ppu.cycles for one in results for ppu in one.ppu),
    )


def release_tick(result: Result) -> int:
    """When the first processor was released; 0 where none was."""
    return min((one.release_tick for one in result.ppu if one.instructions), default=0)


def as_arrays(result: Result, program: Program, start_tick: int | None = None) -> dict[str, Array]:
    """Spikes, and what the program read; times in microseconds from `start_tick`, or the release of the processors."""
    start = release_tick(result) if start_tick is None else start_tick
    addresses = read_addresses(program)
    neurons, outputs = spike_sources(result)
    return {
        "spike_times_us": (result.spike_ticks - start) * _tick_us(),
        "spike_labels": result.spike_labels,
        "spike_address": neurons,
        "spike_output": outputs,
        **_samples(result, start),
        "read_addresses": addresses,
        "read_words": result.reads,
        "read_times_us": (result.read_ticks - start) * _tick_us(),
        **weights_read(addresses, result.reads),
    }


def _samples(result: Result, start: int) -> dict[str, Array]:
    """Samples of the MADC, where there are any."""
    if not len(result.madc_ticks):
        return {}
    return {
        "madc_times_us": (result.madc_ticks - start) * _tick_us(),
        "madc_values": result.madc_values,
        "madc_channels": result.madc_channels,
        "madc_valid": result.madc_valid,
    }


def read_addresses(program: Program) -> npt.NDArray[np.int64]:
    """The Omnibus addresses that a program reads, in its order."""
    row = load_instructions().instructions["omnibus_address"]
    address, is_read = row.field("address"), row.field("is_read")
    chosen = program.payloads[(program.codes == row.code) & ((program.payloads & is_read.mask) != 0)]
    addresses: npt.NDArray[np.int64] = (chosen & address.mask) >> address.lsb
    return addresses


def spike_sources(result: Result) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The `address_out` of the neuron that each spike comes from, and the event output that it took."""
    width = load_registers().containers["NeuronBackendConfig"].by_name["address_out"].width
    labels = result.spike_labels.astype(np.int64)
    outputs = int(load_registers().coordinates["neuron"].views()["event_output"].max()) + 1
    return labels & (1 << width) - 1, (labels >> width) & outputs - 1


def weights_read(addresses: npt.NDArray[np.int64], words: npt.NDArray[np.uint32]) -> dict[str, Array]:
    """Synapse weights among what was read: `weights` [times, synapses] with `weight_synram`, `_row` and `_column`.

    Empty where there are none, or where the reads are not repetitions of the same synapses.
    """
    container = load_registers().containers[_weights]
    places = [lookup(int(one)) for one in np.unique(addresses)]
    instance = {one.address: one.instance for one in places if one and one.container.name == _weights}
    chosen = np.isin(addresses, list(instance))
    quads = np.array([instance[int(one)] for one in addresses[chosen]], dtype=np.int64)
    times, rest = divmod(len(quads), max(1, len(instance)))
    if not len(quads) or rest or np.any(quads.reshape(times, -1) != quads[: len(instance)]):
        return {}
    values = np.stack(decode(container, [words[chosen].astype(np.int64)])["values"], axis=-1)
    quads = quads[: len(instance)]
    view = {name: np.repeat(one[quads], values.shape[-1]) for name, one in container.numbering.views().items()}
    column = synapse_columns()[container.numbering.views()["synapse_quad_column"][quads]].ravel()
    order = np.lexsort((column, view["synapse_row"], view["synram"]))
    return {
        "weights": values.reshape(times, -1)[:, order].astype(np.uint8),
        "weight_synram": view["synram"][order],
        "weight_row": view["synapse_row"][order],
        "weight_column": column[order],
    }


def as_npz(arrays: dict[str, Array]) -> bytes:
    """A file for `numpy.load` with the arrays under their names."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def _tick_us() -> float:
    from hicannx.emu.machine import tick_us

    return float(tick_us)
