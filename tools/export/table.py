"""What the exported files are called, and where the processors see the words of the Omnibus."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import attrs

from hicannx.regmodel.load import load_registers
from hicannx.structure import structure
from hicannx.yamlsource import load_resource


@attrs.frozen
class Side:
    """Address spaces that are one map of bytes."""

    doc: str
    spaces: tuple[str, ...]


@attrs.frozen
class ExportTable:
    """export.yaml; its comments say what the keys are."""

    prefix: str
    device: str
    vendor: str
    version: str
    width: int
    sides: dict[str, Side]
    windows: dict[str, str]
    fpga_window: str
    header: tuple[str, ...]
    defaults: str


@cache
def export_table() -> ExportTable:
    """The table."""
    return structure(load_resource(files("hicannx.tools.export") / "export.yaml"), ExportTable)


@attrs.frozen
class Window:
    """Words of the Omnibus from `word` on as a processor sees them: `size` bytes from `base` on."""

    name: str
    base: int
    size: int
    word: int

    def byte(self, word: int) -> int:
        """The byte address of a word."""
        return self.base + 4 * (word - self.word)


@cache
def windows() -> tuple[Window, ...]:
    """All windows; those of memories come before the ones that have their words, too."""
    from hicannx.emu.facts import load_facts

    facts, table = load_facts("machine")["ppu"], export_table()
    words = {name: load_registers().containers[one].places[0].low for name, one in table.windows.items()}
    words[table.fpga_window] = facts["fpga_words"]["base"]
    spaces = facts["data_spaces"]
    found = [Window(name, spaces[name]["base"], spaces[name]["bytes"], word) for name, word in words.items()]
    return tuple(sorted(found, key=lambda one: one.size))


def window_of(word: int) -> Window | None:
    """The window that a word of the Omnibus is in; None where the processors do not see it."""
    return next((one for one in windows() if one.word <= word < one.word + one.size // 4), None)
