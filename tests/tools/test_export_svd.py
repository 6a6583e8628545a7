"""CMSIS-SVD: valid by the schema, read by a parser, and with the addresses and bits that the maps have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from hicannx.regmodel.load import load_registers
from hicannx.tools.cli import main
from hicannx.tools.export.bits import bits_of
from hicannx.tools.export.choice import chosen
from hicannx.tools.export.svd import svd
from hicannx.tools.export.table import export_table, window_of

containers = load_registers().containers
sides = {name: side.spaces for name, side in export_table().sides.items()}
texts = {name: svd(chosen(), name) for name in sides}
devices = {name: Xml.fromstring(text) for name, (text, _) in texts.items()}


@pytest.mark.parametrize("side", sides)
def test_the_schema_holds(side: str, tmp_path: Path) -> None:
    package = pytest.importorskip("cmsis_svd", reason="cmsis-svd is not installed")
    lxml = pytest.importorskip("lxml.etree", reason="lxml is not installed")
    schema = lxml.XMLSchema(lxml.parse(str(Path(package.__file__).parent / "schemas" / "CMSIS-SVD_1_3_11.xsd")))
    schema.assertValid(lxml.fromstring(texts[side][0].encode()))


def test_a_parser_reads_it(tmp_path: Path) -> None:
    """A part only: the parser makes an object of each element of an array."""
    parser = pytest.importorskip("cmsis_svd.parser", reason="cmsis-svd is not installed")
    path = tmp_path / "some.svd"
    options = ["--only", "NeuronBackend*", "--only", "PPUControlRegister", "--only", "CrossbarNode"]
    assert main(["export", "svd", *options, "-o", str(path)]) == 0
    device = parser.SVDParser.for_xml_file(str(path)).get_device()
    bases = {one.name: one.base_address for one in device.peripherals}
    assert bases["PPUControlRegister_bottom"] == 0x8E800000
    (node,) = (one for one in device.peripherals if one.name == "CrossbarNode")
    (array,) = node.registers
    assert [one.address_offset for one in array.registers] == [4 * k for k in range(76)]
    assert {one.name for one in array.registers[0].fields} == set(containers["CrossbarNode"].by_name)


def number(element: Xml.Element, tag: str) -> int:
    text = element.findtext(tag)
    assert text is not None
    return int(text, 0)


def offsets(parent: Xml.Element) -> Iterator[tuple[str, np.ndarray, Xml.Element]]:
    """Name, byte offsets of all elements and the XML of each register below."""
    for one in parent:
        if one.tag not in ("register", "cluster"):
            continue
        own = np.array([number(one, "addressOffset")])
        if one.find("dim") is not None:
            own = own + np.arange(number(one, "dim")) * number(one, "dimIncrement")
        if one.tag == "register":
            yield str(one.findtext("name")).removesuffix("[%s]"), own, one
        else:
            for name, inner, register in offsets(one):
                yield name, (own[:, None] + inner[None, :]).ravel(), register


def peripherals(side: str) -> Iterator[tuple[Xml.Element, int, Xml.Element]]:
    """Each with its base address, and the one that has its content."""
    every = devices[side].findall("peripherals/peripheral")
    named = {str(one.findtext("name")): one for one in every}
    assert len(named) == len(every)
    for one in every:
        yield one, number(one, "baseAddress"), named[one.get("derivedFrom", str(one.findtext("name")))]


def word_name(name: str, word: int) -> str:
    return name if containers[name].words == 1 else f"{name}_w{word}"


@pytest.mark.parametrize("side", sides)
def test_all_addresses(side: str) -> None:
    found: dict[str, list[np.ndarray]] = {}
    for _, base, content in peripherals(side):
        registers = content.find("registers")
        for name, bytes_of, _ in offsets(registers) if registers is not None else ():
            found.setdefault(name, []).append(base + bytes_of)
            assert bytes_of.max() + 4 <= number(content, "addressBlock/size")
    wanted = {}
    for one in containers.values():
        for place in one.places:
            if place.space in sides[side] and one.alias_of is None and not one.numbering.is_large:
                window = window_of(place.low)
                assert window is not None
                for word in range(one.words):
                    wanted[word_name(one.name, word)] = np.sort(window.byte(one.all_addresses(place)[:, word]))
    assert found.keys() == wanted.keys()
    for name, addresses in wanted.items():
        assert np.array_equal(np.sort(np.concatenate(found[name])), addresses), name


@pytest.mark.parametrize("side", sides)
def test_blocks_do_not_overlap_but_for_other_images(side: str) -> None:
    blocks = sorted(
        (base, base + number(content, "addressBlock/size"), str(one.findtext("name")))
        for one, base, content in peripherals(side)
        if one.find("alternatePeripheral") is None
    )
    assert all(first[1] <= second[0] for first, second in pairwise(blocks))
    instead = {one.findtext("alternatePeripheral") for one, _, _ in peripherals(side)} - {None}
    assert instead == ({"ExternalPPUDRAMMemoryQuad"} if side == "fpga" else set())


@pytest.mark.parametrize("side", sides)
def test_fields_and_reset_values(side: str) -> None:
    seen = set()
    for _, _, content in peripherals(side):
        registers = content.find("registers")
        for name, _, register in offsets(registers) if registers is not None else ():
            container, word = next(
                (one, k) for one in chosen() for k in range(one.words) if word_name(one.name, k) == name
            )
            seen.add(name)
            ranges = {field.findtext("name"): field.findtext("bitRange") for field in register.findall("fields/field")}
            bits = bits_of(container, word)
            assert ranges == {one.name: f"[{one.part.msb}:{one.part.lsb}]" for one in bits}
            for one, field in zip(bits, register.findall("fields/field"), strict=True):
                values = {row.findtext("name"): number(row, "value") for row in field.iter("enumeratedValue")}
                assert values == one.enum
                assert all(oddity in str(field.findtext("description")) for oddity in one.oddities)
            if container.default_words:
                assert number(register, "resetValue") == container.default_words[word]
    assert len(seen) > 30


def test_a_memory_is_a_buffer() -> None:
    memory = next(one for one, _, _ in peripherals("fpga") if one.findtext("name") == "ExternalPPUDRAMMemoryQuad")
    block = {one.tag: one.text for one in memory.find("addressBlock") or ()}
    assert (memory.findtext("baseAddress"), block) == (
        "0x50000000",
        {"offset": "0x0", "size": "0x10000000", "usage": "buffer"},
    )
    assert memory.find("registers") is None


def test_what_is_on_neither_side_is_told() -> None:
    left_out = {name: set(names) for name, (_, names) in texts.items()}
    on_none = {name for name, one in containers.items() if not any(place.bus == "omnibus" for place in one.places)}
    assert left_out["chip"] & left_out["fpga"] == on_none
    aliases = {name for name, one in containers.items() if one.alias_of}
    assert aliases == {"ExternalPPUMemoryByte", "ExternalPPUDRAMMemoryByte"}
    assert aliases <= left_out["chip"]
    assert not aliases & left_out["fpga"]
