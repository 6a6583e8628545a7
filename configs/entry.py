"""Entries of a configuration as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_width = 120


def entry_lines(items: Iterable[str], indent: int) -> Iterator[str]:
    """The lines of an entry, whose keys stand two columns right of `indent`; one line where it is short."""
    parts, pad = list(items), " " * indent
    one_line = f"{pad}- {{{', '.join(parts)}}}"
    if len(one_line) <= _width and not any("\n" in part for part in parts):
        yield one_line
        return
    for number, part in enumerate(parts):
        yield f"{pad}{'-' if number == 0 else ' '} {part}"
