"""What a user can choose about a link."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from hicannx.source import SourceFile


@attrs.frozen
class LinkOptions:
    """Choices of one link.

    `script`: a path, a text as SourceFile, or None for the one that suits the processor; `defines`: symbols with values
    or expressions (`--defsym`); `gc_sections`: leave out what nothing refers to; `entry`: where the program begins;
    `undefined`: symbols to search archives for; `folders`, `libraries`: `-L` and `-l`; `runtime`: search the runtime
    library last, None: exactly when no script is given; `output`: the name of the program in messages and maps.
    """

    script: Path | SourceFile | None = None
    defines: Mapping[str, int | str] = attrs.field(factory=dict)
    gc_sections: bool = False
    entry: str = ""
    undefined: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    libraries: tuple[str, ...] = ()
    runtime: bool | None = None
    output: str = "a.out"

    @property
    def with_runtime(self) -> bool:
        """Whether the runtime library is searched."""
        return self.script is None if self.runtime is None else self.runtime


plain = LinkOptions()
