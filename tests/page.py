"""Pages of the documentation: their blocks, the files that they ask for, and what their commands print."""

from __future__ import annotations

import re
import shlex
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from hicannx.tools.cli import main

root = Path(__file__).parents[1]


class Page:
    """A page by its path in the project."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = (root / name).read_text()

    @cached_property
    def blocks(self) -> list[tuple[str, str]]:
        """Kind and text of all blocks."""
        return re.findall(r"^```(\w*)\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)

    def bodies(self, kind: str) -> list[str]:
        """The texts of the blocks of a kind."""
        return [body for one, body in self.blocks if one == kind]

    def commands(self) -> list[str]:
        """All lines of the console blocks."""
        return [line.removeprefix("$ ") for body in self.bodies("console") for line in body.splitlines()]

    def put_files(self) -> list[str]:
        """Write the files that the text asks for ("put this into `NAME`", or "and this into"); their names."""
        named = re.findall(r"this into `([\w.]+)`:\n\n```\w*\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        for name, body in named:
            Path(name).write_text(body)
        return [name for name, _ in named]

    def run_commands(self, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
        """Run all commands, which have to succeed; what each of them prints."""
        output = {}
        for command in self.commands():
            assert command.startswith("hicannx "), command
            assert main(shlex.split(command)[1:]) == 0, capsys.readouterr()
            output[command] = capsys.readouterr().out
        return output

    def run_python(self, blocks: int = 1) -> dict[str, Any]:
        """Run the last of so many blocks of Python; the names that it defines."""
        names: dict[str, Any] = {}
        bodies = self.bodies("python")
        assert len(bodies) == blocks
        exec(compile(bodies[-1], self.name, "exec"), names)
        return names
