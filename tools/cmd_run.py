"""`hicannx run EXPERIMENT`: compile an experiment, run it on the emulated chip, show and keep the result."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from hicannx.tools import stepping
from hicannx.tools.output import print_json, print_warnings, write_file
from hicannx.tools.trace import wanted as seeing
from hicannx.tools.trace.watch import watched

if TYPE_CHECKING:
    from hicannx.configs.experiment import Experiment
    from hicannx.emu.chip import Chip
    from hicannx.emu.executor import Result
    from hicannx.tools.experiment_program import Compiled
    from hicannx.tools.result import Array
    from hicannx.tools.trace.session import Session
    from hicannx.tools.trace.wanted import Wanted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("experiment", help="shipped name, such as picture or picture_lif, or path of a YAML file")
    parser.add_argument("--image", metavar="FILE", help="another picture: a path, or the name of a shipped one")
    parser.add_argument("--seed", type=int, metavar="N", help="another seed for the input spikes")
    parser.add_argument("--out", metavar="DIR", help="write raster.png and result.npz into this folder")
    stepping.add_argument(parser)
    text = "run with this step and with half of it, and print how far spikes are apart"
    parser.add_argument("--check-step", action="store_true", help=text)
    seeing.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run, print the summary and the raster, write the files."""
    from hicannx.configs.experiment import load_experiment
    from hicannx.regmodel.playback.words import decode_program
    from hicannx.tools.experiment_program import compile_experiment
    from hicannx.tools.result import as_arrays, summarize

    wanted = seeing.read_wanted(options)
    experiment = load_experiment(options.experiment, image=options.image, seed=options.seed)
    if options.step:
        experiment = attrs.evolve(experiment, step=options.step)
    if options.check_step:
        return _check_step(experiment, options.json)
    compiled = compile_experiment(experiment)
    result, wall_s, profile = _watched(experiment, compiled, wanted, options.json)
    program = decode_program(compiled.data, experiment.path)
    arrays = as_arrays(result, program)
    arrays |= _raster(experiment, compiled, result)
    summary = summarize(result, wall_s, _correlation(arrays))
    if options.json:
        print_json(attrs.asdict(summary) | ({"profile": profile[0]} if profile[0] else {}))
    else:
        _print(experiment.title, arrays["spike_counts"], options.color)
        print(summary.as_text() + (f"\n\n{profile[1]}".rstrip() if profile[1] else ""))
    print_warnings(result.warnings, options.color)
    if options.out:
        _write(Path(options.out), experiment, arrays)
    return 0


def _check_step(experiment: Experiment, as_json: bool) -> int:
    from hicannx.tools.step_check import check_step

    found = check_step(experiment)
    if as_json:
        print_json(attrs.asdict(found))
    else:
        print(f"{experiment.title}\n{found.as_text()}")
    return 0


def _watched(
    experiment: Experiment, compiled: Compiled, wanted: Wanted, as_json: bool
) -> tuple[Result, float, tuple[dict[str, Any], str]]:
    """Result and wall time; the profile for standard output as JSON and as text, empty where it is not wanted there."""
    from hicannx.configs.experiment import kernel_path, processors
    from hicannx.tools.execution import execute

    paths = {processors.index(name): kernel_path(row) for name, row in experiment.ppu.items()}
    sessions: list[Session] = []

    @contextmanager
    def watch(chip: Chip) -> Iterator[None]:
        with watched(chip, paths, wanted, as_json=as_json) as session:
            sessions.extend([session] if session else [])
            yield

    result, wall_s = execute(compiled.data, experiment.path, compiled.programs, watch, experiment.step)
    if wanted.profile != seeing.stdout:
        return result, wall_s, ({}, "")
    from hicannx.tools.trace.reports import profile_json, profile_text

    return result, wall_s, (profile_json(sessions[0]), "") if as_json else ({}, profile_text(sessions[0]))


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
