"""Experiments: which chip configuration, which program on which processor, which input, and what is read."""

from __future__ import annotations

from pathlib import Path

import attrs

from hicannx.configs.picture import Grey, load_picture, to_weights
from hicannx.configs.shipped import find_shipped
from hicannx.diagnostic import Diagnostics, did_you_mean
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import Node, load_yaml

processors = ("top", "bottom")


@attrs.frozen
class Image:
    """A picture that becomes weights 0..`highest_weight`; with a `threshold` (grey value 0..255) it has two levels."""

    file: str
    span: Span
    columns: int = 64
    rows: int = 64
    highest_weight: int = 63
    threshold: int | None = None


@attrs.frozen
class Program:
    """What runs on one processor, and which data are put at which of its symbols (`image`: the packed picture).

    `isa` decides what silicon has not: `rtl`, or `power` for lha, lhau and twi as the Power ISA has them.
    """

    kernel: str
    span: Span
    data: dict[str, Node] = attrs.field(factory=dict)
    isa: str = "rtl"


@attrs.frozen
class SpikeTrains:
    """Independent Poisson trains of `rate_hz`, one for each of the `labels` (such as `0..63`), sent by the FPGA."""

    labels: Node
    rate_hz: float
    span: Span
    until_ms: float
    from_ms: float = 0.0


@attrs.frozen
class Reading:
    """Registers that are read `times` times, every `every_ms`, the first time at `from_ms`."""

    register: str
    at: Node
    span: Span
    from_ms: float
    every_ms: float = 1.0
    times: int = 1


@attrs.frozen
class Raster:
    """The spikes that make up the result: neurons 0..`neurons` - 1 in `bins` bins of `bin_ms`."""

    neurons: int
    bins: int
    bin_ms: float = 1.0


@attrs.frozen
class Experiment:
    """Times count from the release of the processors; they have to sleep between `duration_ms` and `timeout_ms`.

    `step` is how the analog core goes: `precise`, `default` or `fast`.
    """

    title: str
    chip: str
    duration_ms: float
    timeout_ms: float
    raster: Raster
    span: Span
    seed: int = 1
    step: str = "default"
    image: Image | None = None
    ppu: dict[str, Program] = attrs.field(factory=dict)
    spikes: tuple[SpikeTrains, ...] = ()
    read: tuple[Reading, ...] = ()

    @property
    def path(self) -> str:
        """The file that it stands in."""
        return self.span.file.name


def load_experiment(name: str, *, image: str | None = None, seed: int | None = None) -> Experiment:
    """Load an experiment by shipped name or path; `image` and `seed` replace what the file says.

    A DiagnosticError (H..., C201, C203, C204) reports everything that is wrong with it.
    """
    experiment = structure(load_yaml(find_shipped("experiments", name)), Experiment)
    diagnostics = Diagnostics()
    _check(experiment, diagnostics)
    diagnostics.raise_if_errors()
    if image is not None and experiment.image is None:
        title = f"the experiment `{name}` takes no picture"
        diagnostics.error("C204", title, experiment.span.file.span(0, 0), help="leave out --image")
        diagnostics.raise_if_errors()
    if image is not None and experiment.image is not None:
        path = str(find_shipped("pictures", image).absolute())
        experiment = attrs.evolve(experiment, image=attrs.evolve(experiment.image, file=path))
    return experiment if seed is None else attrs.evolve(experiment, seed=seed)


def picture_weights(image: Image) -> Grey:
    """The weights of a picture, shape [rows, columns]; a DiagnosticError (C201, C202) if it cannot be read."""
    span = None if Path(image.file).is_absolute() else image.span  # a path from elsewhere has no place in the file
    grey = load_picture(find_shipped("pictures", image.file, span), image.columns, image.rows, span)
    return to_weights(grey, image.highest_weight, image.threshold)


def kernel_path(program: Program) -> Path:
    """The source file of a program; a DiagnosticError (C201) if there is none."""
    return find_shipped("kernels", program.kernel, program.span)


def _check(experiment: Experiment, diagnostics: Diagnostics) -> None:
    if not 0 < experiment.duration_ms <= experiment.timeout_ms:
        title = f"the timeout of {experiment.timeout_ms:g} ms is before the end at {experiment.duration_ms:g} ms"
        help_text = "let duration_ms be positive and timeout_ms later"
        diagnostics.error("C203", title, _first_line(experiment.span), help=help_text)
    for trains in experiment.spikes:
        if trains.rate_hz < 0 or not 0 <= trains.from_ms <= trains.until_ms:
            title = "spike trains need a rate of at least 0 and an end that is not before their start"
            diagnostics.error("C203", title, trains.span)
    for reading in experiment.read:
        if reading.from_ms < 0 or reading.every_ms <= 0 or reading.times < 1:
            title = "a reading needs a start of at least 0, a positive step and one time"
            diagnostics.error("C203", title, reading.span)
    for name, program in experiment.ppu.items():
        if name not in processors:
            title = f"there is no processor named `{name}`"
            diagnostics.error("C203", title, program.span, help=did_you_mean(name, processors))


def _first_line(span: Span) -> Span:
    end = span.file.text.find("\n", span.start)
    return span.file.span(span.start, end if end >= 0 else span.end)
