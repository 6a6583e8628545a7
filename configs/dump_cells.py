"""Analog parameters of a configuration as YAML: the sections `neuron_cells` and `quadrant_cells`."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from hicannx.configs.entry import entry_lines
from hicannx.configs.pattern import describe_values
from hicannx.configs.place import describe_instances
from hicannx.configs.setting import Instances, Setting
from hicannx.regmodel.geometry import neuron_cell, shared_cell
from hicannx.regmodel.load import load_registers

_field = "value"


def cell_sections(setting: Setting) -> list[str]:
    """The lines of both sections; those cells that have no name are left out."""
    return [*_neuron_section(setting), *_quadrant_section(setting)]


@cache
def left_cells() -> NDArray[np.bool_]:
    """Which cells have no name."""
    left = np.ones(load_registers().coordinates["capmem_cell"].size, dtype=bool)
    for places in all_cells().values():
        left[places] = False
    return left


@cache
def all_cells() -> dict[str, Instances]:
    """The cells of each parameter: of the neurons, of the quadrants, or the one of the chip."""
    cells = load_registers().cells
    own = {name: neuron_cell(name) for name in cells.neuron}
    return own | {name: shared_cell(name) for name in (*cells.quadrant, *cells.chip)}


def _written(setting: Setting, cells: Instances) -> NDArray[np.bool_]:
    exact = np.isin(cells, list(setting.exact)) if setting.exact else np.zeros(len(cells), dtype=bool)
    return np.asarray(setting.chosen[cells] & ~exact)


def _neuron_section(setting: Setting) -> list[str]:
    """An entry for each set of neurons that the same parameters are given for."""
    entries: dict[bytes, list[str]] = {}
    for name in load_registers().cells.neuron:
        written = _written(setting, neuron_cell(name))
        if written.any():
            entries.setdefault(written.tobytes(), []).append(name)
    coordinate = load_registers().coordinates["neuron"]
    field = setting.container.by_name[_field]
    lines: list[str] = []
    for written_bytes, names in entries.items():
        neurons = np.flatnonzero(np.frombuffer(written_bytes, dtype=bool))
        views = {"neuron": coordinate.views()["neuron"][neurons]}
        items = [f"at: {describe_instances(neurons, coordinate)}"]
        for name in names:
            values = setting.look(_field, neuron_cell(name)[neurons])
            items.append(f"{name}: {describe_values(field, values, views, 1, 4)}")
        lines += entry_lines(items, 2)
    return ["neuron_cells:", *lines] if lines else []


def _quadrant_section(setting: Setting) -> list[str]:
    """An entry for each set of quadrants; what the chip has once stands with all of them."""
    entries: dict[bytes, list[str]] = {}
    quadrants = load_registers().coordinates["quadrant"]
    field = setting.container.by_name[_field]
    cells = load_registers().cells
    for name in (*cells.quadrant, *cells.chip):
        places = shared_cell(name)
        written = _written(setting, places)
        if written.any():
            chosen = written if len(places) > 1 else np.ones(quadrants.size, dtype=bool)
            values = describe_values(field, setting.look(_field, places[written]), {}, 1, 4)
            values = values.replace("|\n", "").strip() if "\n" in values else values
            entries.setdefault(chosen.tobytes(), []).append(f"{name}: {_in_line(values)}")
    lines: list[str] = []
    for chosen_bytes, texts in entries.items():
        at = describe_instances(np.flatnonzero(np.frombuffer(chosen_bytes, dtype=bool)), quadrants)
        lines += entry_lines([f"at: {at}", *texts], 2)
    return ["quadrant_cells:", *lines] if lines else []


def _in_line(text: str) -> str:
    return f"[{', '.join(text.split())}]" if " " in text else text
