"""The parallel bus as the processor's kernel sees it."""

from __future__ import annotations

from typing import Any

from hicannx.emu.kernelcache import inner
from hicannx.emu.request import READ_ROW, WRITE_ROW, ask


@inner
def pbus_write(chip: Any, ppu: int, address: int, row: Any, on: Any, tick: int) -> int:
    """Write the enabled bytes of `row`; an exception code, and EXTRA_CYCLES what it takes beside a near row.

    `row` and `on` are the two of `chip.row`, since the function behind the address knows only these.
    """
    return ask(chip, ppu, WRITE_ROW, address, tick)


@inner
def pbus_read(chip: Any, ppu: int, address: int, row: Any, tick: int) -> int:
    """Read into `row`, which is the first of `chip.row`; otherwise as `pbus_write`."""
    return ask(chip, ppu, READ_ROW, address, tick)
