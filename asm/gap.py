"""Bytes whose number is known only when the sections are put together: alignment, `.org` and the like."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from hicannx.asm.syntax import Statement


@attrs.define(eq=False)
class Gap:
    """Stands before the byte `offset` of its chunk, which is counted without gaps.

    `measure` tells how large it is when it begins at an offset of the section; `fill` makes so many bytes.
    """

    offset: int
    measure: Callable[[int], int]
    fill: Callable[[int], bytes]
    statement: Statement
    size: int = 0
