"""`hicannx bitstream compile|show|run`: the three steps of an experiment apart."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import attrs

from hicannx.tools.output import print_json, print_warnings, read_bytes, write_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    one = actions.add_parser("compile", help="compile an experiment to a playback program")
    one.add_argument("experiment", help="shipped name or path of a YAML file")
    one.add_argument("-o", "--output", required=True, help="file to write: 64-bit big-endian words")
    one.add_argument("--image", metavar="FILE", help="another picture")
    one.add_argument("--seed", type=int, metavar="N", help="another seed for the spikes")
    one.set_defaults(act=_compile)
    one = actions.add_parser("show", help="print the instructions of a playback program")
    one.add_argument("bitstream", help="file with a playback program")
    one.add_argument("--count", type=int, metavar="N", help="only the first N words")
    one.set_defaults(act=_show)
    one = actions.add_parser("run", help="run a playback program on the emulated chip")
    one.add_argument("bitstream", help="file with a playback program")
    one.add_argument("--out", metavar="DIR", help="write result.npz into this folder")
    one.set_defaults(act=_run)
    for one in actions.choices.values():  # the options of every verb may stand behind the action, too
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        colors = ["auto", "always", "never"]
        one.add_argument("--color", choices=colors, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Do the step."""
    code: int = options.act(options)
    return code


def _compile(options: argparse.Namespace) -> int:
    from hicannx.configs.experiment import load_experiment
    from hicannx.tools.experiment_program import compile_experiment

    compiled = compile_experiment(load_experiment(options.experiment, image=options.image, seed=options.seed))
    write_file(options.output, compiled.data)
    if options.json:
        print_json({"output": options.output, "words": len(compiled.data) // 8})
    return 0


def _show(options: argparse.Namespace) -> int:
    from hicannx.regmodel.load import load_registers
    from hicannx.regmodel.playback.show import show
    from hicannx.regmodel.playback.words import decode_program

    program = decode_program(read_bytes(options.bitstream), options.bitstream)
    shown = range(len(program))[: options.count]
    if options.json:
        words = [f"{program.words[index]:016x}" for index in shown]
        print_json([{"word": word, "name": program.name(i), **program.fields(i)} for i, word in zip(shown, words)])
        return 0
    for line in islice(show(program, load_registers()), len(shown)):
        print(line)
    return 0


def _run(options: argparse.Namespace) -> int:
    from hicannx.regmodel.playback.words import decode_program
    from hicannx.tools.execution import execute
    from hicannx.tools.result import as_arrays, as_npz, summarize

    data = read_bytes(options.bitstream)
    program = decode_program(data, options.bitstream)
    result, wall_s = execute(data, options.bitstream)
    arrays = as_arrays(result, program)
    summary = summarize(result, wall_s, None)
    print_warnings(result.warnings, options.color)
    if options.out:
        write_file(Path(options.out) / "result.npz", as_npz(arrays))
    if options.json:
        print_json({**attrs.asdict(summary), "reads": len(result.reads)})
    else:
        print(summary.as_text())
        print(f"{'reads':<12} {len(result.reads):,}")
    return 0
