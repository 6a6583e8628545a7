"""Virtual chips: a seed makes one whose circuits differ from the nominal ones by the spreads of transfer_spread.yaml.

    instance = make_instance(seed=3)                   # a chip as it comes, or one after a calibration
    Chip(instance=instance)                            # emu/chip.py; without an instance the chip is nominal
    data = save_instance(instance); load_instance(data, "chip.npz")   # instancefile.py

Numbers of each row are drawn for themselves: a new row of the table leaves all others as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.emu.analog.charge import unity
from hicannx.emu.variation import VariationState, nominal, variation_kind
from hicannx.emu.wiring import columns_per_quadrant, driver_sides
from hicannx.regmodel.geometry import neuron_cell, shared_cell
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.spread import Spread, load_spreads

_seeds = np.iinfo(np.int64)  # of files, see instancefile.py
_widest = 3.0  # standard deviations: a chip with more would not have been bonded
_Numbers = NDArray[np.float64]


@attrs.frozen(eq=False)
class Instance:
    """One chip: the seed that it was made of, whether as after a calibration, and its arrays as in `variation.py`."""

    seed: int
    is_calibrated: bool
    arrays: Mapping[str, NDArray[Any]] = attrs.field(repr=False)

    def apply(self, state: VariationState) -> None:
        """Let a chip be this one; its derived tables have to be made anew then."""
        for name, values in self.arrays.items():
            getattr(state, name)[...] = values


def make_instance(seed: int, *, is_calibrated: bool = False) -> Instance:
    """The virtual chip of a seed; a calibrated one has what a calibration leaves of the spreads, at the nominal codes.

    That holds for both parts of a spread, since what is known is the ratio over all neurons of a chip. A seed of
    more than 64 bits gives a DiagnosticError (E183).
    """
    if not _seeds.min <= seed <= _seeds.max:
        title, help_text = f"the seed {seed} is too large", f"give a number from {_seeds.min} to {_seeds.max}"
        raise DiagnosticError([Diagnostic("E183", title, help=help_text)])
    arrays = {
        name: np.full(variation_kind[name].shape, nominal[name], variation_kind[name].base)
        for name in variation_kind.names or ()
    }
    for name, row in load_spreads().items():
        _spread(arrays, name, row, seed, row.calibrated if is_calibrated else 1.0)
    return Instance(seed, is_calibrated, arrays)


def _spread(arrays: dict[str, NDArray[Any]], name: str, row: Spread, seed: int, share: float) -> None:
    """Enter one row of the table into the arrays."""
    array, index = _place(name, row)
    values = _errors(name, row, seed, _quadrants(name, row, arrays[array][index].shape), share)
    is_byte = arrays[array].dtype == np.uint8
    arrays[array][index] = np.clip(np.rint(unity * values), 0, 255) if is_byte else values


def row_values(instance: Instance, name: str) -> tuple[_Numbers, NDArray[np.int64]]:
    """What an instance has for a row of the table, offsets or factors, and the quadrant of each, as flat arrays."""
    row = load_spreads()[name]
    array, index = _place(name, row)
    found = instance.arrays[array][index]
    values = found / unity if found.dtype == np.uint8 else found.astype(np.float64)
    return np.ravel(values), np.ravel(_quadrants(name, row, values.shape))


def _place(name: str, row: Spread) -> tuple[str, Any]:
    """The array in which the values of a row stand, and where."""
    if row.of != "cell":
        return name, ...
    cells = neuron_cell(name) if name in load_registers().cells.neuron else shared_cell(name)
    return ("cell_offset" if row.form == "added" else "cell_gain"), cells


def _quadrants(name: str, row: Spread, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """The quadrant of each entry of the values of a row."""
    model = load_registers()
    if row.of in ("all_cells", "synapse", "sensor"):  # no row has a quadrant's part for these
        return np.zeros(shape, np.int64)
    if row.of == "neuron" or name in model.cells.neuron:
        return np.asarray(model.coordinates["neuron"].views()["quadrant"])
    if row.of == "cell":
        return np.arange(shape[0])
    place = np.indices(shape)
    side = place[-1] % driver_sides if row.of == "driver" else place[-1] // columns_per_quadrant
    return np.asarray(driver_sides * place[0] + side)


def _errors(name: str, row: Spread, seed: int, quadrant: NDArray[np.int64], share: float) -> _Numbers:
    """Offsets or factors, an array like `quadrant`."""
    quadrants = load_registers().coordinates["quadrant"].size
    within = share * row.within * _normal(row, seed, f"{name}.within", quadrant.shape)
    between = share * row.quadrant * _normal(row, seed, f"{name}.quadrant", (quadrants,))[quadrant]
    if row.form == "relative":
        return np.asarray((1 + between) * (1 + within))
    return np.asarray(between + within if row.form == "added" else np.exp(between + within))


def _normal(row: Spread, seed: int, part: str, shape: tuple[int, ...]) -> _Numbers:
    """Normal numbers, correlated with those of the rows of the same group."""
    own = _independent(seed, part, shape)
    if row.group is None:
        return own
    shared = _independent(seed, f"{row.group}.{part.rsplit('.', 1)[1]}", shape)
    return np.asarray(np.sqrt(row.correlation) * shared + np.sqrt(1 - row.correlation) * own)


def _independent(seed: int, part: str, shape: tuple[int, ...]) -> _Numbers:
    """Normal numbers from the raw stream of a counter-based generator, which numpy promises never to change."""
    key = int.from_bytes(hashlib.sha256(f"{seed} {part}".encode()).digest()[:16], "little")
    count = int(np.prod(shape))
    bits = np.random.Philox(key=key).random_raw(2 * count)
    uniform = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    numbers = np.sqrt(-2 * np.log(1 - uniform[:count])) * np.cos(2 * np.pi * uniform[count:])
    return np.asarray(np.clip(numbers, -_widest, _widest).reshape(shape))
