"""Cycles of a compiled program from the release of the reset until it sleeps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hicannx.tools.conform.folder import image_name
from hicannx.tools.conform.outcome import Outcome, failed, skipped
from hicannx.tools.conform.read import exists, read_content
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.timed import image_issues, judge

_folders = ("c_programs", "toolchain/c_programs", "../toolchain/c_programs", ".")  # of the images, from the file's own


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Run the image, which stands in a folder of its own near the file."""
    folder = find_program(record["name"], context.folder)
    if folder is None:
        return skipped("the images are not beside the file, nor in ../toolchain/c_programs")
    issues = image_issues(read_content(folder / image_name))
    if len(issues) != record["instructions"]:
        return failed("it executes other instructions", record["instructions"], len(issues))
    return judge("rtl_cycles", record["rtl_cycles"], float(issues[-1]))


def find_program(name: str, start: Path) -> Path | None:
    """The folder of a program with its image."""
    found = (start / place / name for place in _folders)
    return next((one for one in found if exists(one / image_name)), None)
