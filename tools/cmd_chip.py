"""`hicannx chip new|show`: virtual chips, whose circuits differ from the nominal ones."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import attrs

from hicannx.tools.actions import take_verb_options
from hicannx.tools.output import print_json, read_bytes, write_file

if TYPE_CHECKING:
    from hicannx.emu.instance import Instance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    text = "make the virtual chip of a seed"
    one = actions.add_parser("new", help=text, description=text)
    one.add_argument("--seed", type=int, required=True, metavar="N", help="the same seed makes the same chip")
    one.add_argument("--calibrated", action="store_true", help="with spreads as after a calibration")
    one.add_argument("--out", required=True, metavar="FILE", help="file to write (npz)")
    one.set_defaults(act=_new)
    text = "show the spreads of a virtual chip beside those of the table"
    one = actions.add_parser("show", help=text, description=text)
    one.add_argument("file", help="file with a virtual chip")
    one.add_argument("--picture", metavar="FILE", help="write histograms (PNG)")
    one.set_defaults(act=_show)
    for one in actions.choices.values():
        take_verb_options(one)


def run(options: argparse.Namespace) -> int:
    """Do what is asked for."""
    code: int = options.act(options)
    return code


def _new(options: argparse.Namespace) -> int:
    from hicannx.emu.instance import make_instance
    from hicannx.emu.instancefile import save_instance

    instance = make_instance(options.seed, is_calibrated=options.calibrated)
    write_file(options.out, save_instance(instance))
    _print(instance, options.json)
    return 0


def _show(options: argparse.Namespace) -> int:
    from hicannx.emu.instancefile import load_instance
    from hicannx.tools.chip_spreads import draw_png

    instance = load_instance(read_bytes(options.file), options.file)
    if options.picture:
        write_file(options.picture, draw_png(instance))
    _print(instance, options.json)
    return 0


def _print(instance: Instance, as_json: bool) -> None:
    from hicannx.tools.chip_spreads import as_text, measure

    if as_json:
        rows = [attrs.asdict(one) for one in measure(instance)]
        print_json({"seed": instance.seed, "is_calibrated": instance.is_calibrated, "spreads": rows})
    else:
        print(as_text(instance))
