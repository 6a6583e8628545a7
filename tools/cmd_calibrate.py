"""`hicannx calibrate`: codes of analog parameters for targets, found by measuring an emulated chip."""

from __future__ import annotations

import argparse
import json
import sys

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools import chip_choice
from hicannx.tools.chip_choice import ChipChoice
from hicannx.tools.output import print_json, write_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="configuration to write (YAML)")
    text = "another target, such as leak_cadc=80 or tau_mem_us=15 (may be repeated)"
    parser.add_argument("--set", action="append", default=[], metavar="NAME=NUMBER", help=text)
    parser.add_argument("--report", metavar="FILE", help="write what each neuron reaches (JSON)")
    chip_choice.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Calibrate, print the report, write the configuration; 1 if neurons miss a target."""
    from hicannx.tools.calibrate.outcome import as_json, as_yaml, report, report_text
    from hicannx.tools.calibrate.procedure import calibrate
    from hicannx.tools.calibrate.settings import choose_targets
    from hicannx.tools.execution import progress_bar

    targets = choose_targets(dict(_assignment(text) for text in options.set))
    choice = chip_choice.read_choice(options)
    chip = choice.make()
    with progress_bar(sys.stderr.isatty()) as progress:
        outcome = calibrate(chip, targets, progress)
    write_file(options.output, as_yaml(outcome, _name(choice)).encode())
    found = as_json(outcome)
    if options.report:
        write_file(options.report, (json.dumps(found, indent=1) + "\n").encode())
    if options.json:
        print_json({name: value for name, value in found.items() if name != "reached"})
    else:
        print(report_text(outcome))
    return int(any(one.missed for one in report(outcome)))


def _name(choice: ChipChoice) -> str:
    if choice.file is not None:
        return f"the virtual chip of {choice.file}"
    return "the nominal chip" if choice.seed is None else f"the virtual chip of seed {choice.seed}"


def _assignment(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        title = f"`--set {text}` does not give a number to a target"
        raise DiagnosticError([Diagnostic("T742", title, help="write such as `--set tau_mem_us=15`")]) from None
