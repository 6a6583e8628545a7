"""Memory at any address, for programs and instructions that are executed outside the chip."""

from __future__ import annotations

import attrs


@attrs.frozen
class Memory:
    """Bytes by address, zero where nothing was stored."""

    content: dict[int, int] = attrs.field(factory=dict)

    def load(self, address: int, size: int) -> int:
        """A big-endian number."""
        return int.from_bytes(bytes(self.content.get(address + at, 0) for at in range(size)), "big")

    def store(self, address: int, size: int, value: int) -> None:
        """Keep a big-endian number."""
        self.put(address, value.to_bytes(size, "big"))

    def put(self, address: int, data: bytes) -> None:
        """Keep bytes."""
        self.content.update({address + at: byte for at, byte in enumerate(data)})
