"""SystemRDL: what the compiler reads is what the maps have, all addresses and fields of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hicannx.regmodel.field import Field, Part
from hicannx.regmodel.load import load_registers
from hicannx.tools.cli import main
from hicannx.tools.export.choice import chosen
from hicannx.tools.export.rdltext import _table
from hicannx.tools.export.systemrdl import systemrdl

systemrdl_package = pytest.importorskip("systemrdl", reason="systemrdl-compiler is not installed")
from systemrdl.node import AddrmapNode, FieldNode, MemNode, Node, RegfileNode, RegNode  # noqa: E402

containers = load_registers().containers


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> AddrmapNode:
    path = tmp_path_factory.mktemp("rdl") / "all.rdl"
    assert main(["export", "systemrdl", "-o", str(path)]) == 0
    return compiled(path)


def compiled(path: Path) -> AddrmapNode:
    compiler = systemrdl_package.RDLCompiler()
    compiler.compile_file(str(path))
    found: AddrmapNode = compiler.elaborate().top
    return found


def told(node: Node, name: str, default: Any = None) -> Any:
    value = node.get_property(f"hx_{name}", default=default)
    return default if value is None else value


def registers(node: Node) -> Iterator[RegNode | MemNode]:
    """All words and memories, arrays not unrolled."""
    for child in node.children(unroll=False):
        if isinstance(child, RegNode | MemNode):
            yield child
        else:
            yield from registers(child)


def places(register: RegNode | MemNode) -> tuple[np.ndarray, np.ndarray]:
    """Offsets in bytes in the map of its space, and the instances, of all elements of the arrays that it is in."""
    offsets, instances = np.zeros(1, np.int64), np.zeros(1, np.int64)
    node: Any = register
    while isinstance(node, RegNode | RegfileNode | MemNode):
        offsets = offsets + node.raw_address_offset
        instances = instances + told(node, "instance", 0)
        if node.is_array:
            (count,) = node.array_dimensions
            numbers = np.arange(count, dtype=np.int64)[:, None]
            offsets = (offsets[None, :] + numbers * node.array_stride).ravel()
            instances = (instances[None, :] + numbers * int(told(node, "step"))).ravel()
        node = node.parent
    return offsets, instances


def test_every_address_is_there_once(top: AddrmapNode) -> None:
    found: dict[tuple[str, str, int], np.ndarray] = {}
    for space_map in top.children():
        spaces = told(space_map, "space").split()
        for register in registers(space_map):
            container = containers[told(register, "container")]
            place = next(place for place in container.places if place.space in spaces)
            unit = 8 if container.word_bits > 32 else 4
            if isinstance(register, MemNode):
                assert register.get_property("mementries") == container.instances
                assert register.raw_address_offset // 4 + told(space_map, "base", 0) == place.low
                found[container.name, place.space, 0] = np.zeros(0)
                continue
            key = container.name, place.space, told(register, "word", 0)
            offsets, instances = places(register)
            table = found.setdefault(key, np.full(container.instances, -1, np.int64))
            assert np.all(table[instances] == -1)
            table[instances] = offsets // unit + told(space_map, "base", 0)
    wanted = {
        (name, place.space, word)
        for name, one in containers.items()
        if one.alias_of is None
        for place in one.places
        for word in range(one.words)
    }
    assert found.keys() == wanted
    for (name, space, word), table in found.items():
        one = containers[name]
        if not one.numbering.is_large:
            assert np.array_equal(table, one.all_addresses(one.place_in(space))[:, word]), (name, space, word)


def rebuilt(nodes: list[tuple[int, FieldNode]]) -> Field:
    """A field from the bits that it has in the words."""
    first = nodes[0][1]
    names = {row.split("=")[0]: int(row.split("=")[1]) for row in told(first, "values", "").split()}
    elements: dict[int, list[tuple[int, Part]]] = {}
    for word, one in nodes:
        part = Part(word, one.msb, one.lsb, told(one, "inverted", False), told(one, "thermometer", False))
        assert told(one, "value_msb") - told(one, "value_lsb") + 1 == part.width
        elements.setdefault(told(one, "element", 0), []).append((told(one, "value_msb"), part))
    parts = tuple(tuple(part for _, part in sorted(elements[k], key=lambda one: -one[0])) for k in sorted(elements))
    by_element = {told(one, "element"): int(told(one, "default")) for _, one in nodes}
    is_array = told(first, "element") is not None
    return Field(
        name=told(first, "field"),
        kind=told(first, "kind"),
        width=sum(part.width for part in parts[0]),
        elements=parts,
        low=int(told(first, "low")),
        high=int(told(first, "high")),
        default=tuple(by_element[k] for k in sorted(by_element)) if is_array else by_element[None],
        doc="",
        span=containers["CapMemCell"].span,
        size=len(parts) if is_array else None,
        index=told(first, "index", ""),
        enum=names,
        offset=int(told(first, "offset", 0)),
        signed=told(first, "signed", False),
        magnitude=told(first, "magnitude", False),
    )


def words_of(top: AddrmapNode) -> dict[tuple[str, int], RegNode]:
    found = (one for space_map in top.children() for one in registers(space_map) if isinstance(one, RegNode))
    return {(told(one, "container"), told(one, "word", 0)): one for one in found}


def test_every_field_comes_back(top: AddrmapNode) -> None:
    words = words_of(top)
    for name, one in containers.items():
        if one.alias_of is not None or one.numbering.is_large:
            continue
        nodes: dict[str, list[tuple[int, FieldNode]]] = {}
        for word in range(one.words):
            for node in words[name, word].fields():
                if not told(node, "no_field", False) and not told(node, "one_hot"):
                    nodes.setdefault(told(node, "field"), []).append((word, node))
        assert nodes.keys() == {field.name for field in one.fields if field.stored}
        for field in one.fields:
            if field.stored:
                found = rebuilt(nodes[field.name])
                assert shown(found) == shown(field), name
                assert field.doc in nodes[field.name][0][1].get_property("desc")


def shown(field: Field) -> tuple[Any, ...]:
    return (
        field.name, field.kind, field.elements, field.low, field.high, field.default, field.size, field.index,
        field.enum, field.offset, field.signed, field.magnitude,
    )  # fmt: skip


def test_what_else_is_known_of_registers(top: AddrmapNode) -> None:
    words = words_of(top)
    for (name, word), node in words.items():
        one = containers[name]
        assert node.get_property("desc") == one.doc and told(node, "source") == one.source
        assert told(node, "word_bits", 32) == one.word_bits and told(node, "words", 1) == one.words
        assert told(node, "constant", 0) == (one.constant_bits[word] if one.constant_bits else 0)
        assert told(node, "gray", False) == one.gray and told(node, "behaviour") == one.behaviour
        assert told(node, "byte_enables") == one.byte_enables and told(node, "notes", "") == " | ".join(one.notes)
        assert told(node, "differential_write", False) == one.differential_write
        assert told(node, "unreliable_reads", "").split() == list(one.unsupported_read_targets)
        unstored = [field.name for field in one.fields if not field.stored]
        assert [row.split(":")[0] for row in told(node, "unstored", "").split(" | ") if row] == unstored
        demanded = sum((1 << part.bits) - 1 << part.lsb for part in one.demanded if part.word == word)
        assert told(node, "demanded", 0) == demanded
        for part in one.numbering.parts:
            assert part.name in told(node, "coordinate")
        for field in node.fields():
            assert (field.is_sw_readable, field.is_sw_writable) == ("r" in one.access, "w" in one.access)
    aliases = {one.name for one in containers.values() if one.alias_of}
    assert aliases == {
        row.split(":")[0]
        for space_map in top.children()
        for node in registers(space_map)
        for row in told(node, "aliases", "").split(" | ")
        if row
    }


def test_reset_values_are_the_default_words(top: AddrmapNode) -> None:
    for (name, word), node in words_of(top).items():
        one = containers[name]
        if one.default_words:
            value = sum(field.get_property("reset", default=0) << field.lsb for field in node.fields())
            constant = told(node, "constant", 0)
            assert value | constant == one.default_words[word], name


def test_an_enumeration_that_is_stored_otherwise(top: AddrmapNode) -> None:
    fields = [field for node in words_of(top).values() for field in node.fields()]
    encoded = [field for field in fields if field.get_property("encode") is not None]
    for field in encoded:
        members = {member.name: member.value for member in field.get_property("encode")}
        flip = (1 << field.width) - 1 if told(field, "inverted", False) else 0
        values = {row.split("=")[0]: int(row.split("=")[1]) for row in told(field, "values").split()}
        offset = int(told(field, "offset", 0))
        assert members == {name: (value + offset) ^ flip for name, value in values.items()}
    assert len(encoded) > 20


def test_all_properties_are_used() -> None:
    text = systemrdl(chosen())
    used = Counter(name for name in _table().properties if f"hx_{name} = " in text)
    assert set(_table().properties) - set(used) == set()


def test_a_part_of_the_registers(tmp_path: Path) -> None:
    path = tmp_path / "one.rdl"
    assert main(["export", "systemrdl", "--only", "CrossbarNode", "-o", str(path)]) == 0
    (chip,) = compiled(path).children()
    (register,) = registers(chip)
    assert (register.inst_name, register.array_dimensions) == ("CrossbarNode", [76])
    assert register.raw_address_offset == 4 * 0x130019
