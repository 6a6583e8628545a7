"""Source lines beside a disassembly: those that are reached for the first time, from files that may be gone."""

from __future__ import annotations

from pathlib import Path

import attrs

from hicannx.tools.binary import Line

_most = 8  # lines without words that are shown before one with some


@attrs.define(eq=False)
class SourceLines:
    """The files met so far, which are looked for beside the object file too, and the last line shown of each."""

    beside: Path
    texts: dict[str, list[str]] = attrs.field(factory=dict)
    last: dict[str, int] = attrs.field(factory=dict)
    now: Line | None = None

    def new(self, line: Line | None) -> list[str]:
        """What to show before a word of this line: nothing when the word before was of the same."""
        if line is None or line == self.now:
            return []
        self.now = line
        texts = self._all(line)
        if not 0 < line.number <= len(texts):
            return [f"; {line}"]
        first = self.last.get(line.file, 0) + 1
        self.last[line.file] = max(line.number, first - 1)
        first = first if line.number - _most <= first <= line.number else line.number
        return [f"; {line.file}:{number}: {texts[number - 1]}" for number in range(first, line.number + 1)]

    def text(self, line: Line) -> str:
        """The text of a line; empty where its file is gone."""
        texts = self._all(line)
        return texts[line.number - 1] if 0 < line.number <= len(texts) else ""

    def _all(self, line: Line) -> list[str]:
        """The lines of the file."""
        if line.file not in self.texts:
            self.texts[line.file] = self._read(line)
        return self.texts[line.file]

    def _read(self, line: Line) -> list[str]:
        for folder in (Path(line.folder), self.beside, Path()):
            for name in (line.file, Path(line.file).name):
                try:
                    return (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
                except OSError:
                    continue
        return []
