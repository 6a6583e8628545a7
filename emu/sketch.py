"""A small picture of a trace for notebooks: lines as SVG, without any library."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hicannx.emu.monitor import Trace

_width, _height, _margin = 480, 160, 4
_most_lines, _most_points = 10, 600
_colors = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0")


def sketch(trace: Trace) -> str:
    """The first neurons of a trace as HTML with an SVG picture, and what the axes span."""
    shown = trace.neurons[:_most_lines]
    head = f"{trace.quantity} of {len(trace.neurons)} neurons, {len(trace.times_us)} samples"
    if not trace.values.size:
        return f"<p>{escape(head)}</p>"
    stride = -(-len(trace.times_us) // _most_points)
    times, values = trace.times_us[::stride], trace.values[::stride, : len(shown)].astype(np.float64)
    low, high = float(values.min()), float(values.max())
    x = _margin + _scaled(times, float(times[0]), float(times[-1])) * (_width - 2 * _margin)
    y = _height - _margin - _scaled(values, low, high) * (_height - 2 * _margin)
    lines = "".join(
        f'<polyline fill="none" stroke="{color}" points="{_points(x, y[:, k])}"><title>{number}</title></polyline>'
        for k, (number, color) in enumerate(zip(shown.tolist(), _colors))
    )
    span = f"{times[0]:g} to {times[-1]:g} us, {low:.4g} to {high:.4g} {trace.unit}"
    picture = f'<svg width="{_width}" height="{_height}" xmlns="http://www.w3.org/2000/svg">{lines}</svg>'
    return f"<figure>{picture}<figcaption>{escape(f'{head}; {span}')}</figcaption></figure>"


def _scaled(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return (values - low) / (high - low) if high > low else np.full_like(values, 0.5)


def _points(x: np.ndarray, y: np.ndarray) -> str:
    return " ".join(f"{one:.1f},{other:.1f}" for one, other in zip(x.tolist(), y.tolist()))
