"""Values of linker-script expressions: numbers, and places that move with their section."""

from __future__ import annotations

from typing import Protocol

import attrs


class Base(Protocol):
    """What a place counts from."""

    @property
    def address(self) -> int: ...  # noqa: D102

    @property
    def name(self) -> str: ...  # noqa: D102


@attrs.frozen
class Absolute:
    """The base of addresses that do not move."""

    name: str = "*ABS*"
    address: int = 0


absolute = Absolute()


@attrs.frozen
class Value:
    """`number` bytes behind the start of `base`; without a base, a plain number."""

    number: int
    base: Base | None = None

    @property
    def absolute(self) -> int:
        """The address, or the number."""
        return self.number + (self.base.address if self.base is not None else 0)
