"""The target description: every register once, typed, as gdb's document type wants it."""

from __future__ import annotations

from xml.etree import ElementTree

from hicannx.isa.load import load_isa
from hicannx.tools.gdb.description import registers, target_xml


def test_the_document() -> None:
    tree = ElementTree.fromstring(target_xml())
    assert tree.findtext("architecture") == "powerpc:common"
    elements = tree.findall("feature/reg")
    assert [int(one.attrib["regnum"]) for one in elements] == list(range(len(elements)))
    assert [one.attrib["name"] for one in elements] == [one.name for one in registers()]
    assert len({one.attrib["name"] for one in elements}) == len(elements)
    types = {one.attrib["id"] for one in tree.iter() if "id" in one.attrib}
    used = {one.attrib["type"] for one in tree.iter() if one.tag in ("reg", "field")}
    assert used - types == {"uint32", "code_ptr"}


def test_what_gdb_requires() -> None:
    core = [one.name for one in registers() if one.feature == "org.gnu.gdb.power.core"]
    assert core == [f"r{number}" for number in range(32)] + ["pc", "msr", "cr", "lr", "ctr", "xer"]


def test_all_registers_are_there() -> None:
    names = {one.name for one in registers()}
    assert {name.lower() for name in load_isa().registers.special_registers} <= names
    sizes = {one.name: one.bits // 8 for one in registers() if one.feature.endswith("vector")}
    assert sizes == {f"v{number}": 128 for number in range(32)} | {"acc": 256, "vcr": 128}
    lanes = {
        one.attrib["id"]: (one.attrib["type"], int(one.attrib["count"]))
        for one in ElementTree.fromstring(target_xml()).iter("vector")
    }
    assert lanes == {
        "vector_bytes": ("int8", 128),
        "vector_halfwords": ("int16", 64),
        "vector_unsigned_bytes": ("uint8", 128),
        "vector_unsigned_halfwords": ("uint16", 64),
        "accumulator_lanes": ("int32", 64),
        "condition_lanes": ("uint8", 128),
    }
