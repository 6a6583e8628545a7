"""Flat images: the bytes of each memory, whatever addresses it is seen under."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import attrs

from hicannx.asm.link.segment import ProgramSegment
from hicannx.asm.table import load_table


@attrs.frozen
class Window:
    """Addresses under which a memory is seen: `size` bytes from `origin`, beginning with its first byte."""

    memory: str
    origin: int
    size: int


@attrs.frozen
class _Windows:
    windows: list[Window]


@cache
def windows() -> list[Window]:
    """All windows."""
    return load_table("window", _Windows, "hicannx.asm.link").windows


def window_of(address: int) -> Window | None:
    """The window that an address is in."""
    return next((one for one in windows() if one.origin <= address < one.origin + one.size), None)


def make_images(segments: Iterable[ProgramSegment]) -> Mapping[str, bytes]:
    """The bytes of each memory by its name, from its first address to the last one stored."""
    images: dict[str, bytearray] = {}
    for one in segments:
        window = window_of(one.load_address)
        if window is None or not one.stored:
            continue
        image = images.setdefault(window.memory, bytearray())
        start = one.load_address - window.origin
        image += bytes(max(0, start + one.stored - len(image)))
        image[start : start + one.stored] = one.data
    return {name: bytes(image) for name, image in images.items()}
