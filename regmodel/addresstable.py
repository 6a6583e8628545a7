"""The table of all addresses: which word of which container stands where."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostics, Label
from hicannx.regmodel.container import Container

Column = NDArray[np.int64]


@attrs.frozen
class AddressTable:
    """All mapped words, ascending by address: number of the container in `containers`, instance, index of the word."""

    containers: tuple[Container, ...]
    address: Column
    number: Column
    instance: Column
    word: Column


def address_table(containers: Iterable[Container]) -> AddressTable:
    """The table of these containers; aliases of others are left out."""
    kept = tuple(one for one in containers if one.alias_of is None)
    blocks = [one.all_addresses() for one in kept]
    address = np.concatenate([block.ravel() for block in blocks])
    number = np.concatenate([np.full(block.size, k, dtype=np.int64) for k, block in enumerate(blocks)])
    place = np.concatenate([np.indices(block.shape, dtype=np.int64).reshape(2, -1) for block in blocks], axis=1)
    order = np.argsort(address, kind="stable")
    return AddressTable(kept, address[order], number[order], place[0][order], place[1][order])


def check_overlaps(containers: Iterable[Container]) -> None:
    """DiagnosticError (R103) names each two containers, neither an alias, that claim the same address."""
    table = address_table(containers)
    diagnostics = Diagnostics()
    reported = set()
    for row in np.flatnonzero(table.address[1:] == table.address[:-1]).tolist():
        first, second = (table.containers[int(table.number[k])] for k in (row, row + 1))
        if (first.name, second.name) not in reported:
            reported.add((first.name, second.name))
            title = f"{first.name} and {second.name} both claim address {int(table.address[row]):#010x}"
            labels = [Label(first.span, f"{first.name} stands here")]
            help_text = f"correct one of them, or give one `alias_of: {first.name}` if they share the word"
            diagnostics.error("R103", title, second.span, labels=labels, help=help_text)
    diagnostics.raise_if_errors()
