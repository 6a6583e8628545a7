"""The page on how far the analog model can be believed: every mapping with its evidence, made from the tables."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from hicannx.regmodel.spread import load_spreads
from hicannx.regmodel.transfer import Quantity, load_transfer
from hicannx.tools.doc.acceptance import acceptance_lines, kept_measurements
from hicannx.yamlsource import load_resource

_tables = {
    "transfer": "Neurons",
    "transfer_driver": "Synapse drivers",
    "transfer_sensor": "Correlation sensors",
}
_facts = {"analog": "Limits of the circuits", "cadc": "Converters and sensors", "readout": "Readout and fast converter"}
_head = """# How far to believe the analog model

Made by `hicannx doc fidelity` from the tables that the emulator reads. A row says what a register or a cell of the chip
does to the model, how sure that is, and where it comes from; a guess is what no public source states, until somebody
measures it.

Confidence: high, a document or the code of the usual software says so; medium, derived from public measurements; low, a
guess at least in part. The emulator's neurons integrate these quantities and know nothing else.
"""


def fidelity_page() -> str:
    """The page as Markdown."""
    accepted = acceptance_lines(kept_measurements())
    return "\n".join([_head, *_overview(), *accepted, *_quantities(), *_fixed(), *_spreads()]) + "\n"


def _overview() -> Iterator[str]:
    yield "| table | rows | high | medium | low |"
    yield "|--|--|--|--|--|"
    for name, title in _tables.items():
        levels = [row.confidence for row in load_transfer(name).quantities.values()]
        counts = " | ".join(str(levels.count(level)) for level in ("high", "medium", "low"))
        yield f"| {title} | {len(levels)} | {counts} |"
    yield ""


def _quantities() -> Iterator[str]:
    for name, title in _tables.items():
        yield f"## {title}"
        yield ""
        yield "| quantity | set by | value | confidence | evidence |"
        yield "|--|--|--|--|--|"
        for quantity, row in load_transfer(name).quantities.items():
            cells = (quantity, _code(row.knob or row.field or ""), _code(row.value), row.confidence, _evidence(row))
            yield "| " + " | ".join(cells) + " |"
        yield ""
        yield from _constants(name)


def _constants(name: str) -> Iterator[str]:
    """The numbers that rows of a table share, if there are any."""
    shared = load_transfer(name).constants
    if not shared:
        return
    yield "| shared number | value | confidence | evidence |"
    yield "|--|--|--|--|"
    for constant, row in shared.items():
        yield f"| {constant} | `{row.value:g}` | {row.confidence} | {_plain(row.source)} |"
    yield ""


def _fixed() -> Iterator[str]:
    for name, title in _facts.items():
        yield f"## {title}"
        yield ""
        yield "| fact | value | evidence |"
        yield "|--|--|--|"
        tree = load_resource(files("hicannx.emu") / f"{name}.yaml").plain()
        for path, row in _rows(tree, ()):
            said = [str(row["source"])] if "source" in row else []
            said += [f"guess: {row['guess']}"] if "guess" in row else []
            yield f"| {'.'.join(path)} | {_code(str(row['value']))} | {_plain('; '.join(said))} |"
        yield ""


def _spreads() -> Iterator[str]:
    yield "## Spreads of virtual chips"
    yield ""
    yield "| cell or array | within / between quadrants | left by a calibration | confidence | evidence |"
    yield "|--|--|--|--|--|"
    for name, row in load_spreads().items():
        said = f"{row.source}; guess: {row.guess}" if row.guess else row.source
        yield f"| {name} | {row.text} | {row.calibrated:g} | {row.confidence} | {_plain(said)} |"
    yield ""


def _rows(tree: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for key, one in tree.items():
        if isinstance(one, dict) and "value" in one:
            yield (*path, key), one
        elif isinstance(one, dict):
            yield from _rows(one, (*path, key))


def _evidence(row: Quantity) -> str:
    return _plain(f"{row.source}; guess: {row.guess}" if row.guess else row.source)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{_plain(text)}`" if text.strip() else ""
