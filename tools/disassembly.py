"""Regions of a file as lines of text: words, labels, names of branch targets, relocations and source lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from hicannx.isa.codec import decode
from hicannx.isa.disassemble import branch_target, disassemble
from hicannx.isa.load import load_foreign, load_isa
from hicannx.tools.binary import Binary, Line, Region, Target

_word_bytes = 4
_unknown = ".long"


@attrs.frozen
class Shown:
    """One word: its text, the names that stand there, and what is known of it besides.

    `target` is the name of the place that it branches to, `lacking` the text of what the processor lacks.
    """

    address: int
    word: int
    text: str
    symbols: tuple[str, ...] = ()
    target: str = ""
    lacking: str = ""
    relocations: tuple[Target, ...] = ()
    line: Line | None = None

    def as_json(self) -> dict[str, Any]:
        """What is known, without what is not."""
        entry: dict[str, Any] = {"address": self.address, "word": self.word, "text": self.text}
        entry["symbol"] = self.symbols[0] if self.symbols else ""
        more = {"target": self.target, "lacking": self.lacking, "line": str(self.line) if self.line else ""}
        entry |= {key: value for key, value in more.items() if value}
        if self.relocations:
            entry["relocations"] = [attrs.asdict(one) for one in self.relocations]
        return entry


def shown_words(binary: Binary, region: Region, first: int, last: int) -> Iterator[Shown]:
    """The words of a region from address `first` up to `last`; behind the last whole word zeros are added."""
    isa, foreign = load_isa(), load_foreign()
    named = bool(region.relocations) or any(one.labels for one in binary.regions)
    start = max(region.address, first + (region.address - first) % _word_bytes)
    for address in range(start, min(region.end, last), _word_bytes):
        offset = address - region.address
        word = int.from_bytes(region.data[offset : offset + _word_bytes].ljust(_word_bytes, b"\0"), "big")
        relocations = region.relocations.get(address, ())
        text = disassemble(isa, word, address)
        elsewhere = text.startswith(_unknown) and decode(isa, word) is None and not region.is_data(address)
        lacking = disassemble(foreign, word, address) if elsewhere else ""
        yield Shown(
            address,
            word,
            text,
            tuple(region.names.get(address, ())),
            _target(binary, region, address, word, relocations) if named else "",
            "" if lacking.startswith(_unknown) else lacking,
            relocations,
            region.line_at(address),
        )


def _target(binary: Binary, region: Region, address: int, word: int, relocations: tuple[Target, ...]) -> str:
    target = branch_target(load_isa(), word, address)
    if target is None:
        return ""
    return relocations[0].name if relocations else binary.describe(target, region)
