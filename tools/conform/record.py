"""One golden record, and where its check may look for what it names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

# A file of link cases names its scripts only; they stand beside it or in the folder that the programs share.
_script_folders = (".", "common", "programs/common", "../common", "../programs/common", "../../programs/common")


@attrs.frozen
class Record:
    """A record with its place in the file or folder, such as `line 4` or `main.o`."""

    place: str
    data: Mapping[str, Any] = attrs.field(repr=False)


@attrs.frozen
class Context:
    """The folder that the record comes from."""

    folder: Path

    def script(self, name: str) -> Path | None:
        """A linker script or another file that records name; None where it is not to be found."""
        candidates = [self.folder / place / name for place in _script_folders]
        return next((path.resolve() for path in candidates if path.is_file()), None)
