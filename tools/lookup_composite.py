"""What is known of a composite, such as AtomicNeuron, as entries to print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hicannx.regmodel.composite import Composite, Item, load_composites
from hicannx.regmodel.expansion import expand

Entry = dict[str, Any]


def composite_entries(what: str) -> list[Entry]:
    """The composite of a name, whether in capitals or not."""
    return [_composite(one) for name, one in load_composites().items() if name.lower() == what.lower()]


def composite_names() -> list[str]:
    """The names of all composites."""
    return [*load_composites()]


def _composite(one: Composite) -> Entry:
    expansion = expand(one.name, 0)
    entry: Entry = {
        "composite": one.name,
        "doc": one.doc,
        "coordinate": one.of,
        "access": one.access,
        "registers": f"{expansion.instance.size}, in the order of writing",
        "parts": [text for item in one.sequence for text in _told(item)],
        "notes": list(one.notes),
        "source": one.source,
    }
    return entry


def _told(item: Item, before: str = "") -> Iterator[str]:
    if item.each:
        for one in item.sequence:
            yield from _told(one, f"for each {item.each}: ")
        return
    what = item.register or item.composite or f"CapMemCell {' or '.join(item.cells)}"
    where = ", ".join(f"{part} {values}" for part, values in item.where.items())
    yield before + what + (f" of {item.through}" if item.through else "") + (f" with {where}" if where else "")
