"""The picture of an experiment: panels of traces, curves, rasters, matrices and rate maps, drawn by matplotlib."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hicannx.configs.check import Verdict
from hicannx.configs.observation import Panel
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.load import load_registers
from hicannx.tools.recording import Recording, Run

_width, _height = 8.0, 3.2  # inches, of a panel
_named = {"membrane": "membrane / V", "excitatory_current": "line / nA", "inhibitory_current": "line / nA"}
_named |= {"adaptation": "adaptation / V"}


def draw_picture(recording: Recording, measured: Mapping[str, Any], verdicts: Sequence[Verdict] = ()) -> bytes:
    """A PNG file with a panel below the other.

    A DiagnosticError (T762) tells that matplotlib is missing, T763 that a panel shows what is not measured.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        help_text = "install it with `pip install hicannx[plot]`, or leave out --out: the numbers need no picture"
        raise DiagnosticError([Diagnostic("T762", "pictures need matplotlib", help=help_text)]) from None
    experiment = recording.experiment
    panels = experiment.picture
    figure = Figure(figsize=(_width, 0.4 + _height * len(panels)), dpi=120, layout="constrained")
    for axes, panel in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        _draw[panel.kind](axes, panel, recording, measured)
        axes.set_title(panel.title, fontsize="medium")
        if panel.kind == "curve":
            _mark(axes, panel, recording, measured, verdicts)
    figure.suptitle(experiment.title)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": "hicannx"})
    return stream.getvalue()


def _traces(axes: Any, panel: Panel, recording: Recording, measured: Mapping[str, Any]) -> None:
    number = 0
    for run in _runs(panel, recording):
        trace = run.traces[panel.of]
        first, last = np.searchsorted(trace.times_us, _window(panel, recording))
        shown = trace.neurons[: max(1, panel.most)]
        for k, neuron in enumerate(shown.tolist()):
            several = len(recording.runs) > 1
            name = ", ".join(f"{key} {value:g}" for key, value in run.point.items()) if several else f"neuron {neuron}"
            axes.plot(trace.times_us[first:last], trace.values[first:last, k], linewidth=1.0, label=name)
            number += 1
    axes.set(
        xlabel=panel.x_label or "time / us", ylabel=panel.y_label or _named[recording.experiment.record[panel.of].of]
    )
    if number <= 10:
        axes.legend(fontsize="x-small", loc="upper right")


def _curve(axes: Any, panel: Panel, recording: Recording, measured: Mapping[str, Any]) -> None:
    for name in panel.y:
        values = np.asarray(_found(name, panel, measured), np.float64).ravel()
        along = np.asarray(_found(panel.x, panel, measured), np.float64).ravel() if panel.x else np.arange(values.size)
        if along.size != values.size:
            title = f"`{panel.x}` has {along.size} values, `{name}` has {values.size}"
            raise DiagnosticError([Diagnostic("T763", title, panel.span)])
        style = "o-" if values.size <= 64 else "-"
        axes.plot(along, values, style, markersize=3, linewidth=1.0, label=name)
    axes.set(xlabel=panel.x_label or panel.x, ylabel=panel.y_label or ", ".join(panel.y))
    axes.set(xscale="log" if panel.log_x else "linear", yscale="log" if panel.log_y else "linear")


def _mark(
    axes: Any, panel: Panel, recording: Recording, measured: Mapping[str, Any], verdicts: Sequence[Verdict]
) -> None:
    """Bounds of the checks on quantities that a curve shows: what the reference says, as a band."""
    for one in verdicts:
        if one.check.quantity in panel.y and one.check.expect is not None:
            values = np.asarray(measured[one.check.quantity]).ravel()
            low, high = (np.broadcast_to(bound, values.shape).ravel() for bound in one.check.bounds())
            along = np.asarray(measured[panel.x], np.float64).ravel() if panel.x else np.arange(values.size)
            axes.fill_between(along, low, high, alpha=0.2, label=f"{one.check.id or 'reference'}", linewidth=1)
    axes.legend(fontsize="x-small")


def _raster(axes: Any, panel: Panel, recording: Recording, measured: Mapping[str, Any]) -> None:
    begin, end = _window(panel, recording)
    runs, neurons = _runs(panel, recording), load_registers().coordinates["neuron"].size
    shift = 0
    for run in runs:
        inside = (run.spike_times_us >= begin) & (run.spike_times_us < end) & (run.spike_neurons >= 0)
        axes.plot(run.spike_times_us[inside], run.spike_neurons[inside] + shift, "|", markersize=4, color="black")
        shift += neurons if len(runs) > 1 else 0
    axes.set(xlim=(begin, end), xlabel=panel.x_label or "time / us", ylabel=panel.y_label or "neuron")


def _rates(axes: Any, panel: Panel, recording: Recording, measured: Mapping[str, Any]) -> None:
    begin, end = _window(panel, recording)
    run = _runs(panel, recording)[-1]
    neurons = np.unique(run.spike_neurons[run.spike_neurons >= 0])
    edges = np.arange(begin, end + panel.bin_us, panel.bin_us)
    rows = [np.histogram(run.spikes_of(int(neuron)), edges)[0] for neuron in neurons] or [np.zeros(len(edges) - 1)]
    picture = np.array(rows) / panel.bin_us * 1000.0
    image = axes.imshow(picture, aspect="auto", origin="lower", extent=(begin, edges[-1], 0, len(rows)))
    axes.figure.colorbar(image, ax=axes, label="rate / kHz")
    axes.set(xlabel=panel.x_label or "time / us", ylabel=panel.y_label or "neuron that spikes")


def _matrix(axes: Any, panel: Panel, recording: Recording, measured: Mapping[str, Any]) -> None:
    values = np.atleast_2d(np.asarray(_found(panel.of, panel, measured), np.float64))
    image = axes.imshow(values, aspect="auto", interpolation="nearest")
    axes.figure.colorbar(image, ax=axes, label=panel.of)
    axes.set(xlabel=panel.x_label, ylabel=panel.y_label)
    if values.size <= 64:
        for (row, column), value in np.ndenumerate(values):
            axes.text(column, row, f"{value:.3g}", ha="center", va="center", color="white", fontsize="small")


_draw = {"traces": _traces, "curve": _curve, "raster": _raster, "rates": _rates, "matrix": _matrix}


def _runs(panel: Panel, recording: Recording) -> list[Run]:
    chosen = panel.runs or range(len(recording.runs))
    return [recording.runs[number] for number in chosen if number < len(recording.runs)]


def _window(panel: Panel, recording: Recording) -> tuple[float, float]:
    begin = 0.0 if panel.from_us is None else panel.from_us
    return begin, recording.duration_us if panel.until_us is None else panel.until_us


def _found(name: str, panel: Panel, measured: Mapping[str, Any]) -> Any:
    if name not in measured:
        title, help_text = f"the picture shows `{name}`, which is not measured", did_you_mean(name, measured)
        raise DiagnosticError([Diagnostic("T763", title, panel.span, help=help_text)])
    return measured[name]
