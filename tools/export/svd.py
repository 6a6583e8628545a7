"""CMSIS-SVD of one side: a peripheral for what stands together, at the bytes that the processors see."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from hicannx import __version__
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.container import Container
from hicannx.regmodel.load import load_registers
from hicannx.tools.export.bits import facts_of
from hicannx.tools.export.choice import accesses, aliases_of, group_of
from hicannx.tools.export.layout import Array, Node, Piece, Word, pieces_of
from hicannx.tools.export.svdregister import child, register
from hicannx.tools.export.table import export_table, window_of

_bytes = 4  # of a word; SVD counts bytes


def svd(containers: Sequence[Container], side: str | None = None) -> tuple[str, list[str]]:
    """The text of the file, and the names of the registers that are not on this side; DiagnosticError T753 if all.

    Of registers in other images of the FPGA each stands beside what it takes the place of.
    """
    table = export_table()
    name = side or next(iter(table.sides))
    groups = _groups(containers, table.sides[name].spaces)
    pieces = [piece for group in groups for piece in group]
    if not pieces:
        help_text = f"try another side: {', '.join(one for one in table.sides if one != name)}"
        raise DiagnosticError([Diagnostic("T753", f"none of these registers is on the side `{name}`", help=help_text)])
    usual = (None, next(iter(load_registers().buses.images)))
    device = _device(name)
    peripherals = child(device, "peripherals")
    first: dict[object, str] = {}
    for piece in sorted(pieces, key=_base):
        _peripheral(peripherals, piece, first, _instead_of(piece, pieces_of(table.sides[name].spaces, usual)))
    Xml.indent(device)
    here = {piece.container.name for piece in pieces}
    text = Xml.tostring(device, encoding="unicode")
    left_out = [one.name for one in containers if (one.alias_of or one.name) not in here]
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n', left_out


def _groups(containers: Sequence[Container], spaces: tuple[str, ...]) -> list[list[Piece]]:
    """What is there in the usual image of the FPGA, and in each other one only."""
    usual, *others = load_registers().buses.images
    images: list[tuple[str | None, ...]] = [(None, usual), *((image,) for image in others)]
    names = {one.name for one in containers}
    return [[one for one in pieces_of(spaces, image) if one.container.name in names] for image in images]


def _device(side: str) -> Xml.Element:
    table = export_table()
    schema = "http://www.w3.org/2001/XMLSchema-instance"
    device = Xml.Element("device", {"schemaVersion": "1.3", "xmlns:xs": schema})
    device.set("xs:noNamespaceSchemaLocation", "CMSIS-SVD.xsd")
    device.append(
        Xml.Comment(f" Made by `hicannx export svd` ({__version__}) from the register maps. Do not edit it. ")
    )
    child(device, "vendor", table.vendor)
    child(device, "name", f"{table.device}_{side.upper()}")
    child(device, "version", table.version)
    child(device, "description", f"{table.device}: {table.sides[side].doc}. {table.defaults}")
    child(device, "addressUnitBits", 8)
    child(device, "width", table.width)
    child(device, "size", table.width)
    return device


def _base(piece: Piece) -> int:
    window = window_of(piece.address)
    assert window is not None, f"the processors do not see {piece.name}"
    return window.byte(piece.address)


def _instead_of(piece: Piece, usual: Sequence[Piece]) -> str:
    """The name of what stands there in the usual image, if this does in another one."""
    return next(
        (one.name for one in usual if one is not piece and one.address < piece.end and piece.address < one.end), ""
    )


def _peripheral(parent: Xml.Element, piece: Piece, first: dict[object, str], instead_of: str) -> None:
    """One with the same content as an earlier one only says so."""
    key = piece.container.name, piece.inside
    element = child(parent, "peripheral")
    if key in first:
        element.set("derivedFrom", first[key])
    child(element, "name", piece.name)
    child(element, "description", _told(piece))
    if instead_of:
        child(element, "alternatePeripheral", instead_of)
    if key not in first:
        child(element, "groupName", group_of(piece.container))
    child(element, "baseAddress", f"{_base(piece):#010x}")
    if key not in first:
        first[key] = piece.name
        _content(element, piece)


def _content(element: Xml.Element, piece: Piece) -> None:
    large = piece.container.numbering.is_large
    block = child(element, "addressBlock")
    child(block, "offset", "0x0")
    child(block, "size", f"{piece.span * _bytes:#x}")
    child(block, "usage", "buffer" if large else "registers")
    if not large:
        _nodes(child(element, "registers"), piece.container, piece.inside, piece.container.name)


def _told(piece: Piece) -> str:
    """What it is, and which instances: the parts of the coordinate that all of them have."""
    container = piece.container
    names = {part.name: part.names for part in container.numbering.parts}
    where = [
        f"{level.name} {names[level.part][value] if level.whole and names.get(level.part) else value}"
        for level, value in piece.fixed
    ]
    told = [container.doc, *([", ".join(where)] if where else []), f"first instance {piece.instance}"]
    told += accesses(container, piece.place)
    told += [*facts_of(container), *(f"also {one.name}, {one.doc}" for one in aliases_of(container))]
    return "; ".join(told)


def _nodes(parent: Xml.Element, container: Container, nodes: Sequence[Node], name: str) -> None:
    """Registers for words, and clusters for arrays of several; the names of several arrays differ by their words."""
    for one in nodes:
        own = (
            name
            if len(nodes) == 1 or isinstance(one, Word)
            else f"{name}_{'_'.join(f'w{w}' for w in sorted(one.words))}"
        )
        _node(parent, container, one, own)


def _node(parent: Xml.Element, container: Container, node: Node, name: str) -> None:
    if isinstance(node, Word):
        register(parent, container, node.word, node.offset * _bytes)
        return
    if node.only_word is not None:
        array = node.level.count, node.stride * _bytes, _array_text(node)
        register(parent, container, node.only_word, node.offset * _bytes, array)
        return
    cluster = child(parent, "cluster")
    child(cluster, "dim", node.level.count)
    child(cluster, "dimIncrement", f"{node.stride * _bytes:#x}")
    child(cluster, "name", f"{node.level.name}[%s]")
    child(cluster, "description", _array_text(node))
    child(cluster, "addressOffset", f"{node.offset * _bytes:#x}")
    _nodes(cluster, container, node.inside, name)


def _array_text(node: Array) -> str:
    """Which instances the elements have."""
    backwards = ", in the other order" if node.backwards else ""
    return f"by {node.level.name}: each {abs(node.step)} instances further{backwards}"
