"""The outcome of a calibration as a configuration of the chip, and as a report of what was reached."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from hicannx.configs.dump import config_text
from hicannx.configs.setting import ChipConfig, Setting
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import load_presets
from hicannx.tools.calibrate.bench import cell_places, digital
from hicannx.tools.calibrate.procedure import Outcome
from hicannx.tools.calibrate.settings import load_settings


@attrs.frozen
class Row:
    """What was reached of a target: over all neurons, and how many miss it."""

    name: str
    unit: str
    target: float
    mean: float
    std: float
    lowest: float
    highest: float
    missed: int


def report(outcome: Outcome) -> list[Row]:
    """A row for each target."""
    found = []
    for name, row in load_settings().targets.items():
        values, target = outcome.reached[name], outcome.targets[name]
        missed = int((np.abs(values - target) > row.allowed(target)).sum())
        ends = float(values.min()), float(values.max())
        found.append(Row(name, row.unit, target, float(values.mean()), float(values.std()), *ends, missed))
    return found


def report_text(outcome: Outcome) -> str:
    """The report for the terminal."""
    lines = [f"{'':<16}{'target':>8}{'mean':>9}{'std':>8}{'lowest':>9}{'highest':>9}{'missed':>8}"]
    for one in report(outcome):
        numbers = f"{one.mean:>9.2f}{one.std:>8.3f}{one.lowest:>9.2f}{one.highest:>9.2f}{one.missed:>8}"
        lines.append(f"{one.name:<16}{one.target:>8g}{numbers}")
    took = f"{outcome.wall_s:.1f} s, {outcome.programs} programs, {outcome.chip_ms:.1f} ms of chip time"
    return "\n".join([*lines, "", took])


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The report, with what each neuron reaches."""
    return {
        "targets": [attrs.asdict(one) for one in report(outcome)],
        "reached": {name: [round(float(one), 4) for one in values] for name, values in outcome.reached.items()},
        "wall_s": outcome.wall_s,
        "programs": outcome.programs,
        "chip_ms": outcome.chip_ms,
    }


def as_config(outcome: Outcome) -> ChipConfig:
    """The configuration: neurons as calibrated, and the CADC."""
    bench = outcome.bench
    containers = load_registers().containers
    settings = {name: _all_of(name, bench.fields) for name in digital}
    currents = containers["ColumnCurrentQuad"].by_name.keys()
    on = {name: value for name, value in load_presets()["spiking"].fields.items() if name in currents}
    settings["ColumnCurrentQuad"] = _all_of("ColumnCurrentQuad", on)
    settings["CADCConfig"] = _all_of("CADCConfig", {"enable": 1})
    settings["CADCChannelConfig"] = _all_of("CADCChannelConfig", {"offset": bench.offsets})
    cells = Setting.empty(containers["CapMemCell"])
    for name, codes in bench.cells.items():
        places = cell_places(name)
        cells.chosen[places] = True
        cells.put("value", places, codes)
    settings["CapMemCell"] = cells
    return ChipConfig(settings)


def _all_of(name: str, fields: Any) -> Setting:
    """All instances of a register with the same fields, or with an array of values."""
    container = load_registers().containers[name]
    setting, every = Setting.empty(container), np.arange(container.instances)
    setting.chosen[:] = True
    for field, value in fields.items():
        if field in container.by_name:
            setting.put(field, every, np.asarray(value, np.int64))
    return setting


def as_yaml(outcome: Outcome, what: str) -> str:
    """The configuration as a file that others can include."""
    chosen = ", ".join(f"{name} {value:g}" for name, value in outcome.targets.items())
    return config_text(as_config(outcome), f"Calibration of {what}: {chosen}")
