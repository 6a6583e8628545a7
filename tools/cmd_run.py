"""`hicannx run EXPERIMENT`: run an experiment on the emulated chip, show, check and keep the result."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools import chip_choice, stepping
from hicannx.tools.output import print_json, print_warnings, write_file
from hicannx.tools.trace import wanted as seeing
from hicannx.tools.trace.watch import watched

if TYPE_CHECKING:
    from hicannx.configs.check import Verdict
    from hicannx.configs.experiment import Experiment
    from hicannx.emu.chip import Chip
    from hicannx.tools.chip_choice import ChipChoice
    from hicannx.tools.recording import Recording, Run
    from hicannx.tools.result import Array
    from hicannx.tools.trace.session import Session
    from hicannx.tools.trace.wanted import Wanted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("experiment", nargs="?", help="shipped name, such as picture, or path of a YAML file")
    which.add_argument("--list", action="store_true", help="list the shipped experiments")
    parser.add_argument("--image", metavar="FILE", help="another picture: a path, or the name of a shipped one")
    parser.add_argument("--seed", type=int, metavar="N", help="another seed for the input spikes")
    parser.add_argument("--out", metavar="DIR", help="write pictures and result.npz into this folder")
    chip_choice.add_arguments(parser)
    stepping.add_argument(parser)
    text = "run with this step and with half of it, and print how far spikes are apart"
    parser.add_argument("--check-step", action="store_true", help=text)
    seeing.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run, print what was measured, the checks and the raster, write the files; 1 if a check fails."""
    from hicannx.configs.check import verdict
    from hicannx.configs.experiment import load_experiment
    from hicannx.tools.experiment_report import result_arrays, result_json, result_text
    from hicannx.tools.experiments.registry import check_measures, measure

    if options.list:
        return _list(options.json)
    wanted = seeing.read_wanted(options)
    experiment = load_experiment(options.experiment, image=options.image, seed=options.seed)
    if options.step:
        experiment = attrs.evolve(experiment, step=options.step)
    if options.check_step:
        _refuse_files(options, wanted)
        return _check_step(experiment, chip_choice.read_choice(options), options.json)
    check_measures(experiment.measure)
    recording, sessions = _watched(experiment, wanted, chip_choice.read_choice(options), options.json)
    measured = measure(recording)
    verdicts = [verdict(check, measured) for check in experiment.checks]
    arrays = result_arrays(recording, measured) | _raster(recording.runs[-1], experiment)
    summary = _summary(recording, arrays)
    if options.json:
        print_json(attrs.asdict(summary) | result_json(measured, verdicts) | _profile_json(sessions, wanted))
    else:
        _print(experiment.title, arrays.get("spike_counts"), options.color)
        blocks = (result_text(measured, verdicts), summary.as_text(), _profile_text(sessions, wanted))
        print("\n\n".join(block.rstrip() for block in blocks if block))
    print_warnings([one for run in recording.runs for one in run.result.warnings], options.color)
    if options.out:
        _write(Path(options.out), recording, measured, verdicts, arrays)
    for session in sessions:
        session.check_written()
    return 0 if all(one.is_ok for one in verdicts) else 1


def _refuse_files(options: argparse.Namespace, wanted: Wanted) -> None:
    if options.out or wanted.is_followed or wanted.last:
        title, help_text = (
            "`--check-step` only compares spikes",
            "run once more without it for files, traces and profiles",
        )
        raise DiagnosticError([Diagnostic("T764", title, help=help_text)])


def _list(is_json: bool) -> int:
    from hicannx.configs.experiment import load_experiment
    from hicannx.configs.shipped import shipped_names

    titles = {name: load_experiment(name).title for name in shipped_names("experiments")}
    if is_json:
        print_json(titles)
        return 0
    width = max(map(len, titles))
    for name, title in titles.items():
        print(f"{name:<{width}}  {title}")
    return 0


