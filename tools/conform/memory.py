"""Memory at any address, for programs and instructions that are executed outside the chip."""

from __future__ import annotations

import attrs


@attrs.frozen
class Memory:
    """Bytes by address; where nothing was stored zero, or below `filled` the bytes of a word."""

    content: dict[int, int] = attrs.field(factory=dict)
    filler: bytes = bytes(4)
    filled: int = 0

    def load(self, address: int, size: int) -> int:
        """A big-endian number."""
        return int.from_bytes(bytes(self._byte(address + at) for at in range(size)), "big")

    def _byte(self, address: int) -> int:
        rest = self.filler[address % len(self.filler)] if address < self.filled else 0
        return self.content.get(address, rest)

    def store(self, address: int, size: int, value: int) -> None:
        """Keep a big-endian number."""
        self.put(address, value.to_bytes(size, "big"))

    def put(self, address: int, data: bytes) -> None:
        """Keep bytes."""
        self.content.update({address + at: byte for at, byte in enumerate(data)})

    def copy(self) -> Memory:
        """Another memory with the same content."""
        return attrs.evolve(self, content=dict(self.content))
