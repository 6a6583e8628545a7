"""The map of a linked program as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hicannx.asm.link.emit import LinkedSymbol
from hicannx.asm.link.output import OutputSection

if TYPE_CHECKING:
    from hicannx.asm.link.link import Linked

_unnamed = {"section", "file"}


def make_map(linked: Linked) -> str:
    """The whole map."""
    parts = [_memories(linked), _members(linked), _sections(linked), _symbols(linked), _uses(linked), _left_out(linked)]
    return "\n\n".join("\n".join([title, *lines]) for title, lines in parts if lines) + "\n"


def _memories(linked: Linked) -> tuple[str, list[str]]:
    lines = []
    for one in linked.memories:
        used = max(one.current - one.origin, 0)
        share = 100 * used / one.length if one.length else 0
        lines.append(f"  {one.name:<12} {one.origin:#010x} {one.length:>10} {used:>10} {share:5.1f} %")
    return "memory         origin         length       used", lines


def _members(linked: Linked) -> tuple[str, list[str]]:
    reasons = linked.loaded.reasons.items()
    return "members of archives", [f"  {file.shown} for `{name}`" for file, name in reasons]


def _sections(linked: Linked) -> tuple[str, list[str]]:
    lines: list[str] = []
    for one in linked.sections:
        loaded = f" loaded at {one.load_address:#010x}" if one.load_address != one.address else ""
        lines.append(f"  {one.address:#010x} {one.size:>8} {one.name}{loaded}")
        lines += _pieces(one)
    return "section and its pieces", lines


def _pieces(section: OutputSection) -> Iterator[str]:
    for one in section.inputs:
        if one.size:
            yield f"    {one.address:#010x} {one.size:>6} {one.file.shown}: {one.name}"


def _symbols(linked: Linked) -> tuple[str, list[str]]:
    named = [one for one in linked.symbols if one.kind not in _unnamed and one.name]
    named.sort(key=lambda one: (one.special != "", one.address, one.name))
    return "symbol", [_symbol(one) for one in named]


def _symbol(one: LinkedSymbol) -> str:
    place = one.section.name if one.section is not None else one.special
    return f"  {one.address:#010x} {one.size:>6} {one.binding:<6} {one.name:<24} {place}".rstrip()


def _uses(linked: Linked) -> tuple[str, list[str]]:
    users: dict[str, list[str]] = {}
    for file in linked.loaded.files:
        for symbol in file.symbols:
            if symbol.shared is not None and symbol.special == "undefined":
                users.setdefault(symbol.name, []).append(file.shown)
    lines = []
    for one in sorted(linked.loaded.symbols, key=lambda one: one.name):
        section = one.section
        home = "the script" if one.value is not None else section.file.shown if section is not None else ""
        if one.definition is not None and section is None:
            home = one.definition.file.shown
        if one.name in users and home:
            lines.append(f"  {one.name:<24} {home}, used by {', '.join(users[one.name])}")
    return "symbol and who uses it", lines


def _left_out(linked: Linked) -> tuple[str, list[str]]:
    gone = [one for file in linked.loaded.files for one in file.sections if one.is_discarded and one.size]
    return "left out", [f"  {one.size:>8} {one.file.shown}: {one.name}" for one in gone]
