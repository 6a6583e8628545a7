"""`hicannx run EXPERIMENT`: compile an experiment, run it on the emulated chip, show and keep the result."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from hicannx.tools.output import print_json, print_warnings, write_file

if TYPE_CHECKING:
    from hicannx.configs.experiment import Experiment
    from hicannx.emu.executor import Result
    from hicannx.tools.experiment_program import Compiled
    from hicannx.tools.result import Array


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("experiment", help="shipped name, such as picture or picture_lif, or path of a YAML file")
    parser.add_argument("--image", metavar="FILE", help="another picture: a path, or the name of a shipped one")
    parser.add_argument("--seed", type=int, metavar="N", help="another seed for the input spikes")
    parser.add_argument("--out", metavar="DIR", help="write raster.png and result.npz into this folder")


def run(options: argparse.Namespace) -> int:
    """Run, print the summary and the raster, write the files."""
    from hicannx.configs.experiment import load_experiment
    from hicannx.regmodel.playback.words import decode_program
    from hicannx.tools.execution import execute
    from hicannx.tools.experiment_program import compile_experiment
    from hicannx.tools.result import as_arrays, summarize

    experiment = load_experiment(options.experiment, image=options.image, seed=options.seed)
    compiled = compile_experiment(experiment)
    result, wall_s = execute(compiled.data, experiment.path, compiled.programs)
    program = decode_program(compiled.data, experiment.path)
    arrays = as_arrays(result, program)
    arrays |= _raster(experiment, compiled, result)
    summary = summarize(result, wall_s, _correlation(arrays))
    if options.json:
        print_json(attrs.asdict(summary))
    else:
        _print(experiment.title, arrays["spike_counts"], options.color)
        print(summary.as_text())
    print_warnings(result.warnings, options.color)
    if options.out:
        _write(Path(options.out), experiment, arrays)
    return 0


def _raster(experiment: Experiment, compiled: Compiled, result: Result) -> dict[str, Array]:
    """Spikes of the raster's neurons, counted from the first weight write, and the weights that were sent."""
    from hicannx.emu.machine import tick_us
    from hicannx.tools.raster import count_spikes
    from hicannx.tools.result import release_tick, spike_sources

    writes = [one.first_pbus_write_tick for one in result.ppu if one.first_pbus_write_tick >= 0]
    start = min(writes, default=release_tick(result))
    times_us = (result.spike_ticks - start) * tick_us
    raster = experiment.raster
    neurons, _ = spike_sources(result)
    counts = count_spikes(times_us, neurons, raster.neurons, raster.bins, 1000.0 * raster.bin_ms)
    arrays = {"raster_times_us": times_us, "raster_neurons": neurons, "spike_counts": counts}
    return arrays if compiled.weights is None else {**arrays, "weights_sent": compiled.weights}


def _correlation(arrays: dict[str, Array]) -> float | None:
    from hicannx.tools.raster import correlation

    sent, counts = arrays.get("weights_sent"), arrays["spike_counts"]
    return correlation(sent, counts) if sent is not None and sent.shape == counts.shape else None


def _print(title: str, counts: Array, color: str) -> None:
    from hicannx.tools.cli import use_color
    from hicannx.tools.raster import draw_text

    print(title)
    print(draw_text(counts, color=use_color(color, sys.stdout)))


def _write(folder: Path, experiment: Experiment, arrays: dict[str, Array]) -> None:
    from hicannx.tools.raster import draw_png
    from hicannx.tools.result import as_npz

    raster = experiment.raster
    times_us, neurons = arrays["raster_times_us"], arrays["raster_neurons"]
    png = draw_png(times_us, neurons, raster.neurons, raster.bins, 1000.0 * raster.bin_ms, experiment.title)
    write_file(folder / "raster.png", png)
    write_file(folder / "result.npz", as_npz(arrays))
