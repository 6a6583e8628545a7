"""The registers at byte addresses, as loads and stores of the plasticity processors see them."""

from __future__ import annotations

from typing import Any

_space = "ppu"


def byte_entries(what: str) -> list[dict[str, Any]]:
    """What stands at a byte address such as `ppu:0x8a800000`."""
    from hicannx.tools.export.table import windows
    from hicannx.tools.lookup_register import address_entries

    space, _, number = what.rpartition(":")
    try:
        byte = int(number, 0)
    except ValueError:
        return []
    window = next((one for one in windows() if one.base <= byte < one.base + one.size), None)
    if space != _space or window is None:
        return []
    word = window.word + (byte - window.base) // 4
    seen = f"{byte:#010x}, byte {byte % 4} of the word"
    return [{"byte address": seen, **entry} for entry in address_entries(word)]
