"""What a user can choose about an assembly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs


@attrs.frozen
class Options:
    """Choices of one run.

    `dialect` is a row of dialect.yaml; `register_names`: whether bare names of registers are understood (None: as the
    dialect has it); `include`: folders that are searched for included files after that of the source; `defines`:
    symbols with their values before the first line; `debug`: make a DWARF line table; `quiet`: codes of warnings, or
    `all`, that are not shown.
    """

    dialect: str = "ppu"
    register_names: bool | None = None
    include: tuple[Path, ...] = ()
    defines: Mapping[str, int] = attrs.field(factory=dict)
    debug: bool = False
    quiet: frozenset[str] = frozenset()


plain = Options()
