"""Experiments: which chip configuration, which program on which processor, which input, and what is read."""

from __future__ import annotations

from pathlib import Path

import attrs

from hicannx.configs.check import Check
from hicannx.configs.observation import Measure, Panel, Record, panel_kinds, quantities
from hicannx.configs.picture import Grey, load_picture, to_weights
from hicannx.configs.shipped import find_shipped
from hicannx.configs.stimulus import Stimulus
from hicannx.configs.sweep import Sweep
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
    """What runs on one processor, and which data are put at which of its symbols.

    Data are a number or a list of them, one a word, or `image`, the packed picture.
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
    """What is read `times` times, every `every_ms`, the first time at `from_ms`, and once more at the end.

    Either instances of a `register`, or the `memory` of the processor `at` at a symbol of its program.
    """

    at: Node
    span: Span
    from_ms: float
    register: str = ""
    memory: str = ""
    every_ms: float = 1.0
    times: int = 1


@attrs.frozen
class Change:
    """From `at_us` on, the chip configuration is as with these `values` of its names; what differs is written then.

    What has been changed before stays so, unless these values say otherwise.
    """

    at_us: float
    values: dict[str, float]
    span: Span


@attrs.frozen
class Raster:
    """The spikes that make up the result: neurons 0..`neurons` - 1 in `bins` bins of `bin_ms`."""

    neurons: int
    bins: int
    bin_ms: float = 1.0


@attrs.frozen
class VirtualChip:
    """The chip that the experiment is made for: the one of a `seed`, or of a `file`; else it is nominal."""

    span: Span
    seed: int | None = None
    file: str | None = None
    calibrated: bool = False

    @property
    def path(self) -> str | None:
        """The file as seen from here; in the experiment it counts from the folder of that."""
        return None if self.file is None else str(Path(self.span.file.name).parent / self.file)


@attrs.frozen
class Experiment:
    """Times count from the release of the processors; they have to sleep between `duration_ms` and `timeout_ms`.

    Between configuration and release pass `settle_ms`. An experiment with a `sweep` runs once for each of its points.
    `step` is how the analog core goes: `precise`, `default` or `fast`. Only a `virtual_chip` has noise, unless `noise`
    says otherwise; its seed is `noise_seed`, or that of the chip.
    """

    title: str
    chip: str
    duration_ms: float
    span: Span
    timeout_ms: float = 0.0  # 0: twice the duration
    settle_ms: float = 0.0
    raster: Raster | None = None
    seed: int = 1
    step: str = "default"
    image: Image | None = None
    ppu: dict[str, Program] = attrs.field(factory=dict)
    spikes: tuple[SpikeTrains, ...] = ()
    read: tuple[Reading, ...] = ()
    sweep: Sweep | None = None
    stimulus: tuple[Stimulus, ...] = ()
    changes: tuple[Change, ...] = ()
    record: dict[str, Record] = attrs.field(factory=dict)
    measure: dict[str, Measure] = attrs.field(factory=dict)
    checks: tuple[Check, ...] = ()
    picture: tuple[Panel, ...] = ()
    virtual_chip: VirtualChip | None = None
    noise: bool | None = None
    noise_seed: int | None = None

    @property
    def latest_ms(self) -> float:
        """When the processors have to sleep."""
        return self.timeout_ms or 2 * self.duration_ms

    @property
    def points(self) -> list[dict[str, float]]:
        """The values of the swept names in each run; one run without any where there is no sweep."""
        return self.sweep.points() if self.sweep else [{}]

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
    if not 0 < experiment.duration_ms <= experiment.latest_ms:
        title = f"the timeout of {experiment.latest_ms:g} ms is before the end at {experiment.duration_ms:g} ms"
        help_text = "let duration_ms be positive and timeout_ms later"
        diagnostics.error("C203", title, _first_line(experiment.span), help=help_text)
    _check_input(experiment, diagnostics)
    _check_readings(experiment, diagnostics)
    own = experiment.virtual_chip
    if own is not None and ((own.seed is None) == (own.file is None) or (own.calibrated and own.file is not None)):
        title = "a virtual chip has either a seed or a file, and only that of a seed may be `calibrated`"
        diagnostics.error("C203", title, own.span)
    for name, program in experiment.ppu.items():
        if name not in processors:
            title = f"there is no processor named `{name}`"
            diagnostics.error("C203", title, program.span, help=did_you_mean(name, processors))
    with diagnostics.collecting():
        _ = experiment.points
    for check in experiment.checks:
        with diagnostics.collecting():
            check.bounds()
    for record in experiment.record.values():
        if record.of not in quantities:
            title, help_text = f"there is no quantity `{record.of}` to record", did_you_mean(record.of, quantities)
            diagnostics.error("C234", title, record.span, help=help_text)
    _check_picture(experiment, diagnostics)


def _check_input(experiment: Experiment, diagnostics: Diagnostics) -> None:
    for trains in experiment.spikes:
        if trains.rate_hz < 0 or not 0 <= trains.from_ms <= trains.until_ms:
            title = "spike trains need a rate of at least 0 and an end that is not before their start"
            diagnostics.error("C203", title, trains.span)
        _check_end(experiment, "spike trains last until", trains.until_ms, trains.span, diagnostics)
    for change in experiment.changes:
        if change.at_us < 0:
            diagnostics.error("C203", f"a change is wanted at {change.at_us:g} us, before the begin", change.span)
        _check_end(experiment, "a change is wanted at", change.at_us / 1000.0, change.span, diagnostics)


def _check_readings(experiment: Experiment, diagnostics: Diagnostics) -> None:
    for reading in experiment.read:
        if reading.from_ms < 0 or reading.every_ms <= 0 or reading.times < 1:
            title = "a reading needs a start of at least 0, a positive step and one time"
            diagnostics.error("C203", title, reading.span)
        last_ms = reading.from_ms + (reading.times - 1) * reading.every_ms
        _check_end(experiment, "a reading is wanted at", last_ms, reading.span, diagnostics)
        if (not reading.register) == (not reading.memory):
            diagnostics.error("C203", "a reading is of a `register`, or of a `memory`", reading.span)
        elif reading.memory and reading.at.shown not in experiment.ppu:
            title = f"no program runs on a processor named `{reading.at.shown}`"
            diagnostics.error("C203", title, reading.at.span, help=did_you_mean(reading.at.shown, experiment.ppu))


def _check_end(experiment: Experiment, what: str, at_ms: float, span: Span, diagnostics: Diagnostics) -> None:
    if round(at_ms * 1e6) > round(experiment.duration_ms * 1e6):  # sums of fractions in ns
        title = f"{what} {at_ms:g} ms, behind the end of the experiment at {experiment.duration_ms:g} ms"
        diagnostics.error("C203", title, span, help=f"let it be earlier, or `duration_ms` be {at_ms:g}")


def _check_picture(experiment: Experiment, diagnostics: Diagnostics) -> None:
    for panel in experiment.picture:
        if panel.kind not in panel_kinds:
            title, help_text = f"there is no picture of the kind `{panel.kind}`", did_you_mean(panel.kind, panel_kinds)
            diagnostics.error("C235", title, panel.span, help=help_text)
        elif panel.kind == "traces" and panel.of not in experiment.record:
            title, help_text = f"there is no record `{panel.of}`", did_you_mean(panel.of, experiment.record)
            diagnostics.error("C235", title, panel.span, help=help_text)
        elif (panel.kind == "curve" and not panel.y) or (panel.kind == "matrix" and not panel.of):
            title = "a curve needs `y`, a matrix `of`: names of measured quantities"
            diagnostics.error("C235", title, panel.span)


def _first_line(span: Span) -> Span:
    end = span.file.text.find("\n", span.start)
    return span.file.span(span.start, end if end >= 0 else span.end)
