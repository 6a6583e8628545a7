"""Spikes as a picture: counts per neuron and bin, in the terminal and as a PNG file."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Times = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_levels = 232, 255  # the grey ramp of the 256 colours of terminals
_pixel = 10  # of the PNG file, for one neuron and one bin


def count_spikes(times_us: Times, neurons: Labels, size: int, bins: int, bin_us: float) -> Counts:
    """Spikes of each neuron in each bin from time 0, shape [size, bins]; spikes beyond are left out."""
    columns = np.floor(times_us / bin_us).astype(np.int64)
    inside = (columns >= 0) & (columns < bins) & (neurons < size)
    counts = np.zeros((size, bins), dtype=np.int64)
    np.add.at(counts, (neurons[inside], columns[inside]), 1)
    return counts


def correlation(sent: npt.NDArray[Any], counts: Counts) -> float:
    """Pearson's correlation over all pixels; 0 where one of the two is constant and it has no meaning."""
    left = sent.astype(np.float64) - sent.mean()
    right = counts.astype(np.float64) - counts.mean()
    norm = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return float((left * right).sum() / norm) if norm else 0.0


def draw_text(counts: Counts, *, color: bool = False) -> str:
    """The counts with block characters, two rows a line; greys when `color` is wanted, else dark and bright.

    Bright is what has at least half the mean of the counts that are not zero.
    """
    rows = np.vstack([counts, np.zeros((len(counts) % 2, counts.shape[1]), dtype=np.int64)])
    pairs = zip(rows[0::2], rows[1::2])
    if color:
        full = max(1, int(rows.max()))
        return "\n".join(_colored_line(upper, lower, full) for upper, lower in pairs)
    half = rows[rows > 0].mean() / 2 if rows.any() else 1.0
    return "\n".join(_plain_line(upper >= half, lower >= half) for upper, lower in pairs)


def _plain_line(upper: npt.NDArray[np.bool_], lower: npt.NDArray[np.bool_]) -> str:
    return "".join(" ▀▄█"[int(top) + 2 * int(bottom)] for top, bottom in zip(upper, lower)).rstrip()


def _colored_line(upper: Counts, lower: Counts, full: int) -> str:
    first, last = _levels
    greys = [[first + int(value) * (last - first) // full for value in half] for half in (upper, lower)]
    return "".join(f"\x1b[38;5;{top};48;5;{bottom}m▀" for top, bottom in zip(*greys)) + "\x1b[0m"


def draw_png(times_us: Times, neurons: Labels, size: int, bins: int, bin_us: float, title: str) -> bytes:
    """A PNG file with one dot a spike, neuron 0 on top; with axes where matplotlib is installed."""
    try:
        import matplotlib
    except ImportError:
        return _dots(times_us, neurons, size, bins, bin_us)
    matplotlib.use("Agg")
    return _axes(times_us, neurons, size, bins * bin_us, title)


def _axes(times_us: Times, neurons: Labels, size: int, duration_us: float, title: str) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 7.6), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    height = 72 * figure.get_figheight() / (1.2 * size)  # of a row in points, margins left out
    axes.plot(times_us / 1000.0, neurons, "|", color="black", markersize=height, markeredgewidth=0.4)
    axes.set(xlim=(0, duration_us / 1000.0), ylim=(size - 0.5, -0.5), xlabel="chip time / ms", ylabel="neuron")
    axes.set_title(title)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": "hicannx"})
    return stream.getvalue()


def _dots(times_us: Times, neurons: Labels, size: int, bins: int, bin_us: float) -> bytes:
    from PIL import Image

    canvas = np.full((size * _pixel, bins * _pixel), 255, dtype=np.uint8)
    columns = np.floor(times_us / bin_us * _pixel).astype(np.int64)
    inside = (columns >= 0) & (columns < canvas.shape[1]) & (neurons < size)
    for height in range(_pixel - 2):  # a dot is a tick nearly as high as its row
        canvas[neurons[inside] * _pixel + 1 + height, columns[inside]] = 0
    stream = io.BytesIO()
    Image.fromarray(canvas).save(stream, format="PNG")
    return stream.getvalue()
