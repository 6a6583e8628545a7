"""SystemRDL 2.0 of all address spaces: what the language cannot say is in properties of our own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hicannx import __version__
from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.container import Container
from hicannx.regmodel.load import load_registers
from hicannx.tools.export.layout import Array, Node, Piece, Word, pieces_of
from hicannx.tools.export.rdlregister import memory_facts, register_types, type_name
from hicannx.tools.export.rdltext import assigned, declared, inside, name_of, text_of
from hicannx.tools.export.table import export_table

_wide = 32


def systemrdl(containers: Sequence[Container]) -> str:
    """The text of the file: types of registers, and one address map that bridges those of all spaces."""
    table = export_table()
    maps = [line for one in _maps(containers) for line in one]
    top = [f"name = {text_of(table.device)};", f"desc = {text_of(table.defaults)};", "bridge;", *maps]
    if sum(line.startswith("addrmap") for line in maps) < 2:
        top.remove("bridge;")
    lines = [
        f"// Made by `hicannx export systemrdl` ({__version__}) from the register maps. Do not edit it.",
        f"// {table.defaults}",
        "",
        *declared(),
        "",
        *(line for one in containers for line in register_types(one)),
        *inside(f"addrmap {table.device.lower()}", top, ";"),
    ]
    return "\n".join(lines) + "\n"


def _maps(containers: Sequence[Container]) -> Iterator[list[str]]:
    """An address map for each side of the Omnibus, each unusual image of the FPGA, and each further space."""
    buses = load_registers().buses
    usual, *others = buses.images
    sides = {name: side.spaces for name, side in export_table().sides.items()}
    sides |= {name_of(space): (space,) for space in buses.spaces if buses.bus_of(space) != omnibus}
    names = {one.name for one in containers}
    for name, spaces in sides.items():
        yield _map(name, pieces_of(spaces, (None, usual)), names, "")
        for image in others:
            yield _map(f"{name}_{image}", pieces_of(spaces, (image,)), names, image)


def _map(name: str, every: Sequence[Piece], names: set[str], image: str) -> list[str]:
    """The map of what is chosen by name of these pieces; nothing where that is nothing."""
    pieces = [one for one in every if one.container.name in names]
    if not pieces:
        return []
    unit, base = _unit(every), side_base(every)
    spaces = " ".join(dict.fromkeys(one.place.space for one in every))
    lines = assigned({"space": spaces, "base": base or None, "image": image})
    for piece in pieces:
        lines += _piece(piece, base, unit)
    return inside("addrmap", lines, f" {name} @ 0x0;")


def side_base(pieces: Sequence[Piece]) -> int:
    """The word at offset 0: the lowest of a side of the Omnibus, else 0."""
    return min(one.address for one in pieces) if pieces[0].place.bus == omnibus else 0


def _unit(pieces: Sequence[Piece]) -> int:
    """The distance of words in bytes."""
    return 8 if any(one.container.word_bits > _wide for one in pieces) else 4


def _piece(piece: Piece, base: int, unit: int) -> list[str]:
    container, name = piece.container, name_of(piece.name)
    at = f"@ {(piece.address - base) * unit:#x}"
    first = assigned({"instance": piece.instance or None}, name)
    if container.numbering.is_large:
        facts = memory_facts(container)
        return [*inside("external mem", facts, f" {name} {at};"), *first]
    if len(piece.inside) == 1:
        return [*_node(container, piece.inside[0], name, at, unit), *first]
    lines = [line for one in _named(piece.inside) for line in _inner(container, one, unit)]
    return [*inside("regfile", lines, f" {name} {at};"), *first]


def _named(nodes: Sequence[Node]) -> Iterator[tuple[str, Node]]:
    """Nodes with names that differ."""
    twice = len({_plain_name(one) for one in nodes}) < len(nodes)
    for one in nodes:
        words = "".join(f"_w{word}" for word in sorted(one.words)) if twice and isinstance(one, Array) else ""
        yield name_of(_plain_name(one) + words), one


def _plain_name(node: Node) -> str:
    return f"word{node.word}" if isinstance(node, Word) else node.level.name


def _inner(container: Container, named: tuple[str, Node], unit: int) -> list[str]:
    name, node = named
    return _node(container, node, name, f"@ {node.offset * unit:#x}", unit)


def _node(container: Container, node: Node, name: str, at: str, unit: int) -> list[str]:
    """A word, an array of words, or an array of what has several."""
    if isinstance(node, Word):
        return [f"{type_name(container, node.word)} {name} {at};"]
    size = f"[{node.level.count}] {at} += {node.stride * unit:#x};"
    facts = {"part": node.level.name, "step": node.step}
    if node.only_word is not None:
        return [f"{type_name(container, node.only_word)} {name}{size}", *assigned(facts, name)]
    lines = [line for one in _named(node.inside) for line in _inner(container, one, unit)]
    return inside("regfile", [*assigned(facts), *lines], f" {name}{size}")