def _check_step(experiment: Experiment, choice: ChipChoice, as_json: bool) -> int:
    from hicannx.tools.step_check import check_step

    found = check_step(experiment, choice)
    if as_json:
        print_json(attrs.asdict(found))
    else:
        print(f"{experiment.title}\n{found.as_text()}")
    return 0


def _watched(
    experiment: Experiment, wanted: Wanted, choice: ChipChoice, as_json: bool
) -> tuple[Recording, list[Session]]:
    """The recording, and what has watched each of its runs, if anything has."""
    from hicannx.configs.experiment import kernel_path, processors
    from hicannx.tools.recording import record

    paths = {processors.index(name): kernel_path(row) for name, row in experiment.ppu.items()}
    sessions: list[Session] = []

    @contextmanager
    def watch(chip: Chip) -> Iterator[None]:
        with watched(chip, paths, wanted, as_json=as_json) as session:
            sessions.extend([session] if session else [])
            yield

    return record(experiment, watch, choice=choice), sessions


def _profile_json(sessions: Sequence[Session], wanted: Wanted) -> dict[str, Any]:
    """The profile of the first run where it is wanted on standard output."""
    if wanted.profile != seeing.stdout:
        return {}
    from hicannx.tools.trace.reports import profile_json

    return {"profile": profile_json(sessions[0])}


def _profile_text(sessions: Sequence[Session], wanted: Wanted) -> str:
    """The same as text."""
    if wanted.profile != seeing.stdout:
        return ""
    from hicannx.tools.trace.reports import profile_text

    return profile_text(sessions[0])


def _raster(run: Run, experiment: Experiment) -> dict[str, Array]:
    """Spikes of the raster's neurons, counted from the first weight write, and the weights that were sent."""
    from hicannx.emu.machine import tick_us
    from hicannx.tools.raster import count_spikes
    from hicannx.tools.result import spike_sources

    raster, result = experiment.raster, run.result
    if raster is None:
        return {}
    writes = [one.first_pbus_write_tick for one in result.ppu if one.first_pbus_write_tick >= 0]
    start = min(writes, default=run.start_tick)
    times_us = (result.spike_ticks - start) * tick_us
    neurons, _ = spike_sources(result)
    counts = count_spikes(times_us, neurons, raster.neurons, raster.bins, 1000.0 * raster.bin_ms)
    arrays = {"raster_times_us": times_us, "raster_neurons": neurons, "spike_counts": counts}
    weights = run.compiled.weights
    return arrays if weights is None else {**arrays, "weights_sent": weights}


def _summary(recording: Recording, arrays: dict[str, Array]) -> Any:
    from hicannx.tools.raster import correlation
    from hicannx.tools.result import summarize

    sent, counts = arrays.get("weights_sent"), arrays.get("spike_counts")
    alike = None
    if sent is not None and counts is not None and sent.shape == counts.shape:
        alike = correlation(sent, counts)
    results = [one.result for one in recording.runs]
    return summarize(results, recording.wall_s, alike, [one.start_tick for one in recording.runs])


def _print(title: str, counts: Array | None, color: str) -> None:
    from hicannx.tools.cli import use_color
    from hicannx.tools.raster import draw_text

    print(title)
    if counts is not None:
        print(draw_text(counts, color=use_color(color, sys.stdout)))


def _write(
    folder: Path,
    recording: Recording,
    measured: dict[str, Any],
    verdicts: Sequence[Verdict],
    arrays: dict[str, Array],
) -> None:
    from hicannx.tools.raster import draw_png
    from hicannx.tools.result import as_npz

    experiment, raster = recording.experiment, recording.experiment.raster
    write_file(folder / "result.npz", as_npz(arrays))
    if raster is not None:
        times_us, neurons = arrays["raster_times_us"], arrays["raster_neurons"]
        png = draw_png(times_us, neurons, raster.neurons, raster.bins, 1000.0 * raster.bin_ms, experiment.title)
        write_file(folder / "raster.png", png)
    if experiment.picture:
        from hicannx.tools.experiment_picture import draw_picture

        write_file(folder / "picture.png", draw_picture(recording, measured, verdicts))
