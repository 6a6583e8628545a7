"""Addresses as nested arrays: how often something repeats, and at which distance."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.regmodel.container import Container, Place

Addresses = NDArray[np.int64]
_sample = 1 << 10  # instances of a large memory


@attrs.frozen
class Level:
    """A dimension: `count` elements, `stride` words apart, the numbers of whose instances differ by `step`.

    It is the whole of a part of the coordinate, or a digit of it: `part // divisor % count`.
    """

    part: str
    count: int
    stride: int
    step: int
    divisor: int = 1
    whole: bool = True

    @property
    def name(self) -> str:
        """A name for arrays of it, such as `synapse_row`, or `neuron_column_div_128` where it is a digit only."""
        return self.part if self.whole else f"{self.part}_div_{self.divisor}" if self.divisor > 1 else self._lowest

    @property
    def _lowest(self) -> str:
        return f"{self.part}_mod_{self.count}"


def regularity(container: Container, place: Place, word: int) -> tuple[int, tuple[Level, ...]]:
    """The address of a word of instance 0, and the levels by which it repeats, slowest part first.

    ValueError where the addresses are not sums of what each part adds to them.
    """
    shape = _shape(container)
    if container.numbering.is_large:
        return _of_large(container, place, word, shape)
    addresses = container.all_addresses(place)[:, word].reshape([size for _, size in shape])
    first = int(addresses.flat[0])
    total = np.full(addresses.shape, first)
    found: list[Level] = []
    for axis, (part, size) in enumerate(shape):
        line = np.moveaxis(addresses, axis, 0).reshape(size, -1)[:, 0] - first
        total = total + line.reshape([-1 if k == axis else 1 for k in range(len(shape))])
        found += _levels(part, line, int(np.prod([one for _, one in shape[axis + 1 :]], dtype=np.int64)))
    if not np.array_equal(total, addresses):
        raise ValueError(f"the addresses of {container.name} in {place.space} do not repeat regularly")
    return first, tuple(found)


def _shape(container: Container) -> list[tuple[str, int]]:
    """The parts of the coordinate and their sizes; the instance number `e` where not all combinations exist."""
    numbering = container.numbering
    if numbering.existing:
        return [("e", numbering.size)]
    return [(part.name, part.size) for part in numbering.parts]


def _of_large(
    container: Container, place: Place, word: int, shape: list[tuple[str, int]]
) -> tuple[int, tuple[Level, ...]]:
    """A memory of one part: its first instances show how it repeats, its last one that it goes on so."""
    ((part, size),) = shape
    line = container.addresses_of(np.arange(_sample), place)[:, word]
    first, found = int(line[0]), list(_levels(part, line - line[0], 1))
    top = found[0]
    found[0] = attrs.evolve(top, count=size // top.divisor)
    last = sum((one.count - 1) * one.stride for one in found)
    if first + last != int(container.addresses_of(np.array([size - 1]), place)[0, word]):
        raise ValueError(f"the addresses of {container.name} in {place.space} do not repeat regularly")
    return first, tuple(found)


def _levels(part: str, line: Addresses, step: int) -> Iterator[Level]:
    """The levels of a part, slowest first, from what its values add to the address."""
    found: list[tuple[int, int, int]] = []
    heads, divisor = line, 1
    while len(heads) > 1:
        count = _run(heads)
        if count == 1:
            raise ValueError(f"what `{part}` adds to addresses is not regular")
        found.insert(0, (count, int(heads[1] - heads[0]), divisor))
        heads, divisor = heads[::count], divisor * count
    for count, stride, below in found:
        yield Level(part, count, stride, step * below, below, len(found) == 1)


def _run(heads: Addresses) -> int:
    """The longest runs of one distance, all equally long, that the addresses consist of; 1 if there are none."""
    steps = np.diff(heads)
    breaks = np.flatnonzero(steps != steps[0])
    longest = int(breaks[0]) + 1 if len(breaks) else len(heads)
    fitting = (count for count in range(longest, 1, -1) if len(heads) % count == 0)
    return next((count for count in fitting if np.all(np.diff(heads.reshape(-1, count)) == steps[0])), 1)
