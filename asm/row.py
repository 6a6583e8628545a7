"""One row of the table of directives."""

from __future__ import annotations

import attrs


@attrs.frozen
class Row:
    """`do` names the action; `name` and `size` (bytes) are its parameters; `usage` shows how to write it."""

    do: str
    name: str = ""
    size: int = 1
    usage: str = ""
    source: str = ""
