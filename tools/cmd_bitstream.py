"""`hicannx bitstream compile|show|assemble|run`: the steps of an experiment apart, and bitstreams as text."""

from __future__ import annotations

import argparse
from itertools import takewhile
from pathlib import Path

import attrs

from hicannx.tools import chip_choice, stepping
from hicannx.tools.actions import take_verb_options
from hicannx.tools.numbers import check_least
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
    one = actions.add_parser("show", help="print a playback program as text that assembles back")
    one.add_argument("bitstream", help="file with a playback program")
    one.add_argument("--count", type=int, metavar="N", help="only the first N words")
    one.add_argument("--answers", action="store_true", help="the file has messages from the FPGA instead")
    one.add_argument("--brief", action="store_true", help="leave out fields that have their default")
    one.add_argument("--addresses", action="store_true", help="addresses and data instead of registers and fields")
    one.add_argument("--words", action="store_true", help="put number and words of each statement behind it")
    one.set_defaults(act=_show)
    one = actions.add_parser("assemble", help="make a playback program of text")
    one.add_argument("text", help="file with statements, as `show` prints them")
    one.add_argument("-o", "--output", required=True, help="file to write: 64-bit big-endian words")
    one.add_argument("--answers", action="store_true", help="the text has messages from the FPGA instead")
    one.set_defaults(act=_assemble)
    one = actions.add_parser("run", help="run a playback program on the emulated chip")
    one.add_argument("bitstream", help="file with a playback program")
    one.add_argument("--out", metavar="DIR", help="write result.npz into this folder")
    chip_choice.add_arguments(one)
    stepping.add_argument(one)
    one.set_defaults(act=_run)
    for one in actions.choices.values():
        take_verb_options(one)


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
    data = read_bytes(options.bitstream)
    return (_show_answers if options.answers else _show_program)(data, options)


def _show_program(data: bytes, options: argparse.Namespace) -> int:
    from hicannx.regmodel.playback.listing import listing
    from hicannx.regmodel.playback.show import line_text, words_text
    from hicannx.regmodel.playback.words import decode_program

    program = decode_program(data, options.bitstream)
    end = _count(options, len(program))
    lines = listing(program, registers=not options.addresses, brief=options.brief)
    shown = takewhile(lambda line: line.index < end, lines)
    if options.json:
        print_json([{**attrs.asdict(line), "words": words_text(program, line)} for line in shown])
        return 0
    for line in shown:
        print(line_text(program, line, options.words))
    return 0


def _show_answers(data: bytes, options: argparse.Namespace) -> int:
    from hicannx.regmodel.playback.messages import decode_answers
    from hicannx.regmodel.playback.show import show_answers

    messages = decode_answers(data, options.bitstream)
    messages = messages[: _count(options, len(messages))]
    if options.json:
        print_json([attrs.asdict(message) for message in messages])
        return 0
    for line in show_answers(messages):
        print(line)
    return 0


def _count(options: argparse.Namespace, there: int) -> int:
    return there if options.count is None else check_least("--count", options.count, 0)


def _assemble(options: argparse.Namespace) -> int:
    from hicannx.regmodel.playback.assemble import assemble, assemble_answers
    from hicannx.regmodel.playback.words import bytes_of
    from hicannx.source import read_source

    source = read_source(options.text)
    words = assemble_answers(source) if options.answers else assemble(source).words
    write_file(options.output, bytes_of(words))
    if options.json:
        print_json({"output": options.output, "words": len(words)})
    return 0


def _run(options: argparse.Namespace) -> int:
    from hicannx.regmodel.playback.words import decode_program
    from hicannx.tools.execution import execute
    from hicannx.tools.result import as_arrays, as_npz, summarize

    data = read_bytes(options.bitstream)
    program = decode_program(data, options.bitstream)
    choice = chip_choice.read_choice(options)
    result, wall_s = execute(data, options.bitstream, step=options.step or "default", choice=choice)
    arrays = as_arrays(result, program)
    summary = summarize([result], wall_s)
    print_warnings(result.warnings, options.color)
    if options.out:
        write_file(Path(options.out) / "result.npz", as_npz(arrays))
    if options.json:
        print_json({**attrs.asdict(summary), "reads": len(result.reads)})
    else:
        print(summary.as_text())
        print(f"{'reads':<12} {len(result.reads):,}")
    return 0
