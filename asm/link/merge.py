"""Merging: equal strings and constants of sections that allow it are stored once."""

from __future__ import annotations

from collections.abc import Iterable

from hicannx.asm.link.output import OutputSection


def merge(sections: Iterable[OutputSection]) -> None:
    """Store what is equal once."""
    del sections
