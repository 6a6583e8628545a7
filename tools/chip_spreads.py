"""The spreads of a virtual chip as they are, beside those of the table: for people, as JSON, as histograms."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.spread import Spread, load_spreads

if TYPE_CHECKING:
    from hicannx.emu.instance import Instance

_Numbers = npt.NDArray[np.float64]
_shown = (
    "v_leak", "v_reset", "v_threshold", "i_bias_leak", "i_bias_synin_exc_tau", "i_bias_synin_exc_gm",
    "i_bias_synin_exc_shift", "channel_offset", "driver_pulse", "synapse_gain", "sensor_amplitude", "sensor_tau",
)  # fmt: skip
_bins = 40


@attrs.frozen
class Measured:
    """Standard deviations within quadrants and between them, in the row's unit or as fractions; lowest and highest."""

    name: str
    unit: str
    within: float
    quadrant: float
    table_within: float
    table_quadrant: float
    lowest: float
    highest: float


def measure(instance: Instance) -> list[Measured]:
    """All rows of the table as an instance has them; the table's numbers are those for its kind."""
    from hicannx.emu.instance import row_values

    found = []
    for name, row in load_spreads().items():
        values, quadrant = row_values(instance, name)
        within, between = _deviations(row, [values[quadrant == one] for one in np.unique(quadrant)])
        share = row.calibrated if instance.is_calibrated else 1.0
        ends = float(values.min()), float(values.max())
        found.append(Measured(name, row.unit, within, between, share * row.within, share * row.quadrant, *ends))
    return found


def _deviations(row: Spread, groups: list[_Numbers]) -> tuple[float, float]:
    """Of the values of the quadrants, within and between."""
    if row.form == "logarithmic":
        groups = [np.log(one) for one in groups]
    means = np.array([one.mean() for one in groups])
    rest = [one / mean if row.form == "relative" else one - mean for one, mean in zip(groups, means)]
    return float(np.concatenate(rest).std()), float(means.std(ddof=1)) if len(means) > 1 else 0.0


def as_text(instance: Instance) -> str:
    """A table for the terminal."""
    kind = "as after a calibration" if instance.is_calibrated else "as it comes"
    lines = [f"virtual chip of seed {instance.seed}, {kind}", ""]
    lines.append(f"{'':<24}{'within':>9}{'(table)':>10}{'quadrants':>11}{'(table)':>10}{'from':>10}{'to':>10}")
    for one in measure(instance):
        numbers = (one.within, one.table_within, one.quadrant, one.table_quadrant)
        spreads = [_number(number, one.unit) for number in numbers]
        spreads = [spreads[0], f"({spreads[1]})", spreads[2], f"({spreads[3]})"]
        ends = f"{one.lowest:>10.4g}{one.highest:>10.4g}"
        widths = zip(spreads, (9, 10, 11, 10))
        line = f"{one.name:<24}{''.join(f'{text:>{width}}' for text, width in widths)}{ends}  {one.unit}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def _number(value: float, unit: str) -> str:
    return f"{value:.3g}" if unit else f"{100 * value:.3g} %"


def draw_png(instance: Instance) -> bytes:
    """Histograms of some rows; a DiagnosticError (T741) where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        title = "histograms need matplotlib, which is not installed"
        raise DiagnosticError([Diagnostic("T741", title, help="install it with `pip install 'hicannx[plot]'`")])
    from matplotlib.figure import Figure

    from hicannx.emu.instance import row_values

    figure = Figure(figsize=(12, 8), layout="constrained")
    for axes, name in zip(figure.subplots(3, 4).flat, _shown):
        values, quadrant = row_values(instance, name)
        edges = np.linspace(values.min(), values.max(), _bins + 1)
        groups = [values[quadrant == one] for one in np.unique(quadrant)]
        axes.hist(groups, edges, stacked=True)
        unit = load_spreads()[name].unit or "factor"
        axes.set_title(name)
        axes.set_xlabel(unit)
    figure.suptitle(f"virtual chip of seed {instance.seed}; colours are quadrants")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=100)
    return stream.getvalue()
