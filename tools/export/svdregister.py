"""A word of a register in CMSIS-SVD."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from hicannx.regmodel.container import Container
from hicannx.tools.export.bits import Bits, bits_of

_access = {"r": "read-only", "w": "write-only", "rw": "read-write"}
_all = 0xFFFFFFFF


def child(parent: Xml.Element, tag: str, text: object = None) -> Xml.Element:
    """A new element at the end of another one, with a text."""
    element = Xml.SubElement(parent, tag)
    if text is not None:
        element.text = str(text)
    return element


def register(
    parent: Xml.Element, container: Container, word: int, offset: int, array: tuple[int, int, str] | None = None
) -> None:
    """A word, or an array of it: how many, at which distance, and what counts them."""
    several = container.words > 1
    element = child(parent, "register")
    if array:
        child(element, "dim", array[0])
        child(element, "dimIncrement", f"{array[1]:#x}")
    name = f"{container.name}_w{word}" if several else container.name
    child(element, "name", f"{name}[%s]" if array else name)
    by = f", {array[2]}" if array else ""
    which = f", word {word}" if several else ""
    child(element, "description", f"{container.doc}{which}{by}")
    child(element, "addressOffset", f"{offset:#x}")
    child(element, "access", _access[container.access])
    if container.default_words:
        child(element, "resetValue", f"{container.default_words[word]:#x}")
        child(element, "resetMask", f"{_all:#x}")
    fields = bits_of(container, word)
    if fields:
        parent_of_fields = child(element, "fields")
        for one in fields:
            _field(parent_of_fields, one)


def _field(parent: Xml.Element, one: Bits) -> None:
    element = child(parent, "field")
    child(element, "name", one.name)
    field = one.field
    limits = "" if field.kind != "uint" else f"; {field.low} to {field.high}"
    child(element, "description", "; ".join([field.doc, *one.oddities]) + limits)
    child(element, "bitRange", f"[{one.part.msb}:{one.part.lsb}]")
    if one.enum:
        values = child(element, "enumeratedValues")
        for name, value in one.enum.items():
            row = child(values, "enumeratedValue")
            child(row, "name", name)
            child(row, "value", value)
    elif not one.oddities and field.kind == "uint" and _is_limited(one):
        limit = child(child(element, "writeConstraint"), "range")
        child(limit, "minimum", field.low)
        child(limit, "maximum", field.high)


def _is_limited(one: Bits) -> bool:
    return (one.field.low, one.field.high) != (0, (1 << one.part.bits) - 1)
