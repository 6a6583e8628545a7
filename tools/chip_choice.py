"""Which chip is emulated: nominal, or the one of a seed or a file, with noise or without; options that choose it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools.output import read_bytes

if TYPE_CHECKING:
    from hicannx.configs.experiment import Experiment
    from hicannx.emu.chip import Chip
    from hicannx.emu.instance import Instance


@attrs.frozen
class ChipChoice:
    """A file with a virtual chip, or the seed of one; whether there is noise (None: in virtual chips), and its seed."""

    file: str | None = None
    seed: int | None = None
    is_calibrated: bool = False
    noise: bool | None = None
    noise_seed: int | None = None

    def instance(self) -> Instance | None:
        """The virtual chip; DiagnosticErrors T102 and E180 to E183 if there is none."""
        from hicannx.emu.instance import make_instance
        from hicannx.emu.instancefile import load_instance

        if self.file is not None:
            return load_instance(read_bytes(self.file), self.file)
        return None if self.seed is None else make_instance(self.seed, is_calibrated=self.is_calibrated)

    def make(self, step: str | int = "default", *, is_cold: bool = False) -> Chip:
        """Power the chip up; `step` as for Chip."""
        from hicannx.emu.chip import Chip

        return Chip(is_cold, step, self.instance(), self.noise, self.noise_seed)


nominal = ChipChoice()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that choose a chip."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--chip", metavar="FILE", help="the virtual chip of a file, as `hicannx chip new` writes it")
    which.add_argument("--chip-seed", type=int, metavar="N", help="the virtual chip of a seed")
    parser.add_argument("--calibrated", action="store_true", help="with --chip-seed: spreads as after a calibration")
    text = "noise of neurons, synapses and CADC, which only virtual chips have by default"
    parser.add_argument("--noise", action=argparse.BooleanOptionalAction, default=None, help=text)
    parser.add_argument("--noise-seed", type=int, metavar="N", help="seed of the noise (default: that of the chip)")


def read_choice(options: argparse.Namespace, experiment: Experiment | None = None) -> ChipChoice:
    """What the options choose, and where they do not what an experiment says; a DiagnosticError (T740)."""
    if options.calibrated and options.chip_seed is None:
        title = "`--calibrated` is for the chip of a seed"
        raise DiagnosticError([Diagnostic("T740", title, help="add --chip-seed N")])
    chosen = ChipChoice(options.chip, options.chip_seed, options.calibrated, options.noise, options.noise_seed)
    return chosen if experiment is None else with_experiment(chosen, experiment)


def with_experiment(chosen: ChipChoice, experiment: Experiment) -> ChipChoice:
    """A choice, and what an experiment says of all that it leaves open."""
    own = experiment.virtual_chip
    if own is not None and chosen.file is None and chosen.seed is None:
        chosen = attrs.evolve(chosen, file=own.path, seed=own.seed, is_calibrated=own.calibrated)
    if chosen.noise is None:
        chosen = attrs.evolve(chosen, noise=experiment.noise)
    return chosen if chosen.noise_seed is not None else attrs.evolve(chosen, noise_seed=experiment.noise_seed)
