"""Symbols of output sections that were empty and removed: they go to a neighbour that would share the segment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hicannx.asm.link.kind import Kind
from hicannx.asm.link.output import OutputSection
from hicannx.asm.link.value import Base


def kept(sections: Iterable[OutputSection]) -> list[OutputSection]:
    """The sections that are part of the program."""
    return [one for one in sections if _is_kept(one)]


def home(base: Base, address: int, sections: Sequence[OutputSection]) -> OutputSection | None:
    """The section of the program that a symbol belongs to; None when it becomes an absolute value.

    `sections` are all output sections, removed ones among them.
    """
    if not isinstance(base, OutputSection) or not base.is_removed:
        return base if isinstance(base, OutputSection) else None
    place = sections.index(base)
    before = next((one for one in reversed(sections[:place]) if _is_kept(one)), None)
    behind = next((one for one in sections[place + 1 :] if _is_kept(one)), None)
    if before is None or behind is None:
        return before or behind
    return before if _prefers_former(base.kind, before, behind, address) else behind


def _is_kept(one: OutputSection) -> bool:
    return one.exists and not one.is_removed


def _prefers_former(kind: Kind, before: OutputSection, behind: OutputSection, address: int) -> bool:
    differ = before.kind ^ behind.kind
    if differ & (Kind.ALLOC | Kind.TLS | Kind.LOAD):
        other = (behind.kind ^ kind) & (Kind.ALLOC | Kind.TLS)
        return bool(other) or (Kind.LOAD in before.kind and Kind.LOAD not in behind.kind)
    for one in (Kind.READONLY, Kind.CODE):
        if differ & one:
            return bool((behind.kind ^ kind) & one)
    return address < behind.address
